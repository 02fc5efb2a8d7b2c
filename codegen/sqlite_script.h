// Scripts for the plain sqlite3 shell: one UPDATE per table in migrate.
#pragma once

#include "codegen/script.h"

namespace emcee::codegen {

const ScriptDialect& sqlite_script();

}  // namespace emcee::codegen
