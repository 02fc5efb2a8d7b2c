#include "dialects/postgres/built_in_functions.h"

#include <algorithm>
#include <iterator>

namespace emcee::postgres {

using schema::Role;
using schema::Token;

namespace {

// https://www.postgresql.org/docs/15/functions.html
constexpr std::string_view kFunctions[] = {"abs",
                                           "array_to_string",
                                           "ascii",
                                           "btrim",
                                           "ceil",
                                           "char_length",
                                           "chr",
                                           "concat",
                                           "concat_ws",
                                           "date_part",
                                           "date_trunc",
                                           "decode",
                                           "encode",
                                           "floor",
                                           "format",
                                           "gen_random_uuid",
                                           "initcap",
                                           "json_build_object",
                                           "jsonb_build_object",
                                           "jsonb_extract_path_text",
                                           "left",
                                           "length",
                                           "lower",
                                           "lpad",
                                           "ltrim",
                                           "make_date",
                                           "md5",
                                           "mod",
                                           "now",
                                           "num_nulls",
                                           "octet_length",
                                           "quote_ident",
                                           "regexp_replace",
                                           "repeat",
                                           "replace",
                                           "reverse",
                                           "right",
                                           "round",
                                           "rpad",
                                           "rtrim",
                                           "sign",
                                           "split_part",
                                           "sqrt",
                                           "starts_with",
                                           "string_to_array",
                                           "strpos",
                                           "substr",
                                           "to_char",
                                           "to_date",
                                           "to_json",
                                           "to_jsonb",
                                           "to_number",
                                           "to_timestamp",
                                           "translate",
                                           "trunc",
                                           "upper"};
static_assert(std::is_sorted(std::begin(kFunctions), std::end(kFunctions)));

}  // namespace

bool is_built_in_function(std::string_view name) {
  return std::binary_search(std::begin(kFunctions), std::end(kFunctions), name);
}

schema::Fragment with_qualified_calls(const schema::Fragment& expression) {
  const auto& tokens = expression.tokens();
  std::vector<Token> result;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool called = i + 1 < tokens.size() && tokens[i + 1].is(Role::symbol, "(");
    const bool qualified = i > 0 && tokens[i - 1].is(Role::symbol, ".");
    if (tokens[i].role == Role::name && called && !qualified && is_built_in_function(tokens[i].text)) {
      Token call{Role::keyword, "pg_catalog." + tokens[i].text, {}, {}};
      result.push_back(std::move(call));
    } else {
      result.push_back(tokens[i]);
    }
  }
  return schema::Fragment(std::move(result));
}

}  // namespace emcee::postgres
