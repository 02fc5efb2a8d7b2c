// Scripts for the plain mysql and mariadb clients.
#pragma once

#include "codegen/script.h"

namespace emcee::codegen {

// One for both: what differs between the servers is in the steps.
const ScriptDialect& mysql_script();

}  // namespace emcee::codegen
