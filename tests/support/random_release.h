// Random pairs of releases with a release map between them, for properties of plan and codegen.
#pragma once

#include <rapidcheck.h>

#include <algorithm>

#include "diff/apply_change.h"
#include "diff/release_map.h"
#include "tests/support/random_schema.h"

namespace emcee::testing {

struct RandomRelease {
  schema::Schema before, after;
  diff::ReleaseMap map;
};

// Columns that may be part of a map: nothing generated, and no row number.
inline std::vector<schema::Identifier> mappable(const schema::Table& table, const schema::Table& other) {
  std::vector<schema::Identifier> result;
  for (const schema::Column& column : table.columns) {
    const bool is_row_number =
        table.primary_key && table.primary_key->is_rowid && table.key_columns().front() == column.name;
    if (!other.find_column(column.name) && !column.generated && !is_row_number) result.push_back(column.name);
  }
  return result;
}

// Pairs of columns that go and come in the same table: some are a rename, some an n:1 mapping,
// some without a way back, some have nothing to do with each other.
inline diff::ReleaseMap random_map(const schema::Schema& before, const schema::Schema& after) {
  diff::ReleaseMap map;
  map.name = "next";
  for (const schema::Table& table : after.tables()) {
    const schema::Table* old = before.find_table(table.name);
    if (!old) continue;
    const auto gone = mappable(*old, table), come = mappable(table, *old);
    for (std::size_t i = 0; i < std::min(gone.size(), come.size()); ++i) {
      const int kind = *rc::gen::inRange(0, 5).as("kind of map");
      if (kind == 0) continue;
      if (kind == 1) {
        map.column_renames.push_back({table.name, gone[i], come[i]});
        continue;
      }
      diff::ColumnMap entry;
      entry.table = table.name;
      entry.name = "m" + std::to_string(map.maps.size());
      entry.old_columns = {gone[i]};
      entry.new_columns = {come[i]};
      entry.up = {{come[i], fragment({"name:upper", "(", "column:" + gone[i].text(), ")"})}};
      entry.lossy = kind == 2;
      if (!entry.lossy) entry.down = {{gone[i], fragment({"name:lower", "(", "column:" + come[i].text(), ")"})}};
      entry.one_to_one = kind == 3;
      map.maps.push_back(std::move(entry));
    }
    for (std::size_t i = gone.size(); i < come.size(); ++i)
      if (*rc::gen::inRange(0, 2).as("fill")) map.fills.push_back({table.name, come[i], fragment({"literal:1"}), {}});
  }
  return map;
}

// Columns under other names, so that a map has something to say.
inline void rename_columns(schema::Schema& schema) {
  const std::vector<schema::Table> tables = schema.tables();
  for (const schema::Table& table : tables) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (*rc::gen::inRange(0, 6).as("rename the column")) continue;
      const diff::RenameColumn rename{table.name, table.columns[i].name, name("renamed_" + std::to_string(i))};
      const auto renamed = diff::apply_change(schema, rename);
      if (!renamed) RC_FAIL(diff::describe(rename) + ": " + renamed.error().message);
    }
  }
}

// Shrinks towards fewer mutations of fewer tables.
inline RandomRelease any_release() {
  RandomSchema random(*rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>()).as("seed"));
  const int tables = *rc::gen::inRange(0, 8).as("tables");
  const int mutations = *rc::gen::inRange(0, 25).as("mutations");
  RandomRelease result;
  result.before = random.make(tables);
  result.after = result.before;
  rename_columns(result.after);
  result.after = random.mutate(result.after, mutations);
  result.map = random_map(result.before, result.after);
  return result;
}

}  // namespace emcee::testing
