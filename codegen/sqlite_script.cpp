#include "codegen/sqlite_script.h"

#include <fmt/format.h>
#include <algorithm>

namespace emcee::codegen {

namespace {

class SqliteScript : public ScriptDialect {
 public:
  const schema::LedgerDialect& ledger() const override { return schema::sqlite_ledger(); }
  std::string command(const std::string& file) const override { return "sqlite3 app.db < " + file; }
  // Newer shells (seen on 3.53) are defensive from the start and refuse `PRAGMA writable_schema`, which
  // NOT NULL takes to come and go. The shell prints the setting.
  std::string opening() const override { return ".bail on\n.dbconfig defensive off\nPRAGMA foreign_keys = OFF;\n"; }
  std::string begin() const override { return "BEGIN IMMEDIATE"; }

  // A CHECK that fails stops the shell, and its name is the message.
  std::vector<std::string> guard(const std::string& message, const std::string& condition) const override {
    const std::string table = "temp.emcee_guard";
    std::string name = message;
    std::replace(name.begin(), name.end(), '"', '\'');
    return {"DROP TABLE IF EXISTS " + table,
            fmt::format("CREATE TEMP TABLE emcee_guard (ok INTEGER, CONSTRAINT \"{}\" CHECK (ok))", name),
            fmt::format("INSERT INTO {} SELECT {}", table, condition)};
  }

  bool commits_batches() const override { return false; }
  std::vector<std::string> backfill(const plan::RenderedBackfill& backfill, const schema::LedgerKey&) const override {
    if (backfill.generate.empty() || !backfill.updates()) return {backfill.single_update};
    return {backfill.single_update, backfill.generate + backfill.generate_end};
  }
  // That of the statement before.
  std::string rows_changed() const override { return "changes()"; }
};

}  // namespace

const ScriptDialect& sqlite_script() {
  static const SqliteScript script;
  return script;
}

}  // namespace emcee::codegen
