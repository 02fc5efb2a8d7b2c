// What a foreign key writes by itself fires no trigger: a renamed column gets the same key at expand.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "applier/applier.h"
#include "applier/mysql_connection.h"
#include "tests/mysql/release_files.h"

namespace emcee::mysql {
namespace {

using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

constexpr char kTables[] =
    "CREATE TABLE users (id int PRIMARY KEY);"
    "CREATE TABLE logins (id int PRIMARY KEY, {0} int, {1} FOREIGN KEY ({0}) REFERENCES users (id) ON DELETE SET NULL "
    "ON UPDATE CASCADE);";

class Cascades : public ::testing::TestWithParam<std::tuple<MysqlFlavour, const char*>> {};
// Without a name the server gives both the same.
INSTANTIATE_TEST_SUITE_P(Mysql, Cascades,
                         ::testing::Combine(::testing::ValuesIn(servers::kMysqlFlavours),
                                            ::testing::Values("", "CONSTRAINT of_{}")),
                         [](const auto& info) {
                           return fmt::format("{}_{}", to_string(std::get<0>(info.param)),
                                              *std::get<1>(info.param) ? "named" : "unnamed");
                         });

TEST_P(Cascades, ReachBothNamesOfAColumn) {
  const auto [flavour, naming] = GetParam();
  EMCEE_NEEDS_MYSQL(flavour);
  const auto tables = [&, name = naming](const char* column) {
    return fmt::format(kTables, column, fmt::format(fmt::runtime(name), column));
  };
  auto& server = MysqlServer::shared(flavour);
  const std::string database = server.fresh_database();
  MysqlClient client(server.root(database));
  client.run(tables("owner") + "INSERT INTO users VALUES (1), (2), (3); INSERT INTO logins VALUES (1, 1), (2, 2)");
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("emcee-cascade-{}", long{getpid()});
  write_release(flavour, tables("owner"), tables("holder"),
                "name = \"next\"\n[[rename]]\ntable = \"logins\"\nfrom = \"owner\"\nto = \"holder\"\n", folder);
  const auto release = applier::read_release(folder);
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(release) << schema::to_text(release.error());
  const auto connection = applier::open_mysql(server.url(database), {});
  ASSERT_TRUE(connection) << schema::to_text(connection.error());
  const auto rows = [&](const char* columns) {
    return client.value(fmt::format("SELECT GROUP_CONCAT(CONCAT_WS(':', {}) ORDER BY id) FROM logins", columns));
  };

  const auto expanded = applier::expand(**connection, *release, {});
  ASSERT_TRUE(expanded) << schema::to_text(expanded.error());
  client.run("INSERT INTO logins (id, owner) VALUES (3, 3); INSERT INTO logins (id, holder) VALUES (4, 1)");
  client.run("DELETE FROM users WHERE id = 3; UPDATE users SET id = 7 WHERE id = 1");
  const char* both = "id, IFNULL(owner, '-'), IFNULL(holder, '-')";
  EXPECT_EQ(rows(both), "1:7:-,2:2:-,3:-:-,4:7:7");
  const auto migrated = applier::migrate(**connection, *release, {});
  ASSERT_TRUE(migrated) << schema::to_text(migrated.error());
  EXPECT_EQ(rows(both), "1:7:7,2:2:2,3:-:-,4:7:7");
  client.run("DELETE FROM users WHERE id = 2");
  EXPECT_EQ(rows(both), "1:7:7,2:-:-,3:-:-,4:7:7");
  const auto contracted = applier::contract(**connection, *release, {});
  ASSERT_TRUE(contracted) << schema::to_text(contracted.error());
  client.run("DELETE FROM users WHERE id = 7");
  EXPECT_EQ(rows("id, IFNULL(holder, '-')"), "1:-,2:-,3:-,4:-");
}

}  // namespace
}  // namespace emcee::mysql
