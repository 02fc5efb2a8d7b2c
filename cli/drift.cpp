#include "cli/drift.h"

#include <fmt/format.h>

#include <algorithm>

#include "applier/url.h"
#include "cli/dialect_choice.h"
#include "cli/live_schema.h"
#include "diff/diff.h"

namespace emcee::cli {

namespace {

using applier::Phase;
using schema::ErrorCode;
using schema::fail;
using schema::Result;

// How far the scripts of a phase are.
enum class Extent { none, some, all };

Extent extent(const applier::Status& status, Phase phase) {
  std::size_t scripts = 0, begun = 0, done = 0;
  for (const applier::ScriptStatus& script : status.scripts) {
    if (script.script->phase != phase) continue;
    ++scripts;
    begun += !script.state.empty() && script.state != "rolled_back";
    done += script.state == "done";
  }
  if (begun == 0) return Extent::none;
  return done == scripts ? Extent::all : Extent::some;
}

// The schema that expand makes: an empty database of the old schema is expanded, and read back.
Result<schema::Schema> expanded(const std::string& url, const applier::Release& release, const plan::Dialect& dialect) {
  const Database* database = find_database(url);
  if (database == nullptr) return fail(ErrorCode::usage, fmt::format("{}: no such database", dialect.name()));
  EMCEE_ASSIGN(const auto scratch, database->make_scratch(url));
  EMCEE_ASSIGN(const auto connection, connect(scratch->url()));
  EMCEE_TRY(connection->create_schema(release.old_schema));
  EMCEE_TRY(applier::expand(*connection, release, applier_options()));
  parser::Coverage coverage;
  return read_live_schema(scratch->url(), dialect, true, coverage);
}

Result<schema::Schema> read_ddl(const std::string& ddl, const plan::Dialect& dialect) {
  parser::Coverage coverage;
  return dialect.read({parser::Source("plan.json", ddl)}, true, coverage);
}

// Objects that another role owns than the schema says.
Result<std::vector<std::string>> wrong_owners(applier::Connection& connection, const Database& database,
                                              const schema::Schema& schema) {
  std::vector<std::string> lines;
  const std::string query = database.wrong_owners_query ? database.wrong_owners_query(schema) : "";
  if (query.empty()) return lines;
  EMCEE_ASSIGN(const auto rows, connection.query(query));
  for (const applier::Row& row : rows) lines.push_back(applier::to_text(row.front()));
  return lines;
}

// What a live database tells nothing about (of owners see above), and what the plan does not know.
bool is_foreign(const diff::Change& change, const schema::Schema& expected) {
  const auto* dropped = std::get_if<diff::DropObject>(&change);
  if (dropped != nullptr && dropped->object.kind == "owner") return true;
  if (std::holds_alternative<diff::CreateTable>(change) || std::holds_alternative<diff::CreateView>(change) ||
      std::holds_alternative<diff::CreateObject>(change))
    return true;
  const auto* trigger = std::get_if<diff::CreateTrigger>(&change);
  return trigger != nullptr && expected.find_table(trigger->trigger.table) == nullptr &&
         expected.find_view(trigger->trigger.table) == nullptr;
}

// A server of another series reads some DDL otherwise: the collation of a character set, what ALL privileges are.
std::string version_hint(const DatabaseOptions& options, const applier::Release& release) {
  const auto dialect = choose_dialect({}, {options.db});
  if (!dialect || release.server_version.empty()) return {};
  const std::string live = (*dialect)->capabilities().server_version;
  const auto series = [](const std::string& version) { return version.substr(0, version.rfind('.')); };
  if (series(live) == series(release.server_version)) return {};
  return fmt::format("the plan was made for {} {} and this server is {}: plan with --server-version {}; else ",
                     release.dialect, release.server_version, live, live);
}

}  // namespace

Result<Drift> find_drift(const DatabaseOptions& options, Target& target) {
  const applier::Release& release = target.release;
  EMCEE_ASSIGN(const auto dialect, choose_dialect({}, {options.db}));
  EMCEE_ASSIGN(const applier::Status status, applier::status(*target.connection, release));
  const Extent expand = extent(status, Phase::expand), contract = extent(status, Phase::contract);

  Drift drift;
  schema::Schema expected;
  if (contract == Extent::all) {
    drift.expected = "the new schema of " + release.name;
    EMCEE_ASSIGN(expected, read_ddl(release.new_schema, *dialect));
  } else if (contract == Extent::none && expand == Extent::none) {
    drift.expected = "the old schema of " + release.name;
    EMCEE_ASSIGN(expected, read_ddl(release.old_schema, *dialect));
  } else if (contract == Extent::none && expand == Extent::all) {
    drift.expected = "the expanded schema of " + release.name;
    auto made = expanded(options.db, release, *dialect);
    if (!made && made.error().code == ErrorCode::grant_privilege) {
      drift.known = false;  // no right to make a scratch database
      return drift;
    }
    EMCEE_ASSIGN(expected, std::move(made));
  } else {
    drift.known = false;
    return drift;
  }
  // As the plan has it, whatever role has made the scratch database.
  EMCEE_ASSIGN(const schema::Schema planned,
               read_ddl(contract == Extent::all ? release.new_schema : release.old_schema, *dialect));
  if (const Database* database = find_database(options.db)) {
    EMCEE_ASSIGN(drift.changes, wrong_owners(*target.connection, *database, planned));
  }
  parser::Coverage coverage;
  EMCEE_ASSIGN(const schema::Schema live, read_live_schema(options.db, *dialect, true, coverage));
  for (const diff::Change& change : diff::diff(expected, live).changes)
    if (!is_foreign(change, expected)) drift.changes.push_back(diff::describe(change));
  return drift;
}

Result<void> refuse_drift(const DatabaseOptions& options, Target& target) {
  EMCEE_ASSIGN(const Drift drift, find_drift(options, target));
  if (drift.changes.empty()) return {};
  constexpr std::size_t kListed = 10;
  std::string list;
  for (std::size_t i = 0; i < std::min(drift.changes.size(), kListed); ++i) list += "\n  " + drift.changes[i];
  if (drift.changes.size() > kListed) list += fmt::format("\n  and {} more", drift.changes.size() - kListed);
  return fail(ErrorCode::wrong_order,
              fmt::format("the database is not at {}; somebody changed it:{}", drift.expected, list),
              version_hint(options, target.release) +
                  "take the changes back, or plan again from the schema that is there (emcee plan " +
                  applier::without_password(options.db) + " NEW); --ignore-drift goes on regardless");
}

}  // namespace emcee::cli
