// Scratch databases for rehearsals.
#pragma once

#include <string>

#include "cli/databases.h"
#include "rehearse/table.h"

namespace emcee::cli {

// An empty database of that kind, on the server of the URL. Errors: those of Database::make_scratch.
schema::Result<rehearse::Database> make_rehearsal_database(const Database& kind, const std::string& url);

}  // namespace emcee::cli
