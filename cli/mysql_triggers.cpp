#include "cli/mysql_triggers.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/mysql_facts.h"

namespace emcee::cli {

namespace {

using applier::Connection;
using applier::Row;
using mysql::Answer;
using mysql::PrivilegeFacts;
using schema::Result;
using Symptoms = std::vector<Symptom>;

constexpr std::size_t kListed = 5;
constexpr const char* kProbe = "emcee_probe";

Result<std::vector<std::string>> texts(Connection& connection, std::string_view sql) {
  EMCEE_ASSIGN(const std::vector<Row> rows, connection.query(sql, {}, applier::kAllRows));
  std::vector<std::string> result;
  for (const Row& row : rows) result.push_back(applier::to_text(row.at(0)));
  return result;
}

Result<std::vector<std::string>> tables_of(Connection& connection, const Examination& examination) {
  if (examination.all_tables)
    return texts(connection,
                 "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = "
                 "'BASE TABLE' AND TABLE_NAME NOT LIKE 'emcee\\_%' ORDER BY 1");
  std::vector<std::string> names;
  for (const schema::QualifiedName& table : examination.tables) names.push_back(table.name.text());
  return names;
}

// What stands against triggers, and on which tables.
struct Obstacle {
  Answer answer;
  std::vector<std::string> tables;
};

// One obstacle per way out: a GRANT is for one table, a variable for all.
std::vector<Obstacle> obstacles(const PrivilegeFacts& facts, const std::string& database,
                                const std::vector<std::string>& tables, const Examination& examination) {
  const bool only_drop = !examination.triggers;
  std::vector<Obstacle> found;
  const auto add = [&](const Answer& answer, const std::string& table) {
    if (answer.allowed()) return;
    const auto same = std::find_if(found.begin(), found.end(), [&](const Obstacle& each) {
      return each.answer.remedies == answer.remedies && each.answer.error == answer.error;
    });
    if (same == found.end())
      found.push_back({answer, {table}});
    else if (same->tables.back() != table)
      same->tables.push_back(table);
  };
  for (const std::string& table : tables) {
    const mysql::TriggerAnswers answers = mysql::may_use_triggers(facts, {database, table, {}, {}, true});
    if (!only_drop) add(answers.create, table);
    add(answers.drop, table);
    if (!only_drop) add(answers.write, table);
  }
  for (const schema::QualifiedName& table : examination.generated)
    if (!only_drop) add(mysql::may_generate(facts, database, table.name.text()), table.name.text());
  for (const schema::QualifiedName& table : examination.counted)
    if (!only_drop) add(mysql::may_count(facts, database, table.name.text()), table.name.text());
  for (const schema::QualifiedName& table : examination.moved)
    if (!only_drop) add(mysql::may_keep_equal(facts, database, table.name.text()), table.name.text());
  return found;
}

// The rights that the experiment needs, so that it cannot get stuck half-way: on the database, since its
// table is a new one.
bool can_try(const PrivilegeFacts& facts, const std::string& database) {
  constexpr const char* kOfSession[] = {"CREATE", "DROP", "INSERT", "SELECT", "TRIGGER"};
  constexpr const char* kOfDefiner[] = {"SELECT", "UPDATE", "TRIGGER"};
  const auto has_all = [&](const mysql::Grants& grants, const auto& privileges) {
    return std::all_of(std::begin(privileges), std::end(privileges),
                       [&](const char* privilege) { return grants.has_database(privilege, database); });
  };
  return has_all(facts.session, kOfSession) && has_all(facts.definer, kOfDefiner);
}

// The server's own answer. REQUIRES: can_try.
Result<void> try_triggers(Connection& connection) {
  const std::string drop = fmt::format("DROP TABLE IF EXISTS {}", kProbe);
  EMCEE_TRY(connection.execute(drop));
  EMCEE_TRY(connection.execute(fmt::format("CREATE TABLE {} (a INT PRIMARY KEY, b INT) ENGINE = InnoDB", kProbe)));
  const auto experiment = [&]() -> Result<void> {
    EMCEE_TRY(connection.execute(
        fmt::format("CREATE TRIGGER {0}_i BEFORE INSERT ON {0} FOR EACH ROW SET NEW.b = NEW.a + 1", kProbe)));
    EMCEE_TRY(connection.execute(fmt::format("INSERT INTO {} (a) VALUES (1)", kProbe)));
    EMCEE_TRY(connection.execute(fmt::format("DROP TRIGGER {}_i", kProbe)));
    EMCEE_ASSIGN(const auto rows, connection.query(fmt::format("SELECT b FROM {}", kProbe), {}, 1));
    if (rows.empty() || rows.front().front() != applier::Value(std::int64_t{2}))
      return schema::fail(schema::ErrorCode::look_at_server, "a trigger was made, and did not fire");
    return {};
  };
  const Result<void> answer = experiment();
  EMCEE_TRY(connection.execute(drop));  // takes the trigger along
  return answer;
}

std::string joined(const std::vector<std::string>& words, std::string_view between, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(words.size(), most); ++i)
    text += (i == 0 ? "" : std::string(between)) + words[i];
  return words.size() > most ? text + std::string(between) + "..." : text;
}

}  // namespace

Result<Symptoms> examine_triggers(Connection& connection, const Examination& examination) {
  EMCEE_ASSIGN(const PrivilegeFacts facts, privilege_facts(connection));
  EMCEE_ASSIGN(const std::vector<std::string> database, texts(connection, "SELECT DATABASE()"));
  EMCEE_ASSIGN(std::vector<std::string> tables, tables_of(connection, examination));
  if (!examination.triggers) {
    // Without any to make, those that an online expand left have to go all the same.
    EMCEE_ASSIGN(tables,
                 texts(connection,
                       "SELECT DISTINCT EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA "
                       "= DATABASE() AND TRIGGER_NAME LIKE 'emcee\\_%' ORDER BY 1"));
    if (tables.empty()) return Symptoms{{Severity::good, "no triggers are needed", {}}};
  }

  const std::vector<Obstacle> found = obstacles(facts, database.front(), tables, examination);
  const bool blocks = !examination.all_tables;
  Symptoms symptoms;
  for (const Obstacle& obstacle : found) {
    const std::string more =
        obstacle.tables.size() > 1 ? fmt::format(" (tables {})", joined(obstacle.tables, ", ", kListed)) : "";
    symptoms.push_back({Severity::missing, obstacle.answer.reason + more,
                        joined(obstacle.answer.remedies, "; or ", obstacle.answer.remedies.size()), blocks});
  }
  if (!found.empty()) return symptoms;

  if (!can_try(facts, database.front()))
    return Symptoms{
        {Severity::good, fmt::format("{} may make, drop and run triggers, by its grants", facts.account), {}}};
  if (const Result<void> tried = try_triggers(connection); !tried) {
    if (tried.error().code != schema::ErrorCode::grant_privilege) return schema::fail(tried.error());
    return Symptoms{{Severity::missing,
                     "triggers cannot be used, though the grants look as if they could: " + tried.error().message,
                     "ask who runs the server: it may have rules of its own", blocks}};
  }
  return Symptoms{{Severity::good,
                   fmt::format("{} may make, drop and run triggers: it was tried on a table {}", facts.account, kProbe),
                   {}}};
}

}  // namespace emcee::cli
