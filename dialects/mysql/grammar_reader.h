// Access to a parsed statement by its nodes.
#pragma once

#include <optional>
#include <string>

#include "dialects/mysql/grammar.h"
#include "dialects/mysql/session.h"
#include "parser/ast.h"
#include "parser/tree_reader.h"

namespace emcee::mysql {

class Reader : public parser::TreeReader<Lexeme, Part> {
 public:
  Reader(const parser::Source& source, const Lexemes& tokens, const Parse& parse, const Session& session)
      : TreeReader(source, tokens, parse), session_(session) {}

  const Session& session() const { return session_; }
  const Server& server() const { return session_.server; }

  // Columns, indexes, constraints and routines are compared without case; tables, views and
  // triggers byte for byte, as on Linux (lower_case_table_names = 0).
  schema::Identifier name(const Node& node) const {
    return schema::Identifier(unquote(text(node.begin)), schema::Folding::ignore_case);
  }
  schema::Identifier table_name(const Node& node) const { return schema::Identifier(unquote(text(node.begin))); }
  // `db.t`, without the database where it is the one in use, or the only one.
  schema::QualifiedName object(const Node& node, bool exact = true) const;

  schema::Fragment fragment(std::uint32_t begin, std::uint32_t end) const;
  schema::Fragment fragment(const Node& node) const { return fragment(node.begin, node.end); }
  // What string literals mean, one behind the other.
  std::string string(const Node& node) const;
  // The words of a node in lower case, with single blanks.
  std::string words(const Node& node) const;
  // The first word of a node.
  bool starts(const Node& node, Tk word) const { return kind(node.begin) == word; }

 private:
  schema::Token token(std::uint32_t place) const;

  const Session& session_;
};

}  // namespace emcee::mysql
