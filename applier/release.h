// A release directory as the applier sees it: plan.json (docs/plan-json.md) as values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/result.h"

namespace emcee::applier {

// The format of plan.json that this applier reads.
inline constexpr int kPlanFormat = 1;

enum class Phase : std::uint8_t { expand, migrate, contract };
std::string_view to_string(Phase phase);

enum class StepKind : std::uint8_t {
  ddl,
  sync,      // makes triggers that keep two releases equal; left out offline
  backfill,  // rows in batches
  check,     // rows that must not be there
};
std::string_view to_string(StepKind kind);

struct Hazard {
  std::string code, object, message;
};

struct Undo {
  std::vector<std::string> before, run, after, verify;
  std::string loses;  // what, which key; empty: it loses nothing
};

struct ConversionColumn {
  std::string name, sql;
  bool not_null = false;  // of new columns: it will be
};

// A program computes the new columns from the old ones, row by row (applier/conversion.h).
struct Conversion {
  std::string map;                    // for people and for the program
  std::vector<std::string> program;   // and its arguments; empty: the map names none
  std::vector<ConversionColumn> key;  // the primary key
  std::vector<ConversionColumn> old_columns, new_columns;
};

// An UPDATE that gives rows numbers which the server counts.
struct Numbering {
  std::vector<std::string> before;  // statements of the session, in the transaction of the batch
  std::string update;               // a condition may be added
  std::string end;                  // what follows that condition
  std::vector<std::string> after;   // whether the update failed or not
};

struct Backfill {
  std::string table;      // for people
  std::string table_sql;  // as SQL
  // The walk: columns of an index, or a leading part of one, unique or not. Empty: no walk, one batch.
  std::vector<std::string> key_sql;
  std::string pending;  // condition
  std::string set;      // assignments; empty: only `generate` is run, or there is `numbering`
  bool bypass_triggers = false;
  std::optional<Conversion> conversion;  // in place of `set`
  // In place of `set`, and where there are no triggers; the latter only where that makes a difference.
  std::optional<Numbering> numbering, numbering_offline;
  std::string generate;      // INSERT .. SELECT of rows of another table, after the update; a condition may be added
  std::string generate_end;  // what follows that condition
  std::string kept_out;      // a query: rows that it fails for, the key and the reason
  std::string row_lock;      // `FOR NO KEY UPDATE`: rows are locked by a statement of its own first; empty: not
};

// One row per offending row: first the key as text, then the reason.
struct RowQuery {
  std::string name, kind, table, sql, count, hint;
};

struct Step {
  int number = 0;
  std::string title;
  StepKind kind = StepKind::ddl;
  std::vector<std::string> reasons;
  std::vector<Hazard> hazards;
  std::string lock_time, lock;
  bool transactional = true;
  std::vector<std::string> before, run, after, verify;
  std::string probe;         // empty: only the ledger knows
  std::optional<Undo> undo;  // none: one-way
  std::optional<Backfill> backfill;
  std::optional<RowQuery> requirement;
};

struct Script {
  std::string name;
  Phase phase = Phase::expand;
  int number = 0;
  std::string checksum;
  std::string file_checksum;
  std::vector<Step> steps;
};

struct Choice {
  std::string object, text;
};

struct Release {
  std::string tool, dialect, component, name, from;
  std::string server_version;          // that the plan was made for; empty in plans of old
  std::string old_schema, new_schema;  // DDL
  std::vector<Script> scripts;         // in the order in which they run
  std::vector<RowQuery> verify;
  std::vector<std::string> resolve_old, resolve_new;
  std::vector<std::string> sync_objects;
  std::vector<std::string> generates;  // tables that triggers insert rows into
  std::vector<std::string> counts;     // those of them whose keys the server counts
  std::vector<std::string> moves;      // tables that triggers keep equal: they write them all
  std::vector<Hazard> hazards;
  std::vector<Choice> choices;
  std::vector<std::string> notes;
};

// Reads the text of a plan.json. Errors: fix_text, naming the place, where it is not one;
// wrong_order where the steps of a script do not match its checksum.
schema::Result<Release> parse_release(std::string_view json);

// Reads `directory`/plan.json and checks the .sql file of every script against it. Errors as above;
// usage where there is no plan; wrong_order where a script's file is missing or was changed.
schema::Result<Release> read_release(const std::filesystem::path& directory);

}  // namespace emcee::applier
