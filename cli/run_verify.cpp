#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/connect.h"
#include "cli/database.h"
#include "cli/drift.h"
#include "cli/human.h"
#include "cli/project_targets.h"

namespace emcee::cli {

namespace {

using applier::RowFindings;
using applier::Verification;
using schema::Result;

nlohmann::json to_json(const RowFindings& findings) {
  nlohmann::json rows = nlohmann::json::array();
  for (const applier::Row& row : findings.rows) {
    nlohmann::json values = nlohmann::json::array();
    for (const applier::Value& value : row) values.push_back(applier::to_text(value));
    rows.push_back(std::move(values));
  }
  return {{"name", findings.query.name}, {"kind", findings.query.kind}, {"table", findings.query.table},
          {"count", findings.count},     {"rows", std::move(rows)},     {"hint", findings.query.hint}};
}

void print_text(const RowFindings& findings, Output& output) {
  const std::string count = findings.count == 0 ? std::string("none") : counted(findings.count, "row");
  output.print(fmt::format("{}: {}\n", findings.query.name,
                           output.paint(findings.count == 0 ? Style::good : Style::bad, count)));
  for (const applier::Row& row : findings.rows) {
    std::string line;
    for (const applier::Value& value : row) line += (line.empty() ? "  " : ": ") + applier::to_text(value);
    output.print(line + "\n");
  }
  const auto listed = static_cast<std::int64_t>(findings.rows.size());
  if (findings.count > listed) output.print(fmt::format("  and {} more\n", grouped(findings.count - listed)));
  if (findings.count > 0 && !findings.query.hint.empty()) output.print("  hint: " + findings.query.hint + "\n");
}

void print_text(const Drift& drift, Output& output) {
  if (!drift.known) {
    output.print("drift: not known: inside of a phase, or no right to make a scratch database\n");
    return;
  }
  output.print(
      fmt::format("drift from {}: {}\n", drift.expected,
                  drift.changes.empty() ? output.paint(Style::good, "none") : output.paint(Style::bad, "yes")));
  for (const std::string& change : drift.changes) output.print("  " + change + "\n");
}

Result<void> resolve(Target& target, const std::string& winner, Output& output) {
  const applier::Side side = winner == "old" ? applier::Side::old_release : applier::Side::new_release;
  EMCEE_ASSIGN(const applier::Outcome outcome,
               applier::resolve(*target.connection, target.release, side, applier_options()));
  output.note(outcome.text);
  return {};
}

Result<int> verify_one(const VerifyOptions& options, Output& output) {
  EMCEE_ASSIGN(Target target, open_target(options.database));
  if (!options.resolve.empty()) EMCEE_TRY(resolve(target, options.resolve, output));
  EMCEE_ASSIGN(const Verification verification, applier::verify(*target.connection, target.release, applier_options()));
  Drift drift;
  if (options.drift) {
    EMCEE_ASSIGN(drift, find_drift(options.database, target));
  }
  if (output.json()) {
    nlohmann::json findings = nlohmann::json::array();
    for (const RowFindings& f : verification.findings) findings.push_back(to_json(f));
    output.document({{"clean", verification.clean()}, {"findings", std::move(findings)}, {"drift", drift.changes}});
  } else {
    for (const RowFindings& f : verification.findings) print_text(f, output);
    if (verification.findings.empty()) output.print("this release has no rows to verify\n");
    if (options.drift) print_text(drift, output);
  }
  return verification.clean() && drift.changes.empty() ? 0 : 1;
}

}  // namespace

Result<int> run_verify(const VerifyOptions& options, Output& output) {
  return on_each(options.database, {Which::begun, false}, output, [&](const DatabaseOptions& database) {
    return verify_one({database, options.resolve, options.drift}, output);
  });
}

}  // namespace emcee::cli
