// The reference model of sync: what a row looks like after a release wrote it, as a pure function.
// No SQL and no dialect; every server's triggers and backfills are tested against it.
//
// The numbers of rules are those of docs/sync.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "plan/sync_group.h"

namespace emcee::plan {

// A stored value. Two values are the same only if type and bytes are (rule 1).
using Value = std::variant<std::monostate, std::int64_t, double, std::string, std::vector<std::uint8_t>>;
using Values = std::vector<Value>;

inline bool is_null(const Value& value) { return std::holds_alternative<std::monostate>(value); }

// The columns of one group in one row, in the group's order.
struct GroupRow {
  Values old_values, new_values, shared;
  bool operator==(const GroupRow&) const = default;
};

// The group with its expressions evaluated by somebody: values come back as the columns store them.
struct SyncModel {
  SyncGroup group;
  std::function<Values(const GroupRow&)> up;    // one value per new column
  std::function<Values(const GroupRow&)> down;  // one value per old column; unused without a way back
  Values old_defaults;  // what O holds when a statement leaves it out; NULL where there is no default
  Values new_defaults;  // the declared defaults of N; NULL where there is none
  // The key is one of a row of the other table; used where the group generates such rows.
  std::function<bool(const Value&)> has_row;
  // The rows that `down` looks up are there; none where it looks into no other table.
  std::function<bool(const GroupRow&)> finds = {};
};

// A write that is refused; the row stays as it was.
struct Refused {
  enum class Why : std::uint8_t { both_given, none_given, not_null, explicit_null, no_image, frozen, no_row };
  Why why;
  bool operator==(const Refused&) const = default;
};
using Outcome = std::variant<GroupRow, Refused>;

// Rule 2: N = up(S,O), or N is not wholly NULL and O = down(S,N).
bool in_sync(const SyncModel& model, const GroupRow& row);
// Rule 6: the row waits for the backfill.
bool is_pending(const SyncModel& model, const GroupRow& row);
// Rule 6: somebody wrote behind the triggers.
bool is_conflict(const SyncModel& model, const GroupRow& row);

// Rule 8: which release the session says it is, where it says so. Then NULL in all of N is a value
// of the new release, and an O that equals its default is one of the old.
enum class Writer : std::uint8_t { unknown, old_release, new_release };

// Rules 3 and 8: the row as the INSERT stored it, defaults of O included. `replaced` is the row of
// the same key that a REPLACE took away (rule 7).
Outcome after_insert(const SyncModel& model, const GroupRow& written,
                     const std::optional<GroupRow>& replaced = std::nullopt, Writer writer = Writer::unknown);
// Rules 4, 5 and 8: the row before the UPDATE, and as the statement alone would leave it.
Outcome after_update(const SyncModel& model, const GroupRow& before, const GroupRow& written);
// Rule 6: the row after a batch went over it.
GroupRow after_backfill(const SyncModel& model, const GroupRow& row);

}  // namespace emcee::plan
