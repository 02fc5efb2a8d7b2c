// A table under another name by a copy: each statement of either release does what it would do to one table.
#include "tests/cli/mirror.h"
#include "tests/support/seed.h"

#include "tests/cli/case_database.h"
#include "tests/cli/interruptions.h"

#include <random>

namespace emcee::testing {
namespace {

struct Shape {
  std::string name, schema, key, identity;  // `identity`: what tells a row, as a list of columns
  std::vector<std::string> keys;
  bool numbered;
};

const std::string kTeams = "CREATE TABLE teams (id INTEGER PRIMARY KEY);\n";
const std::string kOrders =
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, u REFERENCES {t} (id) ON DELETE CASCADE ON UPDATE CASCADE);\n";
const std::string kLog =
    "CREATE TABLE log (t TEXT);\n"
    "CREATE TRIGGER ti AFTER INSERT ON {t} BEGIN INSERT INTO log VALUES ('i' || NEW.id); END;\n"
    "CREATE TRIGGER td AFTER DELETE ON {t} BEGIN INSERT INTO log VALUES ('d' || OLD.id); END;\n"
    "CREATE TRIGGER tu AFTER UPDATE OF n ON {t} WHEN NEW.n = 3 AND OLD.n IS NOT 3 BEGIN UPDATE {t} SET n = 4 WHERE id "
    "= NEW.id AND team IS NEW.team; INSERT INTO log VALUES ('u' || NEW.id); END;\n";

const std::vector<Shape>& shapes() {
  static const std::vector<std::string> numbers{"1", "2", "3", "4", "5", "6"};
  static const std::vector<std::string> words{"'a'", "'A'", "'b'", "'c'", "'D'", "'d'"};
  static const std::vector<Shape> all{
      {"number",
       kTeams +
           "CREATE TABLE {t} (id INTEGER PRIMARY KEY, mail TEXT COLLATE NOCASE UNIQUE, n INT, team INT REFERENCES "
           "teams ON DELETE CASCADE ON UPDATE SET NULL, g INT AS (n + 1));\n"
           "CREATE UNIQUE INDEX un ON {t} (n, team) WHERE n > 5;\nCREATE INDEX by_n ON {t} (n);\n" +
           kOrders + kLog,
       "id", "id", numbers, true},
      {"autoincrement",
       kTeams +
           "CREATE TABLE {t} (id INTEGER PRIMARY KEY AUTOINCREMENT, mail TEXT UNIQUE, n INT, team INT REFERENCES "
           "teams ON DELETE SET NULL);\n" +
           kOrders + kLog,
       "id", "id", numbers, false},
      {"text",
       kTeams +
           "CREATE TABLE {t} (id TEXT PRIMARY KEY COLLATE NOCASE, mail TEXT UNIQUE, n INT, team INT REFERENCES "
           "teams ON DELETE CASCADE, UNIQUE (n));\n" +
           kOrders + kLog,
       "id", "rowid, id", words, false},
      {"without_rowid",
       kTeams +
           "CREATE TABLE {t} (id TEXT COLLATE NOCASE, mail TEXT COLLATE NOCASE UNIQUE, n ANY, team INT NOT NULL "
           "REFERENCES teams ON DELETE CASCADE, PRIMARY KEY (id, team)) STRICT, WITHOUT ROWID;\n"
           "CREATE TABLE orders (id INTEGER PRIMARY KEY, u);\n" +
           kLog,
       "id", "id, team", words, false},
      {"conflict_clauses",
       kTeams +
           "CREATE TABLE {t} (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, mail TEXT COLLATE NOCASE UNIQUE ON "
           "CONFLICT IGNORE, n INT, team INT REFERENCES teams ON DELETE CASCADE);\n" +
           kOrders + kLog,
       "id", "id", numbers, true}};
  return all;
}

// Statements of the two releases at random, on few keys.
class Statements {
 public:
  Statements(const Shape& shape, unsigned seed) : shape_(shape), random_(seed) {}

  std::string one_of(const std::vector<std::string>& words) { return words[random_() % words.size()]; }
  bool by_new() { return random_() % 2 == 0; }

  // `{p}` stands for what keeps an UPDATE or DELETE of the new release to the rows that it sees.
  std::string next() {
    const std::string policy = one_of({"", "", " OR IGNORE", " OR REPLACE"});
    const std::string values = fmt::format("({}, {}, {}, {}), ({}, {}, {}, {})", key(), mail(), fresh(), team(), key(),
                                           mail(), number(), team());
    switch (random_() % 11) {
      case 0:
        return fmt::format("INSERT{} INTO {{t}} (id, mail, n, team) VALUES {}", policy, values);
      case 1:
        if (shape_.numbered)
          return fmt::format("INSERT{} INTO {{t}} (mail, n, team) VALUES ({}, {}, {}) RETURNING id", policy, mail(),
                             fresh(), team());
        return fmt::format("INSERT{} INTO {{t}} (id, mail, n, team) VALUES {}", policy, values);
      case 2:
        return fmt::format("INSERT INTO {{t}} (id, mail, n, team) VALUES {} ON CONFLICT (mail) DO UPDATE SET n = {}",
                           values, fresh());
      case 3:
        return fmt::format("INSERT INTO {{t}} (id, mail, n, team) VALUES {} ON CONFLICT DO NOTHING", values);
      case 4:
        return fmt::format("UPDATE{} {{t}} SET mail = {} WHERE id = {}{{p}} RETURNING mail", ignored(), mail(), key());
      case 5:
        return fmt::format("UPDATE{} {{t}} SET id = {} WHERE id = {}{{p}}", ignored(), key(), key());
      case 6:
        return fmt::format("UPDATE{} {{t}} SET n = {}, team = {} WHERE id IN ({}, {}){{p}}", ignored(), number(),
                           team(), key(), key());
      case 7:
        return fmt::format("DELETE FROM {{t}} WHERE id = {}{{p}}", key());
      case 8:
        return one_of({"DELETE FROM teams WHERE id = 2", "UPDATE OR IGNORE teams SET id = 4 WHERE id = 3"});
      case 9:
        return "INSERT OR IGNORE INTO teams VALUES (1), (2), (3)";
      default:
        return fmt::format("INSERT INTO orders (u) VALUES ({})", key());
    }
  }

 private:
  // An UPDATE OR REPLACE of SQLite 3.40 may find the row itself in its way, with one table as with two.
  std::string ignored() { return one_of({"", "", " OR IGNORE"}); }
  std::string key() { return one_of(shape_.keys); }
  std::string mail() { return one_of({"NULL", "'p'", "'P'", "'q'", "'r'", fmt::format("'s{}'", ++last_)}); }
  std::string fresh() { return std::to_string(++last_); }
  std::string number() { return one_of({"1", "3", "7", fresh()}); }
  std::string team() { return one_of({"1", "2", "3", shape_.name == "without_rowid" ? "3" : "NULL"}); }

  const Shape& shape_;
  std::mt19937 random_;
  int last_ = 100;
};

class Mirrors : public Mirrored {
 protected:
  // What the statement gives, what the server says of it, and what is stored; errors without the name of the table.
  static std::string outcome(SqliteSession& session, const std::string& statement) {
    std::string result = session.run(statement + "; SELECT changes(), last_insert_rowid()");
    if (!result.starts_with("error")) return result;
    return result.substr(0, result.find(':', 8));
  }
  std::string stored(SqliteSession& session, const Shape& shape, const std::string& table) const {
    return session.run(fmt::format(
        "SELECT {0}, mail, n, typeof(n), team FROM {1} ORDER BY {0}; SELECT * FROM teams; SELECT * FROM orders",
        shape.identity, table));
  }
  static std::string log(SqliteSession& session) { return session.run("SELECT t FROM log ORDER BY 1"); }

  // The same statement to both; an UPDATE or a DELETE of the new release finds the rows that are there by now.
  void send(const Shape& shape, const std::string& statement, bool by_new) {
    std::string present;
    if (by_new) {
      const std::string list = shape.name == "without_rowid" ? "id, team" : "rowid";
      present =
          fmt::format(" AND ({}) IN (VALUES {})", list,
                      app_->run(fmt::format("SELECT group_concat(v) FROM (SELECT {} AS v FROM people)",
                                            shape.name == "without_rowid" ? "'(' || quote(id) || ',' || team || ')'"
                                                                          : "'(' || rowid || ')'")));
      if (present.find('~') != std::string::npos) present = " AND FALSE";
    }
    const auto with = [&](const std::string& table, const std::string& where) {
      std::string text = of_table(statement, table);
      if (const std::size_t at = text.find("{p}"); at != std::string::npos) text.replace(at, 3, where);
      return text;
    };
    const std::string of_app = with(by_new ? "people" : "users", ""), of_plain = with("users", present);
    const std::string is = outcome(*app_, of_app), would_be = outcome(*plain_, of_plain);
    EXPECT_EQ(is, would_be) << of_app;
    EXPECT_EQ(stored(*app_, shape, "users"), stored(*plain_, shape, "users")) << of_app;
    EXPECT_EQ(log(*app_), log(*plain_)) << of_app;
  }
  // Rows of the copy that are none of the table, or are other ones.
  std::string wrong(const Shape& shape) {
    const std::string columns = shape.identity + ", mail, typeof(n), n, team";
    return app_->run(fmt::format("SELECT {0} FROM people EXCEPT SELECT {0} FROM users", columns));
  }
};

TEST_F(Mirrors, AreOneTableForRandomStatements) {
  for (const Shape& shape : shapes())
    for (const char* recursive : {"OFF", "ON"}) {
      SCOPED_TRACE(shape.name + ", recursive_triggers " + recursive);
      box_.shell("rm -rf rel app.db*");
      ASSERT_NO_FATAL_FAILURE(start(shape.schema));
      both(fmt::format("PRAGMA recursive_triggers = {}; INSERT INTO teams VALUES (1), (2), (3)", recursive));
      Statements statements(shape, seed());
      for (int i = 0; i < 12; ++i) send(shape, statements.next(), false);
      ASSERT_EQ(emcee("expand"), 0) << output_;
      for (const char* phase : {"migrate --batch 2", "verify"}) {
        for (int i = 0; i < 90 && !HasFailure(); ++i) {
          send(shape, statements.next(), statements.by_new());
          ASSERT_EQ(wrong(shape), "");
        }
        ASSERT_EQ(emcee(phase), 0) << output_;
      }
      const std::string before = stored(*plain_, shape, "users");
      ASSERT_EQ(emcee("contract"), 0) << output_;
      EXPECT_EQ(stored(*app_, shape, "people"), before);
      if (HasFailure()) return;
    }
}

// {statement} x {release} x {row that waits, row that is copied} x {before migrate, behind it}
TEST_F(Mirrors, AreOneTableForEachStatement) {
  const Shape& shape = shapes().front();
  ASSERT_NO_FATAL_FAILURE(start(shape.schema));
  both("INSERT INTO teams VALUES (1), (2)");
  both("INSERT INTO users (id, mail, n, team) VALUES (1, 'p', 1, 1), (2, 'q', 9, 2), (5, 'z', 2, NULL)");
  both("INSERT INTO orders (u) VALUES (1), (2), (5)");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(app_->run("SELECT id FROM people"), "5\n") << "the highest number, and no other";
  both("UPDATE users SET n = 8 WHERE id = 2");
  EXPECT_EQ(app_->run("SELECT id FROM people ORDER BY id"), "2\n5\n") << "a row that is written is copied";
  const std::vector<std::string> inserts{"INSERT", "INSERT OR IGNORE", "INSERT OR REPLACE", "INSERT OR FAIL"};
  std::vector<std::string> statements;
  for (const std::string key : {"1", "2", "3", "NULL"})
    for (const std::string mail : {"'P'", "'q'", "'x'"}) {
      for (const std::string& insert : inserts)
        statements.push_back(fmt::format("{} INTO {{t}} (id, mail, n, team) VALUES ({}, {}, 6, 2)", insert, key, mail));
      for (const std::string target : {"id", "mail"})
        statements.push_back(
            fmt::format("INSERT INTO {{t}} (id, mail, n) VALUES ({}, {}, 3) ON CONFLICT ({}) DO UPDATE "
                        "SET n = 3, mail = excluded.mail || '!' RETURNING id, mail",
                        key, mail, target));
    }
  for (const std::string key : {"1", "2"}) {
    for (const std::string set :
         {"mail = 'P'", "mail = 'q'", "n = 3", "id = 1", "id = 2", "id = 7", "mail = NULL, n = 77"})
      for (const std::string update : {"UPDATE", "UPDATE OR IGNORE"})
        statements.push_back(fmt::format("{} {{t}} SET {} WHERE id = {}{{p}}", update, set, key));
    statements.push_back(fmt::format("DELETE FROM {{t}} WHERE id = {}{{p}}", key));
  }
  statements.emplace_back("DELETE FROM {t} WHERE TRUE{p}");
  statements.emplace_back("DELETE FROM teams WHERE id = 1");
  for (const char* phase : {"migrate", "verify"}) {
    for (const char* recursive : {"OFF", "ON"}) {
      for (SqliteSession* session : {app_.get(), plain_.get()})
        session->run(fmt::format("PRAGMA recursive_triggers = {}", recursive));
      for (const bool by_new : {false, true})
        for (const std::string& statement : statements) {
          for (SqliteSession* session : {app_.get(), plain_.get()}) session->run("SAVEPOINT one");
          send(shape, statement, by_new);
          EXPECT_EQ(wrong(shape), "") << statement;
          EXPECT_EQ(app_->run("SELECT (SELECT max(id) FROM users) IS (SELECT max(id) FROM people)"), "1\n")
              << statement;
          for (SqliteSession* session : {app_.get(), plain_.get()}) {
            session->run("ROLLBACK TO one; RELEASE one");
            session->roll_back();
          }
        }
    }
    ASSERT_EQ(emcee(phase), 0) << output_;
  }
}

// Everything that names the table follows it; then there is nothing to do, and it goes back again.
TEST_F(Mirrors, LeaveTheCatalogueOfTheNewSchema) {
  const std::string schema =
      kTeams +
      "CREATE TABLE {t} (id INTEGER PRIMARY KEY AUTOINCREMENT, \"full name\" TEXT NOT NULL, fax TEXT NOT NULL, boss "
      "INT "
      "REFERENCES {t} ON DELETE SET NULL, team INT REFERENCES teams, CHECK (id > 0));\n"
      "CREATE INDEX by_name ON {t} (\"full name\");\nCREATE UNIQUE INDEX low ON {t} (lower(\"full name\")) WHERE boss "
      "IS "
      "NULL;\n" +
      kOrders +
      "CREATE VIEW v AS SELECT id FROM {t};\nCREATE VIEW w AS SELECT v.id, o.id AS o FROM v JOIN orders AS o ON o.u = "
      "v.id;\n"
      "CREATE TRIGGER t1 AFTER INSERT ON orders BEGIN UPDATE {t} SET team = 1 WHERE id = NEW.u; END;\n"
      "CREATE TRIGGER t2 INSTEAD OF DELETE ON v BEGIN DELETE FROM {t} WHERE id = OLD.id; END;\n"
      "CREATE TRIGGER t3 BEFORE UPDATE ON {t} WHEN NEW.team = 9 BEGIN SELECT RAISE(ABORT, 'nine'); END;\n";
  std::string new_schema = schema +
                           "CREATE TABLE badges (u INT REFERENCES {t} ON DELETE CASCADE, b TEXT);\n"
                           "CREATE VIEW x AS SELECT * FROM {t};\n";
  const auto replace = [&](const std::string& from, const std::string& to) {
    new_schema.replace(new_schema.find(from), from.size(), to);
  };
  replace("fax TEXT NOT NULL, ", "phone TEXT NOT NULL, born INT DEFAULT 1970, ");
  replace("CREATE INDEX by_name", "CREATE INDEX by_full_name");
  const std::string map =
      "[[rename]]\ntable = \"people\"\nfrom = \"fax\"\nto = \"phone\"\n[[accept]]\nhazard = \"replace_by_other_key\"\n"
      "reason = \"no REPLACE\"\n[[accept]]\nhazard = \"fk_onto_old_table\"\nreason = \"meant\"\n";
  ASSERT_NO_FATAL_FAILURE(start(schema, map, new_schema));
  both("INSERT INTO teams VALUES (1), (2)");
  both("INSERT INTO users (\"full name\", fax, boss) VALUES ('A', '1', NULL), ('B', '2', 1), ('C', '3', 2)");
  both("DELETE FROM users WHERE id = 3");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(app_->run("INSERT INTO people (\"full name\", phone, boss) VALUES ('D', '4', 1) RETURNING id"), "4\n")
      << "no number is given twice";
  EXPECT_EQ(app_->run("INSERT INTO users (\"full name\", fax, boss) VALUES ('E', '5', 4) RETURNING id"), "5\n");
  EXPECT_EQ(app_->run("INSERT INTO users (\"full name\", fax) VALUES ('F', NULL)"),
            "error: NOT NULL constraint failed: people.fax");
  EXPECT_EQ(app_->run("UPDATE people SET team = 9 WHERE id = 4"), "error: nine") << "by the trigger of the table";
  EXPECT_EQ(app_->run("INSERT INTO orders (u) VALUES (4), (1)"), "");
  EXPECT_EQ(app_->run("SELECT team, phone FROM people WHERE id IN (1, 4) ORDER BY id"), "1|1\n1|4\n");
  EXPECT_EQ(
      app_->run("INSERT INTO badges VALUES (4, 'b'); DELETE FROM users WHERE id = 4; SELECT count(*) FROM badges"),
      "0\n");
  EXPECT_EQ(app_->run("SELECT id, u FROM orders"), "2|1\n");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  ASSERT_EQ(emcee("verify --drift"), 0) << output_;
  EXPECT_EQ(app_->run("UPDATE people SET phone = '11' WHERE id = 1; UPDATE users SET fax = '22' WHERE id = 2"), "");
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(app_->run("SELECT id, phone, boss FROM people"), "1|11|~\n2|22|1\n5|5|~\n");
  EXPECT_EQ(make_case_database("sqlite", box_)->catalogue(), catalogue_of("sqlite", new_));
  EXPECT_EQ(app_->run("PRAGMA foreign_key_check; SELECT seq FROM sqlite_sequence"), "5\n");
  const auto diff = box_.emcee(fmt::format("diff 'sqlite:{}' new.sql --exit-code 2>&1", box_.path("app.db").string()));
  EXPECT_EQ(diff.status, 0) << diff.out;
}

// Before contract all is as it was, with what both releases wrote.
TEST_F(Mirrors, AreRolledBack) {
  ASSERT_NO_FATAL_FAILURE(start(shapes().front().schema));
  both("INSERT INTO teams VALUES (1)");
  both("INSERT INTO users (id, mail) VALUES (1, 'a'), (2, 'b'), (3, 'c')");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(app_->run("INSERT INTO people (mail) VALUES ('d'); DELETE FROM people WHERE id = 3"), "");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  ASSERT_EQ(emcee("rollback"), 0) << output_;
  EXPECT_EQ(app_->run("SELECT id, mail FROM users"), "1|a\n2|b\n4|d\n");
  EXPECT_EQ(make_case_database("sqlite", box_)->catalogue(), catalogue_of("sqlite", old_));
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(make_case_database("sqlite", box_)->catalogue(), catalogue_of("sqlite", new_));
}

// What is written behind the triggers is found, refuses contract, and is settled either way.
TEST_F(Mirrors, ConflictsAreResolved) {
  for (const std::string side : {"old", "new"}) {
    box_.shell("rm -rf rel app.db*");
    ASSERT_NO_FATAL_FAILURE(start(shapes().front().schema));
    both("INSERT INTO users (id, mail, n) VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)");
    ASSERT_EQ(emcee("expand"), 0) << output_;
    ASSERT_EQ(emcee("migrate"), 0) << output_;
    const auto database = make_case_database("sqlite", box_);
    ASSERT_EQ(database->sql_behind_the_triggers("UPDATE users SET n = 11 WHERE id = 1; DELETE FROM users WHERE id = 2; "
                                                "DELETE FROM people WHERE id = 3"),
              "");
    EXPECT_EQ(emcee("verify"), 1) << output_;
    EXPECT_EQ(emcee("contract"), 1) << output_;
    // A row that is missing in the copy waits; the new form brings the last one along.
    EXPECT_EQ(emcee("verify --resolve " + side), side == "old" ? 1 : 0) << output_;
    ASSERT_EQ(emcee("migrate"), 0) << output_;
    EXPECT_EQ(emcee("verify"), 0) << output_;
    const std::string left = side == "old" ? "1|11\n3|3\n" : "1|1\n2|2\n3|3\n";
    for (const std::string table : {"users", "people"})
      EXPECT_EQ(app_->run(fmt::format("SELECT id, n FROM {} ORDER BY id", table)), left) << side;
  }
}

// VACUUM leaves the numbers of rows alone that have any key: else the copy would tell other rows by them.
TEST_F(Mirrors, KeepTheirRowsThroughVacuum) {
  ASSERT_NO_FATAL_FAILURE(
      start("CREATE TABLE {t} (a TEXT, b TEXT, CHECK ({t}.a <> 'no'));\nCREATE INDEX by_b ON {t} (b);\n"));
  both("INSERT INTO users (rowid, a, b) VALUES (3, 'x', 'p'), (7, 'y', 'q'), (90, 'z', 'r')");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(app_->run("VACUUM; UPDATE users SET a = 'yy' WHERE b = 'q'; VACUUM; SELECT rowid FROM people"), "7\n90\n");
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(app_->run("SELECT rowid, a FROM people"), "3|x\n7|yy\n90|z\n");
  EXPECT_EQ(make_case_database("sqlite", box_)->catalogue(), catalogue_of("sqlite", new_));
}

// Whoever stops the commands, wherever: the next one goes on, and no row is missed.
TEST_F(Mirrors, GoThroughKills) {
  ASSERT_NO_FATAL_FAILURE(start(shapes().front().schema));
  both("INSERT INTO teams VALUES (1), (2), (3)");
  both(
      "WITH RECURSIVE c (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 300) INSERT INTO users (id, mail, "
      "n) "
      "SELECT i, 'm' || i, i FROM c");
  int n = 0;
  const auto write = [&] {
    ++n;
    EXPECT_EQ(
        app_->run(fmt::format("UPDATE users SET n = -{0} WHERE id = {0}; INSERT INTO users (mail) VALUES ('o{0}'); "
                              "DELETE FROM users WHERE id = 300 - {0}",
                              n)),
        "");
    if (app_->run("SELECT count(*) FROM sqlite_schema WHERE name = 'emcee_people_new_update_first'") != "1\n") return;
    EXPECT_EQ(app_->run(fmt::format("INSERT INTO people (mail) VALUES ('n{0}'); UPDATE people SET n = -{0}, id = -{0} "
                                    "WHERE id = 100 + {0}",
                                    n)),
              "");
  };
  step_by_step(applier::expand, box_, "sqlite:" + box_.path("app.db").string(), write);
  double patience = 0.02;
  for (int i = 0; i < 12; ++i, patience *= 1.3) {
    kill_after(patience, "migrate", box_, "sqlite:" + box_.path("app.db").string());
    write();
  }
  ASSERT_EQ(emcee("migrate --batch 7"), 0) << output_;
  EXPECT_EQ(emcee("verify"), 0) << output_;
  const std::string rows = app_->run("SELECT id, mail, n, team FROM users");
  EXPECT_EQ(app_->run("SELECT id, mail, n, team FROM people"), rows);
  for (int i = 0; i < 4; ++i) kill_after(0.01 + 0.01 * i, "contract", box_, "sqlite:" + box_.path("app.db").string());
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(app_->run("SELECT id, mail, n, team FROM people"), rows);
  EXPECT_EQ(make_case_database("sqlite", box_)->catalogue(), catalogue_of("sqlite", new_));
}

// What no trigger could keep equal waits for contract, or is refused.
TEST_F(Mirrors, AreRefusedWhereRowsCannotBeTold) {
  const auto refused = [&](const std::string& schema, const std::string& why) {
    box_.write("old.sql", of_table(schema, "users"));
    box_.write("new.sql", of_table(schema, "people"));
    box_.write("release.toml", "name = \"ocata\"\n" + std::string(kRename));
    const auto plan = box_.emcee("plan old.sql new.sql --map release.toml --out rel --dialect sqlite 2>&1");
    EXPECT_NE(plan.status, 0) << schema;
    EXPECT_NE(plan.out.find("nor can it be copied: " + why), std::string::npos) << plan.out;
  };
  refused("CREATE TABLE {t} (a, b)", "it has no key");
  refused("CREATE TABLE {t} (rowid TEXT, _rowid_ TEXT, oid TEXT UNIQUE)", "columns have all the names");
  refused("CREATE TABLE {t} (id INTEGER PRIMARY KEY, b INT REFERENCES {t} ON DELETE RESTRICT)",
          "a foreign key onto itself");
  refused(
      "CREATE TABLE {t} (id INTEGER PRIMARY KEY); CREATE TRIGGER x BEFORE INSERT ON {t} BEGIN SELECT RAISE(IGNORE); "
      "END",
      "its trigger x lets rows vanish");
}

}  // namespace
}  // namespace emcee::testing
