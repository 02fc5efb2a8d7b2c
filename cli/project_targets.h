// Commands on all databases of a project (emcee.toml), in its order.
#pragma once

#include <functional>
#include <string>

#include "cli/database.h"
#include "cli/databases.h"
#include "project/project.h"

namespace emcee::cli {

// Errors: those of read_project; usage where the file cannot be read.
schema::Result<project::Project> load_project(const std::string& file);

// Which releases of a database a command is about.
enum class Which : std::uint8_t {
  begun,    // the one that the ledger has last; where there is none, the first of the project
  next,     // the one that is not finished, else the one that follows it, else the last
  pending,  // that one and all after it
  missing,  // all that come after one that the database has, and that it has not
  last,     // the newest of the project, whatever the ledger says
};

struct OnEach {
  Which which = Which::next;
  bool changes = false;  // the databases: the first failure ends it
  OpenOptions open = {};
  std::string known = {};              // `missing`: the release that the database has
  bool dry_run = false;                // of several releases only the first: the others start from what it makes
  std::optional<int> error_code = {};  // the value where a component cannot be asked; none: that of the error
};

// Runs `command` on the database that the options name, or on each that their project names. A database
// that several components name with the same releases has its turn once. The value is the first one that
// is not 0; where nothing is changed, the least of those. Errors: usage, where a component is unknown;
// wrong_order, where the database went through the releases in another order than the project has them
// (not for `begun` and `last`), or never had the known one; answer_is_no, where the project has no such one.
schema::Result<int> on_each(const DatabaseOptions& options, OnEach how, Output& output,
                            const std::function<schema::Result<int>(const DatabaseOptions&)>& command);

}  // namespace emcee::cli
