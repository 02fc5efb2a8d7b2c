// Access to a parsed statement by its nodes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dialects/sqlite/grammar.h"
#include "parser/ast.h"
#include "parser/tree_reader.h"

namespace emcee::sqlite {

class Reader : public parser::TreeReader<Lexeme, Part> {
 public:
  using TreeReader::TreeReader;

  schema::Identifier name(std::uint32_t token) const {
    return schema::Identifier(unquote(text(token)), schema::Folding::ignore_case);
  }
  schema::Identifier name(const Node& node) const { return name(node.begin); }

  schema::Fragment fragment(std::uint32_t begin, std::uint32_t end) const;
  schema::Fragment fragment(const Node& node) const { return fragment(node.begin, node.end); }

 private:
  schema::Token token(std::uint32_t token) const;
};

// Parts that several statements share.
schema::Conflict read_conflict(const Reader& reader, const Node& node);
std::vector<schema::KeyPart> read_key_parts(const Reader& reader, const Node& node);
schema::Type read_type(const Reader& reader, const Node& node);

// A column definition with the constraints that were written at it.
schema::Result<parser::AddColumn> read_column(const Reader& reader, const Node& node);
parser::Check read_check(const Reader& reader, const Node& node, std::optional<schema::Identifier> name);
schema::Result<parser::Table> read_table(const Reader& reader, const Node& node);

}  // namespace emcee::sqlite
