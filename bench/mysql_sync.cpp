// MariaDB and MySQL: what a write of the application costs while sync is on, and what the backfill
// costs. Every server is one of its own, on a disk in memory; every round starts from a copy of the same
// rows. Ratios count. pt-online-schema-change runs beside it where percona-toolkit is installed.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>

#include "applier/applier.h"
#include "applier/mysql_connection.h"
#include "bench/planned_release.h"
#include "tests/servers/mysql_server.h"

namespace emcee {
namespace {

using bench::must;
using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

constexpr char kOld[] = "CREATE TABLE t (id int PRIMARY KEY, a varchar(40), other int) CHARACTER SET utf8mb4";
constexpr char kNew[] = "CREATE TABLE t (id int PRIMARY KEY, b varchar(40), other int) CHARACTER SET utf8mb4";
constexpr char kMap[] =
    "name = \"next\"\n[[map]]\ntable = \"t\"\nold = [\"a\"]\nnew = [\"b\"]\nup.b = \"upper(a)\"\ndown.a = "
    "\"lower(b)\"\n";

// What somebody who knows the servers well writes for this one group, with the same meaning: byte for
// byte, pending rows, both given, and a REPLACE of the old release that keeps what the new one wrote, also
// where it writes while the REPLACE waits.
constexpr const char* kByHand[] = {
    R"(CREATE TRIGGER hand_insert BEFORE INSERT ON t FOR EACH ROW BEGIN
  DECLARE was_a, was_b varchar(40) DEFAULT NULL;
  DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
  IF NEW.b IS NOT NULL THEN
    IF NEW.a IS NULL THEN SET NEW.a = lower(NEW.b);
    ELSEIF NOT (BINARY NEW.b <=> BINARY upper(NEW.a) OR BINARY NEW.a <=> BINARY lower(NEW.b)) THEN
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a and b do not agree';
    END IF;
  ELSE
    SELECT a, b INTO was_a, was_b FROM t WHERE id = NEW.id;
    SET @hand_at = @@timestamp, @hand_id = NEW.id, @hand_b = was_b;
    SET NEW.b = IF(was_b IS NOT NULL AND (BINARY was_b <=> BINARY upper(NEW.a) OR BINARY NEW.a <=> BINARY lower(was_b)), was_b, upper(NEW.a));
  END IF;
END)",
    R"(CREATE TRIGGER hand_delete BEFORE DELETE ON t FOR EACH ROW BEGIN
  IF @hand_at <=> @@timestamp AND @hand_id <=> OLD.id AND NOT (BINARY @hand_b <=> BINARY OLD.b) THEN
    SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'the row was written meanwhile';
  END IF;
END)",
    R"(CREATE TRIGGER hand_update BEFORE UPDATE ON t FOR EACH ROW BEGIN
  IF NOT (BINARY NEW.b <=> BINARY OLD.b) THEN
    IF NOT (BINARY NEW.b <=> BINARY upper(NEW.a) OR (NEW.b IS NOT NULL AND BINARY NEW.a <=> BINARY lower(NEW.b))) THEN
      IF NOT (BINARY NEW.a <=> BINARY OLD.a) THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a and b do not agree'; END IF;
      SET NEW.a = lower(NEW.b);
    END IF;
  ELSEIF NOT (BINARY NEW.a <=> BINARY OLD.a) THEN
    IF NOT (BINARY NEW.b <=> BINARY upper(NEW.a) OR (NEW.b IS NOT NULL AND BINARY NEW.a <=> BINARY lower(NEW.b))) THEN
      SET NEW.b = upper(NEW.a);
    END IF;
  END IF;
END)"};

enum class Triggers { none, by_hand, pt_osc, emcee };

applier::Release make_release(MysqlFlavour flavour) {
  return bench::planned_release(std::string(to_string(flavour)), kOld, kNew, kMap);
}

MysqlServer& server(MysqlFlavour flavour) {
  static std::map<MysqlFlavour, std::unique_ptr<MysqlServer>> servers;
  auto& one = servers[flavour];
  if (!one) {
    const char* log =
        flavour == MysqlFlavour::mariadb ? "--innodb-log-file-size=512M" : "--innodb-redo-log-capacity=1G";
    one = std::make_unique<MysqlServer>(
        flavour, MysqlServer::Options{true, {"--innodb-buffer-pool-size=512M", "--binlog-format=ROW", log}});
  }
  return *one;
}

// Of all threads of the server: what other programs of the machine take is not in it.
// https://man7.org/linux/man-pages/man5/proc.5.html: utime and stime are fields 14 and 15.
double cpu_seconds(MysqlClient& client) {
  static std::map<std::string, std::string> pids;
  std::string& pid = pids[client.value("SELECT @@pid_file")];
  if (pid.empty()) std::ifstream(client.value("SELECT @@pid_file")) >> pid;
  std::ifstream stat("/proc/" + pid + "/stat");
  std::string field;
  long ticks = 0;
  for (int i = 1; i <= 15 && stat >> field; ++i)
    if (i >= 14) ticks += std::atol(field.c_str());
  return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

class Database {
 public:
  Database(MysqlFlavour flavour, std::int64_t rows)
      : flavour_(flavour), name_(server(flavour).fresh_database()), client_(server(flavour).root(name_)) {
    client_.run(kOld);
    client_.run("INSERT INTO t VALUES (1, 'value1', 1)");
    for (std::int64_t made = 1; made < rows; made *= 2)
      client_.run(fmt::format("INSERT INTO t SELECT id + {0}, CONCAT('value', id + {0}), id + {0} FROM t LIMIT {1}",
                              made, std::min(made, rows - made)));
  }
  ~Database() { client_.try_sql("DROP DATABASE " + name_); }

  MysqlClient& client() { return client_; }
  const std::string& name() const { return name_; }
  std::unique_ptr<applier::Connection> connect() { return must(applier::open_mysql(server(flavour_).url(name_), {})); }

  void add(Triggers triggers) {
    if (triggers == Triggers::emcee) {
      const auto connection = connect();
      must(applier::expand(*connection, make_release(flavour_), {}));
      return;
    }
    client_.run("ALTER TABLE t ADD COLUMN b varchar(40)");
    if (triggers == Triggers::by_hand)
      for (const char* trigger : kByHand) client_.run(trigger);
    if (triggers == Triggers::pt_osc) {
      client_.run("CREATE TABLE _t_new LIKE t");
      client_.run("INSERT INTO _t_new SELECT * FROM t");
      client_.run(
          "CREATE TRIGGER pt_ins AFTER INSERT ON t FOR EACH ROW REPLACE INTO _t_new (id, a, other, b) VALUES "
          "(NEW.id, NEW.a, NEW.other, NEW.b)");
      client_.run(
          "CREATE TRIGGER pt_upd AFTER UPDATE ON t FOR EACH ROW BEGIN DELETE IGNORE FROM _t_new WHERE NOT "
          "(OLD.id <=> NEW.id) AND _t_new.id <=> OLD.id; REPLACE INTO _t_new (id, a, other, b) VALUES (NEW.id, "
          "NEW.a, NEW.other, NEW.b); END");
    }
  }
  void analyze() { client_.query("ANALYZE TABLE t"); }

 private:
  MysqlFlavour flavour_;
  std::string name_;
  MysqlClient client_;
};

// Times the body, and the server's share of the processor in it.
template <class Body>
void measured(benchmark::State& state, Database& database, const Body& body) {
  const double before = cpu_seconds(database.client());
  state.ResumeTiming();
  body();
  state.PauseTiming();
  state.counters["server_cpu"] += cpu_seconds(database.client()) - before;
}

void write(benchmark::State& state, MysqlFlavour flavour, Triggers triggers, const std::string& statement) {
  constexpr std::int64_t kRows = 50'000;
  Database database(flavour, kRows);
  database.add(triggers);
  database.client().run("UPDATE t SET b = upper(a) WHERE b IS NULL");
  database.analyze();
  for (auto _ : state) {
    state.PauseTiming();
    database.client().run("START TRANSACTION");
    measured(state, database, [&] { database.client().run(statement); });
    database.client().run("ROLLBACK");
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}

void one_update(benchmark::State& state, MysqlFlavour flavour, Triggers triggers) {
  for (auto _ : state) {
    state.PauseTiming();
    Database database(flavour, state.range(0));
    database.add(triggers);
    database.analyze();
    measured(state, database, [&] { database.client().run("UPDATE t SET b = upper(a)"); });
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void batches(benchmark::State& state, MysqlFlavour flavour) {
  const applier::Release release = make_release(flavour);
  applier::Options options;
  if (state.range(1) > 0) options.batch = state.range(1);
  for (auto _ : state) {
    state.PauseTiming();
    Database database(flavour, state.range(0));
    database.add(Triggers::emcee);
    database.analyze();
    const auto connection = database.connect();
    measured(state, database, [&] { must(applier::migrate(*connection, release, options)); });
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void pt_online_schema_change(benchmark::State& state, MysqlFlavour flavour) {
  if (std::system("command -v pt-online-schema-change > /dev/null") != 0)
    return state.SkipWithError("percona-toolkit is not installed");
  for (auto _ : state) {
    state.PauseTiming();
    Database database(flavour, state.range(0));
    database.analyze();
    const std::string command = fmt::format(
        "pt-online-schema-change --execute --alter 'ADD COLUMN b varchar(40), ENGINE=InnoDB' "
        "--max-load Threads_running=200 --critical-load Threads_running=400 "
        "'F=/dev/null,S={},u=root,D={},t=t' > /dev/null 2>&1",
        server(flavour).socket(), database.name());
    int code = 0;
    measured(state, database, [&] { code = std::system(command.c_str()); });
    state.ResumeTiming();
    if (code != 0) return state.SkipWithError("it failed on this server");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

constexpr std::int64_t kMillion = 1'000'000;

void register_flavour(MysqlFlavour flavour) {
  const auto add = [&](const std::string& name, auto function, auto... arguments) {
    return benchmark::RegisterBenchmark(fmt::format("{}/{}", to_string(flavour), name).c_str(),
                                        [=](benchmark::State& state) { function(state, flavour, arguments...); })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  };
  const std::pair<const char*, std::string> statements[] = {
      {"old_column", "UPDATE t SET a = CONCAT(a, 'x')"},
      {"new_column", "UPDATE t SET b = CONCAT(b, 'X')"},
      {"other_column", "UPDATE t SET other = other + 1"},
      {"insert", "INSERT INTO t (id, a) SELECT id + 50000, a FROM t"},
      {"replace", "REPLACE INTO t (id, a) SELECT id, CONCAT(a, 'x') FROM (SELECT id, a FROM t) AS s"}};
  const std::pair<const char*, Triggers> contenders[] = {{"none", Triggers::none},
                                                         {"by_hand", Triggers::by_hand},
                                                         {"pt_osc", Triggers::pt_osc},
                                                         {"emcee", Triggers::emcee}};
  for (const auto& [what, sql] : statements)
    for (const auto& [who, triggers] : contenders) add(fmt::format("write/{}/{}", what, who), write, triggers, sql);
  for (const std::int64_t rows : {std::int64_t{10'000}, std::int64_t{100'000}, kMillion}) {
    add("backfill/one_update", one_update, Triggers::none)->Arg(rows);
    add("backfill/one_update_under_triggers", one_update, Triggers::emcee)->Arg(rows);
    add("backfill/batches", batches)->Args({rows, 0});
    add("backfill/pt_online_schema_change", pt_online_schema_change)->Arg(rows);
  }
  for (const std::int64_t size : {1000, 10'000}) add("backfill/batches", batches)->Args({kMillion, size});
}

[[maybe_unused]] const bool kRegistered = [] {
  for (const MysqlFlavour flavour : servers::kMysqlFlavours)
    if (!MysqlServer::missing(flavour)) register_flavour(flavour);
  return true;
}();

}  // namespace
}  // namespace emcee
