#include "dialects/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/sqlite/dialect.h"

namespace emcee::dialects {

std::vector<std::string> names() { return {"sqlite"}; }

schema::Result<std::unique_ptr<plan::Dialect>> make(std::string_view name, std::string_view version) {
  if (name != "sqlite")
    return schema::fail(schema::ErrorCode::usage, fmt::format("there is no dialect '{}'", name),
                        fmt::format("known dialects: {}", fmt::join(names(), ", ")));
  if (version.empty()) return sqlite::make_dialect();
  const int number = sqlite::parse_version(version);
  if (number == 0)
    return schema::fail(schema::ErrorCode::usage, fmt::format("'{}' is no version of SQLite", version),
                        "write it as 3.40.1");
  return sqlite::make_dialect(number);
}

}  // namespace emcee::dialects
