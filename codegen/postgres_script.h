// Scripts for plain psql: migrate is a block that commits after every batch.
#pragma once

#include "codegen/script.h"

namespace emcee::codegen {

const ScriptDialect& postgres_script();

}  // namespace emcee::codegen
