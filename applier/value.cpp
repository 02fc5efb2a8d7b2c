#include "applier/value.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>

#include "schema/match.h"

namespace emcee::applier {

namespace {

template <class Bytes>
std::string to_hex(const Bytes& bytes) {
  std::string text;
  for (const auto byte : bytes) text += fmt::format("{:02x}", static_cast<std::uint8_t>(byte));
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc{} || end != text.data() + i + 2) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

template <class Number>
std::optional<Number> from_digits(std::string_view text, int base) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Value> decode_value(std::string_view word) {
  if (word.empty()) return std::nullopt;
  const std::string_view digits = word.substr(1);
  switch (word.front()) {
    case 'i':
      if (const auto number = from_digits<std::int64_t>(digits, 10)) return Value(*number);
      return std::nullopt;
    case 'r':
      if (const auto bits = from_digits<std::uint64_t>(digits, 16)) return Value(std::bit_cast<double>(*bits));
      return std::nullopt;
    case 't':
      if (auto bytes = from_hex(digits)) return Value(std::move(*bytes));
      return std::nullopt;
    case 'b':
      if (auto bytes = blob_of(digits)) return Value(std::move(*bytes));
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string text_or_empty(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? *text : std::string();
}

std::int64_t number_or_zero(const Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  return number != nullptr ? *number : 0;
}

std::string hex_of(const Blob& bytes) { return to_hex(bytes); }

std::optional<Blob> blob_of(std::string_view hex) {
  const auto bytes = from_hex(hex);
  return bytes ? std::optional(Blob(bytes->begin(), bytes->end())) : std::nullopt;
}

std::string to_text(const Value& value) {
  return schema::match(
      value, [](std::monostate) { return std::string("NULL"); }, [](std::int64_t v) { return fmt::to_string(v); },
      [](double v) { return fmt::to_string(v); }, [](const std::string& v) { return v; },
      [](const Blob& v) { return "x'" + to_hex(v) + "'"; });
}

std::string encode_cursor(const Row& key) {
  std::string text;
  for (const Value& value : key) {
    if (!text.empty()) text += ' ';
    text += schema::match(
        value, [](std::monostate) { return std::string("n"); }, [](std::int64_t v) { return fmt::format("i{}", v); },
        [](double v) { return fmt::format("r{:016x}", std::bit_cast<std::uint64_t>(v)); },
        [](const std::string& v) { return "t" + to_hex(v); }, [](const Blob& v) { return "b" + to_hex(v); });
  }
  return text;
}

std::optional<Row> decode_cursor(std::string_view text) {
  Row key;
  while (true) {
    const std::size_t end = text.find(' ');
    auto value = decode_value(text.substr(0, end));
    if (!value) return std::nullopt;
    key.push_back(std::move(*value));
    if (end == std::string_view::npos) return key;
    text.remove_prefix(end + 1);
  }
}

}  // namespace emcee::applier
