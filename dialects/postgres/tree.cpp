#include "dialects/postgres/tree.h"

#include <pg_query.h>
#include <pthread.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace emcee::postgres {

namespace {

// libpg_query counts characters, from 1; 0: no place is known.
std::size_t byte_offset(const std::string& text, int characters) {
  std::size_t offset = 0;
  for (int left = characters - 1; left > 0 && offset < text.size(); --left) {
    ++offset;
    while (offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0xC0) == 0x80) ++offset;
  }
  return offset;
}

template <class Visit>
void for_each_child(const ProtobufCMessage* message, const Visit& visit) {
  const auto* bytes = reinterpret_cast<const char*>(message);
  const ProtobufCMessageDescriptor& descriptor = *message->descriptor;
  for (unsigned i = 0; i < descriptor.n_fields; ++i) {
    const ProtobufCFieldDescriptor& field = descriptor.fields[i];
    if (field.type != PROTOBUF_C_TYPE_MESSAGE) continue;
    if (field.label == PROTOBUF_C_LABEL_REPEATED) {
      const auto count = *reinterpret_cast<const std::size_t*>(bytes + field.quantifier_offset);
      auto* const items = *reinterpret_cast<ProtobufCMessage* const* const*>(bytes + field.offset);
      for (std::size_t k = 0; k < count; ++k) visit(items[k]);
      continue;
    }
    // Of a oneof only the member that is set is valid.
    if ((field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF) &&
        *reinterpret_cast<const std::uint32_t*>(bytes + field.quantifier_offset) != field.id)
      continue;
    if (auto* child = *reinterpret_cast<ProtobufCMessage* const*>(bytes + field.offset)) visit(child);
  }
}

}  // namespace

void FreeTree::operator()(PgQuery__ParseResult* tree) const { pg_query__parse_result__free_unpacked(tree, nullptr); }

tl::expected<Tree, SyntaxError> parse_tree(const std::string& text) {
  const PgQueryProtobufParseResult result = pg_query_parse_protobuf(text.c_str());
  if (result.error) {
    SyntaxError error{byte_offset(text, result.error->cursorpos), result.error->message ? result.error->message : ""};
    pg_query_free_protobuf_parse_result(result);
    return tl::unexpected(std::move(error));
  }
  Tree tree(pg_query__parse_result__unpack(nullptr, result.parse_tree.len,
                                           reinterpret_cast<const std::uint8_t*>(result.parse_tree.data)));
  pg_query_free_protobuf_parse_result(result);
  if (!tree) return tl::unexpected(SyntaxError{0, "nested too deeply"});
  return tree;
}

std::string deparse(const PgQuery__ParseResult& tree) {
  std::string packed(pg_query__parse_result__get_packed_size(&tree), '\0');
  pg_query__parse_result__pack(&tree, reinterpret_cast<std::uint8_t*>(packed.data()));
  const PgQueryDeparseResult result = pg_query_deparse_protobuf({packed.size(), packed.data()});
  std::string text = !result.error && result.query ? result.query : "";
  pg_query_free_deparse_result(result);
  return text;
}

void remove_nodes(Node** nodes, std::size_t& count, const std::function<bool(const Node&)>& is_unwanted) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (is_unwanted(*nodes[i]))
      pg_query__node__free_unpacked(nodes[i], nullptr);
    else
      nodes[kept++] = nodes[i];
  }
  count = kept;
}

std::vector<ScannedToken> scan(const std::string& text) {
  std::vector<ScannedToken> tokens;
  const PgQueryScanResult result = pg_query_scan(text.c_str());
  if (!result.error) {
    PgQuery__ScanResult* scanned = pg_query__scan_result__unpack(
        nullptr, result.pbuf.len, reinterpret_cast<const std::uint8_t*>(result.pbuf.data));
    for (std::size_t i = 0; scanned && i < scanned->n_tokens; ++i) {
      const PgQuery__ScanToken& token = *scanned->tokens[i];
      tokens.push_back({static_cast<std::size_t>(token.start), static_cast<std::size_t>(token.end), token.token,
                        token.keyword_kind});
    }
    if (scanned) pg_query__scan_result__free_unpacked(scanned, nullptr);
  }
  pg_query_free_scan_result(result);
  return tokens;
}

std::string unquoted(std::string_view word) {
  if (word.size() < 2 || word.front() != '"') return schema::to_lower(word);
  std::string name;
  for (std::size_t i = 1; i + 1 < word.size(); ++i) {
    name += word[i];
    if (word[i] == '"') ++i;  // doubled
  }
  return name;
}

void for_each_message(ProtobufCMessage* message, const std::function<void(ProtobufCMessage*)>& visit) {
  visit(message);
  for_each_child(message, [&](ProtobufCMessage* child) { for_each_message(child, visit); });
}

void with_large_stack(const std::function<void()>& work) {
  constexpr std::size_t kStack = std::size_t{512} << 20;  // reserved, not used
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStack);
  pthread_t thread;
  const auto run = [](void* argument) -> void* {
    (*static_cast<const std::function<void()>*>(argument))();
    return nullptr;
  };
  if (pthread_create(&thread, &attributes, run, const_cast<std::function<void()>*>(&work)) == 0)
    pthread_join(thread, nullptr);
  else
    work();
  pthread_attr_destroy(&attributes);
}

int depth_of(const ProtobufCMessage* message) {
  int deepest = 0;
  for_each_child(message, [&](const ProtobufCMessage* child) { deepest = std::max(deepest, depth_of(child)); });
  return deepest + 1;
}

void assign(char*& member, std::string_view value) {
  if (member && member != protobuf_c_empty_string) std::free(member);
  if (value.empty()) {
    member = const_cast<char*>(protobuf_c_empty_string);
    return;
  }
  member = static_cast<char*>(std::malloc(value.size() + 1));
  std::memcpy(member, value.data(), value.size());
  member[value.size()] = '\0';
}

std::string_view text_of(const Node* node) {
  if (!node || node->node_case != PG_QUERY__NODE__NODE_STRING || !node->string->sval) return {};
  return node->string->sval;
}

std::vector<std::string> texts_of(Node* const* nodes, std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) texts.emplace_back(text_of(nodes[i]));
  return texts;
}

}  // namespace emcee::postgres
