// Scripts for the database's own client: the same work and the same ledger as the applier's, one
// transaction per step. How a client spells that is a ScriptDialect, one per database.
#pragma once

#include <string>
#include <vector>

#include "codegen/rendered_plan.h"
#include "schema/ledger_sql.h"

namespace emcee::codegen {

class ScriptDialect {
 public:
  virtual ~ScriptDialect() = default;

  virtual const schema::LedgerDialect& ledger() const = 0;
  // How a person runs the file: `psql -f FILE`.
  virtual std::string command(const std::string& file) const = 0;
  // The first lines: stop at the first error, and the settings of the session.
  virtual std::string opening() const = 0;
  virtual std::string begin() const = 0;
  // The statement with what ends it for this client.
  virtual std::string terminated(const std::string& statement) const { return statement + ";\n"; }
  // Guards before triggers are made, where the server may refuse them.
  virtual std::vector<std::string> before_sync() const { return {}; }
  // Statements, in a transaction or not, that end the script with the message unless the condition is true.
  virtual std::vector<std::string> guard(const std::string& message, const std::string& condition) const = 0;
  // The backfill commits on its own; batch after batch, counting the rows in its row of the ledger.
  // Else it is one statement in a transaction, behind which rows_changed() says how many.
  virtual bool commits_batches() const = 0;
  virtual std::vector<std::string> backfill(const plan::RenderedBackfill& backfill,
                                            const schema::LedgerKey& key) const = 0;
  virtual std::string rows_changed() const { return "0"; }
};

std::string forward_script(const RenderedPlan& plan, const RenderedScript& script, const ScriptDialect& dialect);
// What takes the script back; run in the reverse order of the scripts.
std::string rollback_script(const RenderedPlan& plan, const RenderedScript& script, const ScriptDialect& dialect);

}  // namespace emcee::codegen
