// The tokens of SQLite's SQL, as its own tokenizer cuts them.
// https://www.sqlite.org/lang_keywords.html lists the keywords; which of them may also be names is
// SQLite's grammar's business (parse.y, %fallback), repeated in the table below.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parser/syntax.h"

namespace emcee::sqlite {

// What a keyword can also be:
//   reserved  nothing else
//   name      an identifier, wherever the grammar has no use for the keyword
//   join      a name of a table or column, but not an alias without AS
//   indexed   INDEXED: a name, but not an alias without AS
// clang-format off
#define EMCEE_SQLITE_KEYWORDS(X) \
  X(kAbort, "ABORT", name) X(kAction, "ACTION", name) X(kAdd, "ADD", reserved) X(kAfter, "AFTER", name) \
  X(kAll, "ALL", reserved) X(kAlter, "ALTER", reserved) X(kAlways, "ALWAYS", name) X(kAnalyze, "ANALYZE", name) \
  X(kAnd, "AND", reserved) X(kAs, "AS", reserved) X(kAsc, "ASC", name) X(kAttach, "ATTACH", name) \
  X(kAutoincrement, "AUTOINCREMENT", reserved) X(kBefore, "BEFORE", name) X(kBegin, "BEGIN", name) \
  X(kBetween, "BETWEEN", reserved) X(kBy, "BY", name) X(kCascade, "CASCADE", name) X(kCase, "CASE", reserved) \
  X(kCast, "CAST", name) X(kCheck, "CHECK", reserved) X(kCollate, "COLLATE", reserved) X(kColumn, "COLUMN", name) \
  X(kCommit, "COMMIT", reserved) X(kConflict, "CONFLICT", name) X(kConstraint, "CONSTRAINT", reserved) \
  X(kCreate, "CREATE", reserved) X(kCross, "CROSS", join) X(kCurrent, "CURRENT", name) \
  X(kCurrentDate, "CURRENT_DATE", name) X(kCurrentTime, "CURRENT_TIME", name) \
  X(kCurrentTimestamp, "CURRENT_TIMESTAMP", name) X(kDatabase, "DATABASE", name) X(kDefault, "DEFAULT", reserved) \
  X(kDeferrable, "DEFERRABLE", reserved) X(kDeferred, "DEFERRED", name) X(kDelete, "DELETE", reserved) \
  X(kDesc, "DESC", name) X(kDetach, "DETACH", name) X(kDistinct, "DISTINCT", reserved) X(kDo, "DO", name) \
  X(kDrop, "DROP", reserved) X(kEach, "EACH", name) X(kElse, "ELSE", reserved) X(kEnd, "END", name) \
  X(kEscape, "ESCAPE", reserved) X(kExcept, "EXCEPT", reserved) X(kExclude, "EXCLUDE", name) \
  X(kExclusive, "EXCLUSIVE", name) X(kExists, "EXISTS", reserved) X(kExplain, "EXPLAIN", name) X(kFail, "FAIL", name) \
  X(kFilter, "FILTER", reserved) X(kFirst, "FIRST", name) X(kFollowing, "FOLLOWING", name) X(kFor, "FOR", name) \
  X(kForeign, "FOREIGN", reserved) X(kFrom, "FROM", reserved) X(kFull, "FULL", join) X(kGenerated, "GENERATED", name) \
  X(kGlob, "GLOB", name) X(kGroup, "GROUP", reserved) X(kGroups, "GROUPS", name) X(kHaving, "HAVING", reserved) \
  X(kIf, "IF", name) X(kIgnore, "IGNORE", name) X(kImmediate, "IMMEDIATE", name) X(kIn, "IN", reserved) \
  X(kIndex, "INDEX", reserved) X(kIndexed, "INDEXED", indexed) X(kInitially, "INITIALLY", name) \
  X(kInner, "INNER", join) X(kInsert, "INSERT", reserved) X(kInstead, "INSTEAD", name) \
  X(kIntersect, "INTERSECT", reserved) X(kInto, "INTO", reserved) X(kIs, "IS", reserved) X(kIsnull, "ISNULL", reserved) \
  X(kJoin, "JOIN", reserved) X(kKey, "KEY", name) X(kLast, "LAST", name) X(kLeft, "LEFT", join) X(kLike, "LIKE", name) \
  X(kLimit, "LIMIT", reserved) X(kMatch, "MATCH", name) X(kMaterialized, "MATERIALIZED", name) \
  X(kNatural, "NATURAL", join) X(kNo, "NO", name) X(kNot, "NOT", reserved) X(kNothing, "NOTHING", reserved) \
  X(kNotnull, "NOTNULL", reserved) X(kNull, "NULL", reserved) X(kNulls, "NULLS", name) X(kOf, "OF", name) \
  X(kOffset, "OFFSET", name) X(kOn, "ON", reserved) X(kOr, "OR", reserved) X(kOrder, "ORDER", reserved) \
  X(kOthers, "OTHERS", name) X(kOuter, "OUTER", join) X(kOver, "OVER", reserved) X(kPartition, "PARTITION", name) \
  X(kPlan, "PLAN", name) X(kPragma, "PRAGMA", name) X(kPreceding, "PRECEDING", name) X(kPrimary, "PRIMARY", reserved) \
  X(kQuery, "QUERY", name) X(kRaise, "RAISE", name) X(kRange, "RANGE", name) X(kRecursive, "RECURSIVE", name) \
  X(kReferences, "REFERENCES", reserved) X(kRegexp, "REGEXP", name) X(kReindex, "REINDEX", name) \
  X(kRelease, "RELEASE", name) X(kRename, "RENAME", name) X(kReplace, "REPLACE", name) X(kRestrict, "RESTRICT", name) \
  X(kReturning, "RETURNING", reserved) X(kRight, "RIGHT", join) X(kRollback, "ROLLBACK", name) X(kRow, "ROW", name) \
  X(kRows, "ROWS", name) X(kSavepoint, "SAVEPOINT", name) X(kSelect, "SELECT", reserved) X(kSet, "SET", reserved) \
  X(kTable, "TABLE", reserved) X(kTemp, "TEMP", name) X(kTemporary, "TEMPORARY", name) X(kThen, "THEN", reserved) \
  X(kTies, "TIES", name) X(kTo, "TO", reserved) X(kTransaction, "TRANSACTION", reserved) X(kTrigger, "TRIGGER", name) \
  X(kUnbounded, "UNBOUNDED", name) X(kUnion, "UNION", reserved) X(kUnique, "UNIQUE", reserved) \
  X(kUpdate, "UPDATE", reserved) X(kUsing, "USING", reserved) X(kVacuum, "VACUUM", name) X(kValues, "VALUES", reserved) \
  X(kView, "VIEW", name) X(kVirtual, "VIRTUAL", name) X(kWhen, "WHEN", reserved) X(kWhere, "WHERE", reserved) \
  X(kWindow, "WINDOW", reserved) X(kWith, "WITH", name) X(kWithout, "WITHOUT", name)
// clang-format on

enum class Tk : std::uint8_t {
  // The end of the text, a token that SQLite would not recognise, a line for the sqlite3 shell.
  end,
  illegal,
  shell_line,
  // Symbols.
  semicolon,
  left,
  right,
  comma,
  dot,
  star,
  plus,
  minus,
  slash,
  percent,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  bit_and,
  bit_or,
  bit_not,
  shift_left,
  shift_right,
  concat,
  pointer,  // -> and ->>
  // Words and values.
  integer,
  real,
  string,
  blob,
  variable,
  identifier,  // bare, "x", `x` or [x]
#define EMCEE_ENUMERATOR(id, text, fallback) id,
  EMCEE_SQLITE_KEYWORDS(EMCEE_ENUMERATOR)
#undef EMCEE_ENUMERATOR
      count_,
};

using Lexeme = parser::BasicLexeme<Tk>;
using Lexemes = std::vector<Lexeme>;

// What a token may stand for, as a set.
enum : std::uint8_t {
  kNameWord = 1,     // identifiers and the keywords that fall back to them
  kIndexedWord = 2,  // INDEXED
  kJoinWord = 4,     // CROSS, LEFT, ...
  kStringWord = 8,   // 'x', which is a name where only a name fits
};
std::uint8_t word_class(Tk kind);
inline std::uint8_t word_class(const Lexeme& token) { return word_class(token.kind); }

// The keyword that the text spells in any case, or Tk::identifier.
Tk keyword(std::string_view text);
constexpr bool is_keyword(Tk kind) { return kind > Tk::identifier; }

// How messages name a kind: `SELECT`, `","`, `a number`.
const char* spelling(Tk kind);

// The text of a name or string token without its quotes.
std::string unquote(std::string_view text);

}  // namespace emcee::sqlite
