#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/human.h"
#include "schema/match.h"

namespace emcee::cli {

namespace {

using namespace applier;
using schema::match;

// Often enough to be smooth for an eye, and to be read in a log.
constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::seconds kLogLine{5};
constexpr int kBarWidth = 24;

std::string_view to_string(StepEnd end) {
  switch (end) {
    case StepEnd::ran:
      return "ran";
    case StepEnd::found:
      return "found";
    case StepEnd::skipped:
      return "skipped";
    case StepEnd::undone:
      return "undone";
  }
  return "ran";
}

nlohmann::json to_json(const Event& event) {
  return match(
      event,
      [](const ScriptStarted& e) -> nlohmann::json {
        return {{"event", "script_started"}, {"script", e.script}, {"phase", applier::to_string(e.phase)}};
      },
      [](const ScriptFinished& e) -> nlohmann::json {
        return {{"event", "script_finished"}, {"script", e.script}, {"seconds", e.seconds}};
      },
      [](const StepStarted& e) -> nlohmann::json {
        return {{"event", "step_started"},
                {"script", e.script},
                {"step", e.step},
                {"kind", applier::to_string(e.kind)},
                {"title", e.title}};
      },
      [](const StepFinished& e) -> nlohmann::json {
        return {{"event", "step_finished"},
                {"script", e.script},
                {"step", e.step},
                {"end", to_string(e.end)},
                {"seconds", e.seconds}};
      },
      [](const Statement& e) -> nlohmann::json {
        return {{"event", "statement"}, {"sql", e.sql}};
      },
      [](const BatchFinished& e) -> nlohmann::json {
        return {{"event", "batch_finished"},
                {"script", e.script},
                {"step", e.step},
                {"table", e.table},
                {"changed", e.changed},
                {"size", e.size},
                {"seconds", e.seconds},
                {"total_changed", e.total_changed},
                {"walked", e.walked},
                {"rows", e.rows},
                {"rate", e.rate},
                {"eta_seconds", e.eta_seconds}};
      },
      [](const Throttled& e) -> nlohmann::json {
        return {{"event", "throttled"}, {"script", e.script}, {"step", e.step}, {"seconds", e.seconds}};
      },
      [](const Paused& e) -> nlohmann::json {
        return {{"event", "paused"}, {"script", e.script}, {"step", e.step}, {"reason", e.reason}};
      },
      [](const Waiting& e) -> nlohmann::json {
        return {{"event", "waiting"}, {"script", e.script},   {"step", e.step},
                {"reason", e.reason}, {"attempt", e.attempt}, {"seconds", e.seconds}};
      });
}

double share(const BatchFinished& batch) {
  if (batch.rows <= 0) return 1;
  return std::clamp(static_cast<double>(batch.walked) / static_cast<double>(batch.rows), 0.0, 1.0);
}

// `52 %  52,000 of 100,000 rows, 41,000 rows/s, 1.2 s left`
std::string numbers(const BatchFinished& batch) {
  const std::int64_t walked = std::min(batch.walked, std::max(batch.rows, batch.walked));
  return fmt::format("{:3.0f} %  {} of {}, {}/s, {} left", share(batch) * 100, grouped(walked),
                     counted(std::max(batch.rows, walked), "row"),
                     counted(static_cast<std::int64_t>(batch.rate + 0.5), "row"), duration(batch.eta_seconds));
}

}  // namespace

Progress::~Progress() { clear_bar(); }

void Progress::clear_bar() {
  if (bar_) output_.draw("\r\x1b[K");
  bar_ = false;
}

void Progress::show(const Event& event) {
  if (output_.json())
    output_.event(to_json(event));
  else
    show_text(event);
}

void Progress::show_text(const Event& event) {
  match(
      event,
      [&](const ScriptStarted& e) {
        clear_bar();
        output_.note(output_.paint_note(Style::heading, e.script));
      },
      [&](const ScriptFinished&) { clear_bar(); },
      [&](const StepStarted& e) {
        titles_[{e.script, e.step}] = e.title;
        drawn_ = Clock::now();
      },
      [&](const StepFinished& e) {
        clear_bar();
        const std::string how = e.end == StepEnd::ran ? duration(e.seconds) : std::string(to_string(e.end));
        output_.note(
            fmt::format("  {} {}", titles_[{e.script, e.step}], output_.paint_note(Style::faint, "(" + how + ")")));
      },
      [&](const Statement& e) { output_.print(e.sql + (e.sql.ends_with(';') ? "\n" : ";\n")); },
      [&](const BatchFinished& e) { show_batch(e); }, [](const Throttled&) {},
      [&](const Paused& e) {
        clear_bar();
        output_.note(fmt::format("  paused{}; `emcee resume` goes on", e.reason.empty() ? "" : ": " + e.reason));
      },
      [&](const Waiting& e) {
        clear_bar();
        output_.note(fmt::format("  {}: attempt {}, next in {}", e.reason, e.attempt, duration(e.seconds)));
      });
}

void Progress::show_batch(const BatchFinished& batch) {
  const Clock::time_point now = Clock::now();
  if (!output_.live()) {
    if (now - drawn_ < kLogLine) return;
    drawn_ = now;
    output_.note(fmt::format("  {}: {}", batch.table, numbers(batch)));
    return;
  }
  if (bar_ && now - drawn_ < kRedraw && share(batch) < 1) return;
  drawn_ = now;
  bar_ = true;
  const int full = static_cast<int>(share(batch) * kBarWidth + 0.5);
  output_.draw(
      fmt::format("\r  {} [{:#<{}}{:.<{}}] {}\x1b[K", batch.table, "", full, "", kBarWidth - full, numbers(batch)));
}

}  // namespace emcee::cli
