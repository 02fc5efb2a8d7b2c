#include "cli/mysql_queries.h"

#include <fmt/format.h>

#include <algorithm>

namespace emcee::cli {

using applier::Connection;
using applier::Row;
using schema::ErrorCode;
using schema::Result;

namespace {

constexpr std::size_t kListedThings = 5;

// `a, b, c, ...`; of each row the first column, the others in parentheses.
std::string listed(const std::vector<Row>& rows) {
  std::string text;
  for (std::size_t i = 0; i < std::min(rows.size(), kListedThings); ++i) {
    text += (i == 0 ? "" : ", ") + applier::to_text(rows[i].at(0));
    for (std::size_t j = 1; j < rows[i].size(); ++j)
      text += (j == 1 ? " (" : ", ") + applier::to_text(rows[i][j]) + (j + 1 == rows[i].size() ? ")" : "");
  }
  return text + (rows.size() > kListedThings ? ", ..." : "");
}

}  // namespace

Result<std::vector<Row>> rows_of(Connection& connection, std::string_view sql) {
  return connection.query(sql, {}, applier::kAllRows);
}

Result<std::string> variable(Connection& connection, std::string_view name) {
  EMCEE_ASSIGN(const auto rows, rows_of(connection, fmt::format("SHOW GLOBAL VARIABLES LIKE '{}'", name)));
  return rows.empty() ? std::string() : applier::to_text(rows.front().at(1));
}

Symptom good(std::string what) { return {Severity::good, std::move(what), {}}; }

Result<Symptom> none_of(Connection& connection, const std::string& sql, const std::string& all_well, Severity severity,
                        const std::string& what, const std::string& remedy) {
  const auto rows = rows_of(connection, sql);
  if (!rows && rows.error().code == ErrorCode::grant_privilege)
    return Symptom{Severity::note, fmt::format("not known whether {}: this account may not look", all_well),
                   "GRANT PROCESS ON *.*, and SELECT on mysql.user, show more"};
  // Some views of information_schema wait for whoever changes a table.
  if (!rows && rows.error().code == ErrorCode::try_again)
    return Symptom{Severity::note, fmt::format("not known whether {}: a table is locked", all_well), "try again later"};
  if (!rows) return schema::fail(rows.error());
  if (rows->empty()) return good(all_well);
  return Symptom{severity, fmt::format("{}: {}", what, listed(*rows)), remedy};
}

}  // namespace emcee::cli
