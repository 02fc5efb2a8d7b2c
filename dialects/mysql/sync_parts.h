// What the triggers of a group have in common, whether its new columns are computed or the key of a row that holds the
// old ones: conditions, refusals, the key that was made in this statement, and the row that a REPLACE is about to take
// away.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "dialects/mysql/group_sql.h"
#include "dialects/mysql/quoting.h"
#include "dialects/mysql/sync_triggers.h"
#include "dialects/mysql/trigger_body.h"

namespace emcee::mysql {

// The same in all triggers of a statement and another in the next one, to the microsecond: so nothing that it marks
// outlives the statement. Cheaper than NOW(6), which says the same as text.
inline constexpr const char* kStatement = "@@timestamp";

class SyncParts {
 public:
  // A REPLACE can only be seen over a key that was declared.
  bool carries_replaced() const { return t_.primary_key && !t_.key_columns().empty(); }

  // The INSERT part of a REPLACE reads the row before it is locked: another session may write N until
  // the row goes. Then the statement has to be run again, as after a deadlock.
  std::string delete_trigger(const std::string& trigger_name) const;

 protected:
  SyncParts(const plan::SyncGroup& group, const schema::Table& table, const Server& server, GroupSql::Reads reads)
      : sql_(group, table, server, reads), g_(group), t_(table) {}

  static std::string name(const schema::Identifier& id) { return quoting()(id); }
  std::string full(const schema::Identifier& id) const { return t_.name.text() + "." + id.text(); }

  std::string trigger(const std::string& trigger_name, const char* event, const TriggerBody& body,
                      const char* time = "BEFORE") const {
    return create_trigger(sql_.server(), trigger_name, fmt::format("{} {}", time, event), quoting()(t_.name), body);
  }

  // --- conditions and messages ------------------------------------------------------------------

  // The default by which the trigger sees that O was left out.
  std::optional<std::string> omission(const plan::OldColumn& c) const;

  // An INSERT of the new release: it gives a value of N, or it says so itself (rule 8).
  std::string written_by_new() const;

  // Rule 3: an O that equals its default is not given. A default that has to be computed cannot be
  // compared; `computed` is the answer for it.
  std::string old_given(bool computed) const;

  static std::string list(const std::vector<schema::Identifier>& identifiers);
  std::string old_text() const { return list(sql_.old_names()); }
  std::string new_text() const { return list(sql_.new_names()); }

  TriggerBody refusal(const std::string& otherwise) const {
    TriggerBody body;
    body.refuse(g_.error.empty() ? otherwise : g_.error);
    return body;
  }
  TriggerBody refuse_both() const {
    return refusal(fmt::format("emcee: {} and {} of {} do not agree", old_text(), new_text(), t_.name.text()));
  }
  TriggerBody refuse_none() const {
    return refusal(fmt::format("emcee: {} needs a value of {} or of {}", t_.name.text(), new_text(), old_text()));
  }
  TriggerBody refuse_old_release() const {
    return refusal(fmt::format("emcee: the upgrade is being completed, {} of {} can no longer be written", old_text(),
                               t_.name.text()));
  }
  static TriggerBody refuse_null(const schema::Identifier& column) {
    TriggerBody body;
    body.refuse_null(column.text());
    return body;
  }
  TriggerBody refuse_explicit_null(const schema::Identifier& column) const {
    return refusal(fmt::format("emcee: {} may not be NULL during the upgrade", full(column)));
  }

  // --- steps ------------------------------------------------------------------------------------

  static TriggerBody set(const schema::Identifier& column, const std::string& value) {
    TriggerBody body;
    body.set(name(column), value);
    return body;
  }

  // --- the row of another table: which key is ours ------------------------------------------------

  std::string fresh() const { return "@" + quoting().quoted(sync_object_name(g_, "fresh")); }
  std::string statement_and_n() const { return fmt::format("CONCAT_WS('|', {}, {})", kStatement, fingerprint("NEW.")); }
  // N was made for this row, in this statement: nothing of it outlives the statement.
  std::string is_fresh() const {
    return fmt::format("CAST({} AS BINARY) <=> CAST({} AS BINARY)", fresh(), statement_and_n());
  }
  // A key that a release gives itself is one of a row that is there, as its foreign key will ask for.
  TriggerBody refuse_without_row() const;

  // No value of O stands for N. Where a row is looked up, as a foreign key would say it.
  TriggerBody refuse_image(const plan::OldColumn& c) const;

  // NOT NULL of O, which the server checks only where the column was not relaxed.
  TriggerBody check_old() const;

  // --- rule 7: a REPLACE of the old release -------------------------------------------------------

  // The row of the same key is still there before the INSERT. SELECT .. INTO reads it without a lock;
  // a subquery in SET or IF would lock, and where there is no row the gap: two sessions that insert
  // their own rows would deadlock (seen on MariaDB 10.11 and MySQL 9.7, REPEATABLE READ).
  TriggerBody read_replaced() const;

  // There is a row to replace. A key that the server is going to choose reads as 0.
  std::string replaces() const;

  // What a REPLACE saw of the row with its key: the statement, the key, and N where the row is there. The
  // server compares keys as it does where it looks for the row to replace.
  std::string seen(const std::string& what) const {
    return "@" + quoting().quoted(sync_object_name(g_, "seen_" + what));
  }
  std::string seen_key(std::size_t i) const { return seen(fmt::format("key_{}", i + 1)); }
  std::string fingerprint(const std::string& prefix) const;

  GroupSql sql_;
  const plan::SyncGroup& g_;
  const schema::Table& t_;
};

}  // namespace emcee::mysql
