// The conditions and values of one sync group as SQL text: what triggers, batches and verify have
// in common, so that they cannot disagree. The rules are here (docs/sync.md); how a dialect spells
// an expression and compares what is stored byte for byte is asked of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dialects/common/conditions.h"
#include "plan/sync_group.h"
#include "schema/fragment.h"
#include "schema/table.h"

namespace emcee::common {

// A row that conditions and expressions are about.
struct RowSource {
  std::string prefix;  // of the columns: empty for the current row, a table alias, `NEW.` or `OLD.`
  bool cast = false;   // give the columns their type: OLD and NEW of SQLite lack it
};

// Rule 10: the statements that a frozen group has a trigger for: `insert`, `update`, `delete`.
std::vector<std::string> frozen_events(const plan::SyncGroup& group);

class GroupSql {
 public:
  // `table` is the table while both forms exist.
  GroupSql(const plan::SyncGroup& group, const schema::Table& table) : group_(group), table_(table) {}
  virtual ~GroupSql() = default;

  const plan::SyncGroup& group() const { return group_; }
  const schema::Table& table() const { return table_; }

  // `new_values`: SQL that stands for each new column; empty: the columns of the row.
  std::string up(std::size_t i, const RowSource& row = {}) const;
  std::string down(std::size_t i, const RowSource& row = {}, const std::vector<std::string>& new_values = {}) const;

  // Conditions on a row, of rules 2 and 6.
  std::string in_sync(const RowSource& row = {}) const;
  std::string pending(const RowSource& row = {}) const;
  std::string conflict(const RowSource& row = {}) const;
  std::string new_is_up(const RowSource& row = {}) const;    // N = up
  std::string old_is_down(const RowSource& row = {}) const;  // O = down
  std::string followed(const RowSource& row) const;          // N is not wholly NULL, and O = down
  std::string new_all_null(const std::string& prefix = {}) const;
  // N is wholly NULL and not in sync: the row was never migrated.
  std::string not_migrated(const RowSource& row) const;

  // What a frozen group refuses of an event of frozen_events, asked of OLD and NEW.
  std::string refuses(const std::string& event) const;
  // Rows whose new column `i` holds what the old columns do not say as well; none where there can be none.
  std::optional<std::string> only_in_new(std::size_t i) const;

  // `OLD.c` and `NEW.c` differ, byte for byte, for any of the columns.
  std::string changed(const std::vector<schema::Identifier>& columns) const;
  // The update set only columns of N that were NULL, and to what `after` says: what a backfill does.
  std::string only_fills(const RowSource& after) const;

  std::vector<schema::Identifier> old_names() const;
  std::vector<schema::Identifier> new_names() const;
  // The shared columns that the table declares: a row number is none.
  std::vector<schema::Identifier> shared_names() const;

  // SET lists: every new column := up; every old column := down; every new column := up where it
  // is NULL.
  std::string set_up() const;
  std::string set_down() const;
  std::string fill_up() const;

  // --- other tables that the expressions look into ---

  // The way from a row of a lookup to the rows of the table that read it, table by table; the last one is
  // the table itself. The prefixes say where the columns of both ends are found (`OLD.`, an alias).
  struct WayStep {
    std::string table, name;              // `p AS emcee_l1`, `emcee_l1`
    std::vector<std::string> conditions;  // that lead here from the step before
  };
  using Way = std::vector<WayStep>;
  Way way(std::size_t lookup, const std::string& at_lookup, const std::string& at_row) const;
  // The tables of the way, and its conditions, as far as a step (not included).
  static std::string tables(const Way& way, std::size_t end);
  static std::string conditions(const Way& way, std::size_t end);
  std::string lookup_alias(std::size_t lookup) const;
  // The row of the table itself, in a statement that names other tables, too.
  RowSource itself() const;
  // Rule 5, of a row before something changes: it waits, or N is what the rest says, so N follows.
  std::string follows(const RowSource& row) const;
  // With `follows`, a condition, for both forms as a number: 1, N follows; 2, O does; 3, whichever still finds what it
  // looks up. Where `down` looks up nothing, the condition itself.
  std::string follow_state(const RowSource& row, const std::string& follows) const;
  // `N = up` and `O = down`, for `itself`.
  std::string set_up_itself(const std::string& target_prefix) const;
  std::string set_down_itself(const std::string& target_prefix) const;
  // For rows noted in state 3: `up` finds nothing more, and `down` does.
  std::string only_down_finds(const RowSource& row) const;
  // Of a row whose O would be NULL although N is not: `down` goes by a row of another table that is not there.
  // kFalse where that cannot be stored anyway.
  std::string dangling(const RowSource& row, const std::vector<std::string>& new_values = {}) const;

  // --- the row of another table that comes with each row: REQUIRES: group().row ---

  // `INSERT INTO project (..) SELECT ..`, the values being those for `row`; FROM and WHERE may follow.
  std::string insert_generated(const RowSource& row) const;
  // `INSERT INTO project (..) VALUES (..)`; with the key that the row has, or one that the server counts.
  std::string insert_values(const RowSource& row, bool with_key) const;
  // The values of the columns of group().row->values, in their order.
  std::vector<std::string> generated_values(const RowSource& row) const;
  // N of the row is no key of the other table; `hold`: words that keep what was read as it is.
  std::string has_no_row(const RowSource& row, const std::string& hold = {}) const;
  // Behind the name of a column that goes: what stays behind; nothing where the group generates nothing.
  std::string left_behind() const;

  // --- the row holds the old columns: REQUIRES: group().holds_old(); `hold` as above ---

  // O is wholly NULL, and no row stands for that.
  std::string says_nothing(const RowSource& row) const;
  // N is the key of a row that says what O does; of one that says something else.
  std::string row_says(const RowSource& row, const std::string& hold = {}) const;
  std::string row_differs(const RowSource& row, const std::string& hold = {}) const;
  // Another row of the table has this key as well.
  std::string shared_key(const std::string& key, const RowSource& row, const std::string& hold = {}) const;
  // `INSERT INTO project (..) SELECT ..` of a row with this key, the values of O, and for the rest what `emcee_o`,
  // another row of that table, has; FROM follows.
  std::string insert_copy(const std::string& key, const RowSource& row) const;
  // `name = ..`, what O says.
  std::string set_held(const RowSource& row) const;
  // What the row says as O, of another row of the other table (`NEW.`): `address = NEW.name`.
  std::string set_old(const std::string& row_prefix) const;
  // An UPDATE: rows of the other table say what O does where they say something else. One that several share stays:
  // nobody knows which of them is right.
  std::string resolve_held() const;
  // The row of the table itself says what the row of the other table does, under this prefix.
  std::string old_says(const std::string& row_prefix) const;

  // `value`, of the type of the column, is NULL.
  virtual std::string is_null(const schema::Identifier& column, const std::string& value) const;

  // Text of a refused write, as an SQL string: that of the map, else this one.
  std::string message(const std::string& otherwise) const;

  // The column of the row holds what `value` would be when stored there: null-safe, byte for byte.
  virtual std::string equals(const std::string& prefix, const schema::Identifier& column,
                             const std::string& value) const = 0;

 protected:
  // The next key that the server counts for the row's generated one, where an expression can say so; else a value that
  // is not NULL. REQUIRES: group().counted.
  virtual std::string counted_key(const RowSource&) const { return "1"; }
  virtual const schema::Quoting& quoting() const = 0;
  // Behind a SELECT of a trigger: words that hold what it reads.
  virtual std::string holding() const { return {}; }
  virtual std::string string_literal(const std::string& text) const = 0;
  // The value of an expression of the map for the column `target`; without a name it is of another table.
  virtual std::string expression(const schema::Fragment& fragment, const schema::Identifier& target,
                                 const RowSource& row, const std::vector<std::string>& new_values) const = 0;
  // `OLD.c` and `NEW.c` differ, byte for byte.
  virtual std::string differs(const schema::Identifier& column) const = 0;

  // The token stands for a column of the row, and what comes before it there: in an expression that names
  // other tables always something.
  bool is_of_row(const schema::Token& token) const;
  std::string prefix(const RowSource& row, const schema::Fragment& expression) const;

  // The column as declared; one without a type where the table has no such column.
  const schema::Column& column(const schema::Identifier& name) const;

  plan::SyncGroup group_;
  schema::Table table_;

 private:
  std::string insert_into_generated(bool with_key) const;
  RowSource or_itself(const RowSource& row) const { return row.prefix.empty() ? itself() : row; }
  std::string new_key(const RowSource& row) const { return row.prefix + quoting()(group_.new_columns.front().name); }
  std::string of_its_row(const RowSource& row, const std::string& condition, const std::string& hold) const;
  // O as a row of the other table says it, under this prefix.
  std::string all_equal(const RowSource& row, const std::string& row_prefix) const;
};

}  // namespace emcee::common
