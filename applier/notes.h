// Rows of the ledger that are no work: what operators tell the applier and each other, from any machine.
// That a migrate shall pause, that a backup was made, why a rule was passed over.
#pragma once

#include <string>
#include <vector>

#include "applier/connection.h"

namespace emcee::applier {

// Which release of which component a note is about.
struct NotePlace {
  std::string component, release;
};

struct Note {
  std::string kind;    // `steering`, `backup`, ...
  int number = 0;      // tells notes of one kind apart
  std::string state;   // one word
  std::string text;    // for people; may be empty
  std::string detail;  // for programs; may be empty
  std::string since;   // UTC, by the database's clock; set by read_notes
};

// In order of time. Empty where there is no ledger. A rollback of the release ends its notes.
Result<std::vector<Note>> read_notes(Connection& connection, const NotePlace& place);

// Takes the place of the note of the same kind and number. Makes the ledger where there is none.
Result<void> write_note(Connection& connection, const NotePlace& place, const Note& note,
                        const std::string& tool_version);
Result<void> remove_note(Connection& connection, const NotePlace& place, const std::string& kind, int number = 0);

}  // namespace emcee::applier
