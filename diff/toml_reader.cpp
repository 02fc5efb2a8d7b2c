#include "diff/toml_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>

#include "diff/near_name.h"

namespace emcee::diff {

namespace {

using schema::Fragment;
using schema::Identifier;
using schema::QualifiedName;
using schema::Result;

// Tables of texts by dialect may name all of them, whichever this release runs on.
constexpr std::array<std::string_view, 4> kDialects{"sqlite", "postgres", "mysql", "mariadb"};

// The text for the dialect; MariaDB reads MySQL's where it has none of its own.
const toml::node* text_for(const toml::table& texts, const std::string& dialect) {
  if (const toml::node* own = texts.get(dialect)) return own;
  return dialect == "mariadb" ? texts.get("mysql") : nullptr;
}

// One part of a name, from `at` on; moves `at` behind it.
std::optional<std::string> name_part(std::string_view text, std::size_t& at) {
  std::string part;
  if (at < text.size() && text[at] == '"') {
    for (++at; at < text.size(); ++at) {
      if (text[at] == '"' && (at + 1 >= text.size() || text[at + 1] != '"')) {
        ++at;
        return part.empty() ? std::nullopt : std::optional(part);
      }
      if (text[at] == '"') ++at;
      part += text[at];
    }
    return std::nullopt;  // no closing quote
  }
  while (at < text.size() && text[at] != '.' && text[at] != '"') part += text[at++];
  return part.empty() ? std::nullopt : std::optional(part);
}

}  // namespace

std::optional<QualifiedName> qualified_name(std::string_view text, schema::Folding folding) {
  std::size_t at = 0;
  const auto first = name_part(text, at);
  if (!first) return std::nullopt;
  if (at == text.size()) return QualifiedName{{}, Identifier(*first, folding)};
  if (text[at] != '.') return std::nullopt;
  const auto second = name_part(text, ++at);
  if (!second || at != text.size()) return std::nullopt;
  return QualifiedName{Identifier(*first, folding), Identifier(*second, folding)};
}

schema::Error TableReader::error_at(std::string_view key, std::string message, std::string hint) const {
  schema::Error result = error(std::move(message), std::move(hint));
  result.position = at(key);
  return result;
}

schema::Error TableReader::error(std::string message, std::string hint) const {
  return context_->text.error(table_->source(), fmt::format("{}{}", what_, message), std::move(hint));
}

schema::Position TableReader::at(std::string_view key) const {
  const auto found = table_->find(key);
  if (found == table_->end()) return at();
  return context_->text.source().at(context_->text.offset(found->first.source()));
}

Result<void> TableReader::only(std::initializer_list<std::string_view> keys) const {
  // The first in the text, not in the alphabet.
  const toml::key* unknown = nullptr;
  for (const auto& [key, node] : *table_) {
    if (std::find(keys.begin(), keys.end(), key.str()) != keys.end()) continue;
    if (!unknown || context_->text.offset(key.source()) < context_->text.offset(unknown->source())) unknown = &key;
  }
  if (!unknown) return {};
  std::string hint = did_you_mean(unknown->str(), {keys.begin(), keys.end()});
  if (hint.empty()) hint = fmt::format("the keys are {}", fmt::join(keys, ", "));
  return schema::fail(
      context_->text.error(unknown->source(), fmt::format("{}unknown key {}", what_, unknown->str()), std::move(hint)));
}

Result<Placed<std::string>> TableReader::text_of(const toml::node& node, std::string_view key) const {
  const auto* string = node.as_string();
  if (!string)
    return schema::fail(context_->text.error(node.source(), fmt::format("{}{} must be a string", what_, key)));
  if (string->get().empty())
    return schema::fail(context_->text.error(node.source(), fmt::format("{}{} is empty", what_, key)));
  return Placed<std::string>{string->get(), context_->text.source().at(context_->text.offset_in(*string, 0))};
}

Result<std::optional<Placed<std::string>>> TableReader::text(std::string_view key) const {
  const toml::node* node = table_->get(key);
  if (!node) return std::nullopt;
  EMCEE_ASSIGN(auto text, text_of(*node, key));
  return text;
}

Result<bool> TableReader::flag(std::string_view key) const {
  const toml::node* node = table_->get(key);
  if (!node) return false;
  if (const auto* boolean = node->as_boolean()) return boolean->get();
  return schema::fail(context_->text.error(node->source(), fmt::format("{}{} must be true or false", what_, key)));
}

Result<std::size_t> TableReader::word(std::string_view key, std::initializer_list<std::string_view> words) const {
  EMCEE_ASSIGN(const auto text, this->text(key));
  if (!text) return std::size_t{0};
  const auto found = std::find(words.begin(), words.end(), text->value);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  schema::Error failure = error(fmt::format("{} must be one of {}", key, fmt::join(words, ", ")),
                                did_you_mean(text->value, {words.begin(), words.end()}));
  failure.position = text->at;
  return schema::fail(std::move(failure));
}

Result<std::vector<Placed<std::string>>> TableReader::texts(std::string_view key) const {
  std::vector<Placed<std::string>> result;
  const toml::node* node = table_->get(key);
  if (!node) return result;
  const toml::array* array = node->as_array();
  if (!array) {
    EMCEE_ASSIGN(auto text, text_of(*node, key));
    result.push_back(std::move(text));
    return result;
  }
  for (const toml::node& element : *array) {
    EMCEE_ASSIGN(auto text, text_of(element, key));
    result.push_back(std::move(text));
  }
  return result;
}

Result<Placed<std::string>> TableReader::required_text(std::string_view key) const {
  EMCEE_ASSIGN(auto text, this->text(key));
  if (!text) return schema::fail(error(fmt::format("{} is missing", key)));
  return *std::move(text);
}

Result<Placed<QualifiedName>> TableReader::required_name(std::string_view key) const {
  EMCEE_ASSIGN(const auto text, required_text(key));
  if (auto name = qualified_name(text.value, context_->folding)) {
    // What PostgreSQL's own tools write; it goes without saying, and a schema leaves it out.
    if (context_->dialect == "postgres" && name->schema.text() == "public") name->schema = {};
    return Placed<QualifiedName>{*std::move(name), text.at};
  }
  schema::Error failure = error(fmt::format("{} is not the name of a table", text.value),
                                "write `users`, `schema.users`, or \"a.b\" in quotes where the name holds a dot");
  failure.position = text.at;
  return schema::fail(std::move(failure));
}

Result<Placed<Identifier>> TableReader::required_column(std::string_view key) const {
  EMCEE_ASSIGN(auto text, required_text(key));
  return Placed<Identifier>{context_->identifier(std::move(text.value)), std::move(text.at)};
}

Result<std::vector<Placed<Identifier>>> TableReader::required_columns(std::string_view key) const {
  EMCEE_ASSIGN(auto names, texts(key));
  if (names.empty()) return schema::fail(error(fmt::format("{} is missing", key)));
  std::vector<Placed<Identifier>> result;
  for (auto& name : names) {
    Identifier column = context_->identifier(std::move(name.value));
    for (const auto& other : result)
      if (other.value == column) {
        schema::Error failure = error(fmt::format("{} names {} twice", key, column.text()));
        failure.position = name.at;
        return schema::fail(std::move(failure));
      }
    result.push_back({std::move(column), std::move(name.at)});
  }
  return result;
}

Result<Placed<Fragment>> TableReader::expression_of(const toml::node& node, const std::string& key) const {
  if (const toml::table* texts = node.as_table()) {
    const TableReader by_dialect(*context_, *texts, fmt::format("{}{}: ", what_, key));
    EMCEE_TRY(by_dialect.only({kDialects[0], kDialects[1], kDialects[2], kDialects[3]}));
    const toml::node* own = text_for(*texts, context_->dialect);
    if (!own)
      return schema::fail(
          context_->text.error(node.source(), fmt::format("{}{} has no text for {}", what_, key, context_->dialect)));
    return expression_of(*own, key);
  }
  EMCEE_ASSIGN(const auto text, text_of(node, key));
  const parser::Source inner(context_->text.source().name(), text.value);
  auto fragment = context_->parse(inner);
  if (fragment) return Placed<Fragment>{*std::move(fragment), text.at};

  // The place of the error is one inside of the string: it becomes one of the file.
  schema::Error failure = std::move(fragment).error();
  std::size_t index = 0;
  if (failure.position) {
    const std::string& value = inner.text();
    for (std::size_t line = 1; line < failure.position->line && index < value.size(); ++line)
      index = std::min(value.find('\n', index), value.size() - 1) + 1;
    index += failure.position->column - 1;
  }
  failure.position = context_->text.source().at(context_->text.offset_in(*node.as_string(), index));
  failure.message = fmt::format("{}{}: {}", what_, key, failure.message);
  return schema::fail(std::move(failure));
}

Result<Placed<Fragment>> TableReader::expression(std::string_view key) const {
  const toml::node* node = table_->get(key);
  if (!node) return schema::fail(error(fmt::format("{} is missing", key)));
  return expression_of(*node, std::string(key));
}

Result<std::vector<std::pair<Placed<Identifier>, Placed<Fragment>>>> TableReader::expressions(
    std::string_view key) const {
  std::vector<std::pair<Placed<Identifier>, Placed<Fragment>>> result;
  const toml::node* node = table_->get(key);
  if (!node) return result;
  const toml::table* columns = node->as_table();
  if (!columns)
    return schema::fail(context_->text.error(node->source(), fmt::format("{}{} must be a table", what_, key),
                                             fmt::format("write {}.column = \"expression\"", key)));
  for (const auto& [column, text] : *columns) {
    const std::string path = fmt::format("{}.{}", key, column.str());
    EMCEE_ASSIGN(auto fragment, expression_of(text, path));
    const auto at = context_->text.source().at(context_->text.offset(column.source()));
    result.push_back({{context_->identifier(std::string(column.str())), at}, std::move(fragment)});
  }
  return result;
}

Result<std::vector<TableReader>> TableReader::entries(std::string_view key) const {
  std::vector<TableReader> result;
  const toml::node* node = table_->get(key);
  if (!node) return result;
  const toml::array* array = node->as_array();
  const auto is_table = [](const toml::node& element) { return element.is_table(); };
  if (!array || !std::all_of(array->begin(), array->end(), is_table))
    return schema::fail(context_->text.error(node->source(), fmt::format("{} is a list of entries", key),
                                             fmt::format("begin each with [[{}]]", key)));
  for (const toml::node& element : *array)
    result.emplace_back(*context_, *element.as_table(), fmt::format("[[{}]] ", key));
  return result;
}

Result<std::optional<TableReader>> TableReader::table(std::string_view key) const {
  const toml::node* node = table_->get(key);
  if (!node) return std::nullopt;
  const toml::table* table = node->as_table();
  if (!table)
    return schema::fail(
        context_->text.error(node->source(), fmt::format("{} must be a table", key), fmt::format("write [{}]", key)));
  return TableReader(*context_, *table, fmt::format("[{}] ", key));
}

}  // namespace emcee::diff
