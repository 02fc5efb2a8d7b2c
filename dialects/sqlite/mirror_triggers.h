// A table and its copy under a new name, kept equal while both releases write ([[rename_table]]): the triggers, the
// batch that copies rows, and queries over both. Rules: docs/sync.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/dialect.h"

namespace emcee::sqlite {

// One of the two tables, as a statement names it and its columns.
struct MirrorSide {
  const schema::Table& table;
  std::string name;                  // quoted
  std::string alias;                 // with a dot
  std::vector<std::string> columns;  // that both hold: in the same order on both sides
  std::vector<std::string> key;      // tells the row; the same on both sides

  std::string as() const { return name + " AS " + alias.substr(0, alias.size() - 1); }
};

class MirrorSql {
 public:
  // REQUIRES: group.mirror; both tables in `schema`, as they are while both releases run.
  MirrorSql(const plan::SyncGroup& group, const schema::Schema& schema);

  const MirrorSide& original() const { return original_; }
  const MirrorSide& copy() const { return copy_; }
  const plan::SyncGroup& group() const { return group_; }

  // The rows are the same one; each prefix is that of one of its own table.
  static std::string same(const MirrorSide& a, const std::string& a_prefix, const MirrorSide& b,
                          const std::string& b_prefix);
  // They hold the same values, byte for byte; in all columns, or in those at these places.
  using Places = std::vector<std::size_t>;
  std::string equal(const MirrorSide& a, const std::string& a_prefix, const MirrorSide& b,
                    const std::string& b_prefix) const;
  std::string equal(const MirrorSide& a, const std::string& a_prefix, const MirrorSide& b, const std::string& b_prefix,
                    const Places& places) const;
  std::string differ(const MirrorSide& a, const std::string& a_prefix, const MirrorSide& b,
                     const std::string& b_prefix) const;
  // The other table has the row; an equal one.
  static std::string in_other(const MirrorSide& row, const std::string& prefix, const MirrorSide& other);
  std::string equal_in_other(const MirrorSide& row, const std::string& prefix, const MirrorSide& other) const;

  // `INSERT INTO to (..) SELECT .. FROM from AS ..`
  static std::string insert(const MirrorSide& from, const MirrorSide& to);
  // `UPDATE to SET .. FROM from AS ..`
  static std::string update(const MirrorSide& from, const MirrorSide& to, const Places& places);
  Places all() const;
  // Rows of `from` that differ from those in `to`; `from` goes by its alias.
  std::string differing(const MirrorSide& from, const MirrorSide& to) const;

  // Gives the copy the row with the highest number, unless it has it: the next number is one more in both.
  std::optional<std::string> hold_last() const;

 private:
  void add(const std::string& of_original, const std::string& of_copy, bool typed);

  const plan::SyncGroup& group_;
  MirrorSide original_, copy_;
  std::vector<bool> typed_;  // of the columns: they keep every value as it is given
};

// REQUIRES: as above. What follows the triggers fills the copy with what has to be there from the first write on.
struct MirrorStart {
  std::vector<std::string> triggers, fill;
};
MirrorStart create_mirror(const plan::SyncGroup& group, const schema::Schema& schema);
std::vector<std::string> drop_mirror(const plan::SyncGroup& group);
std::vector<std::string> mirror_trigger_names(const plan::SyncGroup& group);

// Why triggers cannot keep a copy of the table equal; none where they can.
std::optional<std::string> copy_obstacle(const schema::Schema& schema, const schema::Table& table);

plan::RenderedBackfill backfill_mirror(const plan::SyncGroup& group, const schema::Schema& schema);
std::vector<plan::RowQuery> verify_mirror(const plan::SyncGroup& group, const schema::Schema& schema);
std::vector<std::string> resolve_mirror(const plan::SyncGroup& group, const schema::Schema& schema, bool old_wins);
// Rows that only the copy has, as a query of a name and a key.
std::string only_in_copy(const plan::SyncGroup& group, const schema::Schema& schema);

}  // namespace emcee::sqlite
