// Runs another program and collects what it prints.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "schema/result.h"

namespace emcee::cli {

struct Program {
  std::vector<std::string> arguments;  // the first one is looked up in PATH; no shell is involved
  std::string input = {};              // its standard input
  bool shows_errors = false;           // on our standard error, instead of collecting them
  std::optional<std::chrono::seconds> time_limit = {};
  const std::atomic<bool>* stop = nullptr;  // ends it once it is set
};

struct ProgramResult {
  int status = 0;  // its exit code; 128 + signal where one ended it
  std::string out;
  std::string err;
};

// Errors: usage, where the program cannot be started; look_at_server, where it takes longer than its time limit;
// interrupted. In the last two cases it was killed, and what it has started.
schema::Result<ProgramResult> run_program(const Program& program);
// With nothing on its standard input.
schema::Result<ProgramResult> run_program(const std::vector<std::string>& arguments);

}  // namespace emcee::cli
