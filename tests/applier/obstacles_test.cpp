// What goes wrong on a server in the middle of an upgrade, and goes on once it is put right: rights that are taken
// away, an account that is closed, no room. The same on SQLite: failure_test.cpp.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "mysql_fixture.h"
#include "postgres_fixture.h"

namespace emcee::applier {
namespace {

using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

template <class Refused>
void expect_failure(const Refused& result, ErrorCode code, const std::string& words) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, code) << schema::to_text(result.error());
  EXPECT_NE(schema::to_text(result.error()).find(words), std::string::npos) << schema::to_text(result.error());
}

Options rows_of_one_batch() {
  Options options;
  options.batch = 10;
  options.max_rows = 10;
  return options;
}

class MysqlObstacles : public ::testing::TestWithParam<MysqlFlavour> {
 protected:
  void SetUp() override {
    EMCEE_NEEDS_MYSQL(GetParam());
    server_ = &MysqlServer::shared(GetParam(), false);
    root_url_ = create_mysql_images(*server_, 50);
    const std::size_t path = root_url_.rfind('/', root_url_.find('?')) + 1;
    database_ = root_url_.substr(path, root_url_.find('?') - path);
    run("DROP USER IF EXISTS o@localhost; CREATE USER o@localhost; GRANT ALL ON " + database_ + ".* TO o@localhost");
  }
  void TearDown() override {
    if (server_) run("DROP USER IF EXISTS o@localhost");
  }
  void run(const std::string& text) { mysql_client(*server_, root_url_).run(text); }
  auto open() { return open_mysql(server_->url(database_, "o"), {.lock_timeout = std::chrono::seconds(1)}); }
  std::string dump() { return mysql_dump(*server_, root_url_); }

  MysqlServer* server_ = nullptr;
  std::string root_url_, database_;
  Release release_ = release_of(mysql_image_plan(GetParam()));
};
INSTANTIATE_TEST_SUITE_P(Mysql, MysqlObstacles, ::testing::ValuesIn(servers::kMysqlFlavours),
                         ::testing::PrintToStringParamName());

TEST_P(MysqlObstacles, RightsThatAreTakenAway) {
  {
    const auto connection = open();
    ASSERT_OK(connection);
    ASSERT_OK(expand(**connection, release_, {}));
    ASSERT_OK(migrate(**connection, release_, rows_of_one_batch()));
  }
  run("REVOKE UPDATE ON " + database_ + ".* FROM o@localhost");
  const std::string before = dump();
  {
    const auto connection = open();
    ASSERT_OK(connection);
    expect_failure(migrate(**connection, release_, {}), ErrorCode::grant_privilege, "emcee doctor");
  }
  EXPECT_EQ(dump(), before);
  run("GRANT UPDATE ON " + database_ + ".* TO o@localhost; REVOKE ALTER ON " + database_ + ".* FROM o@localhost");
  {
    const auto connection = open();
    ASSERT_OK(connection);
    ASSERT_OK(migrate(**connection, release_, {}));
    const std::string migrated = dump();
    expect_failure(contract(**connection, release_, {}), ErrorCode::grant_privilege, "emcee doctor");
    EXPECT_EQ(dump(), migrated);
  }
  run("GRANT ALTER ON " + database_ + ".* TO o@localhost");
  const auto connection = open();
  ASSERT_OK(connection);
  ASSERT_OK(contract(**connection, release_, {}));
  EXPECT_EQ(dump(), expected_mysql_images(*server_, 50));
}

TEST_P(MysqlObstacles, APasswordThatExpires) {
  {
    const auto connection = open();
    ASSERT_OK(connection);
    ASSERT_OK(expand(**connection, release_, {}));
  }
  run("ALTER USER o@localhost PASSWORD EXPIRE");
  const std::string before = dump();
  const auto closed = open();
  if (closed)
    expect_failure(migrate(**closed, release_, {}), ErrorCode::grant_privilege, "password has expired");
  else
    expect_failure(closed, ErrorCode::grant_privilege, "password has expired");
  EXPECT_EQ(dump(), before);
  run("ALTER USER o@localhost IDENTIFIED BY ''");
  const auto connection = open();
  ASSERT_OK(connection);
  ASSERT_OK(migrate(**connection, release_, {}));
  ASSERT_OK(contract(**connection, release_, {}));
  EXPECT_EQ(dump(), expected_mysql_images(*server_, 50));
}

// All tables are in one file that may not grow, as on a disk that is full.
TEST_P(MysqlObstacles, NoRoom) {
  constexpr int kRows = 20'000;
  MysqlServer server(
      GetParam(), {false, {"--innodb-file-per-table=OFF", "--innodb-data-file-path=ibdata1:12M:autoextend:max:40M"}});
  const std::string url = create_mysql_images(server, kRows);
  MysqlClient client = mysql_client(server, url);
  const auto opened = open_mysql(url, {.lock_timeout = std::chrono::seconds(1)});
  ASSERT_OK(opened);
  ASSERT_OK(expand(**opened, release_, {}));
  client.run("CREATE TABLE filler (id BIGINT AUTO_INCREMENT PRIMARY KEY, text LONGTEXT)");
  unsigned error = 0;
  while (error == 0) error = client.try_sql("INSERT INTO filler (text) VALUES (REPEAT('x', 15000))");
  ASSERT_EQ(error, 1114U) << client.message();

  Options options;
  options.batch = 1000;
  auto full = migrate(**opened, release_, options);
  if (full) full = contract(**opened, release_, options);
  expect_failure(full, ErrorCode::look_at_server, "make room on the server");
  EXPECT_EQ(client.value("SELECT count(*) FROM images WHERE is_public <> (visibility = 'public')"), "0");
  client.run("DROP TABLE filler");
  // MariaDB gives the pages back in the background.
  auto migrated = migrate(**opened, release_, options);
  for (int i = 0; !migrated && i < 100; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    migrated = migrate(**opened, release_, options);
  }
  ASSERT_OK(migrated);
  ASSERT_OK(contract(**opened, release_, options));
  EXPECT_EQ(mysql_dump(server, url), expected_mysql_images(server, kRows));
}

// The owner of the tables, who is no superuser.
class PostgresObstacles : public ::testing::Test {
 protected:
  void SetUp() override {
    sql("DROP ROLE IF EXISTS app");
    sql("CREATE ROLE app LOGIN");
    sql("GRANT CREATE ON DATABASE " + database_.name() + " TO app; GRANT CREATE, USAGE ON SCHEMA public TO app");
    create_postgres_images(url_, 50);
  }
  void TearDown() override { sql("REASSIGN OWNED BY app TO postgres; DROP OWNED BY app; DROP ROLE app"); }
  void sql(const std::string& text) { run_postgres(database_.url(), text); }
  std::string dump() { return postgres_dump(database_.url()); }
  // Schema and rows are those of the new release, the owner aside.
  void expect_new_release() {
    sql("REASSIGN OWNED BY app TO postgres; DROP OWNED BY app");
    EXPECT_EQ(dump(), expected_postgres_images(50));
  }

  PostgresDatabase database_;
  const std::string url_ = database_.url("app");
  Release release_ = release_of(postgres_image_plan());
};

TEST_F(PostgresObstacles, RightsThatAreTakenAway) {
  const auto connection = open_test_database(url_);
  ASSERT_OK(expand(*connection, release_, {}));
  ASSERT_OK(migrate(*connection, release_, rows_of_one_batch()));
  sql("REVOKE UPDATE ON images FROM app");
  const std::string before = dump();
  expect_failure(migrate(*connection, release_, {}), ErrorCode::grant_privilege, "permission denied for table images");
  EXPECT_EQ(dump(), before);
  sql("GRANT UPDATE ON images TO app; ALTER TABLE images OWNER TO postgres; GRANT ALL ON images TO app");
  ASSERT_OK(migrate(*connection, release_, {}));
  const std::string migrated = dump();
  expect_failure(contract(*connection, release_, {}), ErrorCode::grant_privilege, "must be owner of");
  EXPECT_EQ(dump(), migrated) << "a step is a transaction";
  sql("ALTER TABLE images OWNER TO app");
  ASSERT_OK(contract(*connection, release_, {}));
  expect_new_release();
}

TEST_F(PostgresObstacles, AnAccountThatIsClosed) {
  ASSERT_OK(expand(*open_test_database(url_), release_, {}));
  sql("ALTER ROLE app NOLOGIN");
  const std::string before = dump();
  expect_failure(open_postgres(url_), ErrorCode::grant_privilege, "not permitted to log in");
  EXPECT_EQ(dump(), before);
  sql("ALTER ROLE app LOGIN");
  const auto connection = open_test_database(url_);
  ASSERT_OK(migrate(*connection, release_, {}));
  ASSERT_OK(contract(*connection, release_, {}));
  expect_new_release();
}

}  // namespace
}  // namespace emcee::applier
