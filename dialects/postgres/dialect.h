// PostgreSQL as a plan::Dialect.
#pragma once

#include <memory>

#include "plan/dialect.h"

namespace emcee::postgres {

// `version`: of the server that will run the scripts, as server_version_num gives it (150018 for
// 15.18); 0: the newest that was tested, 15. Never null.
std::unique_ptr<plan::Dialect> make_dialect(int version = 0);

// `15` or `15.18` -> 150018; 0 where it is no version.
int parse_version(std::string_view text);

}  // namespace emcee::postgres
