// The backfill of several groups in one statement gives what each alone gives, although SET lists are
// evaluated from left to right; and it writes nothing that it was not asked to.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/mysql/cascades.h"
#include "dialects/mysql/row_queries.h"
#include "tests/mysql/sync_fixture.h"

namespace emcee::sync_test {
namespace {

class SyncBackfill : public MysqlSync {};
INSTANTIATE_TEST_SUITE_P(Both, SyncBackfill, ::testing::ValuesIn(servers::kMysqlFlavours),
                         [](const auto& info) { return std::string(to_string(info.param)); });

plan::SyncGroup group_of(const GroupCase& c) {
  plan::SyncGroup group;
  group.name = c.name;
  group.table.name = schema::Identifier("t");
  for (const auto& o : c.old_columns)
    group.old_columns.push_back({column_name(o.name), parse_expression(o.expression), std::nullopt, o.not_null});
  for (const auto& n : c.new_columns)
    group.new_columns.push_back({column_name(n.name), parse_expression(n.expression), std::nullopt, n.not_null});
  return group;
}

TEST_P(SyncBackfill, GroupsTogetherAreWhatEachIsAlone) {
  const std::string text = "VARCHAR(10)";
  const GroupCase two{.name = "two",
                      .old_columns = {{"o", text, {}, "concat(p, q)", "", false}},
                      .new_columns = {{"p", text, {}, "substr(o, 1, 1)", "", true},
                                      {"q", text, {}, "nullif(substr(o, 2), '')", "", false}}};
  const GroupCase one{.name = "one",
                      .old_columns = {{"a", text, {}, "lower(b)", "", false}},
                      .new_columns = {{"b", text, {}, "upper(a)", "", false}}};
  schema::Table table;
  table.name.name = schema::Identifier("t");
  table.columns.push_back(make_column("id", "INT"));
  table.columns.front().not_null = true;
  table.primary_key.emplace();
  table.primary_key->parts.emplace_back().expression = schema::Fragment::column(column_name("id"));
  for (const auto& c : {two, one}) add_columns(table, c, server());
  table.columns.push_back(make_column("at", "TIMESTAMP"));
  table.columns.back().options["on_update"] = "CURRENT_TIMESTAMP";
  schema::SchemaParts parts;
  parts.tables.push_back(table);
  const schema::Schema schema = *schema::Schema::make(std::move(parts));
  client().run(
      "CREATE TABLE t (id INT PRIMARY KEY, o VARCHAR(10), p VARCHAR(10), q VARCHAR(10), a VARCHAR(10), "
      "b VARCHAR(10), at TIMESTAMP NULL DEFAULT '2001-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP)");
  int id = 0;
  for (const char* o : {"NULL", "'x'", "'xy'"})
    for (const char* p : {"NULL", "'x'", "'z'"})
      for (const char* q : {"NULL", "'y'", "'z'"})
        for (const char* a : {"NULL", "'m'"})
          for (const char* b : {"NULL", "'M'", "'n'"})
            client().run(
                fmt::format("INSERT INTO t (id, o, p, q, a, b) VALUES ({}, {}, {}, {}, {}, {})", ++id, o, p, q, a, b));
  client().run("CREATE TABLE start AS SELECT * FROM t");
  const std::string rows =
      "SELECT group_concat(concat_ws('|', id, ifnull(p, '-'), ifnull(q, '-'), ifnull(b, '-'), at) "
      "ORDER BY id SEPARATOR ';') FROM t";
  client().run("SET group_concat_max_len = 1000000");
  for (const auto& groups : {std::vector{group_of(two)}, std::vector{group_of(one)}})
    client().run(mysql::render_backfill({table.name, groups}, schema, server()).single_update);
  const std::string alone = value(rows);
  client().run("DELETE FROM t");
  client().run("INSERT INTO t SELECT * FROM start");
  EXPECT_NE(value(rows), alone);
  const auto fill = mysql::render_backfill({table.name, {group_of(two), group_of(one)}}, schema, server());
  client().run(fill.single_update);
  EXPECT_EQ(value(rows), alone);
  EXPECT_EQ(value("SELECT count(DISTINCT at) FROM t"), "1") << "no row looks as if the application had written it";
  EXPECT_EQ(value("SELECT count(*) FROM t WHERE p IS NULL AND o IS NOT NULL"), "0");
}

// The operator settles rows that somebody wrote behind the triggers.
TEST_P(SyncBackfill, ConflictsAreListedAndResolved) {
  start(upper_and_lower());
  client().run("SET @emcee_bypass = CONNECTION_ID()");
  client().run("INSERT INTO t (id, a, b) VALUES (1, 'x', 'Y'), (2, 'x', 'X'), (3, 'v', 'w'), (4, 'q', NULL)");
  EXPECT_EQ(conflicts(), "2");
  for (const auto& query : mysql::verify_queries(group_, schema_, server()))
    if (query.kind == "conflict") {
      const auto listed = client().query(query.sql + " ORDER BY 1");
      ASSERT_EQ(listed.size(), 2u);
      EXPECT_EQ(listed[0][0], "1");
      EXPECT_EQ(listed[1][0], "3");
    }
  client().run("CREATE TABLE start AS SELECT * FROM t");
  for (const bool old_wins : {true, false})
    for (const bool with_triggers : {true, false}) {
      client().run("SET @emcee_bypass = CONNECTION_ID(); DELETE FROM t; INSERT INTO t SELECT * FROM start");
      if (with_triggers) client().run("SET @emcee_bypass = NULL");
      for (const std::string& sql : mysql::resolve(group_, schema_, server(), old_wins)) client().run(sql);
      EXPECT_EQ(conflicts(), "0");
      EXPECT_EQ(value("SELECT group_concat(id, a, ifnull(b, '-') ORDER BY id) FROM t"),
                old_wins ? "1xX,2xX,3vV,4q-" : "1yY,2xX,3ww,4q-");
    }
}

// --- cascades -----------------------------------------------------------------------------------------

schema::ForeignKey key_to_parent(const char* column, schema::ReferentialAction on_delete) {
  schema::ForeignKey key;
  key.columns = {column_name(column)};
  key.references.name = schema::Identifier("parent");
  key.referenced = {column_name("id")};
  key.on_delete = on_delete;
  return key;
}

// The servers fire no trigger for what a cascade writes: that is why such a map is refused.
TEST_P(SyncBackfill, CascadesAreRefusedUnlessTheNewColumnHasTheSameKey) {
  const GroupCase rename{.name = "parent",
                         .old_columns = {{"o", "INT", {}, "n", "", false}},
                         .new_columns = {{"n", "INT", {}, "o", "", false}}};
  const auto sync = [&](const char* keys) {
    client().run("DROP TABLE IF EXISTS t");
    client().run("CREATE TABLE IF NOT EXISTS parent (id INT PRIMARY KEY)");
    start(rename, "INT", std::string("PRIMARY KEY (id)") + keys);
    client().run("INSERT INTO parent VALUES (1)");
    client().run("INSERT INTO t (id, o) VALUES (1, 1)");
    client().run("DELETE FROM parent");
    return value("SELECT concat(ifnull(o, '-'), ifnull(n, '-')) FROM t");
  };
  EXPECT_EQ(sync(", FOREIGN KEY (o) REFERENCES parent (id) ON DELETE SET NULL"), "-1") << "the server's own doing";
  EXPECT_EQ(sync(", FOREIGN KEY (o) REFERENCES parent (id) ON DELETE SET NULL"
                 ", FOREIGN KEY (n) REFERENCES parent (id) ON DELETE SET NULL"),
            "--");

  using schema::ReferentialAction;
  schema::Table table = schema_.tables().front();
  const auto refused = [&](const std::vector<schema::ForeignKey>& keys) {
    table.foreign_keys = keys;
    return !mysql::check_cascades(group_, table).has_value();
  };
  EXPECT_FALSE(refused({key_to_parent("o", ReferentialAction::restrict)}));
  EXPECT_FALSE(refused({key_to_parent("o", ReferentialAction::cascade)})) << "the whole row goes";
  EXPECT_TRUE(refused({key_to_parent("o", ReferentialAction::set_null)}));
  EXPECT_TRUE(refused({key_to_parent("n", ReferentialAction::set_null)}));
  EXPECT_TRUE(
      refused({key_to_parent("o", ReferentialAction::set_null), key_to_parent("n", ReferentialAction::cascade)}));
  EXPECT_FALSE(
      refused({key_to_parent("o", ReferentialAction::set_null), key_to_parent("n", ReferentialAction::set_null)}));
  schema::ForeignKey update = key_to_parent("o", ReferentialAction::restrict);
  update.on_update = ReferentialAction::cascade;
  EXPECT_TRUE(refused({update}));
}

}  // namespace
}  // namespace emcee::sync_test
