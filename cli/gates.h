// What a project file asks for before a phase may begin: a backup, manual steps that are confirmed, and
// nobody of the old release connected.
#pragma once

#include <string>
#include <vector>

#include "applier/notes.h"
#include "applier/order.h"
#include "cli/connect.h"
#include "cli/database.h"
#include "project/project.h"

namespace emcee::cli {

struct ClosedGate {
  std::string what, remedy;
};
// Empty: the command may begin, or has nothing to do. Errors: those of applier::may_run and Connection::other_sessions.
schema::Result<std::vector<ClosedGate>> closed_gates(PhaseCommand command, const DatabaseOptions& options,
                                                     Target& target);

// What is passed over on request; empty: nothing is missing. Errors: wrong_order, listing what is missing, with
// nothing touched, where options.despite gives no reason.
schema::Result<std::string> pass_gates(PhaseCommand command, const PhaseOptions& options, Target& target);
// Records that it was, and why. To be called when nothing else can refuse the command.
schema::Result<void> record_despite(PhaseCommand command, const std::string& reason, const std::string& passed_over,
                                    Target& target);

// The old release may come back while contract runs: packages restart services. Errors as above.
schema::Result<void> no_old_clients(PhaseCommand command, const PhaseOptions& options, Target& target);

// What people confirm before phases of this release: the manual steps of the project, and that tables go.
// Errors: those of schemas_of.
schema::Result<std::vector<project::ManualStep>> manual_steps(const DatabaseOptions& options,
                                                              const applier::Release& release);

// The note that stands for a backup before this phase, or for a manual step.
applier::Note backup_note(PhaseCommand before, std::string text);
applier::Note manual_note(const project::ManualStep& step, std::string text);
applier::NotePlace place_of(const applier::Release& release);

// For people, in one line.
std::string note_text(const applier::Note& note);

}  // namespace emcee::cli
