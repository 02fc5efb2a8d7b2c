#include "applier/connection.h"

#include <fmt/format.h>

namespace emcee::applier {

Result<std::vector<KeyPart>> Connection::key_parts(const std::string& /*table_sql*/,
                                                   const std::vector<std::string>& key_sql) {
  std::vector<KeyPart> parts;
  for (const std::string& column : key_sql) parts.push_back({column, column});
  return parts;
}

std::string Connection::nth_key(const std::string& table_sql, const std::vector<KeyPart>& key,
                                const std::string& condition, std::int64_t n) const {
  std::string read, order;
  for (const KeyPart& part : key) {
    read += (read.empty() ? "" : ", ") + part.read;
    order += (order.empty() ? "" : ", ") + part.column;
  }
  return fmt::format("SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT 1 OFFSET {}", read, table_sql, condition, order,
                     n - 1);
}

Result<std::vector<ClientSession>> Connection::other_sessions(bool /*programs*/) {
  return schema::fail(
      ErrorCode::usage, fmt::format("{} is a file: who has it open is not known", name()),
      "leave out `old_clients`, and make it a [[component.manual]] step that the old release is stopped");
}

Result<std::int64_t> Connection::row_count(const std::string& table_sql) {
  EMCEE_ASSIGN(const auto rows, query(fmt::format("SELECT count(*) FROM {}", table_sql)));
  const auto* count = rows.empty() ? nullptr : std::get_if<std::int64_t>(&rows.front().front());
  return count != nullptr ? *count : 0;
}

}  // namespace emcee::applier
