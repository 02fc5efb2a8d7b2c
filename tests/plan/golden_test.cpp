// Golden cases of the plan stage, in fixtures/plan. Commands:
//
//   plan [old, new, (map)]   what each change means for the old release, then the steps
#include <gtest/gtest.h>

#include "tests/support/planning.h"

namespace emcee::plan {
namespace {

using testing::GoldenCase;

std::string show(const Hazard& hazard) {
  return fmt::format("hazard {}{} {}: {}\n", hazard.accepted ? "" : "(not accepted) ", hazard.code, hazard.object,
                     hazard.message);
}

std::string show(const Finding& finding) {
  std::string text = fmt::format("{} {}", to_string(finding.verdict), diff::describe(finding.change));
  if (!finding.rule.empty()) text += fmt::format(" [{}]", finding.rule);
  if (!finding.why.empty()) text += "\n  why: " + finding.why;
  if (!finding.way_out.empty()) text += "\n  way out: " + finding.way_out;
  return text + "\n";
}

std::string show(const Planning& planning) {
  const Plan& plan = planning.plan;
  std::string text;
  for (const Finding& finding : planning.findings) text += show(finding);
  std::string script;
  for (const Step& step : plan.steps) {
    if (script != script_name(plan, step.phase, step.script)) text += script_name(plan, step.phase, step.script) + "\n";
    script = script_name(plan, step.phase, step.script);
    text += "  " + step.title + "\n";
    for (const std::string& reason : step.reasons)
      if (reason != step.title) text += "    for " + reason + "\n";
    for (const Hazard& hazard : step.hazards) text += "    " + show(hazard);
  }
  for (const Hazard& hazard : planning.to_accept) text += "to accept: " + show(hazard);
  for (const Hazard& hazard : plan.hazards) text += show(hazard);
  for (const Choice& choice : plan.choices) text += fmt::format("chosen {}: {}\n", choice.object, choice.text);
  for (const std::string& note : plan.notes) text += "note: " + note + "\n";
  return text.empty() ? "nothing to do\n" : text;
}

std::string run(const GoldenCase& golden) {
  if (golden.command != "plan") return "unknown command " + golden.command;
  const auto planned = testing::plan_case(golden);
  return planned ? show(planned->planning) : schema::to_text(planned.error());
}

TEST(PlanGolden, AllCases) { testing::run_golden("fixtures/plan", run); }

}  // namespace
}  // namespace emcee::plan
