#include "cli/metrics.h"

#include <fmt/format.h>

namespace emcee::cli {

namespace {

std::string label_value(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n')
      text += "\\n";
    else
      text += c;
  }
  return text;
}

std::string sample(std::string_view name, const std::string& labels, std::int64_t value) {
  return fmt::format("{}{{{}}} {}\n", name, labels, value);
}

std::string family(std::string_view name, std::string_view help, const std::string& samples) {
  return fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n{2}", name, help, samples);
}

constexpr const char* kState = "emcee_state";
constexpr const char* kPaused = "emcee_paused";
constexpr const char* kSteps = "emcee_steps";
constexpr const char* kStepsDone = "emcee_steps_done";
constexpr const char* kRowsDone = "emcee_rows_done";

}  // namespace

void Metrics::add(const applier::Status& status, const applier::Steering& steering, const applier::Release& release) {
  const std::string labels =
      fmt::format(R"(component="{}",release="{}")", label_value(release.component), label_value(release.name));
  state_ += sample(kState, labels, static_cast<int>(status.check.state));
  paused_ += sample(kPaused, labels, steering.paused ? 1 : 0);
  for (const applier::ScriptStatus& script : status.scripts) {
    const std::string more = fmt::format(R"({},phase="{}",script="{}")", labels,
                                         applier::to_string(script.script->phase), label_value(script.script->name));
    steps_ += sample(kSteps, more, static_cast<std::int64_t>(script.steps.size()));
    steps_done_ += sample(kStepsDone, more, script.steps_finished());
    if (script.script->phase == applier::Phase::migrate) rows_done_ += sample(kRowsDone, more, script.rows_done());
  }
}

std::string Metrics::text() const {
  if (state_.empty()) return {};
  return family(kState, "0 up to date, 1 wrong, 2 expand is next, 3 migrate is next, 4 contract is next", state_) +
         family(kPaused, "1 while migrate is paused", paused_) + family(kSteps, "steps of a script", steps_) +
         family(kStepsDone, "steps of a script that are done", steps_done_) +
         family(kRowsDone, "rows that the backfills of a script have changed", rows_done_);
}

}  // namespace emcee::cli
