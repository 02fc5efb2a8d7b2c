// Every kind of mapping on every server: what a write costs while sync is on, against the same write before expand
// (of the old release) or after contract (of the new one). Schemas and maps of the cookbook are its pages' own.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <sstream>

#include "applier/applier.h"
#include "bench/planned_release.h"
#include "cli/connect.h"
#include "tests/servers/mysql_client.h"
#include "tests/servers/mysql_server.h"
#include "tests/servers/postgres_server.h"
#include "tests/support/docs_page.h"

namespace emcee {
namespace {

namespace fs = std::filesystem;
using bench::must;
using servers::MysqlFlavour;
using servers::MysqlServer;

constexpr int kRows = 20'000;

// `{n}` stands for a number from 1 to kRows, `{id}` for an id that is free; nothing where the mapping has no such
// write.
struct Kind {
  const char* name;
  const char* page;  // of the cookbook; empty: the following three
  std::string before, after, map;
  const char* rows;  // columns and values of the first rows, as the old release inserts them
  const char* old_insert;
  const char* new_insert;
  const char* old_update;
  const char* new_update;
  const char* new_key = "id";  // of the table that new_update names
};

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kKinds = {
      {"rename", "", "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL);",
       "CREATE TABLE users (id INTEGER PRIMARY KEY, full_name VARCHAR(40) NOT NULL);",
       "[[rename]]\ntable = \"users\"\nfrom = \"name\"\nto = \"full_name\"\n", "users (id, name) SELECT {n}, 'Ada'",
       "users (id, name) SELECT {id}, 'Ada'", "users (id, full_name) SELECT {id}, 'Ada'", "users SET name = 'Grace'",
       "users SET full_name = 'Grace'"},
      {"flag to words",
       "flag_to_words",
       {},
       {},
       {},
       "images (id, is_public) SELECT {n}, 0",
       "images (id, is_public) SELECT {id}, 1",
       "images (id, visibility) SELECT {id}, 'private'",
       "images SET is_public = 1",
       "images SET visibility = 'community'"},
      {"one text to three columns",
       "one_text_to_three_columns",
       {},
       {},
       {},
       "forwardings (id, socket) SELECT {n}, '10.0.0.1:80'",
       "forwardings (id, socket) SELECT {id}, '10.0.0.1:81'",
       "forwardings (id, address, port_start, port_end) SELECT {id}, '10.0.0.1', 82, 82",
       "forwardings SET socket = '10.0.0.2:83'",
       "forwardings SET address = '10.0.0.3'"},
      {"part of the values",
       "part_of_the_values",
       {},
       {},
       {},
       "passwords (id, password) SELECT {n}, 'abc'",
       "passwords (id, password) SELECT {id}, 'abd'",
       "passwords (id, password_hash) SELECT {id}, 'abe'",
       "passwords SET password = 'abf'",
       "passwords SET password_hash = 'longer than that'"},
      {"JSON key to column",
       "json_key_to_column",
       {},
       {},
       {},
       "accounts (id, extra) SELECT {n}, '{\"email\": \"a@example.org\", \"n\": 1}'",
       "accounts (id, extra) SELECT {id}, '{\"email\": \"b@example.org\", \"n\": 1}'",
       "accounts (id, email, properties) SELECT {id}, 'c@example.org', '{\"n\": 1}'",
       "accounts SET extra = '{\"email\": \"d@example.org\", \"n\": 2}'",
       "accounts SET email = 'e@example.org'"},
      {"text inside of a document",
       "text_inside_a_document",
       {},
       {},
       {},
       "endpoints (id, document) SELECT {n}, 'http://one'",
       "endpoints (id, document) SELECT {id}, 'http://two'",
       "endpoints (id, content) SELECT {id}, 'https://two'",
       "endpoints SET document = 'http://three'",
       "endpoints SET content = 'https://four'"},
      {"time to number",
       "time_to_number",
       {},
       {},
       {},
       "events (id, happened) SELECT {n}, '2024-02-29 12:00:00.250000'",
       "events (id, happened) SELECT {id}, '2024-02-29 12:00:01.250000'",
       "events (id, happened_us) SELECT {id}, 1709208000000001",
       "events SET happened = '2024-03-01 12:00:00.000000'",
       "events SET happened_us = 1709208000000002"},
      {"fill", "", "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL);",
       "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, short_name VARCHAR(40) NOT NULL);",
       "[[fill]]\ntable = \"users\"\ncolumn = \"short_name\"\nvalue = \"lower(name)\"\n",
       "users (id, name) SELECT {n}, 'Ada'", "users (id, name) SELECT {id}, 'Ada'",
       "users (id, name, short_name) SELECT {id}, 'Ada', 'a'", "users SET name = 'Grace'",
       "users SET short_name = 'g'"},
      {"lookup", "",
       "CREATE TABLE teams (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL);\nCREATE TABLE users (id INTEGER "
       "PRIMARY "
       "KEY, team_id INTEGER NOT NULL REFERENCES teams (id));",
       "CREATE TABLE teams (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL);\nCREATE TABLE users (id INTEGER "
       "PRIMARY "
       "KEY, team_id INTEGER NOT NULL REFERENCES teams (id), team VARCHAR(40) NOT NULL);",
       "[[accept]]\nhazard = \"lookup_without_foreign_key\"\nreason = \"the bench has one writer\"\n[[fill]]\ntable = "
       "\"users\"\ncolumn = \"team\"\nvalue = \"(SELECT t.name FROM teams AS t WHERE t.id = users.team_id)\"\nlookup = "
       "[{ table = \"teams\", key = { id = \"team_id\" } }]\n",
       "teams (id, name) VALUES (1, 'red'), (2, 'blue');users (id, team_id) SELECT {n}, 1",
       "users (id, team_id) SELECT {id}, 1", "users (id, team_id, team) SELECT {id}, 1, 'own'", "users SET team_id = 2",
       "users SET team = 'own'"},
      {"generated row", "",
       "CREATE TABLE project (id VARCHAR(40) PRIMARY KEY, name VARCHAR(40));\nCREATE TABLE provider (id INTEGER "
       "PRIMARY "
       "KEY);",
       "CREATE TABLE project (id VARCHAR(40) PRIMARY KEY, name VARCHAR(40));\nCREATE TABLE provider (id INTEGER "
       "PRIMARY "
       "KEY, domain_id VARCHAR(40) NOT NULL UNIQUE REFERENCES project (id));",
       "[[fill]]\ntable = \"provider\"\ncolumn = \"domain_id\"\nvalue = { sqlite = \"lower(hex(randomblob(16)))\", "
       "postgres = \"gen_random_uuid()::text\", mysql = \"uuid()\" }\nrow = { table = \"project\", key = \"id\" }\n"
       "[[accept]]\nhazard = \"key_before_row\"\nreason = \"the bench\"\n[[accept]]\nhazard = "
       "\"row_in_one_statement\"\nreason = \"the bench\"\n",
       "provider (id) SELECT {n}", "provider (id) SELECT {id}", "", "", ""},
      {"generated row, counted",
       "row_with_a_counted_key",
       {},
       {},
       {},
       "networks (id, name) SELECT {n}, 'blue'",
       "networks (id, name) SELECT {id}, 'blue'",
       "",
       "",
       ""},
      {"column that becomes a row",
       "column_to_a_row",
       {},
       {},
       {},
       "users (id, name, address) SELECT {n}, 'Ada', 'elm'",
       "users (id, name, address) SELECT {id}, 'Bob', 'oak'",
       "users (id, name, address_id) SELECT {id}, 'Bob', 1",
       "users SET address = 'ash'",
       "addresses SET address = 'fir'"},
      {"key of a row that has another one",
       "another_primary_key",
       {},
       {},
       {},
       "users (id, name) VALUES ('ann', 'Ann'), ('bob', 'Bob');posts (id, user_id) SELECT {n}, 'ann'",
       "posts (id, user_id) SELECT {id}, 'bob'",
       "posts (id, user_internal_id) SELECT {id}, 2",
       "posts SET user_id = 'bob'",
       "posts SET user_internal_id = 2"},
      {"columns that move",
       "table_split_in_two",
       {},
       {},
       {},
       "users (id, name, bio) SELECT {n}, 'Ada', 'numbers'",
       "users (id, name, bio) SELECT {id}, 'Bob', 'boats'",
       "",
       "users SET bio = 'ships'",
       "profiles SET bio = 'clocks'",
       "user_id"},
      {"freeze", "", "CREATE TABLE credential (id INTEGER PRIMARY KEY, secret VARCHAR(40), label VARCHAR(40));",
       "CREATE TABLE credential (id INTEGER PRIMARY KEY, encrypted VARCHAR(40), label VARCHAR(40));",
       "[[map]]\ntable = \"credential\"\nold = [\"secret\"]\nnew = [\"encrypted\"]\nfreeze = \"not now\"\n",
       "credential (id, label) SELECT {n}, 'x'", "", "credential (id, encrypted) SELECT {id}, 'xyz'",
       "credential SET label = 'y'", "credential SET encrypted = 'abc'"},
  };
  return kKinds;
}

// Schemas and map as the dialect has them.
Kind with_texts(const Kind& kind, const std::string& dialect) {
  if (*kind.page == '\0') return kind;
  const std::string page = text_of(fs::path(EMCEE_SOURCE_DIR) / "docs/cookbook" / (std::string(kind.page) + ".md"));
  const char* heading = dialect == "sqlite"     ? "On SQLite"
                        : dialect == "postgres" ? "On PostgreSQL"
                                                : "On MariaDB and MySQL";
  const std::size_t at = page.find(fmt::format("\n## {}\n", heading));
  const std::string own = page.substr(at, page.find("\n## ", at + 1) - at);
  const std::string& example = testing::blocks(own, "toml").empty() ? testing::introduction(page) : own;
  Kind result = kind;
  const auto schemas = testing::blocks(example, "sql");
  result.before = schemas.at(0);
  result.after = schemas.at(1);
  result.map = testing::blocks(example, "toml").at(0);
  return result;
}

// Databases of one server.
class Place {
 public:
  explicit Place(std::string dialect) : dialect_(std::move(dialect)) {}
  const std::string& dialect() const { return dialect_; }
  std::string fresh_url() {
    if (dialect_ == "sqlite") {
      const fs::path file = fs::path("/dev/shm") / fmt::format("emcee-bench-{}.db", static_cast<long>(getpid()));
      fs::remove(file);
      std::ofstream(file).flush();
      return "sqlite:" + file.string();
    }
    if (dialect_ == "postgres") {
      postgres_ = std::make_unique<servers::PostgresDatabase>();
      return postgres_->url();
    }
    auto& server = MysqlServer::shared(dialect_ == "mysql" ? MysqlFlavour::mysql : MysqlFlavour::mariadb);
    return server.url(server.fresh_database());
  }
  ~Place() {
    if (dialect_ == "sqlite")
      fs::remove(fs::path("/dev/shm") / fmt::format("emcee-bench-{}.db", static_cast<long>(getpid())));
  }

 private:
  std::string dialect_;
  std::unique_ptr<servers::PostgresDatabase> postgres_;
};

// The statement over all numbers from 1 to kRows.
std::string over_numbers(std::string text) {
  const auto put = [&](const std::string& mark, const std::string& value) {
    for (std::size_t at; (at = text.find(mark)) != std::string::npos;) text.replace(at, mark.size(), value);
  };
  put("{n}", "num.n");
  put("{id}", fmt::format("num.n + {}", kRows));
  return text.find("SELECT") == std::string::npos ? text : text + " FROM numbers AS num";
}

std::unique_ptr<applier::Connection> load(Place& place, const std::string& schema) {
  auto connection = must(cli::connect(place.fresh_url()));
  must(connection->create_schema(schema + "\nCREATE TABLE numbers (n INTEGER PRIMARY KEY);"));
  must(connection->execute("INSERT INTO numbers (n) VALUES (1)"));
  for (int made = 1; made < kRows; made *= 2)
    must(connection->execute(
        fmt::format("INSERT INTO numbers (n) SELECT n + {} FROM numbers WHERE n <= {}", made, kRows - made)));
  return connection;
}

void insert_rows(applier::Connection& connection, const Kind& kind) {
  std::istringstream parts(kind.rows);
  for (std::string part; std::getline(parts, part, ';');) must(connection.execute("INSERT INTO " + over_numbers(part)));
}

enum class State { before, during, after };

// The database in that state, with rows that are migrated.
std::unique_ptr<applier::Connection> prepared(Place& place, const Kind& kind, State state) {
  auto connection = load(place, kind.before);
  insert_rows(*connection, kind);
  if (state == State::before) return connection;
  const applier::Release release = bench::planned_release(place.dialect(), kind.before.c_str(), kind.after.c_str(),
                                                          ("name = \"bench\"\n" + kind.map).c_str());
  must(applier::expand(*connection, release, {}));
  must(applier::migrate(*connection, release, {}));
  if (state == State::after) must(applier::contract(*connection, release, {}));
  return connection;
}

void write(benchmark::State& state, Place& place, const Kind& bare, const std::vector<std::string>& statements,
           State when) {
  const Kind kind = with_texts(bare, place.dialect());
  const auto connection = prepared(place, kind, when);
  for (auto _ : state) {
    state.PauseTiming();
    must(connection->begin());
    state.ResumeTiming();
    for (const std::string& statement : statements) must(connection->execute(statement));
    state.PauseTiming();
    connection->rollback();
    state.ResumeTiming();
  }
}

void register_place(const std::string& dialect) {
  static std::map<std::string, std::unique_ptr<Place>> places;
  auto& place = *(places[dialect] = std::make_unique<Place>(dialect));
  for (const Kind& kind : kinds()) {
    const auto add = [&](const char* what, const std::vector<std::string>& statements, State quiet, const char* text) {
      if (*text == '\0') return;
      for (const State when : {quiet, State::during})
        benchmark::RegisterBenchmark(
            fmt::format("{}/{}/{}/{}", dialect, kind.name, what, when == State::during ? "with sync" : "without")
                .c_str(),
            [&place, &kind, statements, when](benchmark::State& state) { write(state, place, kind, statements, when); })
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime();
    };
    // As a client writes: one row with each statement.
    const auto one_by_one = [](const std::string& update, const char* key) {
      std::vector<std::string> statements;
      for (int id = 1; id <= 500; ++id) statements.push_back(fmt::format("{} WHERE {} = {}", update, key, id));
      return statements;
    };
    const std::string old_update = fmt::format("UPDATE {}", kind.old_update);
    const std::string new_update = fmt::format("UPDATE {}", kind.new_update);
    add("old INSERT", {"INSERT INTO " + over_numbers(kind.old_insert)}, State::before, kind.old_insert);
    add("new INSERT", {"INSERT INTO " + over_numbers(kind.new_insert)}, State::after, kind.new_insert);
    add("old UPDATE", {old_update}, State::before, kind.old_update);
    add("new UPDATE", {new_update}, State::after, kind.new_update);
    add("old UPDATE of one row", one_by_one(old_update, "id"), State::before, kind.old_update);
    add("new UPDATE of one row", one_by_one(new_update, kind.new_key), State::after, kind.new_update);
  }
}

[[maybe_unused]] const bool kRegistered = [] {
  register_place("sqlite");
  register_place("postgres");
  for (const MysqlFlavour flavour : servers::kMysqlFlavours)
    if (!MysqlServer::missing(flavour)) register_place(std::string(to_string(flavour)));
  return true;
}();

}  // namespace
}  // namespace emcee
