#include "applier/findings.h"

#include <fmt/format.h>

namespace emcee::applier {

std::string list_rows(const std::vector<Row>& rows, std::int64_t count) {
  std::string text;
  for (const Row& row : rows) {
    text += "\n  ";
    for (std::size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : ": ") + to_text(row[i]);
  }
  const auto listed = static_cast<std::int64_t>(rows.size());
  if (count > listed) text += fmt::format("\n  ... and {} more", count - listed);
  return text;
}

Result<RowFindings> find_rows(Connection& connection, const RowQuery& query) {
  RowFindings findings{query, 0, {}};
  EMCEE_ASSIGN(findings.rows, connection.query(query.sql, {}, kListedRows));
  findings.count = static_cast<std::int64_t>(findings.rows.size());
  if (findings.rows.size() < kListedRows) return findings;
  EMCEE_ASSIGN(const auto count, connection.query(query.count, {}, 1));
  if (!count.empty() && !count.front().empty())
    if (const auto* number = std::get_if<std::int64_t>(&count.front().front())) findings.count = *number;
  return findings;
}

Error to_error(const std::string& message, const std::vector<RowFindings>& findings) {
  Error error{ErrorCode::answer_is_no, message, std::nullopt, ""};
  for (const RowFindings& found : findings) {
    if (found.count == 0) continue;
    error.message +=
        fmt::format("\n{} ({} {} of {}){}", found.query.name, found.count, found.count == 1 ? "row" : "rows",
                    found.query.table, list_rows(found.rows, found.count));
    if (error.hint.empty()) error.hint = found.query.hint;
  }
  return error;
}

}  // namespace emcee::applier
