#include "cli/old_statements.h"

#include <fmt/format.h>
#include <algorithm>
#include <cctype>

#include "cli/signals.h"

namespace emcee::cli {

namespace {

using applier::Connection;
using schema::ErrorCode;
using schema::fail;
using schema::Result;
using Clock = std::chrono::steady_clock;

// The words of a statement, quoted names included. Servers normalise literals away; those that are left
// ('...') are passed over.
std::set<std::string> words_of(std::string_view text) {
  const auto in_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) > 127;
  };
  std::set<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '\'' || c == '"' || c == '`') {
      const std::size_t end = std::min(text.find(c, at + 1), text.size());
      if (c != '\'') words.insert(schema::to_lower(text.substr(at + 1, end - at - 1)));
      at = end + 1;
    } else if (in_word(c)) {
      std::size_t end = at;
      while (end < text.size() && in_word(text[end])) ++end;
      words.insert(schema::to_lower(text.substr(at, end - at)));
      at = end;
    } else {
      ++at;
    }
  }
  return words;
}

Result<void> sleep(std::chrono::milliseconds time) {
  if (sleep_unless_stopped(time)) return {};
  return fail(ErrorCode::interrupted, "stopped on request");
}

// How often each statement was run so far.
using Counts = std::map<std::string, std::int64_t>;

Result<Counts> count(Connection& connection, const std::string& sql) {
  EMCEE_ASSIGN(const auto rows, connection.query(sql));
  Counts counts;
  for (const applier::Row& row : rows) counts[applier::text_or_empty(row[0])] += applier::number_or_zero(row[1]);
  return counts;
}

Result<std::set<std::string>> statements_counted(Connection& connection, const std::string& sql,
                                                 std::chrono::milliseconds time) {
  EMCEE_ASSIGN(Counts before, count(connection, sql));
  EMCEE_TRY(sleep(time));
  EMCEE_ASSIGN(const Counts after, count(connection, sql));
  std::set<std::string> statements;
  for (const auto& [text, calls] : after)
    if (calls > before[text]) statements.insert(text);
  return statements;
}

// https://www.postgresql.org/docs/current/pgstatstatements.html: statements inside of functions, as those of
// triggers are, are not toplevel (PostgreSQL 14 or newer).
// The extension may stand in any schema.
constexpr const char* kPostgresHasCounts =
    "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = "
    "'pg_stat_statements' AND current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%'";
constexpr const char* kPostgresCounts =
    "SELECT query, calls FROM {}.pg_stat_statements WHERE toplevel AND dbid = (SELECT oid FROM pg_database WHERE "
    "datname = current_database())";
constexpr const char* kPostgresHidden = "<insufficient privilege>";
// The last statement of each session that did something since; its own ones are not those of emcee.
constexpr const char* kPostgresSessions =
    "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND "
    "backend_type "
    "= 'client backend' AND application_name <> 'emcee' AND (query = '<insufficient privilege>' OR state = 'active' OR "
    "state_change >= $1::timestamptz)";

// https://dev.mysql.com/doc/refman/8.4/en/performance-schema-statement-digests.html
constexpr const char* kMysqlKeeps =
    "SELECT COUNT(*) FROM performance_schema.setup_consumers WHERE NAME = 'statements_digest' AND ENABLED = 'YES' AND "
    "@@performance_schema = 1";
constexpr const char* kMysqlCounts =
    "SELECT DIGEST_TEXT, CAST(COUNT_STAR AS SIGNED) FROM performance_schema.events_statements_summary_by_digest WHERE "
    "SCHEMA_NAME = DATABASE() AND DIGEST_TEXT IS NOT NULL";

Result<void> may_see(const std::set<std::string>& statements) {
  if (!statements.contains(kPostgresHidden)) return {};
  return fail(ErrorCode::grant_privilege, "statements of other users are hidden from this one",
              "GRANT pg_read_all_stats TO the account that emcee uses");
}

}  // namespace

OldNames::OldNames(const schema::Schema& before, const schema::Schema& after) {
  for (const schema::Table& table : after.tables())
    for (const schema::Column& column : table.columns)
      elsewhere_[schema::to_lower(column.name.text())].insert(schema::to_lower(table.name.name.text()));
  for (const schema::Table& table : before.tables()) {
    const schema::Table* now = after.find_table(table.name);
    const std::string name = schema::to_lower(table.name.name.text());
    if (now == nullptr) tables_.insert(name);
    for (const schema::Column& column : table.columns)
      if (now != nullptr && now->find_column(column.name) == nullptr)
        columns_.emplace_back(name, schema::to_lower(column.name.text()));
  }
}

std::string OldNames::find_in(std::string_view statement) const {
  const std::set<std::string> words = words_of(statement);
  for (const std::string& table : tables_)
    if (words.contains(table)) return table;
  for (const auto& [table, column] : columns_) {
    if (!words.contains(table) || !words.contains(column)) continue;
    const auto others = elsewhere_.find(column);
    const bool unclear =
        others != elsewhere_.end() && std::any_of(others->second.begin(), others->second.end(),
                                                  [&](const auto& name) { return words.contains(name); });
    if (!unclear) return table + "." + column;
  }
  return {};
}

Result<std::set<std::string>> watch_postgres(Connection& connection, std::chrono::milliseconds time) {
  EMCEE_ASSIGN(const auto counts, connection.query(kPostgresHasCounts));
  if (!counts.empty()) {
    const std::string sql = fmt::format(kPostgresCounts, applier::text_or_empty(counts.front().front()));
    EMCEE_ASSIGN(auto statements, statements_counted(connection, sql, time));
    EMCEE_TRY(may_see(statements));
    return statements;
  }
  EMCEE_ASSIGN(const auto now, connection.query("SELECT clock_timestamp()::text"));
  std::set<std::string> statements;
  for (const auto end = Clock::now() + time; Clock::now() < end;) {
    EMCEE_ASSIGN(const auto rows, connection.query(kPostgresSessions, now.front()));
    for (const applier::Row& row : rows) statements.insert(applier::text_or_empty(row.front()));
    EMCEE_TRY(sleep(std::chrono::milliseconds(20)));
  }
  EMCEE_TRY(may_see(statements));
  return statements;
}

Result<std::set<std::string>> watch_mysql(Connection& connection, std::chrono::milliseconds time) {
  EMCEE_ASSIGN(const auto keeps, connection.query(kMysqlKeeps));
  if (applier::number_or_zero(keeps.front().front()) == 0)
    return fail(ErrorCode::look_at_server,
                "the server keeps no statements: performance_schema, or its consumer "
                "statements_digest, is off",
                "switch it on, or make it a manual step of the project");
  return statements_counted(connection, kMysqlCounts, time);
}

}  // namespace emcee::cli
