// Runs the real binary in a folder of its own.
#pragma once

#include <filesystem>
#include <string>

#include "cli/process.h"

namespace emcee::testing {

class Sandbox {
 public:
  Sandbox();
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  void write(const std::string& file, const std::string& text) const;
  std::string read(const std::string& file) const;
  std::filesystem::path path(const std::string& file) const { return folder_ / file; }
  bool exists(const std::string& file) const { return std::filesystem::exists(path(file)); }

  // A shell script that runs in the folder, where `emcee` is the binary under test.
  cli::ProgramResult shell(const std::string& script) const;
  // One command of it: `emcee` and the arguments, as a shell splits them.
  cli::ProgramResult emcee(const std::string& arguments) const { return shell("emcee " + arguments); }

 private:
  std::filesystem::path folder_;
};

}  // namespace emcee::testing
