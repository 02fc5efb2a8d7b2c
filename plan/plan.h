// The plan of an upgrade: phases, scripts, steps. Values only; dialects turn steps into SQL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "diff/change.h"
#include "plan/sync_group.h"

namespace emcee::plan {

enum class Phase : std::uint8_t { expand, migrate, contract };
std::string_view to_string(Phase phase);

// How long a step keeps writers out.
enum class LockTime : std::uint8_t {
  none,     // it locks nothing
  instant,  // metadata only: milliseconds
  scan,     // while the rows are read
  rewrite,  // while the rows are written anew
};
std::string_view to_string(LockTime time);

// Something that goes well only if somebody knows about it.
struct Hazard {
  std::string code;      // `lossy_map`, snake_case; one row each in docs/hazards.md
  std::string object;    // `images.visibility`
  std::string message;   // one sentence for the operator
  bool accepted = true;  // false: it loses or refuses a write, and nobody has said that this is meant
  bool operator==(const Hazard&) const = default;
};

// Structural changes that are done as one.
struct Restructure {
  std::vector<diff::Change> changes;
};
// Triggers of a group come, and go.
struct StartSync {
  SyncGroup group;
};
struct StopSync {
  SyncGroup group;
};
// The triggers of a group now refuse what only an old release would write. Where DDL is not
// transactional it lies between the last write of the old release and the end of sync.
struct Fence {
  SyncGroup group;
};
// What makes a later change cheap, built while both releases write: a unique index for the
// constraint that will use it, a check that is validated before it counts. Takes nothing away and
// is not part of the schema.
struct Prepare {
  diff::Change change;  // that will rely on it
};
// The rows that exist get their new values.
struct Backfill {
  QualifiedName table;
  std::vector<SyncGroup> groups;
  bool fires_triggers = false;  // those of Emcee carry what it writes to another table
};

// What has to hold for the rows before contract can bind them.
enum class Requirement : std::uint8_t { not_null, unique, foreign_key, check, fits };
struct CheckRows {
  Requirement requirement = Requirement::not_null;
  QualifiedName table;
  diff::Change change;  // the change that will rely on it
};

using Operation = std::variant<Restructure, StartSync, Fence, StopSync, Prepare, Backfill, CheckRows>;

struct Step {
  Phase phase = Phase::expand;
  int script = 1;                     // number within the phase: <release>_<phase><NN>
  std::vector<Operation> operations;  // done together, in this order
  std::string title;                  // one line: what it does
  std::vector<std::string> reasons;   // the changes it comes from
  std::vector<Hazard> hazards;
};

// A decision that --best-effort made, for the list.
struct Choice {
  std::string object;
  std::string text;
};

struct Plan {
  std::string component;
  std::string release;
  std::string from;
  schema::Schema before;
  schema::Schema after;
  std::vector<Step> steps;
  std::vector<SyncGroup> groups;
  std::vector<Hazard> hazards;  // of the plan as a whole
  std::vector<Choice> choices;
  std::vector<std::string> notes;
};

// `ocata_expand01`
std::string script_name(const Plan& plan, Phase phase, int script);

}  // namespace emcee::plan
