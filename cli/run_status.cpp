#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "applier/steering.h"
#include "cli/connect.h"
#include "cli/database.h"
#include "cli/gates.h"
#include "cli/human.h"
#include "cli/metrics.h"
#include "cli/project_targets.h"

namespace emcee::cli {

namespace {

using applier::ScriptStatus;
using applier::State;
using applier::Status;
using applier::StepStatus;
using schema::Result;

std::string_view to_string(State state) {
  switch (state) {
    case State::up_to_date:
      return "up_to_date";
    case State::wrong:
      return "wrong";
    case State::expand_next:
      return "expand_next";
    case State::migrate_next:
      return "migrate_next";
    case State::contract_next:
      return "contract_next";
  }
  return "wrong";
}

Style style_of(State state) {
  if (state == State::up_to_date) return Style::good;
  return state == State::wrong ? Style::bad : Style::caution;
}

std::string version_text(const applier::Version& version) {
  return version.text().empty() ? "not under control" : version.text();
}

nlohmann::json to_json(const applier::Check& check, int code) {
  return {{"state", to_string(check.state)}, {"code", code}, {"text", check.text}, {"next", check.next}};
}

nlohmann::json to_json(const Status& status, const Target& target) {
  nlohmann::json scripts = nlohmann::json::array();
  for (const ScriptStatus& script : status.scripts) {
    nlohmann::json steps = nlohmann::json::array();
    for (const StepStatus& step : script.steps)
      steps.push_back({{"number", step.step->number},
                       {"title", step.step->title},
                       {"state", step.state},
                       {"started_at", step.started_at},
                       {"finished_at", step.finished_at},
                       {"rows_done", step.rows_done}});
    scripts.push_back({{"name", script.script->name},
                       {"phase", applier::to_string(script.script->phase)},
                       {"state", script.state},
                       {"started_at", script.started_at},
                       {"finished_at", script.finished_at},
                       {"steps", std::move(steps)}});
  }
  return {
      {"database", target.connection->name()}, {"component", target.release.component},
      {"release", target.release.name},        {"from", target.release.from},
      {"version", status.version.text()},      {"check", to_json(status.check, static_cast<int>(status.check.state))},
      {"scripts", std::move(scripts)}};
}

void print_script(const ScriptStatus& script, std::size_t width, Output& output) {
  const std::string state = script.state.empty() ? "-" : script.state;
  const Style style = state == "done" ? Style::good : state == "-" ? Style::faint : Style::caution;
  const std::int64_t rows = script.rows_done();
  std::string line = fmt::format(
      "  {:{}}  {}{:{}}  {:>5}  {:>14}  {}", script.script->name, width, output.paint(style, state), "",
      state.size() < 12 ? 12 - state.size() : 0, fmt::format("{}/{}", script.steps_finished(), script.steps.size()),
      rows == 0 ? "" : counted(rows, "row"), script.finished_at.empty() ? script.started_at : script.finished_at);
  line.erase(line.find_last_not_of(' ') + 1);
  output.print(line + "\n");
  for (const StepStatus& step : script.steps)
    if (script.state == "running" && !step.finished())
      output.print(fmt::format("    {} {}\n", step.state == "running" ? "now: " : "next:", step.step->title));
}

std::string to_text(const applier::Steering& steering) {
  std::string text = steering.paused ? "paused" : "throttled";
  if (!steering.since.empty()) text += " since " + steering.since;
  if (!steering.reason.empty()) text += ": " + steering.reason;
  if (steering.batch) text += fmt::format(", batches of {}", counted(*steering.batch, "row"));
  if (steering.sleep) text += fmt::format(", {} ms between them", steering.sleep->count());
  return text + " (`emcee resume` ends it)";
}

nlohmann::json to_json(const applier::Steering& steering) {
  nlohmann::json value = {{"paused", steering.paused}, {"reason", steering.reason}, {"since", steering.since}};
  if (steering.batch) value["batch"] = *steering.batch;
  if (steering.sleep) value["sleep_ms"] = steering.sleep->count();
  return value;
}

// What people said and what is asked of them.
struct Watch {
  applier::Steering steering;
  std::vector<applier::Note> notes;  // steering left out
  std::vector<ClosedGate> closed;    // before the next phase
};

std::optional<PhaseCommand> phase_after(State state) {
  switch (state) {
    case State::expand_next:
      return PhaseCommand::expand;
    case State::migrate_next:
      return PhaseCommand::migrate;
    case State::contract_next:
      return PhaseCommand::contract;
    case State::up_to_date:
    case State::wrong:
      break;
  }
  return std::nullopt;
}

Result<Watch> read_watch(const DatabaseOptions& options, State state, Target& target) {
  Watch watch;
  const applier::NotePlace place = place_of(target.release);
  EMCEE_ASSIGN(watch.steering, applier::read_steering(*target.connection, place));
  EMCEE_ASSIGN(watch.notes, applier::read_notes(*target.connection, place));
  std::erase_if(watch.notes, [](const applier::Note& note) { return note.kind == applier::kSteering; });
  if (const auto next = phase_after(state)) {
    auto closed = closed_gates(*next, options, target);
    // Status is no place to fail for what the next phase would say.
    if (closed)
      watch.closed = std::move(*closed);
    else
      watch.closed = {{closed.error().message, closed.error().hint}};
  }
  return watch;
}

void add_json(const Watch& watch, nlohmann::json& document) {
  if (watch.steering.any()) document["steering"] = to_json(watch.steering);
  for (const applier::Note& note : watch.notes)
    document["notes"].push_back({{"kind", note.kind}, {"text", note.text}, {"since", note.since}});
  for (const ClosedGate& gate : watch.closed)
    document["waits_for"].push_back({{"what", gate.what}, {"remedy", gate.remedy}});
}

void print_watch(const Watch& watch, Output& output) {
  if (watch.steering.any())
    output.print(fmt::format("steering  {}\n", output.paint(Style::caution, to_text(watch.steering))));
  for (const applier::Note& note : watch.notes) output.print(fmt::format("recorded  {}\n", note_text(note)));
  for (const ClosedGate& gate : watch.closed)
    output.print(fmt::format("waits for {}\n          {}\n", output.paint(Style::caution, gate.what), gate.remedy));
}

void print_text(const Status& status, const Watch& watch, const Target& target, Output& output) {
  const applier::Release& release = target.release;
  output.print(fmt::format("database  {}\n", target.connection->name()));
  output.print(
      fmt::format("release   {}{}\n", release.name, release.from.empty() ? "" : " (from " + release.from + ")"));
  output.print(fmt::format("version   {}\n", version_text(status.version)));
  output.print(fmt::format("state     {}\n", output.paint(style_of(status.check.state), status.check.text)));
  print_watch(watch, output);
  if (!status.check.next.empty()) output.print(fmt::format("next      {}\n", status.check.next));
  std::size_t width = 0;
  for (const ScriptStatus& script : status.scripts) width = std::max(width, script.script->name.size());
  output.print("\n");
  output.print(output.paint(Style::heading, fmt::format("  {:{}}  {:12}  {:>5}  {:>14}  {}", "script", width, "state",
                                                        "steps", "rows", "when (UTC)")) +
               "\n");
  for (const ScriptStatus& script : status.scripts) print_script(script, width, output);
}

Result<int> status_of_one(const StatusOptions& options, Metrics& metrics, Output& output) {
  EMCEE_ASSIGN(Target target, open_target(options.database));
  EMCEE_ASSIGN(const Status status, applier::status(*target.connection, target.release));
  EMCEE_ASSIGN(const Watch watch, read_watch(options.database, status.check.state, target));
  if (options.metrics) {
    metrics.add(status, watch.steering, target.release);
  } else if (output.json()) {
    nlohmann::json document = to_json(status, target);
    add_json(watch, document);
    output.document(document);
  } else {
    print_text(status, watch, target, output);
  }
  return 0;
}

Result<int> version_of_one(const VersionOptions& options, Output& output) {
  std::string component = options.component;
  if (component.empty() && !options.directory.empty()) {
    EMCEE_ASSIGN(const applier::Release release, applier::read_release(options.directory));
    component = release.component;
  }
  EMCEE_ASSIGN(const auto connection, connect(options.db));
  EMCEE_ASSIGN(const applier::Version version, applier::version(*connection, component.empty() ? "main" : component));
  if (output.json())
    output.document({{"version", version.text()},
                     {"expand", version.expand},
                     {"contract", version.contract},
                     {"adopted", version.adopted}});
  else
    output.print(version_text(version) + "\n");
  return 0;
}

Result<int> check_of_one(const CheckOptions& options, Output& output) {
  const auto ask = [&]() -> Result<applier::Check> {
    EMCEE_ASSIGN(const Target target, open_target(options.database));
    return applier::check(*target.connection, target.release);
  };
  Result<applier::Check> check = ask();
  if (!check) {  // the answer to this question too: nobody may take it for a state that can go on
    std::string text = check.error().message;
    std::string note = schema::to_text(check.error());
    note.pop_back();
    output.note(note);
    check = applier::Check{State::wrong, std::move(text), {}};
  }
  const int code = options.glance ? applier::to_glance(check->state) : static_cast<int>(check->state);
  if (output.json()) {
    output.document(to_json(*check, code));
  } else {
    output.print(output.paint(style_of(check->state), check->text) + "\n");
    if (!check->next.empty()) output.print("next: " + check->next + "\n");
  }
  return code;
}

}  // namespace

Result<int> run_status(const StatusOptions& options, Output& output) {
  Metrics metrics;
  auto code = on_each(options.database, {}, output, [&](const DatabaseOptions& database) {
    return status_of_one({database, options.metrics}, metrics, output);
  });
  output.print(metrics.text());
  return code;
}

Result<int> run_version(const VersionOptions& options, Output& output) {
  return on_each({options.db, options.directory, options.project, {}, {}}, {Which::begun, false}, output,
                 [&](const DatabaseOptions& database) {
                   return version_of_one({database.db, database.directory, options.component, {}}, output);
                 });
}

Result<int> run_check(const CheckOptions& options, Output& output) {
  // Whatever keeps it from finding the state is `wrong`, a project that cannot be read included.
  constexpr int kWrong = static_cast<int>(State::wrong);
  OnEach how;
  how.error_code = kWrong;
  const Result<int> code = on_each(options.database, how, output, [&](const DatabaseOptions& database) {
    return check_of_one({database, options.glance}, output);
  });
  if (code) return *code;
  output.error(code.error());
  return kWrong;
}

}  // namespace emcee::cli
