// From the parse of a statement to the dialect-neutral tree.
#pragma once

#include "dialects/sqlite/grammar.h"
#include "parser/ast.h"

namespace emcee::sqlite {

// The tokens [begin, end) with their roles. A double-quoted word in an expression is a column
// here, although SQLite takes it for a string where there is no such column.
schema::Fragment make_fragment(const parser::Source& source, const Lexemes& tokens, const Parse& parse,
                               std::uint32_t begin, std::uint32_t end);

// The statement that was parsed from token `first` on. Errors: fix_text and fix_schema for what
// SQLite's grammar takes and SQLite refuses: an unknown table option, two primary keys, a table of
// another database, a write to the schema table.
schema::Result<parser::Statement> make_statement(const parser::Source& source, const Lexemes& tokens,
                                                 const Parse& parse, std::uint32_t first);

}  // namespace emcee::sqlite
