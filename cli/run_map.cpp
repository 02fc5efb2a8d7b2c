#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/coverage.h"
#include "cli/dialect_choice.h"
#include "cli/files.h"
#include "cli/schema_source.h"
#include "diff/draft_map.h"

namespace emcee::cli {

schema::Result<int> run_map(const MapOptions& options, Output& output) {
  EMCEE_ASSIGN(const auto dialect, choose_dialect(options.read, {options.before, options.after}, options.map));
  EMCEE_ASSIGN(const diff::ReleaseMap map, load_map(options.map, *dialect));
  EMCEE_ASSIGN(const LoadedPair schemas, load_pair(options.before, options.after, *dialect, options.read.lenient));
  EMCEE_TRY(diff::resolve(map, schemas.before.schema, schemas.after.schema));
  const diff::Difference difference = diff::diff(schemas.before.schema, schemas.after.schema, map);
  const std::string draft =
      diff::draft_map(difference, options.release, schemas.before.schema, schemas.after.schema, dialect->quoting());
  note_coverage(options.before, schemas.before.coverage, output);
  note_coverage(options.after, schemas.after.coverage, output);
  if (!options.out.empty()) EMCEE_TRY(write_file(options.out, draft));
  if (output.json())
    output.document(nlohmann::json{{"map", draft}, {"questions", difference.questions.size()}});
  else if (options.out.empty())
    output.print(draft);
  if (!options.out.empty())
    output.note(fmt::format("wrote {} with {} question{}", options.out, difference.questions.size(),
                            difference.questions.size() == 1 ? "" : "s"));
  return 0;
}

}  // namespace emcee::cli
