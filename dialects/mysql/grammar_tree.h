// From the parse of a statement to the dialect-neutral tree.
#pragma once

#include <functional>
#include <vector>

#include "dialects/mysql/canonical_query.h"
#include "dialects/mysql/grammar_reader.h"

namespace emcee::mysql {

// What there is when the statement runs.
struct Lookup {
  // Null where there is no table of that name.
  std::function<const parser::Table*(const schema::QualifiedName&)> table;
  ColumnsOf columns;
};

// The statement, in parts where it does several things (DROP TABLE a, b). Errors: fix_schema.
schema::Result<std::vector<parser::Statement>> make_statements(const Reader& reader, const parser::Source& source,
                                                               const Lexemes& tokens, std::uint32_t end,
                                                               const Lookup& lookup);

}  // namespace emcee::mysql
