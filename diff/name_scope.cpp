#include "diff/name_scope.h"

#include <algorithm>

namespace emcee::diff {

namespace {

using schema::Fragment;
using schema::Identifier;
using schema::Role;
using schema::Token;

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// A table that a clause brings in, under the name that qualifiers use.
struct Entry {
  Identifier alias;
  Identifier table;  // empty: a subquery
};

// What one SELECT, INSERT, UPDATE or DELETE can see by itself.
struct Scope {
  std::size_t parent = kNone;
  std::vector<Entry> entries;
};

// Walks over the tokens once and gives each its scope.
class ScopeFinder {
 public:
  explicit ScopeFinder(const std::vector<Token>& tokens) : tokens_(tokens), scope_of_(tokens.size()) {
    levels_.push_back({open(kNone), kNone});
    for (std::size_t i = 0; i < tokens_.size(); ++i) visit(i);
  }

  const Scope& scope(std::size_t id) const { return scopes_[id]; }
  std::size_t scope_of(std::size_t token) const { return scope_of_[token]; }

 private:
  // A pair of parentheses, or the whole text.
  struct Level {
    std::size_t scope;      // in which its tokens are looked up just now
    std::size_t statement;  // of the INSERT, UPDATE or DELETE that the level belongs to
  };

  std::size_t open(std::size_t parent) {
    scopes_.push_back({parent, {}});
    return scopes_.size() - 1;
  }

  bool at(std::size_t i, Role role, std::string_view text) const {
    return i < tokens_.size() && tokens_[i].is(role, text);
  }

  void visit(std::size_t i) {
    const Token& token = tokens_[i];
    Level& level = levels_.back();
    if (token.is(Role::symbol, "(")) {
      scope_of_[i] = level.scope;
      const bool query = at(i + 1, Role::keyword, "SELECT") || at(i + 1, Role::keyword, "WITH");
      const Level inner{query ? open(level.scope) : level.scope, kNone};
      levels_.push_back(inner);
      return;
    }
    if (token.is(Role::symbol, ")")) {
      if (levels_.size() > 1) levels_.pop_back();
    } else if (token.is(Role::symbol, ";") && levels_.size() == 1) {
      level = {open(kNone), kNone};
    } else if (token.is(Role::keyword, "INSERT") || token.is(Role::keyword, "REPLACE")) {
      if (level.statement == kNone) level.statement = level.scope;
    } else if (token.is(Role::keyword, "SELECT")) {
      start_select(i);
    } else if (token.is(Role::keyword, "CONFLICT") && level.statement != kNone) {
      // The upsert clause belongs to the INSERT again, whatever SELECT stands between.
      level.scope = level.statement;
      Scope& scope = scopes_[level.scope];
      if (!scope.entries.empty()) {
        const Identifier table = scope.entries.front().table;
        scope.entries.push_back({table.derived("excluded"), table});
      }
    } else if (token.role == Role::table) {
      visit_table(i);
    }
    scope_of_[i] = levels_.back().scope;
  }

  // Each SELECT of a compound, and the one that feeds an INSERT, sees its own FROM only.
  void start_select(std::size_t i) {
    const bool first = i == 0 || tokens_[i - 1].is(Role::symbol, "(") || tokens_[i - 1].is(Role::symbol, ";");
    Level& level = levels_.back();
    if (!first) level.scope = open(scopes_[level.scope].parent);
  }

  void visit_table(std::size_t i) {
    if (at(i + 1, Role::symbol, ".")) return;  // `t.*`, or the schema of a name
    Scope& scope = scopes_[levels_.back().scope];
    const Identifier name = tokens_[i].identifier();
    const std::size_t before = at(i - 1, Role::keyword, "AS") ? i - 2 : i - 1;
    if (i > 0 && before < i && tokens_[before].role == Role::table && !scope.entries.empty()) {
      scope.entries.back().alias = name;
    } else if (i > 0 && before < i && tokens_[before].is(Role::symbol, ")")) {
      scope.entries.push_back({name, {}});  // of a subquery
    } else {
      scope.entries.push_back({name, name});
    }
  }

  const std::vector<Token>& tokens_;
  std::vector<std::size_t> scope_of_;
  std::vector<Scope> scopes_;
  std::vector<Level> levels_;
};

class UseTest {
 public:
  UseTest(const ScopeFinder& finder, const ColumnUse& use, const HasColumn& has_column)
      : finder_(finder), use_(use), has_column_(has_column) {}

  bool operator()(const Token& token, std::size_t position) const {
    if (token.role != Role::column || token.identifier() != use_.column) return false;
    return token.qualifier.empty() ? unqualified(finder_.scope_of(position))
                                   : qualified(token.qualifier, finder_.scope_of(position));
  }

 private:
  bool qualified(const Identifier& qualifier, std::size_t scope) const {
    const bool of_row =
        schema::equal_ignoring_case(qualifier.text(), "new") || schema::equal_ignoring_case(qualifier.text(), "old");
    if (use_.trigger_table && of_row) return *use_.trigger_table == use_.table;
    for (; scope != kNone; scope = finder_.scope(scope).parent)
      for (const Entry& entry : finder_.scope(scope).entries)
        if (entry.alias == qualifier) return entry.table == use_.table.name;
    return qualifier == use_.table.name;
  }

  bool unqualified(std::size_t scope) const {
    for (; scope != kNone; scope = finder_.scope(scope).parent) {
      const auto& entries = finder_.scope(scope).entries;
      const auto is_ours = [&](const Entry& e) { return e.table == use_.table.name; };
      if (std::any_of(entries.begin(), entries.end(), is_ours)) return true;
      const auto supplies = [&](const Entry& e) { return !e.table.empty() && has_column_(e.table, use_.column); };
      if (std::any_of(entries.begin(), entries.end(), supplies)) return false;
    }
    return false;
  }

  const ScopeFinder& finder_;
  const ColumnUse& use_;
  const HasColumn& has_column_;
};

}  // namespace

Fragment rename_column_uses(const Fragment& fragment, const ColumnUse& use, const Identifier& to,
                            const HasColumn& has_column) {
  if (!fragment.mentions_column(use.column)) return fragment;
  const ScopeFinder finder(fragment.tokens());
  const UseTest is_use(finder, use, has_column);
  std::vector<Token> tokens = fragment.tokens();
  bool changed = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!is_use(fragment.tokens()[i], i)) continue;
    tokens[i].text = to.text();
    changed = true;
  }
  return changed ? Fragment(std::move(tokens)) : fragment;
}

}  // namespace emcee::diff
