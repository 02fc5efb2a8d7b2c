// Access to a parsed statement by its nodes. A dialect derives its Reader from this.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "parser/source.h"
#include "parser/syntax.h"

namespace emcee::parser {

template <class Lexeme, class Part>
class TreeReader {
 public:
  using Node = BasicNode<Part>;
  using Kind = decltype(Lexeme::kind);

  TreeReader(const Source& source, const std::vector<Lexeme>& tokens, const BasicParse<Part>& parse)
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

  Kind kind(std::uint32_t token) const { return tokens_[token].kind; }
  Mark mark(std::uint32_t token) const { return parse_.marks[token]; }
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

  schema::Error error(std::uint32_t token, std::string message, std::string hint = {},
                      schema::ErrorCode code = schema::ErrorCode::fix_schema) const {
    return source_.error(offset(token), std::move(message), std::move(hint), code);
  }

  // The token that closes the parenthesis at `open`.
  std::uint32_t closing(std::uint32_t open) const {
    std::uint32_t depth = 0;
    for (std::uint32_t i = open;; ++i) {
      if (kind(i) == Kind::left) ++depth;
      if (kind(i) == Kind::right && --depth == 0) return i;
    }
  }

 protected:
  const Source& source_;
  const std::vector<Lexeme>& tokens_;
  const BasicParse<Part>& parse_;
};

}  // namespace emcee::parser
