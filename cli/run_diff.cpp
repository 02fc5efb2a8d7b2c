#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/coverage.h"
#include "cli/dialect_choice.h"
#include "cli/schema_source.h"
#include "diff/diff.h"

namespace emcee::cli {

namespace {

nlohmann::json to_json(const diff::Difference& difference, const LoadedPair& schemas) {
  nlohmann::json changes = nlohmann::json::array();
  for (const diff::Change& change : difference.changes)
    changes.push_back(
        {{"operation", diff::operation(change)}, {"object", diff::object(change)}, {"text", diff::describe(change)}});
  nlohmann::json questions = nlohmann::json::array();
  for (const diff::Question& question : difference.questions)
    questions.push_back({{"removed", question.removed}, {"added", question.added}});
  return {
      {"equal", difference.changes.empty()},
      {"changes", changes},
      {"questions", questions},
      {"notes", difference.notes},
      {"coverage", {{"old", coverage_json(schemas.before.coverage)}, {"new", coverage_json(schemas.after.coverage)}}}};
}

void print_text(const diff::Difference& difference, Output& output) {
  for (const diff::Change& change : difference.changes) output.print(diff::describe(change) + "\n");
  for (const diff::Question& question : difference.questions)
    output.print(output.paint(Style::caution, "question:") + " is " + question.added + " the new name of " +
                 question.removed + "?\n");
  for (const std::string& note : difference.notes) output.note("note: " + note);
  if (difference.changes.empty()) output.note("the schemas are equal");
  if (!difference.questions.empty()) output.note("`emcee map` writes a release map in which to answer");
}

}  // namespace

schema::Result<int> run_diff(const DiffOptions& options, Output& output) {
  EMCEE_ASSIGN(const auto dialect, choose_dialect(options.read, {options.before, options.after}, options.map));
  EMCEE_ASSIGN(const diff::ReleaseMap map, load_map(options.map, *dialect));
  EMCEE_ASSIGN(const LoadedPair schemas, load_pair(options.before, options.after, *dialect, options.read.lenient));
  EMCEE_TRY(diff::resolve(map, schemas.before.schema, schemas.after.schema));
  const diff::Difference difference = diff::diff(schemas.before.schema, schemas.after.schema, map);

  note_coverage(options.before, schemas.before.coverage, output);
  note_coverage(options.after, schemas.after.coverage, output);
  if (output.json())
    output.document(to_json(difference, schemas));
  else
    print_text(difference, output);
  return options.exit_code && !difference.changes.empty() ? 1 : 0;
}

}  // namespace emcee::cli
