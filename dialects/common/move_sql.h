// The conditions and statements of columns that move between two tables, as SQL text: what triggers, batches and
// verify have in common. The rules are here (docs/sync.md); how a dialect compares what is stored is asked of it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dialects/common/conditions.h"
#include "plan/dialect.h"
#include "plan/sync_group.h"
#include "schema/schema.h"

namespace emcee::common {

// `H` and `P` below: a row of the whole and one of the part. What comes before their columns is a prefix: `NEW.`,
// `emcee_w.`, or nothing.
class MoveSql {
 public:
  // REQUIRES: group.move; both tables in `schema`, as they are while both releases run.
  MoveSql(const plan::SyncGroup& group, const schema::Schema& schema)
      : group_(group),
        moved_(*group.move),
        whole_(*schema.find_table(moved_.whole)),
        part_(*schema.find_table(moved_.part)) {
    for (const schema::Table& table : schema.tables())
      for (const schema::ForeignKey& key : table.foreign_keys)
        if (key.references == moved_.part && !(table.name == moved_.part)) children_.emplace_back(table.name, key);
  }
  virtual ~MoveSql() = default;

  const plan::SyncGroup& group() const { return group_; }
  const plan::MovedColumns& moved() const { return moved_; }
  const schema::Table& whole_table() const { return whole_; }
  const schema::Table& part_table() const { return part_; }

  // The tables, and their aliases where a statement names them besides.
  std::string whole() const { return quoting()(whole_.name); }
  std::string part() const { return quoting()(part_.name); }
  static constexpr const char* kWhole = "emcee_w.";
  static constexpr const char* kPart = "emcee_p.";
  std::string whole_as() const { return whole() + " AS emcee_w"; }
  std::string part_as() const { return part() + " AS emcee_p"; }
  // `users.`: the row of a statement that does not rename its table.
  std::string whole_itself() const { return quoting()(whole_.name.name) + "."; }
  std::string part_itself() const { return quoting()(part_.name.name) + "."; }

  // H and P belong together.
  std::string same_key(const std::string& whole, const std::string& part) const;
  // Two rows of the whole, or of the part, have the same key.
  std::string same_whole(const std::string& a, const std::string& b) const;
  std::string same_part(const std::string& a, const std::string& b) const;
  // A column of H holds another value than it does where there is no P.
  std::string given(const std::string& whole) const;
  // A column of P does.
  std::string given_in_part(const std::string& part) const;
  // P holds nothing but its key and what moves, and no row points to it: nobody but a trigger may have made it.
  std::string is_bare(const std::string& part) const;
  // H and P hold different values.
  std::string differ(const std::string& whole, const std::string& part) const;
  // There is such a row; `where` may narrow it, `hold` are words that keep what was read as it is.
  std::string whole_exists(const std::string& where, const std::string& hold = {}) const;
  std::string part_exists(const std::string& where, const std::string& hold = {}) const;

  // OLD and NEW of one of the tables differ.
  std::string whole_key_changed() const;
  std::string part_key_changed() const;
  std::string whole_changed() const;  // in a column that moves
  std::string part_changed() const;
  std::string whole_column_changed(std::size_t i) const;
  std::string part_column_changed(std::size_t i) const;

  // `p1 = H.w1, ..`, `w1 = P.p1, ..`, `w1 = absent, ..`; targets stand alone, or behind a prefix.
  std::string set_part(const std::string& whole) const;
  std::string set_part_key(const std::string& whole) const;
  std::string set_part_absent() const;
  // Only what the update of H changed: the rest of a row that waits is still what it was.
  std::string set_part_changed(const std::string& whole, const std::string& part) const;
  std::string set_whole(const std::string& part) const;
  std::string set_absent() const;
  std::string absent(std::size_t i) const;

  // `INSERT INTO part (key, columns)`, and the values that H has for them.
  std::string insert_part() const;
  std::string part_values(const std::string& whole) const;
  std::string part_key() const;  // `user_id`
  // What follows both where the row may be there already, and waits.
  virtual std::string or_fill_part() const;
  // The columns of P that the update of P left alone are what H says: such a row waits for the backfill.
  std::string part_completed(std::size_t i, const std::string& whole) const;
  std::string part_column(std::size_t i) const { return name(moved_.columns[i].part); }

  // --- rows as they are: conditions on the table whose name stands before the columns ----------------

  // The whole has something to be carried over by the backfill; it says something else than the part.
  std::string pending() const;
  std::string conflict() const;
  // A row of the part without the whole.
  std::string orphan() const;
  // A row of the part that holds more than the whole tells: by going, it would take something away.
  std::string only_in_part() const;

  // What a release is told whose DELETE would take a moved value away.
  std::string keeps_row() const;
  // The rows of `table` that say something of their own in the column, which comes to it; none where it does not.
  std::optional<std::string> lost_with(const schema::QualifiedName& table, const schema::Identifier& column) const;

  // The statements that settle conflicts.
  std::vector<std::string> resolve(bool whole_wins) const;

 protected:
  virtual const schema::Quoting& quoting() const = 0;
  // `a` and `b`, both stored in the column, differ byte for byte; null-safe.
  virtual std::string differs(const schema::Column& column, const std::string& a, const std::string& b) const = 0;
  // The same, of a default.
  virtual std::string differs_from_literal(const schema::Column& column, const std::string& a,
                                           const std::string& value) const {
    return differs(column, a, value);
  }
  // A default, as the column stores it.
  virtual std::string literal(const schema::Column& column, const schema::Fragment& value) const = 0;
  virtual bool is_constant(const schema::Fragment& value) const = 0;

 private:
  std::string name(const schema::Identifier& id) const { return quoting()(id); }
  // What a row of the part holds besides its key and what moves, as conditions.
  std::vector<std::string> holds_more(const std::string& part) const;
  const schema::Column& whole_column(std::size_t i) const { return *whole_.find_column(moved_.columns[i].whole); }

  plan::SyncGroup group_;
  plan::MovedColumns moved_;
  schema::Table whole_, part_;
  std::vector<std::pair<schema::QualifiedName, schema::ForeignKey>> children_;  // of the part
};

}  // namespace emcee::common
