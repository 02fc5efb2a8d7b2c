#include "applier/mysql_load.h"

#include <fmt/format.h>

#include <cstdlib>

namespace emcee::applier {

namespace {

// A status variable or a query of one number; 0 where there is none, or this user may not see it.
Result<std::int64_t> number_of(Connection& connection, const std::string& query) {
  const auto rows = connection.query(query);
  if (!rows && rows.error().code == schema::ErrorCode::grant_privilege) return 0;
  if (!rows) return tl::unexpected(rows.error());
  return rows->empty() ? 0 : std::atoll(to_text(rows->front().back()).c_str());
}

}  // namespace

Result<std::string> mysql_busy(Connection& connection, const LoadLimits& limits) {
  if (limits.running > 0) {
    EMCEE_ASSIGN(const std::int64_t running, number_of(connection, "SHOW GLOBAL STATUS LIKE 'Threads_running'"));
    if (running - 1 > limits.running)  // without this session
      return fmt::format("{} statements run on the server", running - 1);
  }
  if (limits.history > 0) {
    const bool mariadb = connection.dialect() == "mariadb";
    EMCEE_ASSIGN(const std::int64_t history,
                 number_of(connection, mariadb ? "SHOW GLOBAL STATUS LIKE 'Innodb_history_list_length'"
                                               : "SELECT `COUNT` FROM information_schema.INNODB_METRICS WHERE NAME = "
                                                 "'trx_rseg_history_len'"));
    if (history > limits.history)
      return fmt::format("{} transactions wait for purge: a long one keeps the old versions of their rows", history);
  }
  return std::string();
}

}  // namespace emcee::applier
