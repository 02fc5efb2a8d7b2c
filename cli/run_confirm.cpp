// emcee confirm and backup: what a project asks for before a phase, done and recorded.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/database.h"
#include "cli/gates.h"
#include "cli/process.h"
#include "cli/project_targets.h"

namespace emcee::cli {

namespace {

namespace fs = std::filesystem;
using schema::ErrorCode;
using schema::fail;
using schema::Result;

// The phase that comes next.
Result<PhaseCommand> next_phase(Target& target) {
  EMCEE_ASSIGN(const auto ledger, applier::Ledger::read(*target.connection, target.release.component));
  EMCEE_ASSIGN(const applier::Standing at, applier::standing(ledger, target.release));
  const std::string_view next = applier::next_command(at);
  for (const PhaseCommand command :
       {PhaseCommand::expand, PhaseCommand::migrate, PhaseCommand::contract, PhaseCommand::sync})
    if (applier::to_string(command) == next) return command;
  return fail(ErrorCode::wrong_order,
              next.empty() ? fmt::format("release {} is finished: no phase comes next", target.release.name)
                           : fmt::format("`emcee {}` comes next, and asks for nothing", next));
}

Result<void> record(Target& target, const applier::Note& note, Output& output) {
  EMCEE_TRY(applier::write_note(*target.connection, place_of(target.release), note, applier_options().tool_version));
  const std::string text = fmt::format("recorded: {}", note.kind + (note.text.empty() ? "" : ": " + note.text));
  if (output.json())
    output.document({{"recorded", note.kind}, {"note", note.text}});
  else
    output.print(text + "\n");
  return {};
}

Result<applier::Note> note_of(const ConfirmOptions& options, const DatabaseOptions& database, Target& target) {
  if (options.name == project::kBackupName) {
    if (options.note.empty())
      return fail(ErrorCode::usage, "which backup is it?", "`--note ID` says what to restore it from");
    EMCEE_ASSIGN(const PhaseCommand phase, next_phase(target));
    return backup_note(phase, options.note);
  }
  EMCEE_ASSIGN(const auto steps, manual_steps(database, target.release));
  for (const project::ManualStep& step : steps)
    if (step.name == options.name) return manual_note(step, options.note);
  return fail(ErrorCode::usage, fmt::format("there is no manual step '{}'", options.name),
              "[[component.manual]] of the project file names them; `backup` is always one");
}

Result<int> confirm_one(const ConfirmOptions& options, const DatabaseOptions& database, Output& output) {
  EMCEE_ASSIGN(Target target, open_target(database));
  EMCEE_ASSIGN(const applier::Note note, note_of(options, database, target));
  EMCEE_TRY(record(target, note, output));
  return 0;
}

// Under another name until it is complete: nobody takes a half for a backup.
Result<std::string> back_up_sqlite(applier::Connection& connection, const std::string& file) {
  const std::string part = file + ".part";
  std::error_code error;
  fs::remove(part, error);
  // Reads one state of the database, while others write where the journal is a WAL
  // (https://www.sqlite.org/lang_vacuum.html#vacuuminto).
  EMCEE_TRY(connection.execute(fmt::format("VACUUM INTO {}", schema::ledger_literal(connection.ledger(), part))));
  fs::rename(part, file, error);
  if (error) return fail(ErrorCode::grant_privilege, fmt::format("{}: {}", file, error.message()));
  return file;
}

Result<std::string> back_up_by(const std::string& command, const std::string& db, const std::string& file,
                               const applier::Release& release, PhaseCommand phase) {
  const auto set = [](const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); };
  set("EMCEE_DB", db);
  set("EMCEE_FILE", file);
  set("EMCEE_COMPONENT", release.component);
  set("EMCEE_RELEASE", release.name);
  set("EMCEE_PHASE", std::string(applier::to_string(phase)));
  EMCEE_ASSIGN(const ProgramResult result, run_program({"/bin/sh", "-c", command}));
  if (result.status != 0)
    return fail(ErrorCode::look_at_server,
                fmt::format("the backup failed with code {}: {}\n{}{}", result.status, command, result.out, result.err),
                "nothing was recorded; mend the command and run the same again");
  const std::string line = result.out.substr(0, result.out.find('\n'));
  return line.empty() ? file : line;
}

Result<int> back_up_one(const BackupOptions& options, const DatabaseOptions& database, Output& output) {
  EMCEE_ASSIGN(Target target, open_target(database));
  EMCEE_ASSIGN(const PhaseCommand phase, next_phase(target));
  const applier::Release& release = target.release;
  std::string file = options.file;
  if (file.empty())
    file = fmt::format("{}-{}-before-{}.backup", release.component, release.name, applier::to_string(phase));
  if (fs::exists(file))
    return fail(ErrorCode::usage, fmt::format("{} is there already", file), "give another name: `--to FILE`");
  std::string command = options.command;
  if (command.empty() && database.rules != nullptr && database.rules->backup) command = database.rules->backup->command;
  if (command.empty() && release.dialect != "sqlite")
    return fail(ErrorCode::usage, fmt::format("how is {} backed up?", target.connection->name()),
                "`--command 'pg_dump -Fc -f \"$EMCEE_FILE\" shop'`, or `command` in [component.backup]");
  EMCEE_ASSIGN(std::string what, command.empty() ? back_up_sqlite(*target.connection, file)
                                                 : back_up_by(command, database.db, file, release, phase));
  EMCEE_TRY(record(target, backup_note(phase, std::move(what)), output));
  return 0;
}

}  // namespace

Result<int> run_confirm(const ConfirmOptions& options, Output& output) {
  return on_each(options.database, {Which::next, true}, output,
                 [&](const DatabaseOptions& database) { return confirm_one(options, database, output); });
}

Result<int> run_backup(const BackupOptions& options, Output& output) {
  return on_each(options.database, {Which::next, true}, output,
                 [&](const DatabaseOptions& database) { return back_up_one(options, database, output); });
}

}  // namespace emcee::cli
