#include "dialects/mysql/privileges.h"

#include <fmt/format.h>

#include <algorithm>

namespace emcee::mysql {

namespace {

constexpr unsigned kNeedsSuper = 1419;
constexpr unsigned kDenied = 1142;
constexpr unsigned kColumnDenied = 1143;

std::string quoted_name(std::string_view name) {
  std::string text = "`";
  for (const char c : name) text += c == '`' ? "``" : std::string(1, c);
  return text + "`";
}

// `user@host` as the server takes it; the host has no @.
std::string quoted_account(std::string_view account) {
  const std::size_t at = account.rfind('@');
  const auto literal = [](std::string_view text) {
    std::string result = "'";
    for (const char c : text) result += c == '\'' ? "''" : std::string(1, c);
    return result + "'";
  };
  if (at == std::string_view::npos) return literal(account);
  return literal(account.substr(0, at)) + "@" + literal(account.substr(at + 1));
}

std::string grant_statement(const PrivilegeFacts& facts, const TriggerTable& table, std::string_view privileges) {
  return fmt::format("GRANT {} ON {}.{} TO {}", privileges, quoted_name(table.database), quoted_name(table.table),
                     quoted_account(facts.account));
}

bool is_super(const PrivilegeFacts& facts) { return facts.session.has_global("SUPER"); }

Answer needs_super(const PrivilegeFacts& facts, std::string_view what) {
  Answer answer;
  answer.error = kNeedsSuper;
  answer.reason = fmt::format(
      "{} needs SUPER while the binary log is on and log_bin_trust_function_creators is off (error 1419)", what);
  // Other nodes take a trigger that was made on this one as it is (MariaDB 10.11, Galera 26.4).
  const std::string where = facts.galera ? ", on the node that Emcee works on: the variable is per node" : "";
  if (may_set_trust(facts))
    answer.remedies.push_back(fmt::format(
        "let Emcee do it and set it back: --manage-trust; or SET GLOBAL log_bin_trust_function_creators = 1{}", where));
  else
    answer.remedies.push_back(fmt::format("as an account with {}: SET GLOBAL log_bin_trust_function_creators = 1{}",
                                          std::string(facts.mariadb ? "BINLOG ADMIN" : "SYSTEM_VARIABLES_ADMIN") +
                                              (facts.super_is_all ? " or SUPER" : ""),
                                          where));
  answer.remedies.emplace_back(
      "on a managed server that gives nobody SUPER: log_bin_trust_function_creators = 1 in its parameter group");
  answer.remedies.push_back(fmt::format("GRANT SUPER ON *.* TO {}", quoted_account(facts.account)));
  return answer;
}

Answer needs_trigger(const PrivilegeFacts& facts, const TriggerTable& table, std::string_view what) {
  return {kDenied,
          fmt::format("{} needs the TRIGGER privilege on {}.{} (error 1142)", what, table.database, table.table),
          {grant_statement(facts, table, "TRIGGER")}};
}

Answer may_create(const PrivilegeFacts& facts, const TriggerTable& table) {
  if (facts.log_bin && !facts.trust && !is_super(facts)) return needs_super(facts, "CREATE TRIGGER");
  if (!facts.session.has_table("TRIGGER", table.database, table.table))
    return needs_trigger(facts, table, "CREATE TRIGGER");
  return {};
}

// MySQL 9 has the rule of the binary log for CREATE only.
Answer may_drop(const PrivilegeFacts& facts, const TriggerTable& table) {
  if (facts.mariadb && facts.log_bin && !facts.trust && !is_super(facts)) return needs_super(facts, "DROP TRIGGER");
  if (!facts.session.has_table("TRIGGER", table.database, table.table))
    return needs_trigger(facts, table, "DROP TRIGGER");
  return {};
}

std::vector<std::string> lacking(const Grants& grants, const TriggerTable& table, const std::string& privilege,
                                 const std::vector<std::string>& columns) {
  std::vector<std::string> missing;
  for (const std::string& column : columns)
    if (!grants.has_column(privilege, table.database, table.table, column)) missing.push_back(quoted_name(column));
  return missing;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// CREATE TRIGGER asks for none of this; the first write of the application does.
Answer may_write(const PrivilegeFacts& facts, const TriggerTable& table) {
  const bool trigger = facts.definer.has_table("TRIGGER", table.database, table.table);
  const auto read = lacking(facts.definer, table, "SELECT", table.read);
  const auto set = lacking(facts.definer, table, "UPDATE", table.set);
  const auto lacks_all = [&](const char* privilege) {
    return table.all_columns && !facts.definer.has_table(privilege, table.database, table.table);
  };
  const bool read_all = lacks_all("SELECT"), set_all = lacks_all("UPDATE");
  if (trigger && read.empty() && set.empty() && !read_all && !set_all) return {};

  std::string privileges;
  const auto add = [&](const std::string& privilege) { privileges += (privileges.empty() ? "" : ", ") + privilege; };
  if (!trigger) add("TRIGGER");
  if (read_all || !read.empty()) add(read_all ? "SELECT" : fmt::format("SELECT ({})", listed(read)));
  if (set_all || !set.empty()) add(set_all ? "UPDATE" : fmt::format("UPDATE ({})", listed(set)));
  Answer answer;
  answer.error = trigger ? kColumnDenied : kDenied;
  answer.reason = fmt::format(
      "a trigger runs with the rights of its DEFINER, {}; it lacks {} on {}.{}, and every write of the application "
      "would fail (error {})",
      facts.account, privileges, table.database, table.table, answer.error);
  const bool by_role = facts.session.has_table("TRIGGER", table.database, table.table) && !trigger;
  if (by_role)
    answer.reason += facts.mariadb ? "; roles do not count for a DEFINER on MariaDB"
                                   : "; only default roles count for a DEFINER on MySQL";
  answer.remedies.push_back(grant_statement(facts, table, privileges));
  if (by_role && !facts.mariadb)
    answer.remedies.push_back(fmt::format("SET DEFAULT ROLE ALL TO {}", quoted_account(facts.account)));
  return answer;
}

// What triggers do to the rows of another table; `what`: where, and which writes of the application fail without.
Answer may_write_rows(const PrivilegeFacts& facts, const std::string& database, const std::string& table,
                      std::initializer_list<const char*> privileges, const char* what) {
  std::string missing;
  for (const char* privilege : privileges)
    if (!facts.definer.has_table(privilege, database, table))
      missing += (missing.empty() ? "" : ", ") + std::string(privilege);
  if (missing.empty()) return {};
  return {kDenied,
          fmt::format("a trigger runs with the rights of its DEFINER, {}; it lacks {} on {}.{}, {} of the application "
                      "would fail (error 1142)",
                      facts.account, missing, database, table, what),
          {grant_statement(facts, {database, table, {}, {}}, missing)}};
}

}  // namespace

bool may_set_trust(const PrivilegeFacts& facts) {
  return (facts.super_is_all && is_super(facts)) ||
         facts.session.has_global(facts.mariadb ? "BINLOG ADMIN" : "SYSTEM_VARIABLES_ADMIN");
}

Answer may_generate(const PrivilegeFacts& facts, const std::string& database, const std::string& table) {
  return may_write_rows(facts, database, table, {"SELECT", "INSERT"}, "where it generates rows, and inserts");
}
Answer may_count(const PrivilegeFacts& facts, const std::string& database, const std::string& table) {
  return may_write_rows(facts, database, table, {"SELECT", "INSERT", "DELETE"},
                        "where it has rows numbered, and inserts");
}
Answer may_keep_equal(const PrivilegeFacts& facts, const std::string& database, const std::string& table) {
  return may_write_rows(facts, database, table, {"SELECT", "INSERT", "UPDATE", "DELETE"},
                        "which it keeps equal to another table, and writes");
}

TriggerAnswers may_use_triggers(const PrivilegeFacts& facts, const TriggerTable& table) {
  return {may_create(facts, table), may_drop(facts, table), may_write(facts, table)};
}

}  // namespace emcee::mysql
