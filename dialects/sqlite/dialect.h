// SQLite as a plan::Dialect.
#pragma once

#include <memory>

#include "plan/dialect.h"

namespace emcee::sqlite {

// `library`: the version that will run the scripts, as sqlite3_libversion_number gives it
// (3040001 for 3.40.1); 0: the one that is linked. Never null.
std::unique_ptr<plan::Dialect> make_dialect(int library = 0);

// `3.40.1` -> 3040001; 0 where it is no version.
int parse_version(std::string_view text);

}  // namespace emcee::sqlite
