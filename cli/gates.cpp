#include "cli/gates.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <iterator>

#include "cli/dialect_choice.h"
#include "cli/old_statements.h"
#include "cli/peers.h"
#include "cli/preflight.h"
#include "diff/change.h"

namespace emcee::cli {

namespace {

using applier::ClientSession;
using applier::Note;
using project::ClientPattern;
using schema::Error;
using schema::ErrorCode;
using schema::fail;
using schema::Result;

constexpr const char* kManual = "manual ";
constexpr const char* kDespite = "despite";

bool begins(PhaseCommand command, const std::string& phase) {
  return command == PhaseCommand::sync || phase == applier::to_string(command);
}

bool is_there(const std::vector<Note>& notes, const Note& wanted) {
  return std::any_of(notes.begin(), notes.end(),
                     [&](const Note& note) { return note.kind == wanted.kind && note.number == wanted.number; });
}

// Offline all phases are one: a backup before it is a backup.
bool backed_up(PhaseCommand command, const std::vector<Note>& notes) {
  if (command != PhaseCommand::sync) return is_there(notes, backup_note(command, ""));
  return std::any_of(notes.begin(), notes.end(), [](const Note& note) { return note.kind == project::kBackupName; });
}

bool matches(const ClientPattern& pattern, const ClientSession& session) {
  const std::string& name = pattern.program ? session.program : session.user;
  return fnmatch(pattern.name.c_str(), name.c_str(), 0) == 0;
}

bool drains(PhaseCommand command) { return command == PhaseCommand::contract || command == PhaseCommand::sync; }

// Sessions of the old release that are still there.
Result<std::vector<ClientSession>> old_clients(const project::Component& rules, Target& target) {
  const auto& patterns = rules.old_clients;
  if (patterns.empty()) return std::vector<ClientSession>();
  const bool programs = std::any_of(patterns.begin(), patterns.end(), [](const auto& each) { return each.program; });
  EMCEE_ASSIGN(auto sessions, target.connection->other_sessions(programs));
  std::erase_if(sessions, [&](const ClientSession& session) {
    return std::none_of(patterns.begin(), patterns.end(), [&](const auto& each) { return matches(each, session); });
  });
  return sessions;
}

// Tables whose rows go with contract.
std::vector<std::string> dropped_tables(const applier::Release& release, const ReleaseSchemas& schemas) {
  std::vector<std::string> dropped;
  for (const schema::Table& table : schemas.before.tables()) {
    const std::string name = table.name.text();
    const auto drops = [&, title = diff::describe(diff::DropTable{table})](const applier::Step& step) {
      return step.title == title;
    };
    const auto in_contract = [&](const applier::Script& script) {
      return script.phase == applier::Phase::contract && std::any_of(script.steps.begin(), script.steps.end(), drops);
    };
    if (std::any_of(release.scripts.begin(), release.scripts.end(), in_contract)) dropped.push_back(name);
  }
  return dropped;
}

// Looks for some seconds for statements that only the old release writes or reads.
Result<std::vector<ClosedGate>> old_statements(PhaseCommand command, const PhaseOptions& options, Target& target) {
  std::vector<ClosedGate> closed;
  const project::Component* rules = options.database.rules;
  if (rules == nullptr || rules->watch.count() == 0 || !drains(command) || options.dry_run) return closed;
  EMCEE_ASSIGN(const auto ledger, applier::Ledger::read(*target.connection, target.release.component));
  EMCEE_ASSIGN(const auto nothing, applier::may_run(command, ledger, target.release));
  if (nothing) return closed;
  const Database* database = find_database_of(target.release.dialect);
  if (database == nullptr || database->watch_statements == nullptr)
    return fail(ErrorCode::usage,
                fmt::format("{} is a file: which statements others run is not known", target.connection->name()),
                "leave out `old_statements`, and make it a manual step");
  EMCEE_ASSIGN(const auto dialect, choose_dialect({}, {options.database.db}));
  EMCEE_ASSIGN(const ReleaseSchemas schemas, schemas_of(target.release, *dialect));
  const OldNames names(schemas.before, schemas.after);
  EMCEE_ASSIGN(const auto statements, database->watch_statements(*target.connection, rules->watch));
  std::string list;
  for (const std::string& statement : statements)
    if (const std::string name = names.find_in(statement); !name.empty())
      list += fmt::format("\n    {}: {}", name, statement.substr(0, 120));
  if (!list.empty())
    closed.push_back({fmt::format("within {} s the old release was at work:{}", rules->watch.count(), list),
                      "stop or upgrade the programs that say so, then run the same command again"});
  return closed;
}

ClosedGate connected(const std::vector<ClientSession>& sessions) {
  std::string what = "the old release is still connected:";
  for (const ClientSession& session : sessions)
    what += fmt::format("\n    {} (user {}{}{})", session.id, session.user,
                        session.program.empty() ? "" : ", " + session.program,
                        session.doing.empty() ? "" : ", " + session.doing);
  return {what, "stop or upgrade these programs, then run the same command again"};
}

Error refusal(PhaseCommand command, const std::vector<ClosedGate>& gates) {
  std::string list;
  for (const ClosedGate& gate : gates) list += fmt::format("\n  {}\n    {}", gate.what, gate.remedy);
  return {ErrorCode::wrong_order,
          fmt::format("{} may not begin yet, nothing was changed:{}", applier::to_string(command), list), std::nullopt,
          "`--despite REASON` goes on all the same, and records the reason"};
}

}  // namespace

applier::NotePlace place_of(const applier::Release& release) { return {release.component, release.name}; }

Note backup_note(PhaseCommand before, std::string text) {
  return {project::kBackupName, static_cast<int>(before), "done", std::move(text), "", ""};
}

Note manual_note(const project::ManualStep& step, std::string text) {
  return {kManual + step.name, 0, "done", std::move(text), "", ""};
}

std::string note_text(const Note& note) {
  std::string text = note.kind;
  if (note.kind == project::kBackupName || note.kind == kDespite)
    text += fmt::format(" before {}", applier::to_string(static_cast<PhaseCommand>(note.number)));
  else if (note.kind.starts_with(kManual))
    text = note.kind.substr(std::string_view(kManual).size());
  if (!note.text.empty()) text += ": " + note.text;
  return text + fmt::format(" ({})", note.since);
}

Result<std::vector<project::ManualStep>> manual_steps(const DatabaseOptions& options, const applier::Release& release) {
  std::vector<project::ManualStep> steps;
  if (options.rules != nullptr) steps = options.rules->manual;
  EMCEE_ASSIGN(const auto dialect, choose_dialect({}, {options.db}));
  EMCEE_ASSIGN(const ReleaseSchemas schemas, schemas_of(release, *dialect));
  const auto dropped = dropped_tables(release, schemas);
  if (!dropped.empty())
    steps.push_back({project::kDroppedTables, "contract",
                     fmt::format("contract drops with all rows: {}", fmt::join(dropped, ", ")), std::nullopt});
  return steps;
}

Result<std::vector<ClosedGate>> closed_gates(PhaseCommand command, const DatabaseOptions& options, Target& target) {
  std::vector<ClosedGate> closed;
  if (options.rules == nullptr || command == PhaseCommand::rollback) return closed;
  const project::Component& rules = *options.rules;
  const std::string component = "--project … --component " + rules.name;
  applier::Connection& connection = *target.connection;
  EMCEE_ASSIGN(const auto ledger, applier::Ledger::read(connection, target.release.component));
  EMCEE_ASSIGN(const auto nothing, applier::may_run(command, ledger, target.release));
  if (nothing) return closed;
  EMCEE_ASSIGN(const auto notes, applier::read_notes(connection, place_of(target.release)));
  if (rules.backup && !backed_up(command, notes) &&
      std::any_of(rules.backup->before.begin(), rules.backup->before.end(),
                  [&](const std::string& phase) { return begins(command, phase); }))
    closed.push_back({fmt::format("there is no backup of component {}", rules.name),
                      fmt::format("make one with `emcee backup {0}`, or name yours: `emcee confirm {1} {0} --note ID`",
                                  component, project::kBackupName)});
  const auto add = [&](std::vector<ClosedGate> more) {
    std::move(more.begin(), more.end(), std::back_inserter(closed));
  };
  EMCEE_ASSIGN(const auto manual, manual_steps(options, target.release));
  for (const project::ManualStep& step : manual) {
    if (!begins(command, step.before)) continue;
    if (!is_there(notes, manual_note(step, "")))
      closed.push_back({fmt::format("the manual step {} is not confirmed: {}", step.name, step.text),
                        fmt::format("do it, then `emcee confirm {} {}`", step.name, component)});
    EMCEE_ASSIGN(auto differing, rows_differ(step, target));
    add(std::move(differing));
  }
  EMCEE_ASSIGN(auto behind, peers_behind(command, rules.peers, target));
  add(std::move(behind));
  if (drains(command)) {
    EMCEE_ASSIGN(const auto sessions, old_clients(rules, target));
    if (!sessions.empty()) closed.push_back(connected(sessions));
  }
  return closed;
}

Result<std::string> pass_gates(PhaseCommand command, const PhaseOptions& options, Target& target) {
  EMCEE_ASSIGN(auto closed, closed_gates(command, options.database, target));
  // Where something else refuses already, nobody waits for this.
  if (closed.empty() || !options.despite.empty()) {
    EMCEE_ASSIGN(auto at_work, old_statements(command, options, target));
    std::move(at_work.begin(), at_work.end(), std::back_inserter(closed));
  }
  if (closed.empty() || options.dry_run) return std::string();
  if (options.despite.empty()) return fail(refusal(command, closed));
  std::vector<std::string> whats;
  for (const ClosedGate& gate : closed) whats.push_back(gate.what.substr(0, gate.what.find('\n')));
  return fmt::format("{}", fmt::join(whats, "; "));
}

Result<void> record_despite(PhaseCommand command, const std::string& reason, const std::string& passed_over,
                            Target& target) {
  return applier::write_note(
      *target.connection, place_of(target.release),
      {kDespite, static_cast<int>(command), "done", fmt::format("{} (passed over: {})", reason, passed_over), "", ""},
      applier_options().tool_version);
}

Result<void> no_old_clients(PhaseCommand command, const PhaseOptions& options, Target& target) {
  if (options.database.rules == nullptr || !drains(command) || !options.despite.empty()) return {};
  EMCEE_ASSIGN(const auto sessions, old_clients(*options.database.rules, target));
  if (sessions.empty()) return {};
  const ClosedGate gate = connected(sessions);
  return fail(ErrorCode::wrong_order,
              fmt::format("{} stopped before its next step: {}", applier::to_string(command), gate.what), gate.remedy);
}

}  // namespace emcee::cli
