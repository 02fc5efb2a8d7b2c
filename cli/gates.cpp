#include "cli/gates.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>

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
  for (const project::ManualStep& step : rules.manual)
    if (begins(command, step.before) && !is_there(notes, manual_note(step, "")))
      closed.push_back({fmt::format("the manual step {} is not confirmed: {}", step.name, step.text),
                        fmt::format("do it, then `emcee confirm {} {}`", step.name, component)});
  if (drains(command)) {
    EMCEE_ASSIGN(const auto sessions, old_clients(rules, target));
    if (!sessions.empty()) closed.push_back(connected(sessions));
  }
  return closed;
}

Result<std::string> pass_gates(PhaseCommand command, const PhaseOptions& options, Target& target) {
  EMCEE_ASSIGN(const auto closed, closed_gates(command, options.database, target));
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
