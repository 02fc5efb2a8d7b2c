// The conditions and values of one sync group as SQL text: what triggers, batches and verify have
// in common, so that they cannot disagree.
//
// Values are always read from the stored row, whose columns have an affinity; NEW.c and OLD.c have
// none (seen on 3.40), so an expression would compare them differently. Where only OLD has the
// value, it is cast to the affinity of its column.
#pragma once

#include <string>
#include <vector>

#include "dialects/sqlite/row_key.h"
#include "plan/sync_group.h"
#include "schema/table.h"

namespace emcee::sqlite {

// Where the values of an expression come from.
struct RowSource {
  std::string prefix;  // of the columns: empty for the current row, a table alias, or `OLD.`
  bool cast = false;   // give the columns the affinity that OLD and NEW lack
};

class GroupSql {
 public:
  // `table` is the table while both forms exist.
  GroupSql(const plan::SyncGroup& group, const schema::Table& table);

  const plan::SyncGroup& group() const { return group_; }
  const schema::Table& table() const { return table_; }

  std::string up(std::size_t i, const RowSource& from = RowSource{}) const;
  // `new_values`: SQL that stands for each new column; empty: the stored columns.
  std::string down(std::size_t i, const RowSource& from = RowSource{},
                   const std::vector<std::string>& new_values = {}) const;

  // Conditions on the stored row.
  std::string in_sync() const;
  std::string pending() const;
  std::string conflict() const;
  std::string new_is_up() const;    // N = up
  std::string old_is_down() const;  // O = down
  std::string new_all_null(const std::string& prefix = {}) const;

  // The pair in sync, N being `new_values` instead of what is stored; `derived[i]` is a condition
  // under which the value is up already.
  std::string in_sync_with(const std::vector<std::string>& new_values, const std::vector<std::string>& derived) const;

  // Conditions on OLD.
  std::string old_pending() const;
  std::string old_derived() const;   // N = up, before
  std::string old_followed() const;  // O = down, before

  // `OLD.c` and `NEW.c` differ, byte for byte, for any of the columns; `0` where there is none.
  std::string changed(const std::vector<schema::Identifier>& columns) const;

  // `c` holds what `value` would be when stored there.
  std::string equals(const std::string& column_prefix, const schema::Identifier& column,
                     const std::string& value) const;

  std::vector<schema::Identifier> old_names() const;
  std::vector<schema::Identifier> new_names() const;

  // SET lists: every new column := up; every old column := down.
  std::string set_up() const;
  std::string set_down() const;
  // Every new column := up where it is NULL.
  std::string fill_up() const;

  // Text of a refused write, as an SQL string.
  std::string message(const std::string& otherwise) const;

 private:
  const schema::Column& column(const schema::Identifier& name) const;
  std::string expression(const schema::Fragment& fragment, const RowSource& from,
                         const std::vector<std::string>& new_values) const;

  plan::SyncGroup group_;
  schema::Table table_;
};

// Joins with AND / OR, each term in parentheses; `otherwise` for an empty list.
std::string all_of(const std::vector<std::string>& terms, const std::string& otherwise = "1");
std::string any_of(const std::vector<std::string>& terms, const std::string& otherwise = "0");
std::string negate(const std::string& condition);

}  // namespace emcee::sqlite
