// The rules that the translation units of the grammar share.
#pragma once

#include "dialects/sqlite/grammar_terminals.h"

namespace emcee::sqlite::grammar {

// grammar_expression.cpp
const x3::rule<class expression_class> expression = "expression";
const x3::rule<class term_class> term = "term";            // a literal
const x3::rule<class type_name_class> type_name = "type";  // VARCHAR(10)
const x3::rule<class window_class> window = "window";      // what stands in OVER (...)
// grammar_select.cpp
const x3::rule<class select_class> select = "select";           // with its WITH
const x3::rule<class sort_list_class> sort_list = "sort list";  // expressions with their order, as key_part
const x3::rule<class query_class> query = "query";              // SELECT, or a write with or without WITH
const x3::rule<class trigger_command_class> trigger_command = "command";
// grammar_ddl.cpp
const x3::rule<class ddl_class> ddl = "ddl";  // CREATE, ALTER, DROP

BOOST_SPIRIT_DECLARE(decltype(expression), decltype(term), decltype(type_name), decltype(window), decltype(select),
                     decltype(sort_list), decltype(query), decltype(trigger_command), decltype(ddl))

// `t` or `main.t`, as schema_name and object_name.
inline auto object(Mark mark, const char* what) {
  return -(note(Part::schema_name)[Word(kNm, Mark::name, nullptr, Tk::dot)] >> sym(Tk::dot)) >>
         note(Part::object_name)[nm(mark, what)];
}
inline auto target() { return note(Part::target)[object(Mark::table, "a table name")]; }

// What a violated constraint does: the word behind ON CONFLICT and OR.
inline auto resolution() {
  return kw(Tk::kRollback) | kw(Tk::kAbort) | kw(Tk::kFail) | kw(Tk::kIgnore) | kw(Tk::kReplace);
}

// Behind `(`: a subquery or something else. WITH is a name where it does not open a subquery.
inline auto at_select() { return next_is(Tk::kSelect, Tk::kValues, Tk::kWith); }

// Where an expression can begin: these words open one of their own, and are no names.
inline auto at_opening_word() {
  return next_is(Tk::kCast, Tk::kRaise, Tk::kCurrentDate, Tk::kCurrentTime, Tk::kCurrentTimestamp);
}

// For each translation unit, of the rules that it defines.
#define EMCEE_SQLITE_INSTANTIATE(rule_name) BOOST_SPIRIT_INSTANTIATE(decltype(rule_name), Iterator, Context)

}  // namespace emcee::sqlite::grammar
