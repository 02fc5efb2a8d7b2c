// The terminals of which the grammar is made, beside those of parser/terminals.h.
#pragma once

#include "dialects/sqlite/grammar.h"
#include "parser/terminals.h"

namespace emcee::sqlite::grammar {

namespace x3 = boost::spirit::x3;

using namespace parser;  // NOLINT: the words of which a grammar is made
using Iterator = Lexemes::const_iterator;
using State = parser::BasicState<Lexemes, Parse>;
using Context = x3::context<parser::StateTag, State>;
using Word = parser::Word<Tk>;
using Terminal = parser::Terminal<Tk>;

// The classes of parse.y: id, ids, idj and nm.
inline constexpr int kId = kNameWord | kIndexedWord;
inline constexpr int kIds = kNameWord | kStringWord;
inline constexpr int kIdj = kNameWord | kIndexedWord | kJoinWord;
inline constexpr int kNm = kNameWord | kIndexedWord | kJoinWord | kStringWord;

constexpr Word nm(Mark mark, const char* what) { return {kNm, mark, what}; }

}  // namespace emcee::sqlite::grammar
