// What examinations of MySQL and MariaDB ask a server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/doctor.h"

namespace emcee::cli {

schema::Result<std::vector<applier::Row>> rows_of(applier::Connection& connection, std::string_view sql);

// The value of a variable; empty where this server has none of that name.
schema::Result<std::string> variable(applier::Connection& connection, std::string_view name);

Symptom good(std::string what);

// A query that gives one row per thing that is wrong. What the account may not see is a note.
schema::Result<Symptom> none_of(applier::Connection& connection, const std::string& sql, const std::string& all_well,
                                Severity severity, const std::string& what, const std::string& remedy);

}  // namespace emcee::cli
