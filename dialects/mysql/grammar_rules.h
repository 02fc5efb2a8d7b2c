// The rules that the translation units of the grammar share.
#pragma once

#include "dialects/mysql/grammar_terminals.h"

namespace emcee::mysql::grammar {

// grammar_expression.cpp
const x3::rule<class expression_class> expression = "expression";
const x3::rule<class plain_default_class> plain_default = "default value";  // without parentheses
const x3::rule<class text_class> text = "text";                             // 'a' 'b', _utf8mb4'a', N'a'
const x3::rule<class window_class> window = "window";
const x3::rule<class column_reference_class> column_reference = "column";  // a, t.a, db.t.a
// grammar_select.cpp
const x3::rule<class select_class> select = "select";           // with its WITH
const x3::rule<class sort_list_class> sort_list = "sort list";  // expressions with their order
const x3::rule<class tables_class> tables = "tables";           // what stands behind FROM
const x3::rule<class results_class> results = "results";        // what stands behind SELECT
// grammar_program.cpp
const x3::rule<class write_class> write = "write";        // INSERT, UPDATE, DELETE, REPLACE
const x3::rule<class program_class> program = "program";  // one statement of a stored program
// grammar_column.cpp
const x3::rule<class column_class> column = "column";              // name, type, attributes
const x3::rule<class constraint_class> constraint = "constraint";  // a constraint or index of a table
const x3::rule<class key_parts_class> key_parts = "key parts";     // in parentheses
const x3::rule<class index_options_class> index_options = "index options";
const x3::rule<class default_value_class> default_value = "default value";  // what stands behind DEFAULT
const x3::rule<class type_class> type = "type";
// grammar_options.cpp
const x3::rule<class table_option_class> table_option = "table option";
const x3::rule<class partitioning_class> partitioning = "partitioning";
const x3::rule<class partitions_class> partitions = "partitions";  // (PARTITION p ...)
// grammar_create.cpp, grammar_alter.cpp
const x3::rule<class create_class> create = "create";
const x3::rule<class alter_class> alter = "alter";

BOOST_SPIRIT_DECLARE(decltype(expression), decltype(plain_default), decltype(text), decltype(window),
                     decltype(column_reference), decltype(select), decltype(sort_list), decltype(tables),
                     decltype(results), decltype(write), decltype(program), decltype(column), decltype(constraint),
                     decltype(key_parts), decltype(index_options), decltype(default_value), decltype(type),
                     decltype(table_option), decltype(partitioning), decltype(partitions), decltype(create),
                     decltype(alter))

// `t` or `db.t`, as schema_name and object_name.
inline auto object(Mark mark, const char* what) {
  return -(note(Part::schema_name)[Word(kNameWord, Mark::name, nullptr, Tk::dot)] >> sym(Tk::dot)) >>
         note(Part::object_name)[nm(mark, what)];
}
inline auto target(Part part = Part::target) { return note(part)[object(Mark::table, "a table name")]; }

inline auto if_exists() { return note(Part::if_exists)[op(Tk::kIf) >> kw(Tk::kExists)] | !op(Tk::kIf); }
inline auto if_not_exists() {
  return note(Part::if_exists)[op(Tk::kIf) >> kw(Tk::kNot) >> kw(Tk::kExists)] | !op(Tk::kIf);
}
inline auto parenthesised() { return sym(Tk::left) >> note(Part::expression)[expression] >> sym(Tk::right); }

// Behind `(`: a subquery or something else.
inline auto at_select() { return next_is(Tk::kSelect, Tk::kWith, Tk::kValues, Tk::kTable); }

// CHARACTER SET x, CHARSET x. BINARY is a character set too.
inline auto charset_name() {
  return note(Part::charset)[nm(Mark::name, "a character set") | op(Tk::kBinary) | op(Tk::kDefault) | op(Tk::string)];
}
inline auto collation_name() {
  return note(
      Part::collation)[nm(Mark::name, "a collation name") | op(Tk::kBinary) | op(Tk::kDefault) | op(Tk::string)];
}
inline auto charset_words() { return (any_of(Tk::kCharacter, Tk::kChar) >> kw(Tk::kSet)) | op(Tk::kCharset); }

// A number or a name, as options have them: `1`, `'x'`, InnoDB, DEFAULT.
inline auto plain_value() {
  return op(Tk::integer) | op(Tk::real) | text | op(Tk::hex) | op(Tk::kDefault) | op(Tk::kBinary) | op(Tk::kNo) |
         op(Tk::kOn) | Word(kNameWord, Mark::name, "a value");
}

// 'root'@'localhost', CURRENT_USER, CURRENT_USER(), a role.
inline auto user() {
  return (op(Tk::kCurrentUser) >> -(op(Tk::left) >> sym(Tk::right))) | op(Tk::kCurrentRole) |
         ((Word(kNameWord, Mark::name, nullptr) | op(Tk::string)) >> -Terminal(Tk::variable, Mark::variable, true));
}

// For each translation unit, of the rules that it defines.
#define EMCEE_MYSQL_INSTANTIATE(rule_name) BOOST_SPIRIT_INSTANTIATE(decltype(rule_name), Iterator, Context)

}  // namespace emcee::mysql::grammar
