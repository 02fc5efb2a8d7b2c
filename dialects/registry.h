// The dialects that this build knows.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plan/dialect.h"
#include "schema/result.h"

namespace emcee::dialects {

// Names in the order in which help texts list them.
std::vector<std::string> names();

// `version`: of the server that will run the scripts; empty: the newest that was tested. Errors:
// usage, for an unknown dialect or a version that is none.
schema::Result<std::unique_ptr<plan::Dialect>> make(std::string_view name, std::string_view version = {});

}  // namespace emcee::dialects
