// Texts to a plan, for the tests of plan and codegen.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>

#include "dialects/registry.h"
#include "diff/release_map.h"
#include "plan/planner.h"
#include "tests/support/golden.h"

namespace emcee::testing {

// The inputs of a case: old schema, new schema, and the map where there is a third. Arguments:
// `dialect=sqlite`, `version=3.40.1` of the server, `best-effort`.
struct PlanningCase {
  std::unique_ptr<plan::Dialect> dialect;
  plan::Planning planning;
};

inline schema::Result<schema::Schema> read_schema(const plan::Dialect& dialect, const std::string& name,
                                                  const std::string& text) {
  parser::Coverage coverage;
  return dialect.read({parser::Source(name, text)}, false, coverage);
}

inline schema::Result<PlanningCase> plan_case(const GoldenCase& golden) {
  PlanningCase result;
  const std::string dialect = golden.arg("dialect", "sqlite");
  // What is written depends on the version; the library that happens to be linked has no say.
  EMCEE_ASSIGN(result.dialect, dialects::make(dialect, golden.arg("version", dialect == "sqlite" ? "3.40.1" : "")));
  EMCEE_ASSIGN(const auto before, read_schema(*result.dialect, "old.sql", golden.inputs.at(0)));
  EMCEE_ASSIGN(const auto after, read_schema(*result.dialect, "new.sql", golden.inputs.at(1)));
  diff::ReleaseMap map;
  if (golden.inputs.size() > 2) {
    const parser::Source toml("release.toml", golden.inputs[2]);
    EMCEE_ASSIGN(map, diff::read_release_map(toml, dialect, result.dialect->folding(), [&](const parser::Source& text) {
                   return result.dialect->parse_expression(text);
                 }));
  }
  EMCEE_TRY(diff::resolve(map, before, after));
  if (map.name.empty()) map.name = "next";
  plan::PlanOptions options;
  options.best_effort = golden.has("best-effort");
  EMCEE_ASSIGN(result.planning, plan::make_plan(before, after, map, *result.dialect, options));
  return result;
}

}  // namespace emcee::testing
