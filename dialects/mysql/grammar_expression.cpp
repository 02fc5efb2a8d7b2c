// Expressions: https://dev.mysql.com/doc/refman/9.0/en/expressions.html. How operators nest is no
// business of the grammar: canonical.cpp knows.
#include "dialects/mysql/grammar_rules.h"

namespace emcee::mysql::grammar {

namespace {

using enum Tk;

const x3::rule<class simple_class> simple = "simple";  // one operand with its prefixes
const x3::rule<class primary_class> primary = "primary";
const x3::rule<class cast_type_class> cast_type = "cast type";
const x3::rule<class arguments_class> arguments = "arguments";

const auto expressions = expression % sym(comma);
const auto number = lit(integer) | lit(real);
const auto subquery = op(left) >> at_select() >> select >> sym(right);

// INTERVAL 1 DAY.
const auto unit =
    any_of(kMicrosecond, kSecond, kMinute, kHour, kDay, kWeek, kMonth, kQuarter, kYear, kSecondMicrosecond,
           kMinuteMicrosecond, kMinuteSecond, kHourMicrosecond, kHourSecond, kHourMinute, kDayMicrosecond, kDaySecond,
           kDayMinute, kDayHour, kYearMonth, kSqlTsiSecond, kSqlTsiMinute, kSqlTsiHour, kSqlTsiDay, kSqlTsiWeek,
           kSqlTsiMonth, kSqlTsiQuarter, kSqlTsiYear);
const auto interval = op(kInterval) >> expression >> unit;

// Operators. Those that bind tighter than comparisons come first.
const auto tight = any_of(plus, minus, star, slash, percent, kDiv, kMod, bit_xor, bit_and, bit_or, shift_left,
                          shift_right) >>
                   (interval | simple);
const auto comparable = ((interval >> op(plus) >> simple) | simple) >> *tight;
const auto logical = *any_of(kNot, exclamation) >> comparable;
const auto quantified = any_of(kAll, kAny, kSome) >> subquery;
const auto compared = any_of(equal, null_safe_equal, not_equal, less, less_equal, greater, greater_equal) >>
                      (quantified | logical);
const auto joined = any_of(kAnd, and_and, kOr, or_or, kXor) >> logical;
const auto is = op(kIs) >> -op(kNot) >> (any_of(kNull, kTrue, kFalse, kUnknown) | (op(kJson) >> -Verbatim(true)));
const auto in = op(kIn) >> sym(left) >> ((at_select() >> select) | (!at_select() >> expressions)) >> sym(right);
const auto between = op(kBetween) >> comparable >> kw(kAnd) >> comparable;
const auto like = op(kLike) >> comparable >> maybe(op(kEscape), comparable);
const auto regexp = any_of(kRegexp, kRlike) >> comparable;
const auto negatable = in | between | like | regexp;
const auto member = op(kMember) >> -op(kOf) >> sym(left) >> expression >> sym(right);
const auto tail =
    compared | joined | is | negatable | (op(kNot) >> negatable) | (op(kSounds) >> kw(kLike) >> comparable) | member;

const auto expression_def = expect("an expression")[nested[logical >> *tail]];

const auto arrowed = op(arrow) >> text;
const auto collated = op(kCollate) >> (Word(kNameWord, Mark::name, "a collation name") | op(kBinary) | op(Tk::string));
const auto prefix = any_of(plus, minus, bit_not, kBinary, exclamation);
const auto simple_def = nested[*prefix >> primary >> *(arrowed | collated)];

const auto one_text = -Terminal(introducer, Mark::literal, true) >> lit(Tk::string);
const auto text_def = one_text >> *lit(Tk::string);
const auto other_literal = (-Terminal(introducer, Mark::literal, true) >> (lit(hex) | lit(bits))) | number |
                           any_of(kNull, kTrue, kFalse) | (any_of(kDate, kTime, kTimestamp) >> lit(Tk::string)) |
                           (op(left_brace) >> Word(kNameWord, Mark::name, nullptr) >> expression >> sym(right_brace));

// Functions.
const auto length = op(left) >> number >> maybe(sym(comma), number) >> sym(right);
const auto charset_suffix = (charset_words() >> (Word(kNameWord, Mark::name, "a character set") | op(kBinary))) |
                            any_of(kAscii, kUnicode, kBinary);
const auto cast_type_def =
    ((any_of(kBinary, kChar, kCharacter, kVarchar, kVarbinary, kDecimal, kDec, kNumeric, kDouble, kFloat, kReal, kInt,
             kInteger, kUnsigned, kBigint, kSmallint, kTinyint) |
      Word(kNameWord, Mark::keyword, "a type")) >>
     -any_of(kInt, kInteger, kPrecision, kVarying, kChar, kVarchar) >> -length >> *charset_suffix >> -op(kArray));
const auto cast = op(kCast) >> sym(left) >> expression >> maybe(op(kAt), Verbatim(true)) >> kw(kAs) >> cast_type >>
                  maybe(op(kFormat), text) >> sym(right);
const auto convert = op(kConvert) >> sym(left) >> expression >>
                     ((op(kUsing) >> (Word(kNameWord, Mark::name, "a character set") | op(kBinary))) |
                      (sym(comma) >> cast_type)) >>
                     sym(right);
const auto case_when = op(kCase) >> (next_is(kWhen) | expression) >>
                       +(kw(kWhen) >> expression >> kw(kThen) >> expression) >> maybe(op(kElse), expression) >>
                       kw(kEnd);
const auto exists = op(kExists) >> subquery;
const auto match = op(kMatch) >>
                   ((op(left) >> column_reference % sym(comma) >> sym(right)) | (column_reference % sym(comma))) >>
                   kw(kAgainst) >> sym(left) >> comparable >>
                   -((op(kIn) >> (kw(kBoolean) | (kw(kNatural) >> kw(kLanguage))) >> kw(kMode) >>
                      -(op(kWith) >> kw(kQuery) >> kw(kExpansion))) |
                     (op(kWith) >> kw(kQuery) >> kw(kExpansion))) >>
                   sym(right);
const auto with_unit = any_of(kTimestampadd, kTimestampdiff, kExtract) >> sym(left) >> unit >>
                       any_of(comma, kFrom) >> expressions >> sym(right);
const auto get_format = op(kGetFormat) >> sym(left) >> any_of(kDate, kTime, kDatetime, kTimestamp) >>
                        sym(comma) >> expression >> sym(right);
const auto position = op(kPosition) >> sym(left) >> comparable >> (op(kIn) | op(comma)) >> expression >> sym(right);
const auto of_column = any_of(kDefault, kValues, kValue) >> sym(left) >> column_reference >> sym(right);
const auto sequence_value = mariadb >> any_of(kNext, kPrevious) >> kw(kValue) >> kw(kFor) >>
                            -(Word(kNameWord, Mark::name, nullptr, dot) >> sym(dot)) >> nm(Mark::table, "a sequence");
const auto now = any_of(kCurrentTimestamp, kCurrentTime, kCurrentDate, kLocaltime, kLocaltimestamp, kUtcDate, kUtcTime,
                        kUtcTimestamp, kCurrentUser, kCurrentRole) >>
                 -(op(left) >> -lit(integer) >> sym(right));

const auto argument = interval | expression;
const auto separator = any_of(comma, kFrom, kFor);
const auto trim_side = any_of(kBoth, kLeading, kTrailing) >> -(!next_is(kFrom) >> expression) >> kw(kFrom);
const auto json_tail =
    *((op(kReturning) >> cast_type) |
      ((op(kNull) | op(kError) | (op(kDefault) >> simple)) >> kw(kOn) >> any_of(kEmpty, kError, kNull)) |
      (any_of(kNull, kAbsent) >> kw(kOn) >> kw(kNull)));
const auto arguments_def = (op(star) |
                            (-(any_of(kDistinct, kAll)) >> -trim_side >>
                             -(argument >> -(op(kAs) >> cast_type) >> *(separator >> argument)) >>
                             maybe(op(kUsing), Word(kNameWord, Mark::name, "a character set") | op(kBinary)) >>
                             maybe(op(kOrder), kw(kBy) >> sort_list) >> maybe(op(kSeparator), text) >>
                             maybe(op(kLimit), expression >> maybe(any_of(kOffset, comma), expression)) >>
                             json_tail)) >>
                           sym(right);
const auto function_word = any_of(kLeft, kRight, kReplace, kInsert, kRepeat, kIf, kMod, kChar, kDatabase, kSchema,
                                  kInterval, kTruncate, kRowNumber, kRank, kDenseRank, kPercentRank, kCumeDist, kNtile,
                                  kLag, kLead, kFirstValue, kLastValue, kNthValue, kGrouping, kIgnore, kRow, kFormat);
const auto nulls = -(op(kFrom) >> any_of(kFirst, kLast)) >> -(any_of(kRespect, kIgnore) >> op(kNulls));
const auto within = op(kWithin) >> kw(kGroup) >> sym(left) >> kw(kOrder) >> kw(kBy) >> sort_list >> sym(right);
const auto over = op(kOver) >> ((op(left) >> window >> sym(right)) | nm(Mark::name, "a window name"));
const auto call_name =
    (Word(kNameWord, Mark::name, nullptr, dot) >> sym(dot) >> Word(kNameWord, Mark::name, nullptr, left)) |
    Word(kNameWord, Mark::name, nullptr, left) | (function_word >> next_is(left));
const auto call = call_name >> sym(left) >> arguments >> -within >> nulls >> -over;

const auto qualifier = Word(kNameWord, Mark::qualifier, nullptr, dot) >> sym(dot);
const auto column_reference_def =
    (Word(kNameWord, Mark::name, nullptr, dot) >> sym(dot) >> qualifier >> nm(Mark::column, "a column name")) |
    (qualifier >> nm(Mark::column, "a column name")) | nm(Mark::column, "a column name");
const auto variable_use = Terminal(variable, Mark::variable, true) >> maybe(op(assign), expression);
const auto parenthesised_list = op(left) >> ((at_select() >> select) | expressions | (next_is(left) >> select)) >>
                                sym(right);

const auto primary_def = expect("an expression")[text | other_literal | variable_use | parenthesised_list | cast |
                                                 convert | case_when | exists | match | with_unit | get_format |
                                                 position | of_column | sequence_value | now | call | column_reference];

// COLLATE behind it is the column's.
const auto plain_default_def = *any_of(plus, minus) >> primary;

// https://dev.mysql.com/doc/refman/9.0/en/window-functions-usage.html
const auto bound =
    ((any_of(kUnbounded) | interval | (!next_is(kCurrent) >> expression)) >> any_of(kPreceding, kFollowing)) |
    (op(kCurrent) >> kw(kRow));
const auto frame = any_of(kRows, kRange, kGroups) >> ((op(kBetween) >> bound >> kw(kAnd) >> bound) | bound) >>
                   maybe(op(kExclude), (kw(kNo) >> kw(kOthers)) | (kw(kCurrent) >> kw(kRow)) | any_of(kGroup, kTies));
const auto window_def = -(Word(kNameWord, Mark::name, nullptr)) >> maybe(op(kPartition), kw(kBy) >> expressions) >>
                        maybe(op(kOrder), kw(kBy) >> sort_list) >> -frame;

BOOST_SPIRIT_DEFINE(simple, primary, cast_type, arguments)

}  // namespace

BOOST_SPIRIT_DEFINE(expression, plain_default, text, window, column_reference)

EMCEE_MYSQL_INSTANTIATE(expression);
EMCEE_MYSQL_INSTANTIATE(plain_default);
EMCEE_MYSQL_INSTANTIATE(text);
EMCEE_MYSQL_INSTANTIATE(window);
EMCEE_MYSQL_INSTANTIATE(column_reference);

}  // namespace emcee::mysql::grammar
