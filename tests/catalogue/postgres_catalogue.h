// The catalogue of a PostgreSQL database as text: what the server itself says of every object, with
// no parser and no model of ours in between. Two databases with the same schema give the same text.
#pragma once

#include <string>

namespace emcee::testing {

// One sorted line per object: `kind name | property=value ...`, names qualified. Left out: the
// order of a table's columns, which nothing can change; the schema `emcee`; members of extensions;
// what the server makes itself (toast tables, arrays, row types). Throws std::runtime_error where
// the database cannot be read.
std::string postgres_catalogue(const std::string& url);

}  // namespace emcee::testing
