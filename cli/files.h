// Whole files, in and out.
#pragma once

#include <string>
#include <string_view>

#include "parser/source.h"

namespace emcee::cli {

// Reads a file, or a pipe such as /dev/stdin. Errors: usage, where there is nothing to read or it
// is larger than a schema can sensibly be.
schema::Result<parser::Source> read_file(const std::string& path);
// All of standard input, under the name `-`.
schema::Result<parser::Source> read_standard_input();

// Creates the file, or replaces it as a whole: readers see the old text or the new one.
// Errors: usage, where the place cannot be written.
schema::Result<void> write_file(const std::string& path, std::string_view text);

}  // namespace emcee::cli
