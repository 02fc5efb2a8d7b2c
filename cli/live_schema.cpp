#include "cli/live_schema.h"

#include "cli/connect.h"

namespace emcee::cli {

using schema::Result;

Result<schema::Schema> read_live_schema(const std::string& url, const plan::Dialect& dialect, bool lenient,
                                        parser::Coverage& coverage) {
  EMCEE_ASSIGN(const auto connection, connect(url));
  EMCEE_ASSIGN(const std::vector<applier::Row> rows, connection->query(dialect.catalogue_query()));
  std::string ddl;
  for (const applier::Row& row : rows) ddl += applier::to_text(row.front()) + ";\n";
  return dialect.read({parser::Source(url, std::move(ddl))}, lenient, coverage);
}

}  // namespace emcee::cli
