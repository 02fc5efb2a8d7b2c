// The tokens that the canonical form is written with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/fragment.h"

namespace emcee::mysql {

using Tokens = std::vector<schema::Token>;

inline schema::Token symbol_token(std::string_view text) {
  return schema::Token{schema::Role::symbol, std::string(text), {}, {}};
}
inline schema::Token keyword_token(std::string_view text) {
  return schema::Token{schema::Role::keyword, std::string(text), {}, {}};
}
inline bool is_symbol(const schema::Token& token, std::string_view text) {
  return token.is(schema::Role::symbol, text);
}
inline bool is_keyword(const schema::Token& token, std::string_view text) {
  return token.is(schema::Role::keyword, text);
}
inline void append(Tokens& to, const Tokens& from) { to.insert(to.end(), from.begin(), from.end()); }

}  // namespace emcee::mysql
