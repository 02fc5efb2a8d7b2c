// SQLite is the oracle of the builder: random scripts of CREATE, ALTER and DROP run on it, and the
// statements that it took are replayed. The schema must be the one that SQLite reports by PRAGMA,
// and that its schema table spells, where RENAME has rewritten every text that names the object.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <memory>
#include <random>

#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/parse.h"
#include "tests/catalogue/sqlite_catalogue.h"
#include "tests/sqlite/parse_sources.h"

namespace emcee::sqlite {
namespace {

// Names come from small pools, so that statements hit each other's objects.
class Script {
 public:
  explicit Script(unsigned seed) : random_(seed) {}

  std::string statement() {
    switch (pick(16)) {
      case 0:
      case 1:
      case 2:
        return create_table();
      case 3:
      case 4:
        return fmt::format("CREATE {}INDEX {} ON {} ({}{})", maybe("UNIQUE "), index(), table(), key_part(),
                           maybe(", " + key_part()));
      case 5:
        return fmt::format("CREATE INDEX {} ON {} ({}, {} COLLATE nocase DESC) WHERE {} > 1", index(), table(),
                           column(), column(), column());
      case 6:
      case 7:
        return fmt::format("CREATE VIEW {}{} AS {}", view(), pick(4) ? "" : " (p, q)", query());
      case 8:
      case 9:
        return create_trigger();
      case 10:
        return fmt::format("ALTER TABLE {} RENAME TO {}", table(), table());
      case 11:
      case 12:
        return fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}", table(), column(), column());
      case 13:
        return fmt::format("ALTER TABLE {} ADD COLUMN {}", table(), column_definition(false));
      case 14:
        return fmt::format("ALTER TABLE {} DROP COLUMN {}", table(), column());
      default:
        return fmt::format("DROP {}", any({"TABLE " + table(), "INDEX " + index(), "VIEW " + view(),
                                           "TRIGGER IF EXISTS " + trigger(), "TABLE IF EXISTS " + table()}));
    }
  }

 private:
  std::size_t pick(std::size_t n) { return random_() % n; }
  std::string any(std::vector<std::string> choices) { return choices[pick(choices.size())]; }
  std::string maybe(const std::string& text) { return pick(3) ? "" : text; }

  std::string table() { return any({"t", "u", "\"T\"", "w", "\"order\""}); }
  std::string column() { return any({"a", "b", "c", "A", "e", "d"}); }
  std::string index() { return any({"i", "j", "k", "l"}); }
  std::string view() { return any({"v", "x"}); }
  std::string trigger() { return any({"tr", "ts", "tu"}); }

  std::string type() {
    return any({"INTEGER", "INT", "TEXT", "VARCHAR(10)", "DECIMAL( 10,  2 )", "", "unsigned  big int", "\"Integer\""});
  }
  std::string value() {
    return any({"1", "-2.5", "'x'", "NULL", "(1 + 1)", "CURRENT_TIMESTAMP", "x'00'", "true", "\"s\""});
  }
  std::string conflict() {
    return pick(4) ? "" : any({" ON CONFLICT IGNORE", " ON CONFLICT REPLACE", " ON CONFLICT FAIL"});
  }
  std::string references() {
    return fmt::format("REFERENCES {}{}{}{}", table(), pick(2) ? "" : " (" + column() + ")",
                       maybe(" ON DELETE CASCADE"), maybe(" ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED"));
  }
  std::string column_definition(bool keys) {
    const std::string name = column();
    std::string text = name + " " + type();
    if (pick(3) == 0) text += " NOT NULL" + conflict();
    if (pick(3) == 0) text += " DEFAULT " + value();
    if (pick(8) == 0) text += fmt::format(" CHECK ({} > 0)", name);
    if (pick(8) == 0) text += " COLLATE nocase";
    if (pick(6) == 0) text += " " + references();
    if (keys && pick(6) == 0) text += " UNIQUE" + conflict();
    if (keys && pick(6) == 0) text += " PRIMARY KEY" + maybe(" DESC") + conflict();
    if (pick(12) == 0) text += fmt::format(" AS ({} || 1){}", column(), maybe(" STORED"));
    return text;
  }
  std::string key_part() {
    return any({column(), column() + " DESC", "lower(" + column() + ")", "(" + column() + ")",
                column() + " COLLATE binary", column() + " COLLATE nocase"});
  }
  std::string create_table() {
    std::string text = fmt::format("CREATE TABLE {} (", table());
    for (std::size_t n = 1 + pick(4), i = 0; i < n; ++i) text += (i ? ", " : "") + column_definition(true);
    if (pick(4) == 0)
      text += fmt::format(", PRIMARY KEY ({} DESC){}", any({"a, b", "b, c", "c, A", "e, a"}), conflict());
    if (pick(6) == 0) text += fmt::format(", PRIMARY KEY ({}{})", column(), maybe(" DESC"));
    if (pick(4) == 0) text += fmt::format(", UNIQUE ({}, {} COLLATE nocase){}", column(), column(), conflict());
    if (pick(5) == 0) text += fmt::format(", CONSTRAINT named CHECK ({} <> {})", column(), column());
    if (pick(5) == 0)
      text +=
          fmt::format(", FOREIGN KEY ({}, {}) REFERENCES {} ({}, {})", column(), column(), table(), column(), column());
    // Of UNIQUE and PRIMARY KEY on the same columns SQLite makes one index, in the order of the
    // first; the model does not know which came first.
    if (text.find("UNIQUE") != std::string::npos)
      for (std::size_t at; (at = text.find(" DESC")) != std::string::npos;) text.erase(at, 5);
    return text + ")" + any({"", "", "", " WITHOUT ROWID", " STRICT", " STRICT, WITHOUT ROWID"});
  }

  std::string expression(const std::string& qualifier = "") {
    const std::string c = qualifier + column();
    return any({c, c, fmt::format("{} + {}", c, qualifier + column()), fmt::format("lower({})", c),
                fmt::format("CASE WHEN {} > 1 THEN {} END", c, qualifier + column()),
                fmt::format("(SELECT {} FROM {})", column(), table()),
                fmt::format("(SELECT max(q.{}) FROM {} AS q WHERE q.{} = {})", column(), table(), column(), c),
                fmt::format("{} IN (SELECT {} FROM {} WHERE {} IS NOT NULL)", c, column(), table(), column())});
  }
  std::string query() {
    switch (pick(5)) {
      case 0:
        return fmt::format("SELECT {}, {} FROM {} WHERE {}", expression(), expression(), table(), expression());
      case 1: {
        const std::string t = table();
        return fmt::format("SELECT z.{}, y.{} AS q FROM {} AS z JOIN {} y ON z.{} = y.{}", column(), column(), t,
                           table(), column(), column());
      }
      case 2: {
        const std::string t = table();
        return fmt::format("SELECT {}.{}, {} FROM {} UNION SELECT {}, 1 FROM {}", t, column(), expression(), t,
                           column(), table());
      }
      case 3:
        return fmt::format("WITH r AS (SELECT {} AS o FROM {}) SELECT o, {} FROM r, {}", column(), table(), column(),
                           table());
      default:
        return fmt::format("SELECT s.o, 1 FROM (SELECT {} AS o FROM {} WHERE {}) AS s", expression(), table(),
                           expression());
    }
  }
  std::string command() {
    const std::string row = any({"new.", "old."});
    switch (pick(5)) {
      case 0:
        return fmt::format("UPDATE {} SET {} = {}, {} = 1 WHERE {};", table(), column(), row + column(), column(),
                           expression());
      case 1:
        return fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} WHERE {};", table(), column(), expression(), table(),
                           expression());
      case 2:
        return fmt::format("DELETE FROM {} WHERE {} = {};", table(), column(), expression(row));
      case 3:  // without `excluded`, for which RENAME TO of SQLite 3.40 writes the new name of the table
        return fmt::format("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO UPDATE SET {} = {};", table(), column(),
                           expression(row), column(), column());
      default:
        return query() + ";";
    }
  }
  std::string create_trigger() {
    const std::string target = pick(4) ? table() : view();
    const std::string time = any({"AFTER", "BEFORE", "INSTEAD OF", ""});
    std::string event = any({"INSERT", "DELETE", "UPDATE", "UPDATE OF " + column()});
    std::string text = fmt::format("CREATE TRIGGER {} {} {} ON {} ", trigger(), time, event, target);
    if (pick(3) == 0) text += "WHEN " + expression(any({"new.", "old."})) + " ";
    text += "BEGIN ";
    for (std::size_t n = 1 + pick(2); n > 0; --n) text += command() + " ";
    return text + "END";
  }

  std::mt19937 random_;
};

class Database {
 public:
  Database() {
    sqlite3* db = nullptr;
    sqlite3_open(":memory:", &db);
    db_.reset(db, sqlite3_close);
  }

  bool run(const std::string& sql) {
    return sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  }

  // Runs the statement unless SQLite refuses it, or it leaves a view or a trigger that names what is
  // not there: one of those, and SQLite refuses every RENAME.
  bool take(const std::string& sql) {
    run("CREATE TABLE probe (a); SAVEPOINT s");
    const bool taken = run(sql) && run("ALTER TABLE probe RENAME TO probed; ALTER TABLE probed RENAME TO probe");
    if (!taken) run("ROLLBACK TO s");
    run("RELEASE s; DROP TABLE probe");
    return taken;
  }

  // The statements as SQLite keeps them.
  std::string dump() {
    std::string text;
    sqlite3_exec(
        db_.get(),
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type = 'trigger', type = 'view', type <> 'table'",
        [](void* out, int, char** row, char**) {
          *static_cast<std::string*>(out) += std::string(row[0]) + ";\n";
          return 0;
        },
        &text, nullptr);
    return text;
  }

 private:
  std::shared_ptr<sqlite3> db_;
};

schema::Result<schema::Schema> read_text(const std::string& sql) {
  parser::Coverage coverage;
  return read({parser::Source("script.sql", sql)}, false, coverage);
}

void compare(unsigned seed) {
  Script script(seed);
  Database db;
  std::string taken =
      "CREATE TABLE t (a, b, c);\nCREATE TABLE u (a, b, d);\nCREATE TABLE w (a INTEGER PRIMARY KEY, c, d);\n";
  ASSERT_TRUE(db.run(taken));
  for (int n = 0; n < 60; ++n) {
    const std::string sql = script.statement();
    if (db.take(sql)) taken += sql + ";\n";
  }
  SCOPED_TRACE(fmt::format("seed {}:\n{}", seed, taken));
  const auto schema = read_text(taken);
  ASSERT_TRUE(schema) << to_text(schema.error());
  const std::string dump = db.dump();
  const auto dumped = read_text(dump);
  ASSERT_TRUE(dumped) << to_text(dumped.error()) << dump;
  EXPECT_TRUE(*schema == *dumped) << print(testing::without_sources(*schema)) << "--- SQLite:\n"
                                  << print(testing::without_sources(*dumped));
  const std::string catalogue = testing::catalogue_by_pragma(dump);
  // CREATE TABLE of 3.53 refuses a column that is computed from itself; its ALTER TABLE makes one.
  if (catalogue.starts_with("error: generated column loop")) return;
  EXPECT_EQ(testing::catalogue_of(*schema), catalogue);
  const std::string anew = print(testing::without_sources(*schema));
  EXPECT_EQ(testing::catalogue_by_pragma(anew), catalogue) << anew;
  const auto again = read_text(anew);
  ASSERT_TRUE(again) << to_text(again.error()) << anew;
  EXPECT_TRUE(*again == *schema) << anew;
}

TEST(BuilderDifferential, ScriptsBuildWhatSqliteBuilds) {
  const char* runs = std::getenv("EMCEE_FUZZ_RUNS");
  const unsigned long n = runs ? std::strtoul(runs, nullptr, 10) / 100 : 200;
  for (unsigned seed = 1; seed <= n && !HasFailure(); ++seed) compare(seed);
}

}  // namespace
}  // namespace emcee::sqlite
