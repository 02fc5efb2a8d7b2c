#include "plan/plan.h"

#include <fmt/format.h>

#include "plan/finding.h"
#include "schema/step_names.h"

namespace emcee::plan {

std::string_view to_string(Phase phase) { return schema::name_of(phase, schema::kPhaseNames); }

std::string_view to_string(LockTime time) {
  switch (time) {
    case LockTime::none:
      return "none";
    case LockTime::instant:
      return "instant";
    case LockTime::scan:
      return "scan";
    case LockTime::rewrite:
      return "rewrite";
  }
  return "";
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::adds:
      return "adds";
    case Verdict::rolls:
      return "rolls";
    case Verdict::refused:
      return "refused";
  }
  return "";
}

std::string describe(const Finding& finding) {
  return fmt::format("{}: {}: {}", finding.rule, diff::object(finding.change), finding.why);
}

std::string script_name(const Plan& plan, Phase phase, int script) {
  return fmt::format("{}_{}{:02}", plan.release, to_string(phase), script);
}

}  // namespace emcee::plan
