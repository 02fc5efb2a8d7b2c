// Names of schema objects, compared as the database that they come from compares them.
#pragma once

#include <cctype>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace emcee::schema {

// How two spellings of one name compare.
//   exact        byte for byte (PostgreSQL after its own folding, MySQL table names on Linux)
//   ignore_case  ASCII letters compare without case (SQLite: sqlite3StrICmp; MySQL column names)
enum class Folding : std::uint8_t { exact, ignore_case };

// One part of a name, without quotes. Printing quotes it (see Quoting), so a value of this type
// can be placed into SQL only through a printer.
class Identifier {
 public:
  Identifier() = default;
  explicit Identifier(std::string text, Folding folding = Folding::exact) : text_(std::move(text)), folding_(folding) {}

  // The name as it was written, without quotes.
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  Folding folding() const { return folding_; }

  // Another name of the same folding: names that Emcee derives compare like the ones they come from.
  Identifier derived(std::string text) const { return Identifier(std::move(text), folding_); }

  friend bool operator==(const Identifier& a, const Identifier& b) {
    return compare(a, b) == std::strong_ordering::equal;
  }
  friend std::strong_ordering operator<=>(const Identifier& a, const Identifier& b) { return compare(a, b); }

  // Equal identifiers have equal hashes, whatever their folding.
  std::size_t hash() const;

 private:
  static std::strong_ordering compare(const Identifier& a, const Identifier& b);

  std::string text_;
  Folding folding_ = Folding::exact;
};

// ASCII only, as the servers fold names; never depends on the locale.
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);

// A name within a database: `schema` is empty where the dialect has one namespace (SQLite, MySQL)
// or the object lies in the default one.
struct QualifiedName {
  Identifier schema;
  Identifier name;

  auto operator<=>(const QualifiedName&) const = default;
  bool operator==(const QualifiedName&) const = default;

  // For messages: `schema.name` or `name`, unquoted.
  std::string text() const { return schema.empty() ? name.text() : schema.text() + "." + name.text(); }
};

}  // namespace emcee::schema

template <>
struct std::hash<emcee::schema::Identifier> {
  std::size_t operator()(const emcee::schema::Identifier& id) const noexcept { return id.hash(); }
};
template <>
struct std::hash<emcee::schema::QualifiedName> {
  std::size_t operator()(const emcee::schema::QualifiedName& n) const noexcept {
    return n.schema.hash() * 31 + n.name.hash();
  }
};
