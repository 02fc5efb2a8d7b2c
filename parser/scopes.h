// Which table a column of a query means: the tables that are in sight at each token of a view, or
// of the statements of a trigger.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "schema/fragment.h"

namespace emcee::parser {

class Scopes {
 public:
  explicit Scopes(const std::vector<schema::Token>& tokens);

  // True where the column token at `place` is a column of `table`. `own` is the table whose trigger
  // this is, if any: NEW and OLD are its rows. `has_column` tells whether another table has a
  // column of that name.
  bool means(std::size_t place, const schema::Identifier& table, const schema::Identifier* own,
             const std::function<bool(const schema::Identifier&)>& has_column) const;

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  // A table that a query reads, or a statement writes. `name` is empty for subqueries.
  struct Reading {
    schema::Identifier name, alias;
    bool answers_to(const schema::Identifier& qualifier) const { return (alias.empty() ? name : alias) == qualifier; }
  };
  // One SELECT, or one writing statement.
  struct Scope {
    std::size_t outer = kNone;
    std::vector<Reading> tables;
  };

  void note_table(std::size_t place, std::size_t scope);
  // A column that is assigned to, as `a` in SET a = 1.
  bool is_target(std::size_t place) const;

  const std::vector<schema::Token>& tokens_;
  std::vector<Scope> scopes_;
  std::vector<std::size_t> scope_of_;  // by token
};

}  // namespace emcee::parser
