// What roles may do with objects, as GRANT and REVOKE spell it.
//
// https://www.postgresql.org/docs/15/ddl-priv.html
#pragma once

#include <set>
#include <string>
#include <vector>

#include "schema/schema.h"

namespace emcee::postgres {

using Privileges = std::set<std::string>;

// All that there are for `TABLE t`, `SCHEMA s`; empty for kinds that are not known here. `version`: of the server,
// as server_version_num.
Privileges all_privileges(const std::string& object, int version);
// What PUBLIC may do with `FUNCTION f(integer)`, `SCHEMA public`, and with FUNCTIONS to come, without any GRANT.
// `defaults` stands before a GRANT of default privileges; those of a schema only add to the others.
Privileges privileges_of_public(const std::string& object, const std::string& defaults = "");

// The other way round: what a GRANT gave is taken away, and what a REVOKE took is given back; PUBLIC
// keeps what it has by itself. Empty where nothing is left to do.
std::vector<std::string> drop_grant(const schema::OpaqueObject& grant);

}  // namespace emcee::postgres
