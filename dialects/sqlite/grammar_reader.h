// Access to a parsed statement by its nodes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dialects/sqlite/grammar.h"
#include "parser/ast.h"

namespace emcee::sqlite {

class Reader {
 public:
  Reader(const parser::Source& source, const Tokens& tokens, const Parse& parse)
      : source_(source), tokens_(tokens), parse_(parse) {}

  const Node& root() const { return parse_.nodes.front(); }

  // The direct parts of a node, in order.
  class Parts {
   public:
    class Iterator {
     public:
      Iterator(const Node* nodes, std::uint32_t place) : nodes_(nodes), place_(place) {}
      const Node& operator*() const { return nodes_[place_]; }
      Iterator& operator++() {
        place_ = nodes_[place_].next;
        return *this;
      }
      bool operator!=(const Iterator& o) const { return place_ != o.place_; }

     private:
      const Node* nodes_;
      std::uint32_t place_;
    };
    Parts(const Node* nodes, std::uint32_t first, std::uint32_t last) : nodes_(nodes), first_(first), last_(last) {}
    Iterator begin() const { return {nodes_, first_}; }
    Iterator end() const { return {nodes_, last_}; }

   private:
    const Node* nodes_;
    std::uint32_t first_, last_;
  };
  Parts parts(const Node& node) const {
    const Node* nodes = parse_.nodes.data();
    return {nodes, static_cast<std::uint32_t>(&node - nodes) + 1, node.next};
  }
  const Node* find(const Node& node, Part part) const {
    for (const Node& child : parts(node))
      if (child.part == part) return &child;
    return nullptr;
  }
  bool has(const Node& node, Part part) const { return find(node, part) != nullptr; }

  Tk kind(std::uint32_t token) const { return tokens_[token].kind; }
  std::size_t offset(std::uint32_t token) const { return tokens_[token].begin; }
  std::string_view text(std::uint32_t token) const {
    return std::string_view(source_.text()).substr(tokens_[token].begin, tokens_[token].length);
  }
  // The text from one token to another, with what stands between them.
  std::string_view text(std::uint32_t begin, std::uint32_t end) const {
    if (begin == end) return {};
    return source_.text({tokens_[begin].begin, tokens_[end - 1].begin + tokens_[end - 1].length});
  }
  std::string_view text(const Node& node) const { return text(node.begin, node.end); }

  schema::Identifier name(std::uint32_t token) const {
    return schema::Identifier(unquote(text(token)), schema::Folding::ignore_case);
  }
  schema::Identifier name(const Node& node) const { return name(node.begin); }

  schema::Fragment fragment(std::uint32_t begin, std::uint32_t end) const;
  schema::Fragment fragment(const Node& node) const { return fragment(node.begin, node.end); }

  schema::Error error(std::uint32_t token, std::string message, std::string hint = {},
                      schema::ErrorCode code = schema::ErrorCode::fix_schema) const {
    return source_.error(offset(token), std::move(message), std::move(hint), code);
  }

  // The token that closes the parenthesis at `open`.
  std::uint32_t closing(std::uint32_t open) const {
    std::uint32_t depth = 0;
    for (std::uint32_t i = open;; ++i) {
      if (kind(i) == Tk::left) ++depth;
      if (kind(i) == Tk::right && --depth == 0) return i;
    }
  }

 private:
  schema::Token token(std::uint32_t token) const;

  const parser::Source& source_;
  const Tokens& tokens_;
  const Parse& parse_;
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
