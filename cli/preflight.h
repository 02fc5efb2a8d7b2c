// Before expand and contract: what the examination of a database says against it.
#pragma once

#include "cli/connect.h"
#include "plan/dialect.h"

namespace emcee::cli {

// The tables that the schemas of a release differ in, under their names before and after.
schema::Result<std::vector<schema::QualifiedName>> touched_tables(const applier::Release& release,
                                                                  const plan::Dialect& dialect);
// Tables that are there already, which its triggers insert rows into.
schema::Result<std::vector<schema::QualifiedName>> generated_tables(const applier::Release& release,
                                                                    const plan::Dialect& dialect);

// Those of them whose keys the server counts.
schema::Result<std::vector<schema::QualifiedName>> counted_tables(const applier::Release& release,
                                                                  const plan::Dialect& dialect);

// Those which its triggers keep equal to one another, and so write.
schema::Result<std::vector<schema::QualifiedName>> moved_tables(const applier::Release& release,
                                                                const plan::Dialect& dialect);

struct ReleaseSchemas {
  schema::Schema before, after;
};
// The schemas that the release leads from and to. Errors: those of Dialect::read.
schema::Result<ReleaseSchemas> schemas_of(const applier::Release& release, const plan::Dialect& dialect);

bool makes_triggers(const applier::Release& release);
// Some values come from rows of other tables, which no foreign key holds.
bool looks_up(const applier::Release& release);
// The release or a step of it has the hazard.
bool has_hazard(const applier::Release& release, std::string_view code);

// `online`: with the triggers that the release has; else without. Errors: grant_privilege, or look_at_server where no
// privilege is missing; it lists every symptom that blocks, with its remedy. Nothing was touched.
schema::Result<void> preflight(const DatabaseOptions& options, Target& target, bool online);

}  // namespace emcee::cli
