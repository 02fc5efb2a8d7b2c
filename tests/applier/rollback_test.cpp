#include <gtest/gtest.h>

#include "fixture.h"

namespace emcee::applier {
namespace {

class Rollback : public ::testing::Test {
 protected:
  void SetUp() override {
    create_images(file, 20);
    before = dump(file);
    connection = open_file(file);
    ASSERT_OK(expand(*connection, release, {}));
  }
  TempDir folder;
  const std::string file = folder.file("app.db");
  std::string before;
  std::unique_ptr<Connection> connection;
  Release release = release_of(image_plan());
};

TEST_F(Rollback, RestoresTheOldSchemaWithWhatBothWrote) {
  ASSERT_OK(migrate(*connection, release, {}));
  run_sql(file, "UPDATE images SET visibility = 'public' WHERE id = 1");
  ASSERT_OK(rollback(*connection, release, {}));
  EXPECT_EQ(run_sql(file, "SELECT is_public FROM images WHERE id = 1"), "1");
  run_sql(file, "UPDATE images SET is_public = 0 WHERE id = 1");
  EXPECT_EQ(dump(file), before);
  EXPECT_EQ(check(*connection, release)->state, State::expand_next);
  EXPECT_EQ(version(*connection, "main")->text(), "");
}

TEST_F(Rollback, CanBeFollowedByAnotherUpgrade) {
  ASSERT_OK(rollback(*connection, release, {}));
  EXPECT_EQ(rollback(*connection, release, {})->text, "nothing to do: release ocata has not begun");
  ASSERT_OK(upgrade(*connection, release, {}));
  EXPECT_EQ(dump(file), expected_images(20));
}

TEST_F(Rollback, ListsFirstWhatWouldBeLost) {
  run_sql(file, "UPDATE images SET visibility = 'community' WHERE id = 4");
  const std::string now = dump(file) + dump_ledger(file);
  const auto refused = rollback(*connection, release, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::accept_hazard);
  EXPECT_NE(refused.error().message.find("add column images.visibility:\n  visibility community: 4"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(dump(file) + dump_ledger(file), now);

  Options options;
  options.discard = true;
  ASSERT_OK(rollback(*connection, release, options));
  EXPECT_EQ(dump(file), before);
}

TEST_F(Rollback, OfAStepThatIsOneWayNeedsDiscard) {
  TempDir own;
  const std::string db = own.file("app.db");
  create_images(db, 5);
  Json plan = image_plan();
  plan["scripts"][0]["steps"][1]["undo"] = nullptr;
  const Release one_way = release_of(plan);
  const auto other = open_file(db);
  ASSERT_OK(expand(*other, one_way, {}));
  const auto refused = rollback(*other, one_way, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::accept_hazard);
  EXPECT_NE(refused.error().message.find("add index images_visibility: cannot be undone"), std::string::npos);
}

TEST_F(Rollback, IsPossibleUntilContractHasDoneSomething) {
  ASSERT_OK(migrate(*connection, release, {}));
  ASSERT_OK(connection->fire_triggers(false));
  ASSERT_OK(connection->execute("UPDATE images SET visibility = NULL WHERE id = 3"));
  ASSERT_OK(connection->fire_triggers(true));
  ASSERT_FALSE(contract(*connection, release, {}));
  ASSERT_OK(rollback(*connection, release, {}));
  EXPECT_EQ(dump(file), before);
}

TEST_F(Rollback, ADryRunShowsTheUndo) {
  std::vector<std::string> statements;
  Options options;
  options.dry_run = true;
  options.events = [&](const Event& event) {
    if (const auto* statement = std::get_if<Statement>(&event)) statements.push_back(statement->sql);
  };
  const std::string now = dump(file) + dump_ledger(file);
  ASSERT_OK(rollback(*connection, release, options));
  EXPECT_EQ(dump(file) + dump_ledger(file), now);
  EXPECT_EQ(statements.front(), "DROP TRIGGER emcee_visibility_insert");
  EXPECT_EQ(statements.back(), "ALTER TABLE images DROP COLUMN visibility");
}

TEST_F(Rollback, ThatWasInterruptedIsFinishedFirst) {
  std::atomic<bool> stop = false;
  Options options;
  options.stop = &stop;
  options.events = [&](const Event& event) {
    if (std::holds_alternative<StepFinished>(event)) stop = true;
  };
  const auto stopped = rollback(*connection, release, options);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
  EXPECT_EQ(check(*connection, release)->state, State::wrong);
  const auto refused = expand(*connection, release, {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().hint.find("`emcee rollback`"), std::string::npos);
  ASSERT_OK(rollback(*connection, release, {}));
  EXPECT_EQ(dump(file), before);
}

}  // namespace
}  // namespace emcee::applier
