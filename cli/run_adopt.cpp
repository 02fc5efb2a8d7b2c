#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/database.h"
#include "cli/dialect_choice.h"
#include "cli/schema_source.h"
#include "diff/diff.h"

namespace emcee::cli {

namespace {

using applier::Outcome;
using schema::ErrorCode;
using schema::fail;
using schema::Result;

// What has to change in the database to make it what it is said to be.
Result<diff::Difference> difference_from(const std::string& db, const schema::Schema& expected,
                                         const plan::Dialect& dialect) {
  EMCEE_ASSIGN(const LoadedSchema live, load_schema(db, dialect, false));
  return diff::diff(live.schema, expected);
}

int refuse(const diff::Difference& difference, const std::string& expected, Output& output) {
  if (output.json()) {
    nlohmann::json changes = nlohmann::json::array();
    for (const diff::Change& change : difference.changes) changes.push_back(diff::describe(change));
    output.document({{"adopted", false}, {"differences", std::move(changes)}});
    return 1;
  }
  output.print(fmt::format("not adopted: to be {}, the database would have to\n", expected));
  for (const diff::Change& change : difference.changes) output.print("  " + diff::describe(change) + "\n");
  return 1;
}

int report(const Outcome& outcome, Output& output) {
  if (output.json())
    output.document({{"adopted", true}, {"text", outcome.text}});
  else
    output.print(outcome.text + "\n");
  return 0;
}

// The database stands at the end of a release that has a plan.
Result<int> adopt_release(const AdoptOptions& options, const plan::Dialect& dialect, Output& output) {
  EMCEE_ASSIGN(Target target, open_target(options.database));
  parser::Coverage coverage;
  EMCEE_ASSIGN(const schema::Schema expected,
               dialect.read({parser::Source("plan.json: schemas.new", target.release.new_schema)}, false, coverage));
  EMCEE_ASSIGN(const diff::Difference difference, difference_from(options.database.db, expected, dialect));
  if (!difference.changes.empty()) return refuse(difference, "at the end of " + target.release.name, output);
  EMCEE_ASSIGN(const Outcome outcome, applier::adopt(*target.connection, target.release, applier_options()));
  return report(outcome, output);
}

// The database stands at a release that Emcee never planned.
Result<int> adopt_schema(const AdoptOptions& options, const plan::Dialect& dialect, Output& output) {
  if (options.schema.empty() || options.release.empty())
    return fail(ErrorCode::usage, "adopt needs to know where the database stands",
                "--plan DIR (the end of that release), or --at SCHEMA --release NAME");
  EMCEE_ASSIGN(const LoadedSchema expected, load_schema(options.schema, dialect, false));
  EMCEE_ASSIGN(const diff::Difference difference, difference_from(options.database.db, expected.schema, dialect));
  if (!difference.changes.empty()) return refuse(difference, options.schema, output);
  EMCEE_ASSIGN(const auto connection, connect(options.database.db));
  EMCEE_ASSIGN(const Outcome outcome,
               applier::adopt_at(*connection, options.component, options.release, applier_options()));
  return report(outcome, output);
}

}  // namespace

Result<int> run_adopt(const AdoptOptions& options, Output& output) {
  const bool with_plan = !options.database.directory.empty();
  if (with_plan && (!options.schema.empty() || !options.release.empty()))
    return fail(ErrorCode::usage, "--plan says already where the database stands",
                "give either --plan, or --at with --release");
  EMCEE_ASSIGN(const auto dialect, choose_dialect({}, {options.database.db}));
  return with_plan ? adopt_release(options, *dialect, output) : adopt_schema(options, *dialect, output);
}

}  // namespace emcee::cli
