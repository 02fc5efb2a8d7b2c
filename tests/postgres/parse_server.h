// What the server makes of a text: loaded with psql into a database of its own, dumped with pg_dump.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

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

}  // namespace emcee::postgres
