// A text for psql, cut into what its server would see.
#pragma once

#include <vector>

#include "parser/ast.h"
#include "parser/source.h"

namespace emcee::postgres {

// The text with psql's own commands (`\connect app`) and the data of COPY ... FROM stdin blanked out;
// offsets stay. What was cut is counted in `coverage`. A NUL byte becomes a blank as well.
std::string without_psql(const parser::Source& source, parser::Coverage& coverage);

// The places of the statements of such a text, without semicolons and the comments before them. A
// semicolon within the parentheses of CREATE RULE and the BEGIN ATOMIC of a function ends none.
std::vector<parser::Span> statements_of(const std::string& text);

}  // namespace emcee::postgres
