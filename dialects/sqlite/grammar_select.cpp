// Queries and writes: https://www.sqlite.org/lang_select.html, lang_insert.html, lang_upsert.html,
// lang_update.html, lang_delete.html, lang_with.html.
#include "dialects/sqlite/grammar_rules.h"

namespace emcee::sqlite::grammar {

namespace {

using enum Tk;

const x3::rule<class tables_class> tables = "tables";            // what stands behind FROM
const x3::rule<class select_body_class> select_body = "select";  // without WITH

const auto expressions = expression % sym(comma);
const auto columns = sym(left) >> nm(Mark::column, "a column name") % sym(comma) >> sym(right);

// Columns of a result. LIKE and its kin are operators behind an expression, never aliases.
const auto bare_alias = !next_is(kLike, kGlob, kRegexp, kMatch) >> Word(kIds, Mark::name, nullptr);
const auto alias = (op(kAs) >> nm(Mark::name, "a name")) | (!op(kAs) >> -bare_alias);
const auto result = op(star) | (!at_opening_word() >> Word(kNm, Mark::table, nullptr, dot) >> sym(dot) >> op(star)) |
                    (expression >> alias);
const auto results = result % sym(comma);

// Tables.
const auto as_table = op(kAs) >> nm(Mark::table, "a name");
const auto table_alias = as_table | (!op(kAs) >> -Word(kIds, Mark::table, nullptr));
const auto indexed = (op(kIndexed) >> kw(kBy) >> nm(Mark::name, "an index name")) | (op(kNot) >> kw(kIndexed)) |
                     !next_is(kIndexed, kNot);
const auto join_condition = (op(kOn) >> expression) | (op(kUsing) >> columns) | !next_is(kOn, kUsing);
const auto nested_tables = op(left) >> ((at_select() >> select) | (!at_select() >> tables)) >>
                           sym(right) >> table_alias;
const auto function = Word(kNm, Mark::name, nullptr, left) >> sym(left) >> -expressions >> sym(right) >> table_alias;
const auto named_table = -(Word(kNm, Mark::name, nullptr, dot) >> sym(dot)) >>
                         (function | (nm(Mark::table, "a table name") >> table_alias >> indexed));
const auto table = expect("a table")[nested_tables | named_table] >> join_condition;
const auto join = op(comma) | op(kJoin) |
                  (Word(kJoinWord, Mark::keyword, nullptr) >> -Word(kNm, Mark::keyword, nullptr) >>
                   -Word(kNm, Mark::keyword, nullptr) >> kw(kJoin));
const auto tables_def = nested[table % join];

// SELECT.
const auto where = maybe(op(kWhere), expression);
const auto from = maybe(op(kFrom), tables);
const auto window_definition = nm(Mark::name, "a window name") >> kw(kAs) >> sym(left) >> window >> sym(right);
const auto order = maybe(op(kOrder), kw(kBy) >> sort_list);
const auto limit = maybe(op(kLimit), expression >> maybe(any_of(kOffset, comma), expression));
const auto rows = op(kValues) >> (sym(left) >> expressions >> sym(right)) % op(comma);
const auto one_select =
    (op(kSelect) >> -any_of(kDistinct, kAll) >> results >> from >> where >> maybe(op(kGroup), kw(kBy) >> expressions) >>
     maybe(op(kHaving), expression) >> maybe(op(kWindow), window_definition % sym(comma)) >> order >> limit) |
    rows;
const auto compound = (op(kUnion) >> -op(kAll)) | op(kExcept) | op(kIntersect);
const auto select_body_def = expect("SELECT or VALUES")[one_select % compound];

const auto common_table = nm(Mark::table, "a table name") >> -columns >> kw(kAs) >>
                          ((op(kNot) >> kw(kMaterialized)) | -op(kMaterialized)) >> sym(left) >> select >> sym(right);
const auto with = maybe(op(kWith), -op(kRecursive) >> common_table % sym(comma));
const auto select_def = nested[with >> select_body];

const auto sort_order = -(op(kAsc) | note(Part::descending)[op(kDesc)]) >> maybe(op(kNulls), kw(kFirst) | kw(kLast));
const auto sort_list_def = note(Part::key_part)[note(Part::expression)[expression] >> sort_order] % sym(comma);

// Writes.
const auto returning = maybe(op(kReturning), results);
const auto assignment = (nm(Mark::column, "a column name") | columns) >> sym(equal) >> expression;
const auto assignments = kw(kSet) >> assignment % sym(comma);
const auto or_resolution = maybe(op(kOr), resolution());

const auto on_conflict = op(kOn) >> kw(kConflict);
const auto upsert_action = kw(kDo) >> (kw(kNothing) | (kw(kUpdate) >> assignments >> where));
const auto upsert = *(on_conflict >> op(left) >> sort_list >> sym(right) >> where >> upsert_action) >>
                    maybe(op(kOn), kw(kConflict) >> upsert_action) >> returning;
const auto insert_head = ((op(kInsert) >> or_resolution) | op(kReplace)) >> kw(kInto) >> target() >> -as_table >>
                         -columns;
const auto insert = insert_head >> ((op(kDefault) >> kw(kValues) >> returning) | (select >> upsert));
const auto update = op(kUpdate) >> or_resolution >> target() >> -as_table >> indexed >> assignments >> from >> where;
const auto remove = op(kDelete) >> kw(kFrom) >> target() >> -as_table >> indexed >> where;

const auto write =
    note(Part::write)[insert | (update >> returning >> order >> limit) | (remove >> returning >> order >> limit)];
const auto query_def = with >> (write | select_body);
const auto trigger_command_def =
    expect("INSERT, UPDATE, DELETE or SELECT")[(insert_head >> select >> upsert) | update | remove | select];

BOOST_SPIRIT_DEFINE(tables, select_body)

}  // namespace

BOOST_SPIRIT_DEFINE(select, sort_list, query, trigger_command)

EMCEE_SQLITE_INSTANTIATE(select);
EMCEE_SQLITE_INSTANTIATE(sort_list);
EMCEE_SQLITE_INSTANTIATE(query);
EMCEE_SQLITE_INSTANTIATE(trigger_command);

}  // namespace emcee::sqlite::grammar
