// A table without transactions on a server whose replicas follow GTIDs: MySQL refuses (1785) to change
// it together with anything else, so neither a script nor a batch does.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "applier/applier.h"
#include "applier/mysql_connection.h"
#include "servers/mysql_server.h"
#include "tests/mysql/release_files.h"

namespace emcee::mysql {
namespace {

namespace fs = std::filesystem;
using servers::kMysqlFlavours;
using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

constexpr char kOld[] =
    "CREATE TABLE notes (id int PRIMARY KEY, title varchar(20) NOT NULL) ENGINE=MyISAM;"
    "CREATE TABLE books (id int PRIMARY KEY, title varchar(20) NOT NULL) ENGINE=InnoDB;";
constexpr char kNew[] =
    "CREATE TABLE notes (id int PRIMARY KEY, heading varchar(20) NOT NULL) ENGINE=MyISAM;"
    "CREATE TABLE books (id int PRIMARY KEY, heading varchar(20) NOT NULL) ENGINE=InnoDB;";
constexpr char kMap[] =
    "name = \"next\"\n[[rename]]\ntable = \"notes\"\nfrom = \"title\"\nto = \"heading\"\n"
    "[[rename]]\ntable = \"books\"\nfrom = \"title\"\nto = \"heading\"\n";

class Gtid : public ::testing::TestWithParam<MysqlFlavour> {
 protected:
  void SetUp() override {
    EMCEE_NEEDS_MYSQL(GetParam());
    MysqlServer::Options options;
    if (GetParam() == MysqlFlavour::mysql) options.arguments = {"--gtid-mode=ON", "--enforce-gtid-consistency=ON"};
    server_ = std::make_unique<MysqlServer>(GetParam(), options);
    database_ = server_->fresh_database();
    client_ = std::make_unique<MysqlClient>(server_->root(database_));
    client_->run(std::string(kOld) +
                 "INSERT INTO notes VALUES (1, 'a'), (2, 'b'); INSERT INTO books VALUES (1, 'a'), (2, 'b')");
    folder_ = fs::temp_directory_path() / fmt::format("emcee-gtid-{}", static_cast<long>(getpid()));
    write_release(GetParam(), kOld, kNew, kMap, folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write_as_old() {
    client_->run("INSERT INTO notes (id, title) VALUES (3, 'c'); INSERT INTO books (id, title) VALUES (3, 'c')");
  }
  void expect_headings() {
    for (const char* table : {"notes", "books"})
      EXPECT_EQ(client_->value(fmt::format("SELECT GROUP_CONCAT(heading ORDER BY id) FROM {}", table)), "a,b,c");
  }

  std::unique_ptr<MysqlServer> server_;
  std::unique_ptr<MysqlClient> client_;
  std::string database_;
  fs::path folder_;
};
INSTANTIATE_TEST_SUITE_P(Mysql, Gtid, ::testing::ValuesIn(kMysqlFlavours), ::testing::PrintToStringParamName());

TEST_P(Gtid, TheServersClientRunsTheScripts) {
  const auto release = applier::read_release(folder_);
  ASSERT_TRUE(release) << schema::to_text(release.error());
  bool migrates = false;
  for (const auto& script : release->scripts) {
    if (!migrates && script.name.find("migrate") != std::string::npos) write_as_old();
    migrates = script.name.find("migrate") != std::string::npos;
    const std::string log = (folder_ / "log").string();
    const std::string command = fmt::format("{} --no-defaults --socket='{}' --user=root '{}' < '{}' > '{}' 2>&1",
                                            servers::mysql_program(GetParam(), "mysql"), server_->socket(), database_,
                                            (folder_ / (script.name + ".sql")).string(), log);
    ASSERT_EQ(std::system(command.c_str()), 0) << script.name << ": " << std::ifstream(log).rdbuf();
  }
  expect_headings();
}

TEST_P(Gtid, TheApplierRunsThePhases) {
  const auto connection = applier::open_mysql(server_->url(database_), {});
  ASSERT_TRUE(connection) << schema::to_text(connection.error());
  const auto release = applier::read_release(folder_);
  ASSERT_TRUE(release) << schema::to_text(release.error());
  const auto worked = [](const auto& outcome) {
    EXPECT_TRUE(outcome) << schema::to_text(outcome.error());
    return outcome.has_value();
  };
  ASSERT_TRUE(worked(applier::expand(**connection, *release, {})));
  write_as_old();
  ASSERT_TRUE(worked(applier::migrate(**connection, *release, {})));
  ASSERT_TRUE(worked(applier::contract(**connection, *release, {})));
  expect_headings();
}

}  // namespace
}  // namespace emcee::mysql
