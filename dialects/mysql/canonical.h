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
};
schema::Fragment canonical_expression(const schema::Fragment& expression, const ExpressionRules& rules = {});
// Within the definition of a table, whose name in front of a column says nothing.
schema::Fragment own_expression(const schema::Fragment& expression, const schema::Identifier& table);

}  // namespace emcee::mysql
