// A change that does not fit leaves the schema alone and says so.
#include "diff/apply_change.h"

#include <gtest/gtest.h>

#include "tests/support/random_schema.h"

namespace emcee::diff {
namespace {

using schema::Schema;
using testing::fragment;
using testing::name;
using testing::object_name;

Table users() {
  Table table;
  table.name = object_name("users");
  for (const char* id : {"id", "name", "twice"}) {
    Column column;
    column.name = name(id);
    table.columns.push_back(column);
  }
  table.columns[2].generated = Generated{fragment({"column:id", "*", "literal:2"}), false};
  table.checks.push_back({std::nullopt, fragment({"column:name", ">", "literal:''"})});
  table.source = "CREATE TABLE users (...)";
  return table;
}

template <class T>
T named(const QualifiedName& id) {
  T object;
  object.name = id;
  return object;
}

Schema with_users() {
  Schema schema;
  EXPECT_TRUE(schema.put(users()));
  Trigger trigger = named<Trigger>(object_name("t"));
  trigger.table = object_name("users");
  schema.put(trigger);
  return schema;
}

std::string refused(const Change& change) {
  Schema schema = with_users();
  const auto result = apply_change(schema, change);
  EXPECT_EQ(schema, with_users());
  if (result) return "applied";
  EXPECT_EQ(result.error().code, schema::ErrorCode::report_bug);
  return result.error().message.substr(result.error().message.find(": ") + 2);
}

TEST(ApplyChange, RefusesWhatDoesNotFit) {
  const QualifiedName table = object_name("users"), missing = object_name("people");
  EXPECT_EQ(refused(CreateTable{users()}), "users is there already");
  EXPECT_EQ(refused(DropTable{named<Table>(missing)}), "there is no people");
  EXPECT_EQ(refused(RenameTable{missing, table}), "there is no table people");
  EXPECT_EQ(refused(RenameTable{table, table}), "users is there already");
  EXPECT_EQ(refused(AddColumn{missing, {}}), "there is no table people");
  EXPECT_EQ(refused(AddColumn{table, users().columns[1]}), "table users has two columns named name");
  EXPECT_EQ(refused(RenameColumn{table, name("nam"), name("x")}), "there is no column users.nam");
  EXPECT_EQ(refused(RenameColumn{table, name("id"), name("name")}), "users.name is there already");
  EXPECT_EQ(refused(ChangeType{table, name("id"), {"x", "X", {}}, {}}), "users.id is not as expected");
  EXPECT_EQ(refused(DropNotNull{table, name("id"), {}}), "users.id is not as expected");
  EXPECT_EQ(refused(DropDefault{table, name("id"), fragment({"literal:1"})}), "users.id is not as expected");
  EXPECT_EQ(refused(DropPrimaryKey{table, {}}), "the primary key of users is not as expected");
  EXPECT_EQ(refused(DropUnique{table, {}}), "table users has no such unique constraint");
  EXPECT_EQ(refused(DropCheck{table, {}}), "table users has no such check");
  EXPECT_EQ(refused(RenameIndex{table, missing, table}), "table users has no index people");
  EXPECT_EQ(refused(ChangeOptions{table, {true, false}, {}}), "the options of users are not as expected");
  EXPECT_EQ(refused(CreateView{named<View>(table)}), "users is there already");
  EXPECT_EQ(refused(DropView{named<View>(missing)}), "there is no people");
  EXPECT_EQ(refused(CreateTrigger{named<Trigger>(object_name("t"))}), "t is there already");
  EXPECT_EQ(refused(ReplaceTrigger{named<Trigger>(missing), named<Trigger>(missing)}), "there is no people");
}

TEST(ApplyChange, RefusesToDropAColumnThatIsNamed) {
  const Table table = users();
  EXPECT_EQ(refused(DropColumn{table.name, table.columns[1]}), "column name of table users is used by a check");
  EXPECT_EQ(refused(DropColumn{table.name, table.columns[0]}), "column id of table users is used by column twice");
}

TEST(ApplyChange, DropsTheTriggersOfATable) {
  Schema schema = with_users();
  ASSERT_TRUE(apply_change(schema, DropTable{users()}));
  EXPECT_EQ(schema, Schema());
}

TEST(ApplyChange, ForgetsTheTextOfWhatItAlters) {
  Schema schema = with_users();
  Index index;
  index.name = object_name("ix");
  index.parts = {{fragment({"column:name"}), std::nullopt, false}};
  ASSERT_TRUE(apply_change(schema, CreateIndex{users().name, index}));
  EXPECT_EQ(schema.tables()[0].source, users().source);  // an index is not part of CREATE TABLE
  ASSERT_TRUE(apply_change(schema, AddDefault{users().name, name("name"), fragment({"literal:1"})}));
  EXPECT_EQ(schema.tables()[0].source, "");
}

}  // namespace
}  // namespace emcee::diff
