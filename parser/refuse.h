// A statement that does not fit the schema as the statements before it made it.
#pragma once

#include "schema/result.h"

namespace emcee::parser {

inline tl::unexpected<schema::Error> refuse(std::string message, std::string hint = {}) {
  return schema::fail(schema::ErrorCode::fix_schema, std::move(message), std::move(hint));
}

}  // namespace emcee::parser
