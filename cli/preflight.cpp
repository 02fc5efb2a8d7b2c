#include "cli/preflight.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/dialect_choice.h"
#include "diff/diff.h"
#include "schema/is_one_of.h"

namespace emcee::cli {

using schema::ErrorCode;
using schema::fail;
using schema::QualifiedName;
using schema::Result;

Result<ReleaseSchemas> schemas_of(const applier::Release& release, const plan::Dialect& dialect) {
  const auto read = [&](const std::string& ddl) {
    parser::Coverage coverage;
    return dialect.read({parser::Source("plan.json", ddl)}, true, coverage);
  };
  ReleaseSchemas schemas;
  EMCEE_ASSIGN(schemas.before, read(release.old_schema));
  EMCEE_ASSIGN(schemas.after, read(release.new_schema));
  return schemas;
}

Result<std::vector<QualifiedName>> touched_tables(const applier::Release& release, const plan::Dialect& dialect) {
  EMCEE_ASSIGN(const ReleaseSchemas schemas, schemas_of(release, dialect));
  std::set<QualifiedName> names;
  for (const schema::Table& table : schemas.before.tables()) {
    const schema::Table* now = schemas.after.find_table(table.name);
    if (now == nullptr || !(*now == table)) names.insert(table.name);
  }
  return std::vector<QualifiedName>(names.begin(), names.end());
}

namespace {

// The tables of these names that are there already.
Result<std::vector<QualifiedName>> tables_named(const std::vector<std::string>& texts, const applier::Release& release,
                                                const plan::Dialect& dialect) {
  EMCEE_ASSIGN(const ReleaseSchemas schemas, schemas_of(release, dialect));
  std::vector<QualifiedName> names;
  for (const schema::Table& table : schemas.before.tables())
    if (schema::is_one_of(table.name.text(), texts)) names.push_back(table.name);
  return names;
}

template <class Condition>
bool any_step(const applier::Release& release, const Condition& condition) {
  return std::any_of(release.scripts.begin(), release.scripts.end(), [&](const applier::Script& script) {
    return std::any_of(script.steps.begin(), script.steps.end(), condition);
  });
}

}  // namespace

Result<std::vector<QualifiedName>> generated_tables(const applier::Release& release, const plan::Dialect& dialect) {
  return tables_named(release.generates, release, dialect);
}
Result<std::vector<QualifiedName>> counted_tables(const applier::Release& release, const plan::Dialect& dialect) {
  return tables_named(release.counts, release, dialect);
}
Result<std::vector<QualifiedName>> moved_tables(const applier::Release& release, const plan::Dialect& dialect) {
  return tables_named(release.moves, release, dialect);
}

bool makes_triggers(const applier::Release& release) {
  return any_step(release, [](const applier::Step& step) { return step.kind == applier::StepKind::sync; });
}

bool looks_up(const applier::Release& release) { return has_hazard(release, "lookup_without_foreign_key"); }

bool has_hazard(const applier::Release& release, std::string_view code) {
  const auto among = [&](const std::vector<applier::Hazard>& hazards) {
    return std::any_of(hazards.begin(), hazards.end(),
                       [&](const applier::Hazard& hazard) { return hazard.code == code; });
  };
  return among(release.hazards) || any_step(release, [&](const applier::Step& step) { return among(step.hazards); });
}

Result<void> preflight(const DatabaseOptions& options, Target& target, bool online) {
  const Database* database = find_database_of(target.release.dialect);
  if (database == nullptr) return {};
  EMCEE_ASSIGN(const auto dialect, choose_dialect({}, {options.db}));
  Examination examination;
  examination.all_tables = false;
  examination.triggers = online && makes_triggers(target.release);
  examination.looks_up = looks_up(target.release);
  examination.replicates_rows = has_hazard(target.release, "evaluated_once");
  EMCEE_ASSIGN(examination.tables, touched_tables(target.release, *dialect));
  if (examination.triggers) {
    EMCEE_ASSIGN(examination.generated, generated_tables(target.release, *dialect));
    EMCEE_ASSIGN(examination.counted, counted_tables(target.release, *dialect));
    EMCEE_ASSIGN(examination.moved, moved_tables(target.release, *dialect));
  }
  EMCEE_ASSIGN(std::vector<Symptom> symptoms, database->examine(*target.connection, examination));
  std::erase_if(symptoms, [](const Symptom& symptom) { return !symptom.blocks; });
  if (symptoms.empty()) return {};
  std::string list;
  for (const Symptom& symptom : symptoms) list += fmt::format("\n  {}\n    {}", symptom.what, symptom.remedy);
  const bool missing = std::any_of(symptoms.begin(), symptoms.end(),
                                   [](const Symptom& symptom) { return symptom.severity == Severity::missing; });
  return fail(missing ? ErrorCode::grant_privilege : ErrorCode::look_at_server,
              fmt::format("{} is not ready, nothing was changed:{}", target.connection->name(), list),
              "`emcee doctor` tells more");
}

}  // namespace emcee::cli
