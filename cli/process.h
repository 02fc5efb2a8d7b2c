// Runs another program and collects what it prints.
#pragma once

#include <string>
#include <vector>

#include "schema/result.h"

namespace emcee::cli {

struct ProgramResult {
  int status = 0;  // its exit code; 128 + signal where one ended it
  std::string out;
  std::string err;
};

// `arguments[0]` is looked up in PATH; no shell is involved. Standard input is empty.
// Errors: usage, where the program cannot be started.
schema::Result<ProgramResult> run_program(const std::vector<std::string>& arguments);

}  // namespace emcee::cli
