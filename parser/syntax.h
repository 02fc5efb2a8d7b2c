// What the grammars of the dialects have in common: the parse of one statement as marks and nodes.
//
//   tokens  CREATE TABLE t ( a INT NOT NULL , CHECK ( a > 0 ) )
//   marks   kw     kw    n s c nm  kw  kw   s kw    s c s l s s
//   nodes   create_table{ name t, column{ column_name a, type, not_null }, check{ expression } }
//
// A grammar has no attributes and no actions. Marks and nodes are written while it parses; a path
// that fails is cut off the nodes, and its marks are overwritten by the path that succeeds, since
// every terminal writes its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "schema/fragment.h"

namespace emcee::parser {

template <class Kind>
struct BasicLexeme {
  Kind kind = Kind::end;
  std::uint32_t begin = 0;  // byte offset
  std::uint32_t length = 0;
};

// What the grammar found a token to be; see schema::Role. A qualifier is the `t` of t.c, which a
// fragment keeps within the column.
enum class Mark : std::uint8_t { symbol, keyword, literal, qualifier, column, table, name, variable };
schema::Role role_of(Mark mark);
// True for the roles whose tokens are names, without their quotes.
bool is_name(schema::Role role);

// A part and the tokens [begin, end) that it covers. Nodes stand in pre-order; the nodes of its
// own parts follow it, up to `next`.
template <class Part>
struct BasicNode {
  Part part{};
  std::uint32_t begin = 0, end = 0;
  std::uint32_t next = 0;
};

template <class Part>
struct BasicParse {
  std::vector<Mark> marks;  // one per token of the text
  std::vector<BasicNode<Part>> nodes;
  std::uint32_t end = 0;  // the first token behind the statement
};

// Nesting of parentheses, subqueries, CASE and NOT beyond which a text is refused.
inline constexpr int kMaxNesting = 250;

// Where and why a parse failed: the furthest token that no path could take.
struct Failure {
  static constexpr std::size_t kMost = 6;

  std::uint32_t token = 0;
  bool too_deep = false;
  std::size_t count = 0;  // of `expected`; more than kMost: too many to be told
  std::array<const char*, kMost> expected{};

  bool told() const { return count > 0 && count <= kMost; }
  // True where only the end of the statement or expression could stand here.
  bool only_end() const;
  // True where a name could stand.
  bool expects_name() const;
};

// `expected a, b or c`. REQUIRES: failure.told().
std::string expectation(const Failure& failure);

}  // namespace emcee::parser
