// Rehearsals of plans that are right, and of plans whose scripts were broken on purpose.
#include <gtest/gtest.h>

#include "cli/rehearsal_database.h"
#include "codegen/codegen.h"
#include "rehearse/rehearse.h"
#include "tests/servers/mysql_server.h"
#include "tests/servers/postgres_server.h"
#include "tests/support/planning.h"

namespace emcee::testing {
namespace {

using rehearse::Failure;
using rehearse::Report;

constexpr const char* kOld =
    "CREATE TABLE images (id INTEGER NOT NULL PRIMARY KEY, is_public INTEGER NOT NULL, label VARCHAR(20), "
    "size INTEGER DEFAULT 1 NOT NULL, width INTEGER, fax VARCHAR(9) DEFAULT 'none' NOT NULL);\n";
constexpr const char* kNew =
    "CREATE TABLE images (id INTEGER NOT NULL PRIMARY KEY, width INTEGER, size INTEGER DEFAULT 1 NOT NULL, "
    "visibility VARCHAR(9) DEFAULT 'shared' NOT NULL CHECK (visibility <> 'secret'), title VARCHAR(20), "
    "area INTEGER NOT NULL, CONSTRAINT thin CHECK (width <> 7));\n";
constexpr const char* kMap =
    "name = \"next\"\n"
    "[[map]]\ntable = \"images\"\nold = [\"is_public\"]\nnew = [\"visibility\"]\n"
    "up.visibility = \"CASE WHEN is_public = 1 THEN 'public' ELSE 'shared' END\"\n"
    "down.is_public = \"CASE WHEN visibility = 'public' THEN 1 ELSE 0 END\"\n"
    "[[rename]]\ntable = \"images\"\nfrom = \"label\"\nto = \"title\"\n"
    "[[fill]]\ntable = \"images\"\ncolumn = \"area\"\nvalue = \"size * 2\"\n";

// A split with an inverse for some rows only, and unique keys over both forms.
constexpr const char* kSplitOld =
    "CREATE TABLE forwardings (id VARCHAR(36) NOT NULL PRIMARY KEY, port INTEGER NOT NULL, socket VARCHAR(36) NOT "
    "NULL, note VARCHAR(10), CONSTRAINT one UNIQUE (socket, port));\n";
constexpr const char* kSplitNew =
    "CREATE TABLE forwardings (id VARCHAR(36) NOT NULL PRIMARY KEY, host VARCHAR(64) NOT NULL, first INTEGER NOT "
    "NULL, last INTEGER NOT NULL, port INTEGER NOT NULL, note VARCHAR(10) NOT NULL, CONSTRAINT one UNIQUE (host, "
    "first, last, port));\n";
constexpr const char* kSplitMap =
    "name = \"next\"\n"
    "[[map]]\ntable = \"forwardings\"\nold = [\"socket\"]\nnew = [\"host\", \"first\", \"last\"]\n"
    "up.host = { sqlite = \"rtrim(rtrim(socket, '0123456789'), ':')\", postgres = \"rtrim(rtrim(socket, "
    "'0123456789'), ':')\", mysql = \"substring_index(socket, ':', 1)\" }\n"
    "up.first = { sqlite = \"CAST(replace(socket, rtrim(socket, '0123456789'), '') AS INTEGER)\", postgres = "
    "\"CAST(replace(socket, rtrim(socket, '0123456789'), '') AS INTEGER)\", mysql = \"CASE WHEN socket REGEXP "
    "':[0-9]+$' THEN CAST(substring_index(socket, ':', -1) AS SIGNED) END\" }\n"
    "up.last = { sqlite = \"CAST(replace(socket, rtrim(socket, '0123456789'), '') AS INTEGER)\", postgres = "
    "\"CAST(replace(socket, rtrim(socket, '0123456789'), '') AS INTEGER)\", mysql = \"CASE WHEN socket REGEXP "
    "':[0-9]+$' THEN CAST(substring_index(socket, ':', -1) AS SIGNED) END\" }\n"
    "down.socket = { sqlite = \"CASE WHEN first = last THEN host || ':' || first END\", postgres = \"CASE WHEN first = "
    "last THEN host || ':' || first END\", mysql = \"CASE WHEN first = last THEN concat(host, ':', first) END\" }\n"
    "[[fill]]\ntable = \"forwardings\"\ncolumn = \"note\"\nvalue = \"'-'\"\n"
    "[[accept]]\nhazard = \"replace_by_other_key\"\nreason = \"no release uses REPLACE\"\n";

// What only a program can convert, beside a rename.
constexpr const char* kFrozenOld =
    "CREATE TABLE secrets (id VARCHAR(36) NOT NULL PRIMARY KEY, secret VARCHAR(20) NOT NULL, label VARCHAR(20), kind "
    "INTEGER);\n";
constexpr const char* kFrozenNew =
    "CREATE TABLE secrets (id VARCHAR(36) NOT NULL PRIMARY KEY, encrypted VARCHAR(20) NOT NULL, hash VARCHAR(20), "
    "title VARCHAR(20), kind INTEGER);\n";
std::string frozen_map(const std::string& frozen) {
  return "name = \"next\"\n"
         "[[map]]\ntable = \"secrets\"\nold = [\"secret\"]\nnew = [\"encrypted\", \"hash\"]\n"
         "freeze = \"secrets are read-only\"\nfrozen = [" +
         frozen + "]\n[[rename]]\ntable = \"secrets\"\nfrom = \"label\"\nto = \"title\"\n";
}

// A form that is derived from the rows of another table, and columns that move to one.
constexpr const char* kMembersOld =
    "CREATE TABLE images (id INTEGER NOT NULL PRIMARY KEY, is_public INTEGER NOT NULL);\n"
    "CREATE TABLE members (id INTEGER NOT NULL PRIMARY KEY, image_id INTEGER NOT NULL REFERENCES images (id), deleted "
    "INTEGER DEFAULT 0 NOT NULL);\nCREATE INDEX of_image ON members (image_id);\n";
constexpr const char* kMembersNew =
    "CREATE TABLE images (id INTEGER NOT NULL PRIMARY KEY, visibility VARCHAR(9) DEFAULT 'private' NOT NULL);\n"
    "CREATE TABLE members (id INTEGER NOT NULL PRIMARY KEY, image_id INTEGER NOT NULL REFERENCES images (id), deleted "
    "INTEGER DEFAULT 0 NOT NULL);\nCREATE INDEX of_image ON members (image_id);\n";
constexpr const char* kMembersMap =
    "name = \"next\"\n"
    "[[map]]\ntable = \"images\"\nold = [\"is_public\"]\nnew = [\"visibility\"]\n"
    "up.visibility = \"CASE WHEN is_public = 1 THEN 'public' WHEN EXISTS (SELECT 1 FROM members AS m WHERE m.image_id "
    "= "
    "images.id AND m.deleted = 0) THEN 'shared' ELSE 'private' END\"\n"
    "down.is_public = \"CASE WHEN visibility = 'public' THEN 1 ELSE 0 END\"\n"
    "lookup = [{ table = \"members\", key = { image_id = \"id\" } }]\n"
    "[[accept]]\nhazard = \"lookup_in_one_statement\"\nreason = \"no statement names both\"\n"
    "[[accept]]\nhazard = \"lookup_without_foreign_key\"\nreason = \"one session\"\n"
    "[[accept]]\nhazard = \"lookup_of_replaced_row\"\nreason = \"no REPLACE\"\n"
    "[[accept]]\nhazard = \"lookup_in_repeatable_read\"\nreason = \"nobody uses it\"\n";
constexpr const char* kSplitUsersOld =
    "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, bio VARCHAR(80), photo VARCHAR(80) DEFAULT 'none' NOT "
    "NULL);\n";
constexpr const char* kSplitUsersNew =
    "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY);\n"
    "CREATE TABLE profiles (user_id INTEGER NOT NULL PRIMARY KEY, about VARCHAR(80), photo VARCHAR(80) DEFAULT 'none' "
    "NOT "
    "NULL, seen INTEGER, FOREIGN KEY (user_id) REFERENCES users (id));\n";
constexpr const char* kSplitUsersMap =
    "name = \"next\"\n"
    "[[move]]\nfrom = \"users\"\nto = \"profiles\"\nkey = { user_id = \"id\" }\ncolumns = { about = \"bio\", photo = "
    "\"photo\" }\n"
    "[[accept]]\nhazard = \"move_in_one_statement\"\nreason = \"no statement names both\"\n"
    "[[accept]]\nhazard = \"moved_key_stays\"\nreason = \"nobody changes it\"\n";

// Rows of another table that come with each row.
constexpr const char* kProvidersOld =
    "CREATE TABLE projects (id VARCHAR(36) NOT NULL PRIMARY KEY, name VARCHAR(36) NOT NULL, kind VARCHAR(9) DEFAULT "
    "'plain' NOT NULL);\n"
    "CREATE TABLE providers (id VARCHAR(36) NOT NULL PRIMARY KEY, note VARCHAR(20));\n";
constexpr const char* kProvidersNew =
    "CREATE TABLE projects (id VARCHAR(36) NOT NULL PRIMARY KEY, name VARCHAR(36) NOT NULL, kind VARCHAR(9) DEFAULT "
    "'plain' NOT NULL);\n"
    "CREATE TABLE providers (id VARCHAR(36) NOT NULL PRIMARY KEY, note VARCHAR(20), domain VARCHAR(36) NOT NULL, "
    "CONSTRAINT of_project FOREIGN KEY (domain) REFERENCES projects (id));\n";
constexpr const char* kProvidersMap =
    "name = \"next\"\n"
    "[[fill]]\ntable = \"providers\"\ncolumn = \"domain\"\n"
    "value = { sqlite = \"lower(hex(randomblob(16)))\", postgres = \"replace(gen_random_uuid()::text, '-', '')\", "
    "mysql = \"replace(uuid(), '-', '')\" }\n"
    "row = { table = \"projects\", key = \"id\", values = { name = \"id\", kind = \"'domain'\" } }\n"
    "[[accept]]\nhazard = \"row_in_one_statement\"\nreason = \"no statement names both\"\n"
    "[[accept]]\nhazard = \"replace_by_other_key\"\nreason = \"no REPLACE\"\n";

// A column that becomes a row of another table, whose key the server counts.
std::string held_row(const std::string& dialect) {
  return std::string("CREATE TABLE addresses (id ") +
         (dialect == "sqlite"     ? "INTEGER PRIMARY KEY"
          : dialect == "postgres" ? "integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
                                  : "integer NOT NULL AUTO_INCREMENT PRIMARY KEY") +
         ", street VARCHAR(20), label VARCHAR(9) DEFAULT 'none');\n";
}
constexpr const char* kHeldOld = "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, street VARCHAR(20));\n";
constexpr const char* kHeldNew =
    "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, address_id INTEGER, FOREIGN KEY (address_id) REFERENCES "
    "addresses (id));\nCREATE INDEX users_address ON users (address_id);\n";
constexpr const char* kHeldMap =
    "name = \"next\"\n"
    "[[map]]\ntable = \"users\"\nold = [\"street\"]\nnew = [\"address_id\"]\n"
    "row = { table = \"addresses\", key = \"id\", values = { street = \"street\" } }\n"
    "[[accept]]\nhazard = \"row_in_one_statement\"\nreason = \"no statement names both\"\n"
    "[[accept]]\nhazard = \"lookup_in_one_statement\"\nreason = \"no statement names both\"\n"
    "[[accept]]\nhazard = \"lookup_in_repeatable_read\"\nreason = \"nobody uses it\"\n";

class Rehearsal : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "postgres") url_ = servers::PostgresServer::shared().url("postgres");
    if (GetParam() == "mariadb") use(servers::MysqlFlavour::mariadb);
    if (GetParam() == "mysql") use(servers::MysqlFlavour::mysql);
  }

  void plan(const std::string& before, const std::string& after, const std::string& map) {
    GoldenCase golden;
    golden.args["dialect"] = GetParam();
    golden.inputs = {before, after, map};
    auto planned = plan_case(golden);
    ASSERT_TRUE(planned) << planned.error().message;
    ASSERT_FALSE(planned->planning.refused()) << planned->planning.findings.front().why;
    planned_ = std::move(*planned);
    const auto files = codegen::generate(planned_->planning.plan, *planned_->dialect, "test");
    ASSERT_TRUE(files) << files.error().message;
    auto release = applier::parse_release(files->front().text);
    ASSERT_TRUE(release) << release.error().message;
    release_ = std::move(*release);
  }

  void plan_held() { plan(kHeldOld, held_row(GetParam()) + kHeldNew, kHeldMap); }

  // Replaces a text in what the steps of a kind run, or in those statements only that hold another text.
  void break_steps(applier::StepKind kind, const std::string& from, const std::string& to,
                   const std::string& where = {}) {
    int broken = 0;
    const auto replace = [&](std::string& text) {
      if (text.find(where) == std::string::npos) return;
      for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size(), ++broken)
        text.replace(at, from.size(), to);
    };
    for (applier::Script& script : release_.scripts)
      for (applier::Step& step : script.steps) {
        if (step.kind != kind) continue;
        for (std::string& statement : step.run) replace(statement);
        if (step.backfill) replace(step.backfill->set);
        if (step.backfill) replace(step.backfill->generate);
      }
    ASSERT_GT(broken, 0);
  }

  // The triggers on a table never come.
  void drop_triggers_on(const std::string& table) {
    int dropped = 0;
    for (applier::Script& script : release_.scripts)
      for (applier::Step& step : script.steps) {
        if (step.kind != applier::StepKind::sync) continue;
        for (std::string& statement : step.run) {
          bool on = false;
          for (const std::string& place : {" ON " + table + " ", " ON " + table + "\n", " ON `" + table + "`"})
            on = on || statement.find(place) != std::string::npos;
          if (!on || statement.find(" TRIGGER ") == std::string::npos || statement.starts_with("DROP")) continue;
          statement = "SELECT 1";
          ++dropped;
        }
      }
    ASSERT_GT(dropped, 0);
  }

  Report rehearse(int rounds, double shrink_seconds = 20) {
    rehearse::Options options;
    options.shrink_seconds = shrink_seconds;
    options.seed = 7;
    options.seconds = 600;
    options.rounds = rounds;
    const cli::Database* kind = cli::find_database_of(GetParam());
    const auto report = rehearse::rehearse(
        release_, planned_->planning.plan, *planned_->dialect,
        [&] { return cli::make_rehearsal_database(*kind, url_); }, options);
    if (!report) throw std::runtime_error(report.error().message);
    return *report;
  }
  static std::string text(const Report& report) {
    std::string result;
    if (report.failure) result = report.failure->what;
    if (report.failure)
      for (const std::string& statement : report.failure->statements) result += "\n  " + statement;
    return result;
  }
  // A failure in few statements.
  void expect_found(Failure::Kind kind) {
    const Report report = rehearse(10);
    ASSERT_TRUE(report.failure);
    EXPECT_EQ(report.failure->kind, kind) << text(report);
    EXPECT_LE(report.failure->statements.size(), 4u) << text(report);
  }
  // So many upgrades of two tables that hang together, none of which finds anything.
  Report rehearse_together(int upgrades) {
    Report report = rehearse(upgrades);
    EXPECT_FALSE(report.failure) << text(report);
    EXPECT_EQ(report.tables.size(), 2u) << (report.skipped.empty() ? "" : report.skipped[0]);
    EXPECT_EQ(report.tally.finished, upgrades) << "all phases";
    return report;
  }
  // As it comes: to make it short takes most of the time.
  void expect_difference() {
    const Report report = rehearse(4, 0);
    ASSERT_TRUE(report.failure);
    EXPECT_NE(report.failure->kind, Failure::Kind::phase) << text(report);
  }
  // In tables that hang together; SQLite says first that it looks at foreign keys.
  void expect_found_together() {
    const Report report = rehearse(4);
    ASSERT_TRUE(report.failure);
    EXPECT_NE(report.failure->kind, Failure::Kind::phase) << text(report);
    EXPECT_LE(report.failure->statements.size(), 14u) << text(report);
  }

  std::optional<PlanningCase> planned_;
  applier::Release release_;

 private:
  void use(servers::MysqlFlavour flavour) {
    EMCEE_NEEDS_MYSQL(flavour);
    servers::MysqlServer& server = servers::MysqlServer::shared(flavour);
    if (databases_[flavour].empty()) databases_[flavour] = server.fresh_database();
    url_ = server.url(databases_[flavour]);
  }

  static inline std::map<servers::MysqlFlavour, std::string> databases_;
  std::string url_;
};

INSTANTIATE_TEST_SUITE_P(Servers, Rehearsal, ::testing::Values("sqlite", "postgres", "mariadb", "mysql"),
                         [](const auto& info) { return info.param; });

TEST_P(Rehearsal, FindsNothingInAPlanThatIsRight) {
  plan(kOld, kNew, kMap);
  const Report report = rehearse(4);
  EXPECT_FALSE(report.failure) << text(report);
  EXPECT_EQ(report.tables, std::vector<std::string>{"images"}) << (report.skipped.empty() ? "" : report.skipped[0]);
  EXPECT_EQ(report.rounds, 4);
  EXPECT_EQ(report.tally.finished, 4) << "all phases";
  EXPECT_GT(report.tally.compared, 400);
  EXPECT_GT(report.tally.refused, 0);
  EXPECT_GT(report.tally.broken, 0);
  EXPECT_GT(report.tally.writes.count("new INSERT IGNORE"), 0u);
}

TEST_P(Rehearsal, LeavesOutWhatHasNoImage) {
  plan(kSplitOld, kSplitNew, kSplitMap);
  const Report report = rehearse(6);
  EXPECT_FALSE(report.failure) << text(report);
  EXPECT_EQ(report.tables.size(), 1u) << (report.skipped.empty() ? "" : report.skipped[0]);
  EXPECT_GT(report.tally.finished, 0);
  EXPECT_GT(report.tally.refused, 0);
  EXPECT_GT(report.tally.constrained, 0);
}

TEST_P(Rehearsal, StandsInForTheProgramOfAFrozenMap) {
  for (const char* frozen : {"", R"("new_insert", "delete")", R"("new_update")"}) {
    plan(kFrozenOld, kFrozenNew, frozen_map(frozen));
    const Report report = rehearse(4);
    EXPECT_FALSE(report.failure) << frozen << "\n" << text(report);
    EXPECT_EQ(report.tables.size(), 1u) << (report.skipped.empty() ? "" : report.skipped[0]);
    EXPECT_EQ(report.tally.finished, 4) << "all phases";
    EXPECT_GT(report.tally.refused, 0);
  }
}

TEST_P(Rehearsal, FindsAFreezeThatThaws) {
  plan(kFrozenOld, kFrozenNew, frozen_map(R"("delete")"));
  break_steps(applier::StepKind::sync, "DELETE ON", "UPDATE ON");
  const Report report = rehearse(10);
  ASSERT_TRUE(report.failure);
  EXPECT_TRUE(report.failure->kind == Failure::Kind::accepted || report.failure->kind == Failure::Kind::refused)
      << text(report);
  EXPECT_LE(report.failure->statements.size(), 4u) << text(report);
}

TEST_P(Rehearsal, FindsATriggerThatWritesAnotherValue) {
  plan(kOld, kNew, kMap);
  break_steps(applier::StepKind::sync, "'shared'", "'other'");
  expect_found(Failure::Kind::value);
}

// Only there triggers list their columns.
class RehearsalOnSqlite : public Rehearsal {};
INSTANTIATE_TEST_SUITE_P(Servers, RehearsalOnSqlite, ::testing::Values("sqlite"),
                         [](const auto& info) { return info.param; });

TEST_P(RehearsalOnSqlite, FindsATriggerThatSleeps) {
  plan(kOld, kNew, kMap);
  break_steps(applier::StepKind::sync, "AFTER UPDATE OF visibility, is_public", "AFTER UPDATE OF size");
  expect_found(Failure::Kind::value);
}

TEST_P(Rehearsal, FollowsRowsThatAreLookedUp) {
  plan(kMembersOld, kMembersNew, kMembersMap);
  const Report report = rehearse_together(2);
  EXPECT_GT(report.tally.compared, 200);
}

TEST_P(Rehearsal, FindsALookupThatNobodyFollows) {
  plan(kMembersOld, kMembersNew, kMembersMap);
  drop_triggers_on("members");
  expect_found_together();
}

TEST_P(Rehearsal, FollowsColumnsThatMove) {
  plan(kSplitUsersOld, kSplitUsersNew, kSplitUsersMap);
  rehearse_together(2);
}

TEST_P(Rehearsal, FindsAMoveOfOneDirection) {
  plan(kSplitUsersOld, kSplitUsersNew, kSplitUsersMap);
  drop_triggers_on("profiles");
  expect_found_together();
}

TEST_P(Rehearsal, KnowsGeneratedRows) {
  plan(kProvidersOld, kProvidersNew, kProvidersMap);
  const Report report = rehearse_together(1);
  EXPECT_GT(report.tally.refused, 0);
}

TEST_P(RehearsalOnSqlite, FindsRowsThatAreNotGenerated) {
  plan(kProvidersOld, kProvidersNew, kProvidersMap);
  break_steps(applier::StepKind::sync, "rowid = NEW.rowid AND (", "rowid = NEW.rowid AND 0 AND (", "_insert_old");
  expect_found_together();
}

TEST_P(RehearsalOnSqlite, FindsKeysThatNobodyLooksUp) {
  plan(kProvidersOld, kProvidersNew, kProvidersMap);
  break_steps(applier::StepKind::sync, "RAISE(ABORT, 'FOREIGN KEY constraint failed')", "1");
  expect_found_together();
}

TEST_P(RehearsalOnSqlite, FindsBatchesThatGenerateAnotherRow) {
  plan(kProvidersOld, kProvidersNew, kProvidersMap);
  break_steps(applier::StepKind::backfill, "'domain'", "'other'");
  expect_found_together();
}

// Elsewhere the row is the work of a trigger of its own.
class RehearsalOnMariadb : public Rehearsal {};
INSTANTIATE_TEST_SUITE_P(Servers, RehearsalOnMariadb, ::testing::Values("mariadb"),
                         [](const auto& info) { return info.param; });

TEST_P(RehearsalOnMariadb, FindsGeneratedRowsWithoutTheirTrigger) {
  plan(kProvidersOld, kProvidersNew, kProvidersMap);
  break_steps(applier::StepKind::sync, "IF (NEW.`domain` IS NOT NULL)", "IF FALSE", "AFTER INSERT");
  expect_found_together();
}

// A key that is given has its row already.
TEST_P(RehearsalOnMariadb, FindsRowsForEveryInsert) {
  plan(kProvidersOld, kProvidersNew, kProvidersMap);
  break_steps(applier::StepKind::sync, "CAST(@`emcee_providers_domain_fresh` AS BINARY) <=>",
              "TRUE OR 1 =", "AFTER INSERT");
  expect_found_together();
}

TEST_P(Rehearsal, KnowsColumnsThatBecomeARow) {
  plan_held();
  const Report report = rehearse_together(1);
  EXPECT_GT(report.tally.refused, 0);
}

TEST_P(Rehearsal, FindsARowOfWhichNobodyTells) {
  plan_held();
  drop_triggers_on("addresses");
  expect_difference();
}

// A row that others share is written; a copy lacks what else a row holds; a key names no row; a row that waits loses
// what it says; batches make another row, and rows for nothing.
TEST_P(RehearsalOnSqlite, FindsRowsThatHoldAnotherValue) {
  using applier::StepKind;
  const std::tuple<StepKind, const char*, const char*> damages[] = {
      {StepKind::sync, "EXISTS (SELECT 1 FROM users AS emcee_o", "0 AND EXISTS (SELECT 1 FROM users AS emcee_o"},
      {StepKind::sync, "emcee_o.label", "'none'"},
      {StepKind::sync, "RAISE(ABORT, 'FOREIGN KEY constraint failed')", "1"},
      {StepKind::sync, "RAISE(ABORT, 'emcee: this row of users waits for migrate, and keeps its street')", "1"},
      {StepKind::backfill, "SELECT users.address_id, users.street", "SELECT users.address_id, 'x'"},
      {StepKind::sync, "NOT (users.street IS NULL)", "1"},
  };
  for (const auto& [kind, from, to] : damages) {
    SCOPED_TRACE(from);
    plan_held();
    break_steps(kind, from, to);
    expect_difference();
  }
}

TEST_P(RehearsalOnMariadb, FindsARowThatIsNotWritten) {
  plan_held();
  break_steps(applier::StepKind::sync, "SET `street` = NEW.`street`", "SET `street` = `street`", "AFTER UPDATE");
  expect_difference();
}

TEST_P(RehearsalOnSqlite, FindsALookupThatIsTakenForAnother) {
  plan(kMembersOld, kMembersNew, kMembersMap);
  break_steps(applier::StepKind::sync, "m.deleted = 0", "m.deleted = 1");
  expect_found_together();
}

TEST_P(RehearsalOnSqlite, FindsAMoveThatTakesTheWrongSide) {
  plan(kSplitUsersOld, kSplitUsersNew, kSplitUsersMap);
  break_steps(applier::StepKind::sync, "SET bio = emcee_p.about, photo = emcee_p.photo",
              "SET bio = users.bio, photo = emcee_p.photo");
  expect_found_together();
}

TEST_P(Rehearsal, FindsABackfillThatDiffersFromTheTriggers) {
  plan(kOld, kNew, kMap);
  break_steps(applier::StepKind::backfill, "'shared'", "'other'");
  expect_found(Failure::Kind::value);
}

TEST_P(Rehearsal, RunsPlansThatHaveNothingToWrite) {
  plan("CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY);\n",
       "CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY);\nCREATE TABLE b (id INTEGER NOT NULL PRIMARY KEY);\n",
       "name = \"next\"\n");
  const Report report = rehearse(2);
  EXPECT_FALSE(report.failure) << text(report);
  EXPECT_EQ(report.tally.finished, 2);
}

}  // namespace
}  // namespace emcee::testing
