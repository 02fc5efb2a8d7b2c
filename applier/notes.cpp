#include "applier/notes.h"

#include <fmt/format.h>

#include "applier/ledger.h"
#include "applier/runner.h"

namespace emcee::applier {

namespace {

// No script can have such a name.
std::string script_of(const std::string& kind) { return "(" + kind + ")"; }

std::string delete_note(const schema::LedgerDialect& ledger, const NotePlace& place, const std::string& kind,
                        int number) {
  return fmt::format("DELETE FROM {} WHERE {}", ledger.table,
                     schema::ledger_where(ledger, {place.component, place.release, script_of(kind), number}));
}

}  // namespace

Result<std::vector<Note>> read_notes(Connection& connection, const NotePlace& place) {
  const schema::LedgerDialect& ledger = connection.ledger();
  std::vector<Note> notes;
  EMCEE_ASSIGN(const bool exists, connection.table_exists(ledger.table));
  if (!exists) return notes;
  EMCEE_ASSIGN(
      const auto rows,
      connection.query(fmt::format("SELECT script, step, state, title, {}, started_at FROM {} WHERE component = {} AND "
                                   "{} = {} AND phase = '{}' AND state <> 'rolled_back' ORDER BY id",
                                   ledger.cursor, ledger.table, schema::ledger_literal(ledger, place.component),
                                   ledger.release, schema::ledger_literal(ledger, place.release), kNotePhase)));
  for (const Row& row : rows) {
    const std::string script = text_or_empty(row[0]);
    notes.push_back({script.substr(1, script.size() - 2), static_cast<int>(number_or_zero(row[1])),
                     text_or_empty(row[2]), text_or_empty(row[3]), text_or_empty(row[4]), text_or_empty(row[5])});
  }
  return notes;
}

Result<void> write_note(Connection& connection, const NotePlace& place, const Note& note,
                        const std::string& tool_version) {
  EMCEE_TRY(create_ledger(connection));
  const schema::LedgerDialect& ledger = connection.ledger();
  const auto literal = [&](std::string_view text) { return schema::ledger_literal(ledger, text); };
  return in_transaction(connection, [&]() -> Result<void> {
    EMCEE_TRY(connection.execute(delete_note(ledger, place, note.kind, note.number)));
    return connection.execute(fmt::format(
        "INSERT INTO {} (component, {}, script, step, phase, title, checksum, state, started_at, tool_version, {}) "
        "VALUES ({}, {}, {}, {}, '{}', {}, '', {}, {}, {}, {})",
        ledger.table, ledger.release, ledger.cursor, literal(place.component), literal(place.release),
        literal(script_of(note.kind)), note.number, kNotePhase, literal(note.text), literal(note.state), ledger.now,
        literal(tool_version), literal(note.detail)));
  });
}

Result<void> remove_note(Connection& connection, const NotePlace& place, const std::string& kind, int number) {
  return in_transaction(connection,
                        [&] { return connection.execute(delete_note(connection.ledger(), place, kind, number)); });
}

}  // namespace emcee::applier
