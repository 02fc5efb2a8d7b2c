// Renames, compared with what SQLite itself makes of ALTER TABLE ... RENAME.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sqlite3.h>
#include <memory>

#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/parse.h"
#include "diff/apply_change.h"
#include "diff/diff.h"
#include "tests/support/corpus.h"
#include "tests/support/random_schema.h"

namespace emcee::diff {
namespace {

using schema::Schema;

schema::Result<Schema> parsed(const std::string& text) {
  parser::Coverage coverage;
  return sqlite::read({parser::Source("schema.sql", text)}, false, coverage);
}

class Database {
 public:
  Database() {
    sqlite3* handle = nullptr;
    sqlite3_open(":memory:", &handle);
    handle_.reset(handle);
  }

  // True where SQLite took it; else `error` says why not.
  bool run(const std::string& sql) {
    if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return true;
    error = sqlite3_errmsg(handle_.get());
    return false;
  }

  // The schema as SQLite has it now.
  std::string ddl() {
    std::string text;
    const auto add = [](void* to, int, char** values, char**) {
      *static_cast<std::string*>(to) += std::string(values[0]) + ";\n";
      return 0;
    };
    sqlite3_exec(handle_.get(), "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid", add, &text,
                 nullptr);
    return text;
  }

  std::string error;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

std::string statement(const Change& change) {
  const auto& quote = sqlite::quoting();
  if (const auto* r = std::get_if<RenameTable>(&change))
    return "ALTER TABLE " + quote(r->from) + " RENAME TO " + quote(r->to);
  const auto& r = std::get<RenameColumn>(change);
  return "ALTER TABLE " + quote(r.table) + " RENAME COLUMN " + quote(r.from) + " TO " + quote(r.to);
}

// What differs, with both texts where there are some.
std::string show(const std::vector<Change>& changes) {
  std::string text;
  for (const Change& change : changes) {
    text += describe(change) + "\n";
    if (const auto* c = std::get_if<ReplaceView>(&change))
      text += sqlite::create_view(c->before) + "\n" + sqlite::create_view(c->after) + "\n";
    if (const auto* c = std::get_if<ReplaceTrigger>(&change))
      text += sqlite::create_trigger(c->before) + "\n" + sqlite::create_trigger(c->after) + "\n";
  }
  return text;
}

struct Verdict {
  std::string refused;  // what SQLite said; empty: it took it
  std::string problem;  // empty: both agree
};

// Runs the rename in both worlds; the database is as before afterwards.
Verdict compare(Database& database, const Schema& schema, const Change& change) {
  if (!database.run("SAVEPOINT s")) return {{}, database.error};
  const bool taken = database.run(statement(change));
  const std::string refused = database.error;
  const std::string ddl = database.ddl();
  database.run("ROLLBACK TO s; RELEASE s");
  if (!taken) return {refused, {}};
  const auto expected = parsed(ddl);
  if (!expected) return {{}, schema::to_text(expected.error())};
  Schema renamed = schema;
  if (const auto applied = apply_change(renamed, change); !applied) return {{}, applied.error().message};
  if (renamed == *expected) return {};
  return {{}, statement(change) + "\n" + show(diff(renamed, *expected).changes)};
}

std::vector<Change> renames_of(const Table& table) {
  std::vector<Change> result{RenameTable{table.name, testing::object_name("emcee_table")}};
  for (const Column& column : table.columns)
    result.push_back(RenameColumn{table.name, column.name, testing::name("emcee_column")});
  return result;
}

// A text in double quotes is a column to the grammar, and has to stay what it is to SQLite.
TEST(SqliteRename, KeepsTextsInDoubleQuotes) {
  const auto schema =
      parsed("CREATE TABLE t (a TEXT, CHECK (a <> \"x\")); CREATE VIEW v AS SELECT a FROM t WHERE a = \"y\";");
  ASSERT_TRUE(schema) << schema::to_text(schema.error());
  Schema renamed = *schema;
  ASSERT_TRUE(apply_change(renamed, RenameColumn{testing::object_name("t"), testing::name("a"), testing::name("b")}));
  Database database;
  EXPECT_TRUE(database.run(sqlite::print(renamed) + "SELECT * FROM v")) << database.error << sqlite::print(renamed);
}

RC_GTEST_PROP(SqliteRename, OfRandomSchemas, ()) {
  testing::RandomSchema random(*rc::gen::arbitrary<std::uint64_t>().as("seed"));
  Schema schema = random.make(*rc::gen::inRange(1, 5).as("tables"));
  schema = random.mutate(schema, *rc::gen::inRange(0, 20).as("mutations"));
  Database database;
  const std::string ddl = sqlite::print(schema);
  if (!database.run(ddl)) RC_FAIL(database.error + "\n" + ddl);
  const auto again = parsed(ddl);
  RC_ASSERT(again.has_value());
  if (!(*again == schema)) RC_FAIL(show(diff(schema, *again).changes));
  for (const Table& table : schema.tables())
    for (const Change& change : renames_of(table)) {
      const Verdict verdict = compare(database, schema, change);
      if (!verdict.problem.empty()) RC_FAIL(verdict.problem);
      // SQLite 3.40 fails to rename what a computed column of a WITHOUT ROWID table names.
      if (!table.options.without_rowid) RC_ASSERT(verdict.refused == "");
    }
}

// Every column would take minutes.
constexpr std::size_t kStride = 11;

// Tables that views and triggers name, in real schemas.
TEST(SqliteRename, OfTheCorpus) {
  const auto pairs = testing::corpus_pairs("sqlite");
  ASSERT_FALSE(pairs.empty()) << "NO CORPUS at " << EMCEE_CORPUS << ": set -DEMCEE_CORPUS=...";
  std::size_t compared = 0;
  for (const testing::CorpusPair& pair : pairs) {
    SCOPED_TRACE(pair.name);
    Database database;
    if (!database.run(testing::read_text(pair.after))) continue;  // a module that this library lacks
    // The first rename makes a text in single quotes of every text in double quotes.
    ASSERT_TRUE(database.run("CREATE TABLE t_(a); ALTER TABLE t_ RENAME COLUMN a TO b; DROP TABLE t_"))
        << database.error;
    const auto schema = parsed(database.ddl());
    ASSERT_TRUE(schema) << schema::to_text(schema.error());
    for (const Table& table : schema->tables()) {
      const auto names_it = [&](const auto& fragment) { return fragment.mentions_table(table.name.name); };
      const bool used = !schema->triggers_of(table.name).empty() ||
                        std::any_of(schema->views().begin(), schema->views().end(),
                                    [&](const View& v) { return names_it(v.query); }) ||
                        std::any_of(schema->triggers().begin(), schema->triggers().end(),
                                    [&](const Trigger& t) { return names_it(t.body); });
      const std::vector<Change> renames = used ? renames_of(table) : std::vector<Change>();
      for (std::size_t i = 0; i < renames.size(); i += kStride) {
        const Change& change = renames[i];
        const Verdict verdict = compare(database, *schema, change);
        EXPECT_EQ(verdict.problem, "");
        if (verdict.refused.empty()) ++compared;
      }
    }
  }
  EXPECT_GT(compared, 100u);
}

}  // namespace
}  // namespace emcee::diff
