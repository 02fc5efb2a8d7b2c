#include "dialects/mysql/grammar_reader.h"

#include "dialects/mysql/quoting.h"

namespace emcee::mysql {

using schema::Role;

schema::QualifiedName Reader::object(const Node& node, bool exact) const {
  schema::QualifiedName result;
  const Node* object = find(node, Part::object_name);
  result.name = exact ? table_name(*object) : name(*object);
  if (const Node* schema = find(node, Part::schema_name)) {
    const schema::Identifier database = table_name(*schema);
    if (!session_.database.empty() && database.text() != session_.database) result.schema = database;
  }
  return result;
}

schema::Token Reader::token(std::uint32_t place) const {
  const std::string_view spelled = text(place);
  schema::Token result;
  result.role = parser::role_of(mark(place));
  const Tk what = kind(place);
  if (what == Tk::string) {
    result.role = Role::literal;
    result.text = string_literal(unquote_text(spelled, !session_.mode.no_backslash_escapes));
    return result;
  }
  result.folding = result.role == Role::table ? schema::Folding::exact : schema::Folding::ignore_case;
  result.text = parser::is_name(result.role) ? unquote(spelled) : std::string(spelled);
  return result;
}

schema::Fragment Reader::fragment(std::uint32_t begin, std::uint32_t end) const {
  std::vector<schema::Token> result;
  result.reserve(end - begin);
  for (std::uint32_t i = begin; i < end; ++i) {
    if (mark(i) != parser::Mark::qualifier) {
      result.push_back(token(i));
      continue;
    }
    schema::Token column = token(i + 2);  // behind the dot
    column.role = Role::column;
    column.text = unquote(text(i + 2));
    column.folding = schema::Folding::ignore_case;
    column.qualifier = schema::Identifier(unquote(text(i)), schema::Folding::ignore_case);
    result.push_back(std::move(column));
    i += 2;
  }
  return schema::Fragment(std::move(result));
}

std::string Reader::string(const Node& node) const {
  std::string result;
  for (std::uint32_t i = node.begin; i < node.end; ++i)
    if (kind(i) == Tk::string) result += unquote_text(text(i), !session_.mode.no_backslash_escapes);
  return result;
}

std::string Reader::words(const Node& node) const {
  std::string result;
  for (std::uint32_t i = node.begin; i < node.end; ++i) {
    if (!result.empty()) result += ' ';
    result += schema::to_lower(unquote(text(i)));
  }
  return result;
}

}  // namespace emcee::mysql
