// Queries: https://dev.mysql.com/doc/refman/9.0/en/select.html, https://mariadb.com/kb/en/select/.
#include "dialects/mysql/grammar_rules.h"

namespace emcee::mysql::grammar {

namespace {

using enum Tk;

const x3::rule<class factor_class> factor = "table";  // one table of FROM
const x3::rule<class core_class> core = "SELECT";     // one SELECT
const x3::rule<class query_body_class> query_body = "query";

const auto expressions = expression % sym(comma);
const auto columns = sym(left) >> nm(Mark::column, "a column name") % sym(comma) >> sym(right);

// Results.
const auto alias = note(Part::alias)[(op(kAs) >> (nm(Mark::name, "a name") | text)) |
                                     (!op(kAs) >> (Word(kNameWord, Mark::name, nullptr) | lit(Tk::string)))];
const auto all_of = (Word(kNameWord, Mark::name, nullptr, dot) >> sym(dot) >>
                     Word(kNameWord, Mark::table, nullptr, dot) >> sym(dot) >> op(star)) |
                    (Word(kNameWord, Mark::table, nullptr, dot) >> sym(dot) >> op(star));
const auto result = note(Part::select_item)[op(star) | all_of | (expression >> -alias)];
const auto results_def = result % sym(comma);

// Tables.
const auto names = sym(left) >> nm(Mark::name, "a name") % sym(comma) >> sym(right);
const auto index_names = sym(left) >> -((nm(Mark::name, "an index name") | op(kPrimary)) % sym(comma)) >> sym(right);
const auto table_alias = (op(kAs) >> (nm(Mark::table, "a name") | lit(Tk::string))) |
                         (!op(kAs) >> -(!next_is(kWindow) >> Word(kNameWord, Mark::table, nullptr)));
const auto hint = any_of(kUse, kForce, kIgnore) >> any_of(kIndex, kKey) >>
                  maybe(op(kFor), kw(kJoin) | (any_of(kOrder, kGroup) >> kw(kBy))) >> index_names;
const auto system_time = op(kFor) >> op(kSystemTime) >> Verbatim(true);
const auto named = -(Word(kNameWord, Mark::name, nullptr, dot) >> sym(dot)) >> nm(Mark::table, "a table name") >>
                   maybe(op(kPartition), names) >> -system_time >> table_alias >>
                   *(hint >> -op(comma) >> !next_is(comma));
const auto derived = -op(kLateral) >> op(left) >> select >> sym(right) >> table_alias >> -columns;
const auto inner_tables = op(left) >> tables >> sym(right);
const auto json_table = op(kJsonTable) >> sym(left) >> verbatim >> sym(right) >> table_alias;
const auto escaped = op(left_brace) >> Word(kNameWord, Mark::name, nullptr) >> tables >> sym(right_brace);
const auto factor_def = nested[expect("a table")[json_table | derived | inner_tables | escaped | named]];
const auto outer = any_of(kLeft, kRight) >> -op(kOuter);
const auto join = op(comma) | (any_of(kInner, kCross) >> kw(kJoin)) | op(kJoin) | op(kStraightJoin) |
                  (outer >> kw(kJoin)) | (op(kNatural) >> -(outer | op(kInner)) >> kw(kJoin));
const auto condition = (op(kOn) >> expression) | (op(kUsing) >> columns);
const auto tables_def = nested[factor >> *(join >> factor >> *condition)];

// SELECT.
const auto sort = expression >> -any_of(kAsc, kDesc);
const auto sort_list_def = sort % sym(comma);
const auto order = maybe(op(kOrder), kw(kBy) >> sort_list);
const auto rows_word = any_of(kRow, kRows);
const auto limit = maybe(op(kLimit), -(!next_is(kRows) >> expression >> maybe(any_of(kOffset, comma), expression)) >>
                                         -(op(kRows) >> kw(kExamined) >> expression)) >>
                   maybe(op(kOffset), expression >> rows_word) >>
                   maybe(op(kFetch),
                         any_of(kFirst, kNext) >> -expression >> rows_word >> (kw(kOnly) | (op(kWith) >> kw(kTies))));
const auto into_target = Terminal(variable, Mark::variable, true) | nm(Mark::column, "a variable");
const auto into = op(kInto) >> ((any_of(kOutfile, kDumpfile) >> verbatim) | into_target % sym(comma));
const auto locked = -(op(kOf) >> nm(Mark::table, "a table name") % sym(comma)) >>
                    -(op(kNowait) | (op(kSkip) >> kw(kLocked)) | (op(kWait) >> lit(integer)));
const auto lock =
    (op(kFor) >> any_of(kUpdate, kShare) >> locked) | (op(kLock) >> kw(kIn) >> kw(kShare) >> kw(kMode) >> locked);
const auto tail = order >> limit >> -into >> *lock >> -into;
const auto options = *any_of(kAll, kDistinct, kDistinctrow, kHighPriority, kStraightJoin, kSqlSmallResult,
                             kSqlBigResult, kSqlBufferResult, kSqlNoCache, kSqlCache, kSqlCalcFoundRows);
const auto window_definition = nm(Mark::name, "a window name") >> kw(kAs) >> sym(left) >> window >> sym(right);
const auto group = maybe(op(kGroup), kw(kBy) >> ((op(kRollup) >> sym(left) >> expressions >> sym(right)) | sort_list) >>
                                         -(op(kWith) >> kw(kRollup)));
const auto core_def = op(kSelect) >> options >> results >> -into >> maybe(op(kFrom), tables) >>
                      maybe(op(kWhere), expression) >> group >> maybe(op(kHaving), expression) >>
                      maybe(op(kWindow), window_definition % sym(comma)) >> maybe(op(kQualify), expression) >> tail >>
                      maybe(op(kProcedure), verbatim);
const auto value_rows = op(kValues) >>
                        (-op(kRow) >> sym(left) >> -((expression | op(kDefault)) % sym(comma)) >> sym(right)) %
                            op(comma);
const auto one =
    core | value_rows | (op(kTable) >> nm(Mark::table, "a table name")) | (op(left) >> select >> sym(right));
const auto compound = any_of(kUnion, kExcept, kIntersect) >> -any_of(kAll, kDistinct);
const auto query_body_def = expect("SELECT")[(one >> tail) % compound];

const auto common_table = nm(Mark::table, "a table name") >> -columns >> kw(kAs) >> sym(left) >> select >> sym(right) >>
                          -(op(kCycle) >> nm(Mark::column, "a column name") % sym(comma) >> kw(kRestrict));
const auto with = maybe(op(kWith), -op(kRecursive) >> common_table % sym(comma));
const auto select_def = nested[with >> query_body];

BOOST_SPIRIT_DEFINE(factor, core, query_body)

}  // namespace

BOOST_SPIRIT_DEFINE(select, sort_list, tables, results)

EMCEE_MYSQL_INSTANTIATE(select);
EMCEE_MYSQL_INSTANTIATE(sort_list);
EMCEE_MYSQL_INSTANTIATE(tables);
EMCEE_MYSQL_INSTANTIATE(results);

}  // namespace emcee::mysql::grammar
