// What the triggers of a group have in common, whether its new columns are computed or the key of a row that holds the
// old ones: conditions, messages, and the row that a REPLACE is about to take away.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/group_sql.h"
#include "dialects/sqlite/row_key.h"
#include "dialects/sqlite/trigger_body.h"

namespace emcee::sqlite {

// The words of SQLite itself: applications know them.
inline constexpr const char* kNoRow = "FOREIGN KEY constraint failed";

inline std::string bare_name(const plan::SyncGroup& group, const char* what) {
  return fmt::format("emcee_{}_{}", group.name, what);
}
inline std::string object_name(const plan::SyncGroup& group, const char* what) {
  return quoting()(schema::Identifier(bare_name(group, what)));
}

class SyncParts {
 public:
  // A REPLACE can only be seen over a key that was declared.
  bool carries_replaced() const { return t_.primary_key.has_value(); }
  std::string replaced_name() const { return object_name(g_, "replaced"); }

 protected:
  SyncParts(const plan::SyncGroup& group, const schema::Table& table, RowKey key)
      : sql_(group, table), g_(group), t_(table), key_(std::move(key)) {}

  static std::string name(const schema::Identifier& id) { return quoting()(id); }
  std::string full(const schema::Identifier& id) const { return t_.name.text() + "." + id.text(); }

  std::string trigger(const char* what, const char* event, const std::string& when, const std::string& body) const {
    return fmt::format("CREATE TRIGGER {} {} ON {}{} BEGIN\n{}END", object_name(g_, what), event, quoting()(t_.name),
                       when.empty() ? "" : "\nWHEN " + when, body);
  }

  // --- conditions -------------------------------------------------------------------------

  std::string new_given() const;
  // Rule 3: an O that equals its default is not given. A default that has to be computed cannot be
  // compared; `computed` is the answer for it.
  std::string old_given(bool computed) const;
  std::string old_changed() const { return sql_.changed(sql_.old_names()); }
  std::string new_changed() const { return sql_.changed(sql_.new_names()); }

  std::string old_text() const;
  std::string new_text() const;

  std::string both_message() const {
    return sql_.message(fmt::format("emcee: {} and {} of {} do not agree", old_text(), new_text(), t_.name.text()));
  }
  std::string none_message() const {
    return sql_.message(fmt::format("emcee: {} needs a value of {} or of {}", t_.name.text(), new_text(), old_text()));
  }
  std::string image_message(const plan::OldColumn& c) const {
    return sql_.message(fmt::format("emcee: no value of {} stands for this {}", full(c.name), new_text()));
  }
  std::string null_message(const schema::Identifier& column) const {
    // The words of SQLite itself: applications know them.
    return string_literal(fmt::format("NOT NULL constraint failed: {}", full(column)));
  }
  std::string explicit_null_message(const schema::Identifier& column) const {
    return sql_.message(fmt::format("emcee: {} may not be NULL during the upgrade", full(column)));
  }
  std::string unequal_message() const {
    return string_literal(
        fmt::format("emcee: {} and {} of {} could not be kept equal", old_text(), new_text(), t_.name.text()));
  }
  std::vector<std::string> missing_old() const;

  // --- rule 7: what a REPLACE took away ---------------------------------------------------------

  std::vector<schema::Identifier> replaced_columns() const;

  // Holds the one row that the running INSERT is about to replace. Its columns have the types of
  // the table, so expressions mean the same on them.
  std::string replaced_table() const;

  std::string replaced_key(const std::string& left, const std::string& right) const {
    return RowKey{t_.key_columns(), false}.matches(left, right);
  }

  // Runs for every INSERT that could be a REPLACE of the old release, and leaves in the table
  // either the row that is going to be replaced or nothing: never a row of an earlier statement.
  std::string before_insert() const;

  // A NOT NULL column of O that is NULL was left out, so it was not the old release that wrote.
  std::string was_replaced() const;
  std::string replaces_one_with_row() const;

  // A column of O that is NOT NULL was left out, and nothing could be derived for it.
  void refuse_missing(Body& body) const;

  GroupSql sql_;
  const plan::SyncGroup& g_;
  const schema::Table& t_;
  RowKey key_;
};

}  // namespace emcee::sqlite
