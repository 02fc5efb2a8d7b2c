#include "cli/metrics.h"

#include <fmt/format.h>

namespace emcee::cli {

namespace {

std::string escaped(std::string_view value) {
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

class Metrics {
 public:
  explicit Metrics(const applier::Release& release)
      : labels_(fmt::format(R"(component="{}",release="{}")", escaped(release.component), escaped(release.name))) {}

  // Opens a family of samples.
  void gauge(std::string_view name, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} gauge\n", name, help, name);
  }
  void sample(std::int64_t value, const std::string& more = {}) {
    text_ += fmt::format("{}{{{}{}}} {}\n", name_, labels_, more, value);
  }
  std::string text() const { return text_; }

 private:
  std::string labels_, name_, text_;
};

std::string of_script(const applier::ScriptStatus& script) {
  return fmt::format(R"(,phase="{}",script="{}")", applier::to_string(script.script->phase),
                     escaped(script.script->name));
}

std::int64_t finished(const applier::ScriptStatus& script) {
  std::int64_t count = 0;
  for (const applier::StepStatus& step : script.steps) count += step.state == "done" || step.state == "skipped";
  return count;
}

std::int64_t rows(const applier::ScriptStatus& script) {
  std::int64_t count = 0;
  for (const applier::StepStatus& step : script.steps) count += step.rows_done;
  return count;
}

}  // namespace

std::string metrics_text(const applier::Status& status, const applier::Steering& steering,
                         const applier::Release& release) {
  Metrics metrics(release);
  metrics.gauge("emcee_state", "0 up to date, 1 wrong, 2 expand is next, 3 migrate is next, 4 contract is next");
  metrics.sample(static_cast<int>(status.check.state));
  metrics.gauge("emcee_paused", "1 while migrate is paused");
  metrics.sample(steering.paused ? 1 : 0);
  metrics.gauge("emcee_steps", "steps of a script");
  for (const auto& script : status.scripts)
    metrics.sample(static_cast<std::int64_t>(script.steps.size()), of_script(script));
  metrics.gauge("emcee_steps_done", "steps of a script that are done");
  for (const auto& script : status.scripts) metrics.sample(finished(script), of_script(script));
  metrics.gauge("emcee_rows_done", "rows that the backfills of a script have changed");
  for (const auto& script : status.scripts)
    if (script.script->phase == applier::Phase::migrate) metrics.sample(rows(script), of_script(script));
  return metrics.text();
}

}  // namespace emcee::cli
