#include <gtest/gtest.h>

#include "fixture.h"

namespace emcee::applier {
namespace {

using CommandFunction = Result<Outcome> (*)(Connection&, const Release&, const Options&);

class Order : public ::testing::Test {
 protected:
  void SetUp() override {
    create_images(file, 20);
    connection = open_file(file);
  }
  // Refused with `hint`, and nothing is different afterwards.
  void refused(CommandFunction command, const Release& of, const std::string& hint) {
    const std::string before = dump(file) + dump_ledger(file);
    const auto result = command(*connection, of, {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::wrong_order) << result.error().message;
    EXPECT_NE(result.error().hint.find(hint), std::string::npos) << result.error().hint;
    EXPECT_EQ(dump(file) + dump_ledger(file), before);
  }
  State state() {
    const auto checked = check(*connection, release);
    EXPECT_OK(checked);
    return checked ? checked->state : State::wrong;
  }
  std::string version_now() {
    const auto now = version(*connection, "main");
    EXPECT_OK(now);
    return now ? now->text() : "error";
  }
  TempDir folder;
  const std::string file = folder.file("app.db");
  std::unique_ptr<Connection> connection;
  Release release = release_of(image_plan());
};

TEST_F(Order, EveryWrongCommandIsRefusedAndNamesTheRightOne) {
  refused(&migrate, release, "`emcee expand`");
  refused(&contract, release, "`emcee expand`");
  ASSERT_OK(expand(*connection, release, {}));
  refused(&contract, release, "`emcee migrate`");
  ASSERT_OK(migrate(*connection, release, {}));
  ASSERT_OK(contract(*connection, release, {}));
  refused(&rollback, release, "backup");
}

TEST_F(Order, APhaseThatIsHalfDoneIsNotDone) {
  Options options;
  options.one_step = true;
  ASSERT_OK(expand(*connection, release, options));
  refused(&migrate, release, "`emcee expand`");
  ASSERT_OK(expand(*connection, release, {}));
  options.one_step = false;
  options.max_rows = 5;
  ASSERT_OK(migrate(*connection, release, options));
  refused(&contract, release, "`emcee migrate`");
}

TEST_F(Order, TheNextReleaseWaitsForContract) {
  const Release next = release_of(blank_plan("pike", "ocata"));
  ASSERT_OK(expand(*connection, release, {}));
  refused(&expand, next, "`emcee contract` (or `emcee rollback`) with the plan of ocata");
  ASSERT_OK(migrate(*connection, release, {}));
  refused(&expand, next, "`emcee contract`");
  ASSERT_OK(contract(*connection, release, {}));
  EXPECT_OK(expand(*connection, next, {}));
  refused(&expand, release, "use the plan of a later release");
}

TEST_F(Order, APlanMustStartWhereTheDatabaseIs) {
  ASSERT_OK(upgrade(*connection, release, {}));
  refused(&expand, release_of(blank_plan("queens", "pike")), "use a plan that starts from ocata");
}

TEST_F(Order, AnOfflineUpgradeGoesOnOffline) {
  Options options;
  options.one_step = true;
  for (int i = 0; i < 3; ++i) ASSERT_OK(sync(*connection, release, options));
  refused(&expand, release, "`emcee sync`");
  refused(&migrate, release, "`emcee sync`");
  refused(&contract, release, "`emcee sync`");
  ASSERT_OK(sync(*connection, release, {}));
  EXPECT_EQ(dump(file), expected_images(20));
}

TEST_F(Order, AScriptThatChangedAfterItRanIsRefused) {
  ASSERT_OK(expand(*connection, release, {}));
  Json plan = image_plan();
  plan["scripts"][1]["steps"][0]["title"] = "something else";
  refused(&migrate, release_of(plan), "release directory");
  EXPECT_EQ(check(*connection, release_of(plan))->state, State::wrong);
  plan = image_plan();
  plan["scripts"].erase(1);
  refused(&migrate, release_of(plan), "release directory");
}

TEST_F(Order, ComponentsDoNotSeeEachOther) {
  ASSERT_OK(expand(*connection, release, {}));
  Json plan = blank_plan("other");
  plan["component"] = "second";
  EXPECT_OK(upgrade(*connection, release_of(plan), {}));
  EXPECT_EQ(version_now(), "ocata_expand02");
}

// The table of the composite version, row by row: three scripts per phase.
TEST(CompositeVersion, FollowsTheTable) {
  TempDir folder;
  const auto connection = open_file(folder.file("app.db"));
  Json plan = blank_plan("bexar");
  plan["scripts"].clear();
  for (const std::string phase : {"expand", "migrate", "contract"})
    for (const int number : {1, 2, 3}) {
      Json script = blank_script("bexar_" + phase + "0" + std::to_string(number), phase, number);
      script["steps"] = {blank_step(1, "nothing")};
      plan["scripts"].push_back(script);
    }
  const Release release = release_of(plan);
  std::vector<std::string> seen;
  Options options;
  options.events = [&](const Event& event) {
    if (std::holds_alternative<ScriptFinished>(event)) seen.push_back(version(*connection, "main")->text());
  };
  EXPECT_EQ(version(*connection, "main")->text(), "");
  ASSERT_OK(upgrade(*connection, release, options));
  EXPECT_EQ(seen, (std::vector<std::string>{"bexar_expand01", "bexar_expand02", "bexar_expand03", "bexar_expand03",
                                            "bexar_expand03", "bexar_expand03", "bexar_expand03, bexar_contract01",
                                            "bexar_expand03, bexar_contract02", "bexar_expand03, bexar_contract03"}));
  ASSERT_OK(expand(*connection, release_of(blank_plan("cactus", "bexar")), {}));
  EXPECT_EQ(version(*connection, "main")->text(), "cactus_expand01, bexar_contract03");
}

TEST_F(Order, CheckTellsWhereTheUpgradeStands) {
  EXPECT_EQ(state(), State::expand_next);
  Options options;
  options.one_step = true;
  ASSERT_OK(expand(*connection, release, options));
  EXPECT_EQ(state(), State::expand_next);
  ASSERT_OK(expand(*connection, release, {}));
  EXPECT_EQ(state(), State::migrate_next);
  options.one_step = false;
  options.max_rows = 5;
  ASSERT_OK(migrate(*connection, release, options));
  EXPECT_EQ(state(), State::migrate_next);
  ASSERT_OK(migrate(*connection, release, {}));
  EXPECT_EQ(state(), State::contract_next);
  EXPECT_EQ(check(*connection, release)->next, "emcee contract");
  options.max_rows.reset();
  options.one_step = true;
  ASSERT_OK(contract(*connection, release, options));
  EXPECT_EQ(state(), State::contract_next);
  ASSERT_OK(contract(*connection, release, {}));
  EXPECT_EQ(state(), State::up_to_date);
  EXPECT_EQ(check(*connection, release)->next, "");

  const Release next = release_of(blank_plan("pike", "ocata"));
  EXPECT_EQ(check(*connection, next)->state, State::expand_next);
  EXPECT_EQ(check(*connection, next)->text, "an upgrade is available: ocata to pike");
  ASSERT_OK(upgrade(*connection, next, {}));
  EXPECT_EQ(state(), State::wrong);  // newer than the files
}

TEST_F(Order, CheckLooksIntoTheCatalogueAndTheRows) {
  ASSERT_OK(expand(*connection, release, {}));
  run_sql(file, "DROP TRIGGER emcee_visibility_old");
  const auto missing = check(*connection, release);
  ASSERT_OK(missing);
  EXPECT_EQ(missing->state, State::wrong);
  EXPECT_NE(missing->text.find("ocata_expand02 step 1"), std::string::npos) << missing->text;
  EXPECT_EQ(to_glance(missing->state), 1);
}

TEST_F(Order, CheckSeesRowsThatBecamePending) {
  ASSERT_OK(expand(*connection, release, {}));
  ASSERT_OK(migrate(*connection, release, {}));
  run_sql(file,
          "UPDATE images SET visibility = NULL WHERE id = 3; UPDATE images SET visibility = 'public' WHERE id = 3");
  EXPECT_EQ(state(), State::contract_next);
  ASSERT_OK(connection->fire_triggers(false));
  ASSERT_OK(connection->execute("UPDATE images SET visibility = NULL WHERE id = 3"));
  ASSERT_OK(connection->fire_triggers(true));
  EXPECT_EQ(state(), State::migrate_next);
}

TEST_F(Order, CheckSeesALedgerOutOfOrder) {
  ASSERT_OK(expand(*connection, release, {}));
  run_sql(file,
          "INSERT INTO emcee_ledger (component, release, script, step, phase, title, checksum, state, started_at, "
          "tool_version) VALUES ('main', 'ocata', 'ocata_contract01', 1, 'contract', '', '" +
              release.scripts[3].checksum + "', 'done', '', '')");
  EXPECT_EQ(state(), State::wrong);
}

TEST(Glance, HasCodesOfItsOwn) {
  EXPECT_EQ(to_glance(State::up_to_date), 0);
  EXPECT_EQ(to_glance(State::wrong), 1);
  EXPECT_EQ(to_glance(State::expand_next), 3);
  EXPECT_EQ(to_glance(State::migrate_next), 4);
  EXPECT_EQ(to_glance(State::contract_next), 5);
}

TEST_F(Order, StatusListsEveryStep) {
  ASSERT_OK(expand(*connection, release, {}));
  Options options;
  options.max_rows = 7;
  ASSERT_OK(migrate(*connection, release, options));
  const auto now = status(*connection, release);
  ASSERT_OK(now);
  EXPECT_EQ(now->version.text(), "ocata_expand02");
  ASSERT_EQ(now->scripts.size(), 5);
  EXPECT_EQ(now->scripts[0].state, "done");
  EXPECT_FALSE(now->scripts[0].finished_at.empty());
  EXPECT_EQ(now->scripts[2].state, "running");
  EXPECT_EQ(now->scripts[2].steps[0].rows_done, 7);
  EXPECT_EQ(now->scripts[3].state, "");
}

TEST_F(Order, AdoptStampsADatabaseThatIsThere) {
  const auto refused_adoption = adopt(*connection, release, {});
  ASSERT_FALSE(refused_adoption);
  EXPECT_EQ(refused_adoption.error().code, ErrorCode::answer_is_no);
  EXPECT_EQ(dump_ledger(file), "none\n");
  run_sql(file,
          "DROP TABLE images; CREATE TABLE images (id INTEGER PRIMARY KEY, name TEXT, visibility TEXT NOT NULL DEFAULT "
          "'shared'); CREATE INDEX images_visibility ON images (visibility);");
  ASSERT_OK(adopt(*connection, release, {}));
  EXPECT_EQ(state(), State::up_to_date);
  EXPECT_EQ(version_now(), "ocata_expand02, ocata_contract02");
  EXPECT_EQ(adopt(*connection, release, {})->text.find("nothing to do"), 0);
  EXPECT_OK(expand(*connection, release_of(blank_plan("pike", "ocata")), {}));
}

TEST_F(Order, AdoptByNameOnly) {
  ASSERT_OK(adopt_at(*connection, "main", "newton", {}));
  EXPECT_EQ(version_now(), "newton");
  EXPECT_EQ(adopt_at(*connection, "main", "newton", {})->text.find("nothing to do"), 0);
  EXPECT_FALSE(adopt_at(*connection, "main", "mitaka", {}));
  EXPECT_EQ(state(), State::expand_next);
  EXPECT_OK(expand(*connection, release, {}));
}

}  // namespace
}  // namespace emcee::applier
