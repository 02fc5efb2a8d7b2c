// What holds for the diff of any two schemas.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <algorithm>

#include "diff/apply_change.h"
#include "diff/diff.h"
#include "tests/support/random_schema.h"

namespace emcee::diff {
namespace {

using schema::Schema;
using testing::RandomSchema;

struct Releases {
  Schema before, after;
};

// Shrinks towards fewer mutations of fewer tables.
Releases any_releases() {
  RandomSchema random(*rc::gen::arbitrary<std::uint64_t>().as("seed"));
  const int tables = *rc::gen::inRange(0, 8).as("tables");
  const int mutations = *rc::gen::inRange(0, 25).as("mutations");
  Schema before = random.make(tables);
  Schema after = random.mutate(before, mutations);
  return {std::move(before), std::move(after)};
}

void apply_all(Schema& schema, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    const Schema untouched = schema;
    const auto applied = apply_change(schema, change);
    if (!applied) {
      RC_ASSERT(schema == untouched);
      RC_FAIL(describe(change) + ": " + applied.error().message);
    }
  }
}

std::vector<std::string> lines(const Difference& difference) {
  std::vector<std::string> result;
  for (const Change& change : difference.changes) result.push_back(describe(change));
  for (const Question& question : difference.questions) result.push_back(question.removed + " " + question.added);
  result.insert(result.end(), difference.notes.begin(), difference.notes.end());
  return result;
}

RC_GTEST_PROP(Diff, OfASchemaWithItselfIsEmpty, ()) {
  const Schema schema = any_releases().after;
  const Difference difference = diff(schema, schema);
  RC_ASSERT(difference.changes.empty());
  RC_ASSERT(difference.questions.empty());
  RC_ASSERT(difference.notes.empty());
}

RC_GTEST_PROP(Diff, IsEmptyOnlyForEqualSchemas, ()) {
  const auto [before, after] = any_releases();
  RC_ASSERT(diff(before, after).changes.empty() == (before == after));
}

RC_GTEST_PROP(Diff, AppliedToTheOldSchemaGivesTheNew, ()) {
  const auto [before, after] = any_releases();
  Schema schema = before;
  apply_all(schema, diff(before, after).changes);
  RC_ASSERT(schema == after);
  RC_ASSERT(diff(schema, after).changes.empty());
}

RC_GTEST_PROP(Diff, BetweenUnrelatedSchemasAppliesToo, ()) {
  const Schema before = any_releases().before, after = any_releases().after;
  Schema schema = before;
  apply_all(schema, diff(before, after).changes);
  RC_ASSERT(schema == after);
}

RC_GTEST_PROP(Diff, ReversedGivesTheOldSchemaBack, ()) {
  const auto [before, after] = any_releases();
  std::vector<Change> changes = diff(before, after).changes;
  std::reverse(changes.begin(), changes.end());
  for (Change& change : changes) {
    RC_ASSERT(reverse(reverse(change)) == change);
    change = reverse(change);
  }
  Schema schema = after;
  apply_all(schema, changes);
  RC_ASSERT(schema == before);
}

RC_GTEST_PROP(Diff, IsDeterministic, ()) {
  const auto [before, after] = any_releases();
  RC_ASSERT(lines(diff(before, after)) == lines(diff(before, after)));
}

RC_GTEST_PROP(Diff, AsksAboutEachObjectOnceAndOnlyAboutWhatGoesAndComes, ()) {
  const auto [before, after] = any_releases();
  const Difference difference = diff(before, after);
  std::vector<std::string> gone, come, seen;
  for (const Change& change : difference.changes) {
    if (std::holds_alternative<DropTable>(change) || std::holds_alternative<DropColumn>(change))
      gone.push_back(object(change));
    if (std::holds_alternative<CreateTable>(change) || std::holds_alternative<AddColumn>(change))
      come.push_back(object(change));
  }
  for (const Question& question : difference.questions) {
    RC_ASSERT(std::count(gone.begin(), gone.end(), question.removed) == 1);
    RC_ASSERT(std::count(come.begin(), come.end(), question.added) == 1);
    RC_ASSERT(std::count(seen.begin(), seen.end(), question.removed) == 0);
    RC_ASSERT(std::count(seen.begin(), seen.end(), question.added) == 0);
    seen.push_back(question.removed);
    seen.push_back(question.added);
  }
}

// A rename of a column or a table, and what was done besides it.
RC_GTEST_PROP(Diff, FollowsTheRenamesOfTheMap, ()) {
  RandomSchema random(*rc::gen::arbitrary<std::uint64_t>().as("seed"));
  const Schema before = random.make(*rc::gen::inRange(1, 6).as("tables"));
  const Table& table = before.tables()[*rc::gen::inRange<std::size_t>(0, before.tables().size())];
  const Identifier column = table.columns[*rc::gen::inRange<std::size_t>(0, table.columns.size())].name;

  ReleaseMap map;
  map.table_renames.push_back({table.name, testing::object_name("renamed_table")});
  map.column_renames.push_back({map.table_renames[0].to, column, testing::name("renamed_column")});
  Schema renamed = before;
  apply_all(renamed, {RenameTable{table.name, map.table_renames[0].to},
                      RenameColumn{map.table_renames[0].to, column, testing::name("renamed_column")}});
  RC_ASSERT(diff(before, renamed, map).changes.size() == 2u);

  const Schema after = random.mutate(renamed, *rc::gen::inRange(0, 10).as("mutations"));
  const std::vector<Change> changes = diff(before, after, map).changes;
  Schema schema = before;
  apply_all(schema, changes);
  RC_ASSERT(schema == after);

  for (auto it = changes.rbegin(); it != changes.rend(); ++it) apply_all(schema, {reverse(*it)});
  RC_ASSERT(schema == before);
}

}  // namespace
}  // namespace emcee::diff
