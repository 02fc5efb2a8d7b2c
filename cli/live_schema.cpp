#include "cli/live_schema.h"

#include "cli/connect.h"

namespace emcee::cli {

namespace {

using schema::Result;

// The statements as the server keeps them, oldest first; Emcee's own ledger is not the user's.
constexpr const char* kSqliteCatalogue =
    "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
    "AND tbl_name NOT LIKE 'emcee\\_ledger%' ESCAPE '\\' ORDER BY rowid";

}  // namespace

Result<schema::Schema> read_live_schema(const std::string& url, const plan::Dialect& dialect, bool lenient,
                                        parser::Coverage& coverage) {
  EMCEE_ASSIGN(const auto connection, connect(url));
  EMCEE_ASSIGN(const std::vector<applier::Row> rows, connection->query(kSqliteCatalogue));
  std::string ddl;
  for (const applier::Row& row : rows) ddl += applier::to_text(row.front()) + ";\n";
  return dialect.read({parser::Source(url, std::move(ddl))}, lenient, coverage);
}

}  // namespace emcee::cli
