// Tables of PostgreSQL that inherit from others: a column that is renamed is renamed in all of them, and asked about
// once.
#include "tests/cli/cases.h"

namespace emcee::testing {
namespace {

// A column of the parent alone, and one that a child declares as well.
constexpr const char* kBefore =
    "CREATE TABLE places (id integer PRIMARY KEY, title text NOT NULL DEFAULT 'none', height integer);\n"
    "CREATE TABLE towns (mayor text, CONSTRAINT towns_pkey PRIMARY KEY (id)) INHERITS (places);\n"
    "CREATE TABLE ports (title text NOT NULL, depth integer, CONSTRAINT ports_pkey PRIMARY KEY (id)) INHERITS "
    "(towns);\n"
    "CREATE INDEX by_title ON towns (title);\n";

std::string after() {
  std::string text = kBefore;
  for (std::size_t at; (at = text.find("title")) != std::string::npos;) text.replace(at, 5, "label");
  return text;
}

class Inherits : public Cases {};

TEST_P(Inherits, AsksAboutTheParentAlone) {
  box_.write("old.sql", kBefore);
  box_.write("new.sql", after());
  const auto asked = box_.emcee("diff old.sql new.sql --dialect postgres 2>&1");
  EXPECT_NE(asked.out.find("is places.label the new name of places.title?"), std::string::npos) << asked.out;
  EXPECT_EQ(asked.out.find("the new name of towns"), std::string::npos) << asked.out;
  EXPECT_EQ(asked.out.find("the new name of ports"), std::string::npos) << asked.out;
}

TEST_P(Inherits, RenamesAColumnOfAllWhileBothReleasesWrite) {
  start(kBefore, after(), "[[rename]]\ntable = \"places\"\nfrom = \"title\"\nto = \"label\"\n");
  ASSERT_EQ(
      sql("INSERT INTO places VALUES (1, 'a'); INSERT INTO towns VALUES (2, 'b'); INSERT INTO ports VALUES (3, 'c')"),
      "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  for (const char* table : {"places", "towns", "ports"}) {
    const std::string name = table;
    EXPECT_EQ(sql("INSERT INTO " + name + " (id, title) SELECT 10 + max(id), 'old' FROM " + name), "");
    EXPECT_EQ(sql("INSERT INTO " + name + " (id, label) SELECT 10 + max(id), 'new' FROM " + name), "") << name;
  }
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  EXPECT_EQ(sql("SELECT count(*) FROM places WHERE title IS DISTINCT FROM label"), "0");
  EXPECT_EQ(sql("UPDATE places SET label = 'x' WHERE id = 3; SELECT title FROM ports WHERE id = 3"), "x");
  EXPECT_EQ(emcee("verify"), 0) << output_;
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(sql("SELECT string_agg(label, ',' ORDER BY id) FROM places WHERE id < 10"), "a,b,x");
  EXPECT_EQ(database_->catalogue(), catalogue_of(after()));
}

// The index of a partition has a name of its own, and a check of its own goes with the column that its parent drops.
TEST_P(Inherits, LeavesNamesAndChecksToPartitions) {
  const std::string parent = "CREATE TABLE p (a integer, b integer{}) PARTITION BY LIST (a);\n";
  const std::string before =
      fmt::format(fmt::runtime(parent), ", c integer") +
      "CREATE TABLE p1 (a integer, b integer, c integer, CONSTRAINT own CHECK (c IS NOT NULL));\n"
      "CREATE INDEX by_b ON ONLY p (b);\nCREATE INDEX p1_b_idx ON p1 (b);\n"
      "ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1);\n"
      "ALTER INDEX by_b ATTACH PARTITION p1_b_idx;\nCREATE INDEX plain ON p1 (a);\n";
  const std::string after = fmt::format(fmt::runtime(parent), "") +
                            "CREATE TABLE p1 (a integer, b integer);\n"
                            "CREATE INDEX by_b ON ONLY p (b);\nCREATE INDEX p1_by_b ON p1 (b);\n"
                            "ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1);\n"
                            "ALTER INDEX by_b ATTACH PARTITION p1_by_b;\nCREATE INDEX own_name ON p1 (a);\n";
  start(before, after, "");
  for (const char* phase : {"expand", "migrate", "contract"}) ASSERT_EQ(emcee(phase), 0) << phase << output_;
  EXPECT_EQ(database_->catalogue(), catalogue_of(after));
}

INSTANTIATE_TEST_SUITE_P(On, Inherits, ::testing::Values("postgres"), server_name);

}  // namespace
}  // namespace emcee::testing
