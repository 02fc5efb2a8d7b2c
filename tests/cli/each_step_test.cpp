// What an application may write between any two steps, where the applier may be killed and stay away.
#include <gtest/gtest.h>

#include "applier/applier.h"
#include "applier/release.h"
#include "cli/connect.h"
#include "tests/cli/cases.h"

namespace emcee::testing {
namespace {

// A column with its image both ways, one that has none, and one whose dummy default says "left out".
constexpr auto kBefore =
    "CREATE TABLE t (id integer PRIMARY KEY, a integer NOT NULL, b varchar(20) NOT NULL, c smallint NOT NULL);\n";
constexpr auto kAfter =
    "CREATE TABLE t (id integer PRIMARY KEY, x varchar(9) NOT NULL DEFAULT 'no', y varchar(20), z varchar(9));\n";
constexpr auto kMaps =
    "[[map]]\ntable = \"t\"\nold = [\"a\"]\nnew = [\"x\"]\n"
    "up.x = \"CASE WHEN a = 1 THEN 'yes' ELSE 'no' END\"\n"
    "down.a = \"CASE WHEN x = 'yes' THEN 1 ELSE 0 END\"\n"
    "[[map]]\ntable = \"t\"\nold = [\"b\"]\nnew = [\"y\"]\nup.y = \"upper(b)\"\ndown.b = \"lower(y)\"\n"
    "[[map]]\ntable = \"t\"\nold = [\"c\"]\nnew = [\"z\"]\n"
    "up.z = \"CASE WHEN c = 1 THEN 'on' ELSE 'off' END\"\ndown.c = \"CASE WHEN z = 'on' THEN 1 ELSE 0 END\"\n";

class EachStep : public Cases {
 protected:
  void SetUp() override {
    Cases::SetUp();
    start(kBefore, kAfter, kMaps);
    ASSERT_EQ(sql("INSERT INTO t (id, a, b, c) VALUES (1, 1, 'b', 1)"), "");
  }
  static bool fails(const std::string& output) { return output.starts_with("error"); }

  // What the schema of the old release says of its writes: it holds at any time.
  void expect_old_rules(const std::string& when) {
    ++looks_;
    for (const char* column : {"a", "b", "c"})
      EXPECT_TRUE(fails(sql(std::string("UPDATE t SET ") + column + " = NULL"))) << column << " " << when;
    // With a NULL for `a` it would be one of the new release that leaves the default of `x` to the server.
    EXPECT_TRUE(fails(sql("INSERT INTO t (id, a, b, c) VALUES (2, 1, NULL, 1)"))) << when;
    EXPECT_TRUE(fails(sql("INSERT INTO t (id, a, b, c) VALUES (2, 1, 'b', NULL)"))) << when;
    EXPECT_EQ(sql("UPDATE t SET a = 1 - a, b = 'other', c = 1 - c"), "") << when;
    EXPECT_EQ(sql("INSERT INTO t (id, a, b, c) VALUES (3, 0, 'n', 0)"), "") << when;
    EXPECT_EQ(sql("DELETE FROM t WHERE id = 3"), "") << when;
  }
  // The same of the new release, from the end of migrate on.
  void expect_new_rules(const std::string& when) {
    ++looks_;
    EXPECT_TRUE(fails(sql("UPDATE t SET x = NULL"))) << when;
    EXPECT_EQ(sql("UPDATE t SET x = CASE x WHEN 'yes' THEN 'no' ELSE 'yes' END, y = 'OTHER', z = 'on'"), "") << when;
    EXPECT_EQ(sql("INSERT INTO t (id, y, z) VALUES (4, 'N', 'off')"), "") << when;
    EXPECT_EQ(sql("SELECT x FROM t WHERE id = 4"), "no") << when;
    EXPECT_EQ(sql("DELETE FROM t WHERE id = 4"), "") << when;
  }
  template <class Phase, class Rules>
  void run(const Phase& phase, const std::string& name, const Rules& expect_rules) {
    const auto release = applier::read_release(box_.path("rel"));
    ASSERT_TRUE(release) << release.error().message;
    const auto connection = cli::connect(database_->url());
    ASSERT_TRUE(connection) << connection.error().message;
    applier::Options options;
    options.discard = true;  // what the new release wrote
    options.events = [&](const applier::Event& event) {
      if (const auto* step = std::get_if<applier::StepFinished>(&event))
        expect_rules("after step " + std::to_string(step->step) + " of " + name + " " + step->script);
    };
    const auto outcome = phase(**connection, *release, options);
    ASSERT_TRUE(outcome) << outcome.error().message;
  }

  int looks_ = 0;
};

TEST_P(EachStep, OfExpandAndOfItsRollbackKeepsTheRulesOfTheOldRelease) {
  expect_old_rules("before");
  const auto old_rules = [this](const std::string& when) { expect_old_rules(when); };
  run(applier::expand, "expand", old_rules);
  const int expanded = looks_;
  EXPECT_GE(expanded, 3);
  run(applier::rollback, "rollback", old_rules);
  EXPECT_GE(looks_ - expanded, 2);
  expect_old_rules("at the end");
}

TEST_P(EachStep, OfContractKeepsTheRulesOfTheNewRelease) {
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  expect_new_rules("before");
  looks_ = 0;
  run(applier::contract, "contract", [this](const std::string& when) { expect_new_rules(when); });
  EXPECT_GE(looks_, 1);
}

INSTANTIATE_TEST_SUITE_P(On, EachStep, kServers, server_name);

class ReservedNames : public Cases {};

// Words that are none of SQL, and that the language of triggers reserves.
TEST_P(ReservedNames, AreColumnsLikeOthers) {
  for (const auto& [of_old, of_new] : {std::pair("by", "if"), std::pair("loop", "while"),
                                       std::pair("execute", "strict"), std::pair("begin", "foreach")}) {
    box_.shell("rm -rf rel app.db");
    database_ = make_case_database(server(), box_);
    const std::string table = "CREATE TABLE t (id integer NOT NULL PRIMARY KEY, \"{}\" varchar(9));\n";
    start(quoted_names(fmt::format(fmt::runtime(table), of_old)),
          quoted_names(fmt::format(fmt::runtime(table), of_new)),
          fmt::format("[[map]]\ntable = \"t\"\nold = [\"{0}\"]\nnew = [\"{1}\"]\nup.{1} = '{2}'\ndown.{0} = '{3}'\n",
                      of_old, of_new, quoted_names(fmt::format("upper(\"{}\")", of_old)),
                      quoted_names(fmt::format("lower(\"{}\")", of_new))));
    ASSERT_EQ(sql(quoted_names(fmt::format("INSERT INTO t (id, \"{}\") VALUES (1, 'a')", of_old))), "");
    ASSERT_EQ(emcee("expand"), 0) << output_;
    EXPECT_EQ(sql(quoted_names(fmt::format("INSERT INTO t (id, \"{}\") VALUES (2, 'b')", of_old))), "");
    EXPECT_EQ(sql(quoted_names(fmt::format("UPDATE t SET \"{}\" = 'C' WHERE id = 2", of_new))), "");
    EXPECT_EQ(sql(quoted_names(fmt::format("SELECT \"{}\" FROM t WHERE id = 2", of_old))), "c");
    EXPECT_EQ(sql(quoted_names(fmt::format("UPDATE t SET \"{}\" = 'd' WHERE id = 2", of_old))), "");
    EXPECT_EQ(sql(quoted_names(fmt::format("SELECT \"{}\" FROM t WHERE id = 2", of_new))), "D");
    ASSERT_EQ(emcee("migrate"), 0) << output_;
    ASSERT_EQ(emcee("contract"), 0) << output_;
    EXPECT_EQ(emcee("check"), 0) << output_;
  }
}

INSTANTIATE_TEST_SUITE_P(On, ReservedNames, kServers, server_name);

}  // namespace
}  // namespace emcee::testing
