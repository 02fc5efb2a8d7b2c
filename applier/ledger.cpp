#include "applier/ledger.h"

#include <fmt/format.h>

namespace emcee::applier {

namespace {

Result<void> begin(Connection& connection, const schema::LedgerEntry& entry) {
  for (const std::string& sql : schema::ledger_begin(connection.ledger(), entry)) EMCEE_TRY(connection.execute(sql));
  return {};
}

}  // namespace

Result<void> create_ledger(Connection& connection) {
  EMCEE_ASSIGN(const bool exists, connection.table_exists(connection.ledger().table));
  return exists ? Result<void>() : connection.execute(connection.ledger().create);
}

Result<std::vector<LedgerRow>> history(Connection& connection, const std::string& component) {
  std::vector<LedgerRow> history;
  const schema::LedgerDialect& dialect = connection.ledger();
  EMCEE_ASSIGN(const bool exists, connection.table_exists(dialect.table));
  if (!exists) return history;
  EMCEE_ASSIGN(const auto rows,
               connection.query(fmt::format("SELECT id, {}, script, step, phase, title, checksum, state, "
                                            "started_at, finished_at, rows_done, {}, present FROM {} "
                                            "WHERE component = {} ORDER BY id",
                                            dialect.release, dialect.cursor, dialect.table,
                                            schema::ledger_literal(dialect, component))));
  for (const Row& row : rows) {
    LedgerRow entry;
    entry.id = number_or_zero(row[0]);
    entry.key = {component, text_or_empty(row[1]), text_or_empty(row[2]), static_cast<int>(number_or_zero(row[3]))};
    entry.phase = text_or_empty(row[4]);
    entry.title = text_or_empty(row[5]);
    entry.checksum = text_or_empty(row[6]);
    entry.state = text_or_empty(row[7]);
    entry.started_at = text_or_empty(row[8]);
    entry.finished_at = text_or_empty(row[9]);
    entry.rows_done = number_or_zero(row[10]);
    entry.cursor = text_or_empty(row[11]);
    entry.present = number_or_zero(row[12]) != 0;
    history.push_back(std::move(entry));
  }
  return history;
}

Result<Ledger> Ledger::read(Connection& connection, const std::string& component) {
  Ledger ledger;
  EMCEE_ASSIGN(ledger.rows_, history(connection, component));
  std::erase_if(ledger.rows_, [](const LedgerRow& row) { return row.rolled_back() || row.phase == kNotePhase; });
  for (std::size_t i = 0; i < ledger.rows_.size(); ++i) {
    const schema::LedgerKey& key = ledger.rows_[i].key;
    ledger.places_[{key.release, key.script, key.step}] = i;
  }
  return ledger;
}

const LedgerRow* Ledger::find(std::string_view release, std::string_view script, int step) const {
  const auto place = places_.find({std::string(release), std::string(script), step});
  return place == places_.end() ? nullptr : &rows_[place->second];
}

bool Ledger::finished(const Release& release, const Script& script) const {
  const LedgerRow* row = find(release.name, script.name);
  return row != nullptr && row->done() && std::none_of(script.steps.begin(), script.steps.end(), [&](const Step& step) {
           const LedgerRow* of_step = find(release, script, step);
           return of_step != nullptr && of_step->state == "running";
         });
}

const LedgerRow* Ledger::current() const {
  for (auto row = rows_.rbegin(); row != rows_.rend(); ++row)
    if (row->key.script.empty()) return &*row;
  return nullptr;
}

schema::LedgerKey key_of(const Release& release) { return {release.component, release.name, "", 0}; }
schema::LedgerKey key_of(const Release& release, const Script& script) {
  return {release.component, release.name, script.name, 0};
}
schema::LedgerKey key_of(const Release& release, const Script& script, const Step& step) {
  return {release.component, release.name, script.name, step.number};
}

Result<void> begin_row(Connection& connection, const Release& release, const std::string& tool_version) {
  return begin(connection, {key_of(release), "release", release.from, "", tool_version});
}

Result<void> begin_row(Connection& connection, const Release& release, const Script& script,
                       const std::string& tool_version) {
  return begin(connection, {key_of(release, script), std::string(to_string(script.phase)), script.name, script.checksum,
                            tool_version});
}

Result<void> begin_row(Connection& connection, const Release& release, const Script& script, const Step& step,
                       const std::string& tool_version) {
  return begin(connection, {key_of(release, script, step), std::string(to_string(script.phase)), step.title,
                            script.checksum, tool_version});
}

Result<void> finish_row(Connection& connection, const schema::LedgerKey& key, std::string_view state) {
  return connection.execute(schema::ledger_finish(connection.ledger(), key, state));
}

}  // namespace emcee::applier
