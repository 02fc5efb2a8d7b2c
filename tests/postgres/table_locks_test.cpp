// A step that locks two tables beside a session that has one and comes for the other.
#include "dialects/postgres/table_locks.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "tests/postgres/session.h"
#include "tests/servers/postgres_server.h"

namespace emcee::postgres_test {
namespace {

class TableLocks : public ::testing::Test {
 protected:
  TableLocks() { step_.must("CREATE TABLE a (x integer); CREATE TABLE b (x integer); SET lock_timeout = '5s'"); }
  // In the background; the error, empty where it has both.
  std::future<std::string> lock_both() {
    return std::async(std::launch::async, [this] {
      step_.must("BEGIN");
      return step_.run(postgres::lock_together({"a", "b"}, "ACCESS EXCLUSIVE")).sqlstate;
    });
  }
  // Until the statement is under way.
  void wait_for_step() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < end)
      if (watcher_.value(
              "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' "
              "AND query LIKE 'DO %'") != "0")
        return;
    ADD_FAILURE() << "the step does not begin";
  }

  servers::PostgresDatabase database_;
  Session step_{database_.url()}, writer_{database_.url()}, watcher_{database_.url()};
};

TEST_F(TableLocks, LetThroughWhoHasOneOfThem) {
  for (const auto& [one, other] : {std::pair("a", "b"), std::pair("b", "a")}) {
    writer_.must("BEGIN; SET LOCAL deadlock_timeout = '100ms'; INSERT INTO " + std::string(one) + " VALUES (1)");
    auto locked = lock_both();
    wait_for_step();
    EXPECT_EQ(writer_.run("INSERT INTO " + std::string(other) + " VALUES (1)").sqlstate, "") << one;
    writer_.must("COMMIT");
    EXPECT_EQ(locked.get(), "") << one;
    writer_.must("SET lock_timeout = '50ms'");
    EXPECT_EQ(writer_.run("SELECT FROM a").sqlstate, "55P03") << "it has them";
    EXPECT_EQ(writer_.run("SELECT FROM b").sqlstate, "55P03") << "it has them";
    EXPECT_EQ(step_.value("SHOW lock_timeout"), "5s");
    step_.must("COMMIT");
    writer_.must("RESET lock_timeout");
  }
}

// The applier then lets the others through, and says who is in the way.
TEST_F(TableLocks, GiveUpWhereATableIsHeldForLong) {
  step_.must("SET lock_timeout = '100ms'");
  writer_.must("BEGIN; INSERT INTO b VALUES (1)");
  EXPECT_EQ(lock_both().get(), "55P03");
}

}  // namespace
}  // namespace emcee::postgres_test
