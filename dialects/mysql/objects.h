// Tables as a whole, views, triggers and the objects that are carried verbatim: made, replaced,
// dropped.
#pragma once

#include <string>
#include <vector>

#include "dialects/mysql/flavour.h"
#include "plan/dialect.h"

namespace emcee::mysql {

// Statements of a change that is not one of a table in place; none for those.
std::vector<std::string> object_statements(const diff::Change& change, const Server& server);

// The table takes the place of the view that stood in for it, at once.
std::vector<std::string> swap_renamed(const diff::RenameTable& change);

// What the change of an option or of an object carried verbatim does to the old release.
plan::Effect effect(const diff::Change& change);

}  // namespace emcee::mysql
