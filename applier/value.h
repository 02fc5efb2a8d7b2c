// Values as a database stores them: what queries give and parameters take.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace emcee::applier {

using Blob = std::vector<std::uint8_t>;
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;  // monostate: NULL
using Row = std::vector<Value>;

// What a query has to give at this place; '' and 0 for anything else, NULL included.
std::string text_or_empty(const Value& value);
std::int64_t number_or_zero(const Value& value);

// Two digits per byte.
std::string hex_of(const Blob& bytes);
// nullopt where the text is something else.
std::optional<Blob> blob_of(std::string_view hex);

// For people: text as it is, blobs as x'...', NULL as NULL.
std::string to_text(const Value& value);

// A key as the ledger's `cursor` holds it: exact for every value but NULL, which no cursor has, and
// readable only by decode_cursor. One word per value: i42, r<bits>, t<hex>, b<hex>.
std::string encode_cursor(const Row& key);
// nullopt where the text is not a cursor.
std::optional<Row> decode_cursor(std::string_view text);

}  // namespace emcee::applier
