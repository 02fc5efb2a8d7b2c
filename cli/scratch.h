// Empty databases for a moment.
#pragma once

#include <memory>
#include <string>

#include "cli/databases.h"

namespace emcee::cli {

// A file in a folder of its own, whatever the URL says.
schema::Result<std::unique_ptr<Scratch>> sqlite_scratch(const std::string& url);
// A database `emcee_scratch_...` beside that of the URL, with its encoding and locale. Errors:
// grant_privilege without CREATEDB.
schema::Result<std::unique_ptr<Scratch>> postgres_scratch(const std::string& url);
// A database `emcee_scratch_...` on the server of the URL, with the same character set. Errors:
// grant_privilege without CREATE on databases of that name.
schema::Result<std::unique_ptr<Scratch>> mysql_scratch(const std::string& url);

}  // namespace emcee::cli
