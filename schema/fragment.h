// SQL that has been parsed: the tokens of an expression, a view or a trigger body, each with the
// role that the grammar gave it. Fragments are compared, searched and rewritten by role, never as
// text, so `a` as a column, as a function and inside of a string are three different things.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/identifier.h"

namespace emcee::schema {

// What the grammar says a token is.
enum class Role : std::uint8_t {
  keyword,   // SELECT, AND, NULL, CURRENT_TIMESTAMP: spelled in any case
  symbol,    // ( ) , + || ->> ...
  literal,   // a number, string or blob, spelled as in the source
  column,    // the name of a column; `qualifier` tells whose, where it was written
  table,     // the name of a table or view, or an alias of one
  name,      // any other name: function, collation, type, savepoint, alias of a result column
  variable,  // a bound parameter
};

struct Token {
  Role role = Role::symbol;
  std::string text;                        // names without their quotes; all else as written
  Identifier qualifier;                    // columns only: `t` of t.c, `NEW` of NEW.c; empty where none was written
  Folding folding = Folding::ignore_case;  // names only
  // Columns only: written in double quotes, and printed so again. SQLite takes such a name for a text
  // where no column is called so (https://www.sqlite.org/quirks.html#dblquote).
  bool quoted = false;
  // Printed, but not compared: what a server adds by itself, and a text may leave out (the cast in
  // `'x'::text`).
  bool implied = false;

  Identifier identifier() const { return Identifier(text, folding); }
  bool is(Role r, std::string_view t) const { return role == r && equal_ignoring_case(text, t); }

  // Keywords compare without case, names as Identifiers do, the rest byte for byte.
  bool operator==(const Token& other) const;
};

class Fragment {
 public:
  Fragment() = default;
  // `source` is the text as the user wrote it; empty for SQL that Emcee makes.
  explicit Fragment(std::vector<Token> tokens, std::string source = {})
      : tokens_(std::move(tokens)), source_(std::move(source)) {}

  // A single column reference.
  static Fragment column(const Identifier& name, const Identifier& qualifier = {});

  const std::vector<Token>& tokens() const { return tokens_; }
  const std::string& source() const { return source_; }
  bool empty() const { return tokens_.empty(); }

  // The column, where the fragment is just its name (the usual index part).
  std::optional<Identifier> as_column() const;

  // Every column that is named, in order of appearance, each once, whatever its qualifier.
  std::vector<Identifier> columns() const;

  // True where a column / a table of that name is mentioned anywhere.
  bool mentions_column(const Identifier& name) const;
  bool mentions_table(const Identifier& name) const;

  // `nextval('s')`, `next_id()`: a name before a parenthesis.
  bool calls_function() const;

  // Replaces every column token by what `rewrite` returns for it; nullopt leaves it alone.
  // A replacement of more than one token is put in parentheses. Forgets the source text where
  // something was replaced.
  Fragment with_columns(const std::function<std::optional<Fragment>(const Token&)>& rewrite) const;

  // Renames of objects, as ALTER TABLE ... RENAME does it.
  Fragment with_column_renamed(const Identifier& from, const Identifier& to) const;
  Fragment with_table_renamed(const Identifier& from, const Identifier& to) const;

  // Equal as SQL: spacing, comments, case of keywords, quoting and implied tokens do not count.
  bool operator==(const Fragment& other) const;

 private:
  std::vector<Token> tokens_;
  std::string source_;
};

// How a dialect quotes names.
struct Quoting {
  char open = '"';
  char close = '"';
  // True where the name can stand bare.
  bool (*bare)(std::string_view name) = nullptr;

  std::string operator()(const Identifier& name) const;
  std::string operator()(const QualifiedName& name) const;
  // Always with quotes.
  std::string quoted(std::string_view name) const;
};

// The fragment as SQL: its source where it has one, else its tokens in a plain spacing.
std::string to_sql(const Fragment& fragment, const Quoting& quoting);
// The tokens in a plain spacing, whatever the source looks like: one spelling for equal fragments
// but for the case of keywords.
std::string to_canonical_sql(const Fragment& fragment, const Quoting& quoting);

}  // namespace emcee::schema
