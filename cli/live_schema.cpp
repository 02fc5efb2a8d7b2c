#include "cli/live_schema.h"

#include "cli/connect.h"

namespace emcee::cli {

using schema::Result;

Result<schema::Schema> read_live_schema(const std::string& url, const plan::Dialect& dialect, bool lenient,
                                        parser::Coverage& coverage) {
  EMCEE_ASSIGN(const auto connection, connect(url));
  return read_live_schema(*connection, dialect, lenient, coverage);
}

Result<schema::Schema> read_live_schema(applier::Connection& connection, const plan::Dialect& dialect, bool lenient,
                                        parser::Coverage& coverage) {
  EMCEE_ASSIGN(const std::vector<applier::Row> rows, connection.query(dialect.catalogue_query()));
  std::string ddl;
  for (const applier::Row& row : rows) {
    if (row.size() == 1) {
      ddl += applier::to_text(row.front()) + ";\n";
      continue;
    }
    // A query, the column of its answer, and a statement that stands before the one it gives.
    EMCEE_ASSIGN(const std::vector<applier::Row> answer, connection.query(applier::to_text(row[0])));
    const std::size_t column = std::stoul(applier::to_text(row[1])) - 1;
    if (!answer.empty() && column < answer.front().size())
      ddl += applier::to_text(row[2]) + ";\n" + applier::to_text(answer.front()[column]) + ";\n";
  }
  return dialect.read({parser::Source(connection.name(), std::move(ddl))}, lenient, coverage);
}

}  // namespace emcee::cli
