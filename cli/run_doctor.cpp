#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/connect.h"
#include "cli/dialect_choice.h"
#include "cli/doctor.h"
#include "cli/preflight.h"
#include "cli/schema_source.h"

namespace emcee::cli {

namespace {

using schema::ErrorCode;
using schema::Result;

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::good:
      return "good";
    case Severity::note:
      return "note";
    case Severity::problem:
      return "problem";
    case Severity::missing:
      return "missing";
  }
  return "problem";
}

Style style_of(Severity severity) {
  if (severity == Severity::good) return Style::good;
  return severity == Severity::note ? Style::caution : Style::bad;
}

// With a plan: whether the database stands where the plan can go on.
Result<Symptom> examine_plan(applier::Connection& connection, const applier::Release& release) {
  EMCEE_ASSIGN(const applier::Check check, applier::check(connection, release));
  const Severity severity = check.state == applier::State::wrong ? Severity::problem : Severity::good;
  return Symptom{severity, release.name + ": " + check.text, check.next.empty() ? "" : "next: " + check.next};
}

int exit_code(const std::vector<Symptom>& symptoms) {
  const auto has = [&](Severity severity) {
    return std::any_of(symptoms.begin(), symptoms.end(), [&](const Symptom& s) { return s.severity == severity; });
  };
  if (has(Severity::missing)) return schema::exit_code(ErrorCode::grant_privilege);
  return has(Severity::problem) ? schema::exit_code(ErrorCode::answer_is_no) : 0;
}

void print(const std::vector<Symptom>& symptoms, Output& output) {
  if (output.json()) {
    nlohmann::json list = nlohmann::json::array();
    for (const Symptom& s : symptoms)
      list.push_back(
          {{"severity", to_string(s.severity)}, {"what", s.what}, {"remedy", s.remedy}, {"blocks", s.blocks}});
    output.document({{"healthy", exit_code(symptoms) == 0}, {"symptoms", std::move(list)}});
    return;
  }
  for (const Symptom& s : symptoms) {
    const std::string_view word = to_string(s.severity);
    output.print(fmt::format("{}{:{}}{}\n", output.paint(style_of(s.severity), word), "", 9 - word.size(), s.what));
    if (!s.remedy.empty()) output.print(fmt::format("         {}\n", s.remedy));
  }
}

}  // namespace

Result<int> run_doctor(const DoctorOptions& options, Output& output) {
  EMCEE_ASSIGN(const auto connection, connect(options.db));
  const Database& database = *find_database(options.db);
  Examination examination;
  std::optional<LoadedSchema> live;
  if (database.examines_schema) {
    EMCEE_ASSIGN(const auto dialect, choose_dialect({}, {options.db}));
    EMCEE_ASSIGN(live, load_schema(options.db, *dialect, true));
    examination.schema = &live->schema;
  }
  std::optional<applier::Release> release;
  if (!options.directory.empty()) {
    EMCEE_ASSIGN(const auto dialect, choose_dialect({}, {options.db}));
    EMCEE_ASSIGN(release, applier::read_release(options.directory));
    EMCEE_ASSIGN(examination.tables, touched_tables(*release, *dialect));
    EMCEE_ASSIGN(examination.generated, generated_tables(*release, *dialect));
    EMCEE_ASSIGN(examination.counted, counted_tables(*release, *dialect));
    EMCEE_ASSIGN(examination.moved, moved_tables(*release, *dialect));
    examination.all_tables = false;
    examination.triggers = makes_triggers(*release);
    examination.looks_up = looks_up(*release);
    examination.replicates_rows = has_hazard(*release, "evaluated_once");
  }
  EMCEE_ASSIGN(std::vector<Symptom> symptoms, database.examine(*connection, examination));
  if (release) {
    EMCEE_ASSIGN(Symptom plan, examine_plan(*connection, *release));
    symptoms.push_back(std::move(plan));
  }
  print(symptoms, output);
  return exit_code(symptoms);
}

}  // namespace emcee::cli
