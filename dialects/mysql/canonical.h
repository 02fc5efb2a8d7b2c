// One spelling for expressions that a server would store as the same: the form in which SHOW CREATE
// gives them back differs from what was written, and between the flavours.
#pragma once

#include <functional>
#include <vector>

#include "schema/fragment.h"

namespace emcee::mysql {

// Parentheses only where operators meet, operators and functions by one name (`<>`, AND,
// CURRENT_TIMESTAMP), `a NOT LIKE b` as NOT (a LIKE b), string literals in one quoting and without
// the introducer of the connection. Statements within (subqueries) stay as they are.
struct ExpressionRules {
  std::function<void(schema::Token&)> column;  // settles the qualifier of a column; may be empty
  // A statement in parentheses, without them; empty: it stays.
  std::function<std::vector<schema::Token>(const std::vector<schema::Token>&)> statement;
  // Truth in one form, too: `a <> 0` for a number that AND, OR, XOR or NOT meet, and no NOT where there is a word or
  // an operator for the opposite.
  bool truth = false;
  bool condition = false;  // the whole is a condition, as behind WHERE
};
schema::Fragment canonical_expression(const schema::Fragment& expression, const ExpressionRules& rules = {});
// Within the definition of a table, whose name in front of a column says nothing. Truth is compared in one form; the
// source is how it was written, where that differs.
schema::Fragment own_expression(const schema::Fragment& expression, const schema::Identifier& table);

}  // namespace emcee::mysql
