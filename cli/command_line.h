// The command line, from arguments to exit code.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace emcee::cli {

// Runs the command that the arguments (without the name of the program) name, and gives its exit
// code (docs/exit-codes.md). Nothing that goes wrong inside escapes: it ends as code 70.
int run(const std::vector<std::string>& arguments, std::FILE* out = stdout, std::FILE* err = stderr);

}  // namespace emcee::cli
