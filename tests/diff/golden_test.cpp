// Golden cases of the diff stage, in fixtures/diff. Commands:
//
//   diff [old, new, (map)]      changes, questions and notes
//   rename [schema]             the schema after the rename of its arguments
//   map [map]                   what was read
//   resolve [old, new, map]     `ok`, or what is wrong with the names
//   draft [old, new]            the draft of a map
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/parse.h"
#include "diff/apply_change.h"
#include "diff/diff.h"
#include "diff/draft_map.h"
#include "tests/support/golden.h"

namespace emcee::diff {
namespace {

using schema::Schema;
using testing::GoldenCase;

schema::Result<Schema> read(const std::string& name, const std::string& text) {
  parser::Coverage coverage;
  return sqlite::read({parser::Source(name, text)}, false, coverage);
}

schema::Result<ReleaseMap> read_map(const GoldenCase& golden, const std::string& text) {
  return read_release_map(parser::Source("release.toml", text), golden.arg("dialect", "sqlite"),
                          schema::Folding::ignore_case, sqlite::parse_expression);
}

std::string show(const Difference& difference) {
  std::string text;
  for (const Change& change : difference.changes) text += describe(change) + "\n";
  for (const Question& q : difference.questions)
    text += fmt::format("question: is {} the new name of {}?\n", q.added, q.removed);
  for (const std::string& note : difference.notes) text += "note: " + note + "\n";
  return text.empty() ? "no difference\n" : text;
}

schema::Result<std::string> run_diff(const GoldenCase& golden) {
  EMCEE_ASSIGN(const Schema before, read("old.sql", golden.inputs.at(0)));
  EMCEE_ASSIGN(const Schema after, read("new.sql", golden.inputs.at(1)));
  ReleaseMap map;
  if (golden.inputs.size() > 2) {
    EMCEE_ASSIGN(map, read_map(golden, golden.inputs[2]));
    EMCEE_TRY(resolve(map, before, after));
  }
  const Difference difference = diff(before, after, map);

  Schema schema = before;
  for (const Change& change : difference.changes) EMCEE_TRY(apply_change(schema, change));
  EXPECT_EQ(schema, after) << "line " << golden.line;
  for (auto it = difference.changes.rbegin(); it != difference.changes.rend(); ++it)
    EMCEE_TRY(apply_change(schema, reverse(*it)));
  EXPECT_EQ(schema, before) << "line " << golden.line;
  return show(difference);
}

schema::Result<std::string> run_rename(const GoldenCase& golden) {
  EMCEE_ASSIGN(const Schema before, read("schema.sql", golden.inputs.at(0)));
  const auto id = [&](const std::string& key) { return Identifier(golden.arg(key), schema::Folding::ignore_case); };
  const QualifiedName table{{}, id("table")};
  const Change change = golden.has("from") ? Change(RenameColumn{table, id("from"), id("to")})
                                           : Change(RenameTable{table, {{}, id("to")}});
  Schema schema = before;
  EMCEE_TRY(apply_change(schema, change));
  const std::string text = sqlite::print(schema);
  EMCEE_TRY(apply_change(schema, reverse(change)));
  EXPECT_EQ(schema, before) << "line " << golden.line;
  return text;
}

std::string show(const std::vector<Assignment>& assignments, std::string_view key) {
  std::string text;
  for (const Assignment& a : assignments)
    text +=
        fmt::format("  {}.{} = {}\n", key, a.column.text(), schema::to_canonical_sql(a.expression, sqlite::quoting()));
  return text;
}

std::string show(const std::vector<Identifier>& columns) {
  std::string text;
  for (const Identifier& column : columns) text += (text.empty() ? "" : ", ") + column.text();
  return text;
}

std::string show(const ReleaseMap& map) {
  std::string text = fmt::format("name={} from={} component={} dialect={} old={} new={}\n", map.name, map.from,
                                 map.component, map.dialect, map.old_schema, map.new_schema);
  for (const TableRename& r : map.table_renames)
    text += fmt::format("rename table {} to {}\n", r.from.text(), r.to.text());
  for (const ColumnRename& r : map.column_renames)
    text += fmt::format("rename {}.{} to {}\n", r.table.text(), r.from.text(), r.to.text());
  for (const ColumnMap& m : map.maps) {
    text += fmt::format("map {} of {}: {} <-> {}; both_given={} none_given={} explicit_null={}{}{} error={}\n", m.name,
                        m.table.text(), show(m.old_columns), show(m.new_columns), static_cast<int>(m.both_given),
                        static_cast<int>(m.none_given), static_cast<int>(m.explicit_null), m.lossy ? " lossy" : "",
                        m.one_to_one ? " one_to_one" : "", m.error);
    text += show(m.up, "up") + show(m.down, "down");
  }
  for (const Fill& f : map.fills) {
    text += fmt::format("fill {}.{} = {}\n", f.table.text(), f.column.text(),
                        schema::to_canonical_sql(f.value, sqlite::quoting()));
    if (!f.row) continue;
    text += fmt::format("  row of {} by {}, frozen '{}'\n", f.row->table.text(), f.row->key.text(), f.row->freeze);
    text += show(f.row->values, "value");
  }
  for (const Separate& s : map.separates) text += fmt::format("separate {} and {}\n", s.removed, s.added);
  for (const Hide& h : map.hides) text += fmt::format("hide what comes to {}\n", h.table.text());
  for (const Shadow& s : map.shadows) text += fmt::format("shadow of {}.{}\n", s.table.text(), s.column.text());
  for (const Override& o : map.overrides)
    text += fmt::format("override {} {}: {}, since {}\n", o.operation, o.object, o.phase, o.reason);
  for (const AcceptedHazard& a : map.accepted)
    text += fmt::format("accept {} of '{}', since {}\n", a.code, a.object, a.reason);
  return text;
}

schema::Result<std::string> run_map(const GoldenCase& golden) {
  EMCEE_ASSIGN(const ReleaseMap map, read_map(golden, golden.inputs.at(0)));
  return show(map);
}

schema::Result<std::string> run_resolve(const GoldenCase& golden) {
  EMCEE_ASSIGN(const Schema before, read("old.sql", golden.inputs.at(0)));
  EMCEE_ASSIGN(const Schema after, read("new.sql", golden.inputs.at(1)));
  EMCEE_ASSIGN(const ReleaseMap map, read_map(golden, golden.inputs.at(2)));
  EMCEE_TRY(resolve(map, before, after));
  return std::string("ok\n");
}

schema::Result<std::string> run_draft(const GoldenCase& golden) {
  EMCEE_ASSIGN(const Schema before, read("old.sql", golden.inputs.at(0)));
  EMCEE_ASSIGN(const Schema after, read("new.sql", golden.inputs.at(1)));
  const std::string draft = draft_map(diff(before, after), golden.arg("release"), before, after, sqlite::quoting());
  EMCEE_TRY(read_map(golden, draft));
  return draft;
}

std::string run(const GoldenCase& golden) {
  schema::Result<std::string> result = schema::fail(schema::ErrorCode::usage, "unknown command " + golden.command);
  if (golden.command == "diff") result = run_diff(golden);
  if (golden.command == "rename") result = run_rename(golden);
  if (golden.command == "map") result = run_map(golden);
  if (golden.command == "resolve") result = run_resolve(golden);
  if (golden.command == "draft") result = run_draft(golden);
  return result ? *result : schema::to_text(result.error());
}

TEST(DiffGolden, AllCases) { testing::run_golden("fixtures/diff", run); }

}  // namespace
}  // namespace emcee::diff
