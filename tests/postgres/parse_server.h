// What the server makes of a text: loaded with psql into a database of its own, dumped with pg_dump.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dialects/postgres/parse.h"
#include "diff/diff.h"
#include "servers/postgres_server.h"

namespace emcee::postgres {

// The output of a command; none where it fails. Its messages go to the test's own.
std::optional<std::string> output_of(const std::string& command);

// Runs the text as psql does, statement by statement; the first error ends it. Empty: no error.
std::string load(const servers::PostgresDatabase& database, const std::string& sql);
std::string load(const servers::PostgresDatabase& database, const std::filesystem::path& file);

// pg_dump -s, without owners.
std::string dump(const servers::PostgresDatabase& database);

// The values of the first column.
std::vector<std::string> rows_of(const servers::PostgresDatabase& database, const std::string& query);

// A schema by its name in a test.
struct Text {
  const char* name;
  const char* sql;
};
inline void PrintTo(const Text& text, std::ostream* out) { *out << text.name; }

// Fails the test where it is not read. `version`: of the server that it is for.
inline schema::Schema read_text(const std::string& name, const std::string& sql, int version = kAssumedVersion) {
  parser::Coverage coverage;
  const auto schema = read({parser::Source(name, sql)}, false, coverage, version);
  EXPECT_TRUE(schema) << to_text(schema.error());
  return schema.value_or(schema::Schema());
}

// One line per change.
inline std::string changes(const schema::Schema& before, const schema::Schema& after) {
  std::string text;
  for (const diff::Change& change : diff::diff(before, after).changes) text += diff::describe(change) + "\n";
  return text;
}

}  // namespace emcee::postgres
