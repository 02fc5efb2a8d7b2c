#include <gtest/gtest.h>

#include "fixture.h"

namespace emcee::applier {
namespace {

class Phases : public ::testing::Test {
 protected:
  void SetUp() override {
    create_images(file, 50);
    connection = open_file(file);
  }
  TempDir folder;
  const std::string file = folder.file("app.db");
  std::unique_ptr<Connection> connection;
  Release release = release_of(image_plan());
};

TEST_F(Phases, LeadFromTheOldSchemaToTheNew) {
  const auto done = upgrade(*connection, release, {});
  ASSERT_OK(done);
  EXPECT_EQ(done->text, "release ocata is contracted: the upgrade is complete");
  EXPECT_EQ(dump(file), expected_images(50));
}

TEST_F(Phases, BothReleasesWriteMeanwhile) {
  ASSERT_OK(expand(*connection, release, {}));
  run_sql(file, "INSERT INTO images (id, name, is_public) VALUES (100, 'old', 1)");
  run_sql(file, "INSERT INTO images (id, name, visibility) VALUES (101, 'new', 'community')");
  EXPECT_EQ(run_sql(file, "SELECT visibility FROM images WHERE id = 100"), "public");
  EXPECT_EQ(run_sql(file, "SELECT is_public FROM images WHERE id = 101"), "0");
  ASSERT_OK(migrate(*connection, release, {}));
  EXPECT_EQ(run_sql(file, "SELECT visibility FROM images WHERE id = 101"), "community");
  ASSERT_OK(contract(*connection, release, {}));
  EXPECT_EQ(run_sql(file, "SELECT visibility FROM images WHERE id = 101"), "community");
}

TEST_F(Phases, RunAgainHaveNothingToDo) {
  for (const auto command : {&expand, &migrate, &contract}) {
    ASSERT_OK((*command)(*connection, release, {}));
    const std::string before = dump(file) + dump_ledger(file);
    const auto again = (*command)(*connection, release, {});
    ASSERT_OK(again);
    EXPECT_EQ(again->text.find("nothing to do"), 0) << again->text;
    EXPECT_FALSE(again->more);
    EXPECT_EQ(dump(file) + dump_ledger(file), before);
  }
}

TEST_F(Phases, OfflineSyncNeedsNoTriggers) {
  ASSERT_OK(sync(*connection, release, {}));
  EXPECT_EQ(dump(file), expected_images(50));
  EXPECT_EQ(run_sql(file, "SELECT state FROM emcee_ledger WHERE script = 'ocata_expand02' AND step = 1"), "skipped");
}

TEST_F(Phases, OfflineSyncFinishesWhatWasBegunOnline) {
  ASSERT_OK(expand(*connection, release, {}));
  ASSERT_OK(sync(*connection, release, {}));
  EXPECT_EQ(dump(file), expected_images(50));
}

TEST_F(Phases, ADryRunTouchesNothing) {
  const std::string before = dump(file) + dump_ledger(file);
  std::vector<std::string> statements;
  Options options;
  options.dry_run = true;
  options.events = [&](const Event& event) {
    if (const auto* statement = std::get_if<Statement>(&event)) statements.push_back(statement->sql);
  };
  ASSERT_OK(sync(*connection, release, options));
  EXPECT_EQ(dump(file) + dump_ledger(file), before);
  EXPECT_NE(std::find(statements.begin(), statements.end(), "ALTER TABLE images ADD COLUMN visibility TEXT"),
            statements.end());
  EXPECT_NE(std::find(statements.begin(), statements.end(), "DROP TABLE images"), statements.end());
}

// The old release may come back while a phase runs.
TEST_F(Phases, AreAskedBeforeEachStep) {
  ASSERT_OK(expand(*connection, release, {}));
  ASSERT_OK(migrate(*connection, release, {}));
  Options options;
  int asked = 0;
  options.before_step = [&]() -> Result<void> {
    if (++asked < 2) return {};
    return schema::fail(ErrorCode::wrong_order, "somebody is back");
  };
  const auto stopped = contract(*connection, release, options);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::wrong_order);
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(run_sql(file, "SELECT count(*) FROM emcee_ledger WHERE phase = 'contract' AND step > 0"), "1");
  ASSERT_OK(contract(*connection, release, {}));
  EXPECT_EQ(dump(file), expected_images(50));
}

TEST_F(Phases, OneStepAtATime) {
  Options options;
  options.one_step = true;
  int calls = 0;
  for (const auto command : {&expand, &migrate, &contract})
    for (bool more = true; more; ++calls) {
      const auto done = (*command)(*connection, release, options);
      ASSERT_OK(done);
      EXPECT_LE(done->steps, 1);
      more = done->more;
      ASSERT_LT(calls, 20);
    }
  EXPECT_EQ(calls, 7);
  EXPECT_EQ(dump(file), expected_images(50));
}

// A step without transaction was announced and done, but not confirmed.
TEST_F(Phases, WorkThatIsFoundDoneIsOnlyRecorded) {
  Json plan = image_plan();
  plan["scripts"][0]["steps"][0]["transactional"] = false;
  release = release_of(plan);
  Options options;
  std::vector<StepEnd> ends;
  options.events = [&](const Event& event) {
    if (const auto* end = std::get_if<StepFinished>(&event)) ends.push_back(end->end);
  };
  options.one_step = true;
  ASSERT_OK(expand(*connection, release, options));
  run_sql(file, "UPDATE emcee_ledger SET state = 'running' WHERE step = 1");
  options.one_step = false;
  ASSERT_OK(expand(*connection, release, options));
  EXPECT_EQ(ends, (std::vector{StepEnd::ran, StepEnd::found, StepEnd::ran, StepEnd::ran}));
}

// The probe of a transactional step has no say: it may not see all that the step does.
TEST_F(Phases, ATransactionalStepWithoutARowRuns) {
  Json plan = image_plan();
  plan["scripts"][0]["steps"][0]["probe"] = "SELECT 1";
  ASSERT_OK(upgrade(*connection, release_of(plan), {}));
  EXPECT_EQ(dump(file), expected_images(50));
}

TEST_F(Phases, MigrateGoesBackToRowsThatBecamePending) {
  ASSERT_OK(expand(*connection, release, {}));
  ASSERT_OK(migrate(*connection, release, {}));
  run_sql(file, "DROP TRIGGER emcee_visibility_insert");
  run_sql(file, "INSERT INTO images (id, is_public) VALUES (900, 1)");
  const auto refused = contract(*connection, release, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::answer_is_no);
  EXPECT_NE(refused.error().message.find("900: pending"), std::string::npos) << refused.error().message;
  const auto again = migrate(*connection, release, {});
  ASSERT_OK(again);
  EXPECT_EQ(again->rows, 1);
  EXPECT_OK(contract(*connection, release, {}));
}

TEST_F(Phases, ContractIsRefusedWhileRowsAreInConflict) {
  ASSERT_OK(expand(*connection, release, {}));
  ASSERT_OK(migrate(*connection, release, {}));
  run_sql(file, "DROP TRIGGER emcee_visibility_old");
  run_sql(file, "UPDATE images SET is_public = 1 WHERE id = 4");
  const std::string before = dump(file);
  const auto refused = contract(*connection, release, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::answer_is_no);
  EXPECT_NE(refused.error().message.find("4: is_public is 1, visibility is shared"), std::string::npos);
  EXPECT_EQ(refused.error().hint, "run `emcee verify --resolve old|new`");
  EXPECT_EQ(dump(file), before);

  const auto found = verify(*connection, release, {});
  ASSERT_OK(found);
  EXPECT_FALSE(found->clean());
  EXPECT_EQ(found->findings[1].count, 1);
  const auto resolved = resolve(*connection, release, Side::old_release, {});
  ASSERT_OK(resolved);
  EXPECT_EQ(resolved->rows, 1);
  EXPECT_EQ(run_sql(file, "SELECT visibility FROM images WHERE id = 4"), "public");
  EXPECT_OK(contract(*connection, release, {}));
}

TEST_F(Phases, ACheckListsTheRowsThatStandAgainstContract) {
  run_sql(file, "UPDATE images SET is_public = NULL WHERE id IN (7, 8)");
  ASSERT_OK(expand(*connection, release, {}));
  const auto refused = migrate(*connection, release, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::answer_is_no);
  EXPECT_NE(refused.error().message.find("(2 rows of images)\n  7: visibility is NULL\n  8: visibility is NULL"),
            std::string::npos)
      << refused.error().message;
  run_sql(file, "UPDATE images SET is_public = 0 WHERE id IN (7, 8)");
  EXPECT_OK(migrate(*connection, release, {}));
}

TEST_F(Phases, AStepWhoseResultIsWrongIsRolledBack) {
  Json plan = image_plan();
  plan["scripts"][3]["steps"][1]["verify"] = {"SELECT id, name FROM images WHERE id > 48"};
  release = release_of(plan);
  ASSERT_OK(expand(*connection, release, {}));
  ASSERT_OK(migrate(*connection, release, {}));
  const auto refused = contract(*connection, release, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::answer_is_no);
  EXPECT_NE(refused.error().message.find("49: image 49\n  50: image 50"), std::string::npos) << refused.error().message;
  EXPECT_EQ(run_sql(file, "SELECT count(*) FROM pragma_table_info('images') WHERE name = 'is_public'"), "1");
  EXPECT_EQ(run_sql(file, "SELECT count(*) FROM emcee_ledger WHERE script = 'ocata_contract01' AND step = 2"), "0");
}

}  // namespace
}  // namespace emcee::applier
