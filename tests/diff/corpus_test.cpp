// The diffs of real upgrades, in both directions.
#include <gtest/gtest.h>

#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/parse.h"
#include "diff/apply_change.h"
#include "diff/diff.h"
#include "diff/draft_map.h"
#include "tests/support/corpus.h"

namespace emcee::diff {
namespace {

using schema::Schema;

schema::Result<Schema> read(const std::filesystem::path& path) {
  parser::Coverage coverage;
  return sqlite::read({parser::Source(path.string(), testing::read_text(path))}, false, coverage);
}

void apply_one(Schema& schema, const Change& change) {
  const auto applied = apply_change(schema, change);
  ASSERT_TRUE(applied) << describe(change) << ": " << applied.error().message;
}

void check_upgrade(const Schema& before, const Schema& after) {
  const Difference difference = diff(before, after);
  Schema schema = before;
  for (const Change& change : difference.changes) apply_one(schema, change);
  EXPECT_EQ(schema, after);
  EXPECT_TRUE(diff(schema, after).changes.empty());
  for (auto it = difference.changes.rbegin(); it != difference.changes.rend(); ++it) apply_one(schema, reverse(*it));
  EXPECT_EQ(schema, before);

  const std::string draft = draft_map(difference, "next", before, after, sqlite::quoting());
  const auto map = read_release_map(parser::Source("draft.toml", draft), "sqlite", schema::Folding::ignore_case,
                                    sqlite::parse_expression);
  EXPECT_TRUE(map) << schema::to_text(map.error());
}

// Every question of the diff answered with yes.
void check_renames(const Schema& before, const Schema& after) {
  ReleaseMap map;
  for (const Question& q : diff(before, after).questions) {
    if (q.is_table) map.table_renames.push_back({q.removed_table, q.added_table});
    if (!q.is_table) map.column_renames.push_back({q.added_table, q.removed_column, q.added_column});
  }
  if (map.table_renames.empty() && map.column_renames.empty()) return;
  const auto resolved = resolve(map, before, after);
  EXPECT_TRUE(resolved) << schema::to_text(resolved.error());
  const Difference difference = diff(before, after, map);
  std::size_t renames = 0;
  Schema schema = before;
  for (const Change& change : difference.changes) {
    apply_one(schema, change);
    if (std::holds_alternative<RenameTable>(change) || std::holds_alternative<RenameColumn>(change)) ++renames;
  }
  EXPECT_EQ(schema, after);
  EXPECT_EQ(renames, map.table_renames.size() + map.column_renames.size());
  for (auto it = difference.changes.rbegin(); it != difference.changes.rend(); ++it) apply_one(schema, reverse(*it));
  EXPECT_EQ(schema, before);
}

TEST(DiffCorpus, EveryUpgradeThereAndBack) {
  const auto pairs = testing::corpus_pairs("sqlite");
  ASSERT_FALSE(pairs.empty()) << "NO CORPUS at " << EMCEE_CORPUS << ": set -DEMCEE_CORPUS=...";
  for (const testing::CorpusPair& pair : pairs) {
    SCOPED_TRACE(pair.name);
    const auto before = read(pair.before), after = read(pair.after);
    ASSERT_TRUE(before) << schema::to_text(before.error());
    ASSERT_TRUE(after) << schema::to_text(after.error());
    EXPECT_TRUE(diff(*before, *before).changes.empty());
    check_upgrade(*before, *after);
    check_upgrade(*after, *before);
    check_renames(*before, *after);
    check_renames(*after, *before);
  }
}

}  // namespace
}  // namespace emcee::diff
