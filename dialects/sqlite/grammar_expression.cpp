// Expressions and window definitions: https://www.sqlite.org/lang_expr.html, parse.y.
#include "dialects/sqlite/grammar_rules.h"

namespace emcee::sqlite::grammar {

namespace {

using enum Tk;

const x3::rule<class equality_class> equality = "equality";
const x3::rule<class comparison_class> comparison = "comparison";
const x3::rule<class primary_class> primary = "primary";

const auto expressions = expression % sym(comma);
const auto optional_expressions = -expressions;

// Operators from the tightest to the loosest. All that bind tighter than = are one level here:
// they associate to the left, and nothing asks how they nest.
const auto prefix = any_of(plus, minus, bit_not);
const auto operand = *prefix >> ((op(kNot) >> equality) | primary);
const auto tight = any_of(less, less_equal, greater, greater_equal, bit_and, bit_or, shift_left, shift_right, plus,
                          minus, star, slash, percent, concat, pointer);
const auto tight_tail = (tight >> operand) | (op(kCollate) >> Word(kIds, Mark::name, "a collation name"));
const auto comparison_def = operand >> *tight_tail;

const auto is = op(kIs) >> ((op(kNot) >> op(kDistinct) >> kw(kFrom) >> comparison) |
                            (op(kDistinct) >> kw(kFrom) >> comparison) | comparison);
const auto like = any_of(kLike, kGlob, kRegexp, kMatch) >> comparison >> maybe(op(kEscape), comparison);
// The AND of BETWEEN is not the logical one: what stands before it has neither AND nor OR.
const auto between = op(kBetween) >> equality >> kw(kAnd) >> comparison;
const auto in_list = sym(left) >> ((at_select() >> select) | (!at_select() >> optional_expressions)) >> sym(right);
const auto in_table = -(Word(kNm, Mark::name, nullptr, dot) >> sym(dot)) >> nm(Mark::table, "a table name") >>
                      maybe(op(left), optional_expressions >> sym(right));
const auto in = op(kIn) >> (in_list | (!op(left) >> in_table));
// What ends without an operand (a ISNULL, a IN t) can be an operand of a tight operator again.
const auto closed = (any_of(kIsnull, kNotnull) | in | (op(kNot) >> (op(kNull) | in))) >> *tight_tail;
const auto tail =
    (any_of(equal, not_equal) >> comparison) | is | like | between | closed | (op(kNot) >> (like | between));

const auto equality_def = nested[comparison >> *tail];
const auto expression_def = expect("an expression")[equality % any_of(kAnd, kOr)];

const auto term_def =
    any_of(kNull, kCurrentDate, kCurrentTime, kCurrentTimestamp) | lit(integer) | lit(real) | lit(string) | lit(blob);

const auto cast = op(kCast) >> sym(left) >> expression >> kw(kAs) >> -type_name >> sym(right);
const auto case_when = op(kCase) >> -expression >> +(kw(kWhen) >> expression >> kw(kThen) >> expression) >>
                       maybe(kw(kElse), expression) >> kw(kEnd);
const auto exists = op(kExists) >> sym(left) >> select >> sym(right);
const auto raise_message = Word(kIdj, Mark::literal, nullptr, right) | expression;
const auto raise = op(kRaise) >> sym(left) >>
                   (kw(kIgnore) | ((kw(kRollback) | kw(kAbort) | kw(kFail)) >> sym(comma) >> raise_message)) >>
                   sym(right);
const auto parenthesised = op(left) >> ((at_select() >> select) | (!at_select() >> expressions)) >> sym(right);

const auto filter = maybe(op(kFilter), sym(left) >> kw(kWhere) >> expression >> sym(right));
const auto over = maybe(op(kOver), (op(left) >> window >> sym(right)) | nm(Mark::name, "a window name"));
const auto arguments =
    op(star) | (-any_of(kDistinct, kAll) >> optional_expressions >> maybe(op(kOrder), kw(kBy) >> sort_list));
const auto call = Word(kIdj, Mark::name, nullptr, left) >> sym(left) >> arguments >> sym(right) >> filter >> over;

const auto qualifier = Word(kNm, Mark::qualifier, nullptr, dot) >> sym(dot);
const auto column =
    (Word(kNm, Mark::name, nullptr, dot) >> sym(dot) >> qualifier >> nm(Mark::column, "a column name")) |
    (qualifier >> nm(Mark::column, "a column name")) | Word(kIdj, Mark::column, nullptr);
const auto named = !at_opening_word() >> (call | column);

const auto primary_def =
    expect("an expression")[named | term | parenthesised | Terminal(variable, Mark::variable, true) | cast | case_when |
                            exists | raise];

// Window definitions: https://www.sqlite.org/windowfunctions.html
const auto rows = any_of(kRange, kRows, kGroups);
const auto bound_by_value = !next_is(kUnbounded, kCurrent) >> expression >> (kw(kPreceding) | kw(kFollowing));
const auto current_row = kw(kCurrent) >> kw(kRow);
const auto start = (kw(kUnbounded) >> kw(kPreceding)) | current_row | bound_by_value;
const auto finish = (kw(kUnbounded) >> kw(kFollowing)) | current_row | bound_by_value;
const auto exclusion = (kw(kNo) >> kw(kOthers)) | current_row | kw(kGroup) | kw(kTies);
const auto frame = ((op(kBetween) >> start >> kw(kAnd) >> finish) | start) >> maybe(op(kExclude), exclusion);
const auto window_def = -(!next_is(kPartition, kOrder, kRange, kRows, kGroups) >> nm(Mark::name, "a window name")) >>
                        maybe(kw(kPartition), kw(kBy) >> expressions) >> maybe(kw(kOrder), kw(kBy) >> sort_list) >>
                        maybe(rows, frame);

// `VARCHAR(10)`, `DOUBLE PRECISION`: words, and up to two numbers.
const auto signed_number = -any_of(plus, minus) >> expect("a number")[lit(integer) | lit(real)];
const auto type_name_def = +Word(kIds, Mark::name, nullptr) >>
                           maybe(op(left), signed_number >> maybe(sym(comma), signed_number) >> sym(right));

BOOST_SPIRIT_DEFINE(equality, comparison, primary)

}  // namespace

BOOST_SPIRIT_DEFINE(expression, term, type_name, window)

EMCEE_SQLITE_INSTANTIATE(expression);
EMCEE_SQLITE_INSTANTIATE(term);
EMCEE_SQLITE_INSTANTIATE(type_name);
EMCEE_SQLITE_INSTANTIATE(window);

}  // namespace emcee::sqlite::grammar
