#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/coverage.h"
#include "cli/dialect_choice.h"
#include "cli/schema_source.h"

namespace emcee::cli {

schema::Result<int> run_inspect(const InspectOptions& options, Output& output) {
  EMCEE_ASSIGN(const auto dialect, choose_dialect(options.read, {options.source}));
  EMCEE_ASSIGN(const LoadedSchema loaded, load_schema(options.source, *dialect, options.read.lenient));
  note_coverage(options.source, loaded.coverage, output);
  const std::string ddl = dialect->print(loaded.schema);
  if (output.json())
    output.document({{"dialect", dialect->name()}, {"schema", ddl}, {"coverage", coverage_json(loaded.coverage)}});
  else
    output.print(ddl);
  return 0;
}

}  // namespace emcee::cli
