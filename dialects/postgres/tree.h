// Parse trees of libpg_query, the server's own grammar as a library. Owned as C++ values; the structs
// are those of its protobuf schema (https://github.com/pganalyze/libpg_query/tree/15-latest/protobuf).
#pragma once

#include <pg_query.pb-c.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parser/source.h"
#include "schema/fragment.h"

namespace emcee::postgres {

using Node = PgQuery__Node;

struct FreeTree {
  void operator()(PgQuery__ParseResult* tree) const;
};
using Tree = std::unique_ptr<PgQuery__ParseResult, FreeTree>;

// What the grammar refused. The offset counts bytes of the text that was parsed.
struct SyntaxError {
  std::size_t offset = 0;
  std::string message;
};

// REQUIRES: no NUL in the text. Safe to call from several threads.
tl::expected<Tree, SyntaxError> parse_tree(const std::string& text);

// The statement as libpg_query spells it: one spelling for equal trees. Empty where it cannot.
std::string deparse(const PgQuery__ParseResult& tree);

// A token as the server's scanner cuts it.
struct ScannedToken {
  std::size_t begin = 0, end = 0;
  PgQuery__Token kind{};
  PgQuery__KeywordKind keyword{};
};
// Empty where the text cannot be scanned.
std::vector<ScannedToken> scan(const std::string& text);

// The name that a token of the scanner spells: without quotes, or folded to lower case.
std::string unquoted(std::string_view word);

// Calls `visit` for every message of the tree, outer ones first.
void for_each_message(ProtobufCMessage* message, const std::function<void(ProtobufCMessage*)>& visit);

// The message as a T where it is one, else null.
template <class T>
T* as(ProtobufCMessage* message, const ProtobufCMessageDescriptor& descriptor) {
  return message->descriptor == &descriptor ? reinterpret_cast<T*>(message) : nullptr;
}

// Runs `work` on a stack of its own: libpg_query and protobuf-c recurse over a tree as deep as the
// grammar takes it, which does not fit into eight megabytes.
void with_large_stack(const std::function<void()>& work);

// Gives a string member of a tree another value.
void assign(char*& member, std::string_view value);

// The text of a String node, "" for any other.
std::string_view text_of(const Node* node);
// The texts of a list of String nodes.
std::vector<std::string> texts_of(Node* const* nodes, std::size_t count);

// Frees the nodes that are not wanted; the others move up.
void remove_nodes(Node** nodes, std::size_t& count, const std::function<bool(const Node&)>& is_unwanted);

inline bool is_set(const char* text) { return text && *text; }

// Deeper trees are refused: every level costs stack.
inline constexpr int kMaxNesting = 2000;
// Levels of messages; 0 for an empty tree.
int depth_of(const ProtobufCMessage* message);

}  // namespace emcee::postgres
