// The options of sequences, of their own and of identity columns.
// https://www.postgresql.org/docs/15/sql-createsequence.html
#pragma once

#include "dialects/postgres/piece.h"
#include "schema/table.h"

namespace emcee::postgres {

// `as`, `start`, `increment`, `minimum`, `maximum`, `cache`, `cycle`: only what differs from the
// server's defaults. `type`: of the sequence where the options do not say it.
schema::Options sequence_options(Node* const* options, std::size_t count, schema::Options before = {},
                                 const std::string& type = "bigint");

// `AS integer START WITH 5 CACHE 10`; the same text for equal options.
std::string sequence_clauses(const schema::Options& options);
// What sequence_clauses wrote.
schema::Options read_sequence_clauses(const schema::Fragment& definition);
schema::Fragment sequence_definition(const schema::Options& options);

// The column of OWNED BY as names, `{"t", "id"}` or `{"s", "t", "id"}`; {"none"}; empty where none is given.
std::vector<std::string> owned_by(Node* const* options, std::size_t count);

}  // namespace emcee::postgres
