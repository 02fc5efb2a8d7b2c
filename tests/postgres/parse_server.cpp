#include "tests/postgres/parse_server.h"

#include <libpq-fe.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace emcee::postgres {

std::optional<std::string> output_of(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return std::nullopt;
  std::string output;
  std::array<char, 65536> buffer;
  std::size_t count;
  while ((count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) output.append(buffer.data(), count);
  return pclose(pipe) == 0 ? std::optional(output) : std::nullopt;
}

std::string load(const servers::PostgresDatabase& database, const std::filesystem::path& file) {
  const std::string command = servers::postgres_programs() + "/psql -Xq -v ON_ERROR_STOP=1 -d '" + database.url() +
                              "' -f '" + file.string() + "' 2>&1 >/dev/null; true";
  std::string messages = output_of("PGOPTIONS='-c client_min_messages=error' " + command).value_or("no psql");
  return messages;
}

std::string load(const servers::PostgresDatabase& database, const std::string& sql) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / (database.name() + ".sql");
  std::ofstream(file, std::ios::binary) << sql;
  std::string messages = load(database, file);
  std::filesystem::remove(file);
  return messages;
}

std::string dump(const servers::PostgresDatabase& database) {
  const auto text = output_of(servers::postgres_programs() + "/pg_dump -s --no-owner -d '" + database.url() + "'");
  if (!text) throw std::runtime_error("pg_dump failed");
  return *text;
}

std::vector<std::string> rows_of(const servers::PostgresDatabase& database, const std::string& query) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(database.url().c_str()), &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), query.c_str()), &PQclear);
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) throw std::runtime_error(PQerrorMessage(connection.get()));
  std::vector<std::string> rows;
  for (int i = 0; i < PQntuples(result.get()); ++i) rows.emplace_back(PQgetvalue(result.get(), i, 0));
  return rows;
}

}  // namespace emcee::postgres
