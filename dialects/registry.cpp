#include "dialects/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/mysql/dialect.h"
#include "dialects/postgres/dialect.h"
#include "dialects/sqlite/dialect.h"

namespace emcee::dialects {

namespace {

struct Entry {
  const char* name;
  const char* database;
  const char* version;  // how one is written
  int (*parse_version)(std::string_view text);
  std::unique_ptr<plan::Dialect> (*make)(int version);
};

constexpr Entry kEntries[] = {
    {"sqlite", "SQLite", "3.40.1", &sqlite::parse_version, &sqlite::make_dialect},
    {"postgres", "PostgreSQL", "15.4", &postgres::parse_version, &postgres::make_dialect},
    {"mariadb", "MariaDB", "10.11.6", &mysql::parse_version, &mysql::make_mariadb},
    {"mysql", "MySQL", "8.0.36", &mysql::parse_version, &mysql::make_mysql},
};

}  // namespace

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const Entry& entry : kEntries) result.emplace_back(entry.name);
  return result;
}

schema::Result<std::unique_ptr<plan::Dialect>> make(std::string_view name, std::string_view version) {
  for (const Entry& entry : kEntries) {
    if (name != entry.name) continue;
    if (version.empty()) return entry.make(0);
    if (const int number = entry.parse_version(version)) return entry.make(number);
    return schema::fail(schema::ErrorCode::usage, fmt::format("'{}' is no version of {}", version, entry.database),
                        fmt::format("write it as {}", entry.version));
  }
  return schema::fail(schema::ErrorCode::usage, fmt::format("there is no dialect '{}'", name),
                      fmt::format("known dialects: {}", fmt::join(names(), ", ")));
}

}  // namespace emcee::dialects
