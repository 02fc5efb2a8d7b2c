// Reads the entries of a release map: typed values, unknown keys refused, every error at its place.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "diff/release_map.h"
#include "diff/toml_text.h"

namespace emcee::diff {

// What all entries are read with.
struct MapContext {
  const TomlText& text;
  const std::string& dialect;
  schema::Folding folding;
  const ExpressionParser& parse;

  schema::Identifier identifier(std::string name) const { return schema::Identifier(std::move(name), folding); }
};

// A value with the place it was written at.
template <class T>
struct Placed {
  T value{};
  schema::Position at;
};

class TableReader {
 public:
  // `what` names the entry in messages: `[[rename]]`. The table must outlive the reader.
  TableReader(const MapContext& context, const toml::table& table, std::string what)
      : context_(&context), table_(&table), what_(std::move(what)) {}

  // Errors: a key that is not one of `keys`, with the nearest of them as hint.
  schema::Result<void> only(std::initializer_list<std::string_view> keys) const;

  bool has(std::string_view key) const { return table_->get(key) != nullptr; }
  schema::Position at(std::string_view key) const;
  schema::Position at() const { return context_->text.source().at(context_->text.offset(table_->source())); }

  // Absent: nothing. Errors: a value of another type; an empty string.
  schema::Result<std::optional<Placed<std::string>>> text(std::string_view key) const;
  schema::Result<bool> flag(std::string_view key) const;
  // The index of the word in `words`; absent: 0.
  schema::Result<std::size_t> word(std::string_view key, std::initializer_list<std::string_view> words) const;
  // A list of strings, or a single one.
  schema::Result<std::vector<Placed<std::string>>> texts(std::string_view key) const;

  // The same, where the entry makes no sense without.
  schema::Result<Placed<std::string>> required_text(std::string_view key) const;
  schema::Result<Placed<schema::QualifiedName>> required_name(std::string_view key) const;
  schema::Result<Placed<schema::Identifier>> required_column(std::string_view key) const;
  schema::Result<std::vector<Placed<schema::Identifier>>> required_columns(std::string_view key) const;

  // An expression in the dialect's SQL, or a table of them by dialect.
  schema::Result<Placed<schema::Fragment>> expression(std::string_view key) const;
  // A table of expressions by column: `up.visibility = "..."`. Absent: empty.
  schema::Result<std::vector<std::pair<Placed<schema::Identifier>, Placed<schema::Fragment>>>> expressions(
      std::string_view key) const;

  // The entries of an array of tables; absent: none.
  schema::Result<std::vector<TableReader>> entries(std::string_view key) const;
  schema::Result<std::optional<TableReader>> table(std::string_view key) const;

  // At the key, and at the entry.
  schema::Error error_at(std::string_view key, std::string message, std::string hint = {}) const;
  schema::Error error(std::string message, std::string hint = {}) const;

 private:
  schema::Result<Placed<std::string>> text_of(const toml::node& node, std::string_view key) const;
  schema::Result<Placed<schema::Fragment>> expression_of(const toml::node& node, const std::string& key) const;

  const MapContext* context_;
  const toml::table* table_;
  std::string what_;
};

// `users`, `public.users`, `"a.b"`: quotes only where a name holds a dot. Nothing for anything else.
std::optional<schema::QualifiedName> qualified_name(std::string_view text, schema::Folding folding);

}  // namespace emcee::diff
