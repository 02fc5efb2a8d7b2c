#include "codegen/sqlite_script.h"

#include <fmt/format.h>
#include <algorithm>

namespace emcee::codegen {

namespace {

class SqliteScript : public ScriptDialect {
 public:
  const schema::LedgerDialect& ledger() const override { return schema::sqlite_ledger(); }
  std::string command(const std::string& file) const override { return "sqlite3 app.db < " + file; }
  std::string opening() const override { return ".bail on\nPRAGMA foreign_keys = OFF;\n"; }
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
    return {backfill.single_update};
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
