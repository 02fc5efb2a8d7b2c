#include "dialects/sqlite/grammar_reader.h"

namespace emcee::sqlite {

using schema::equal_ignoring_case;
using schema::Role;

namespace {

bool is_truth(std::string_view text) { return equal_ignoring_case(text, "true") || equal_ignoring_case(text, "false"); }

}  // namespace

schema::Token Reader::token(std::uint32_t place) const {
  const std::string_view spelled = text(place);
  schema::Token result;
  result.role = parser::role_of(parse_.marks[place]);
  result.folding = schema::Folding::ignore_case;
  // TRUE and FALSE are names to the grammar and constants to everybody else.
  if (result.role == Role::column && is_truth(spelled)) result.role = Role::keyword;
  result.text = parser::is_name(result.role) ? unquote(spelled) : std::string(spelled);
  result.quoted = result.role == Role::column && spelled.substr(0, 1) == "\"";
  return result;
}

schema::Fragment Reader::fragment(std::uint32_t begin, std::uint32_t end) const {
  std::vector<schema::Token> result;
  result.reserve(end - begin);
  for (std::uint32_t i = begin; i < end; ++i) {
    if (parse_.marks[i] != Mark::qualifier) {
      result.push_back(token(i));
      continue;
    }
    schema::Token column = token(i + 2);  // behind the dot
    column.role = Role::column;
    column.text = unquote(text(i + 2));
    column.qualifier = name(i);
    result.push_back(std::move(column));
    i += 2;
  }
  return schema::Fragment(std::move(result), std::string(text(begin, end)));
}

schema::Conflict read_conflict(const Reader& reader, const Node& node) {
  const Node* conflict = reader.find(node, Part::conflict);
  if (!conflict) return schema::Conflict::abort;
  switch (reader.kind(conflict->begin)) {
    case Tk::kRollback:
      return schema::Conflict::rollback;
    case Tk::kFail:
      return schema::Conflict::fail;
    case Tk::kIgnore:
      return schema::Conflict::ignore;
    case Tk::kReplace:
      return schema::Conflict::replace;
    default:
      return schema::Conflict::abort;
  }
}

namespace {

// True where COLLATE, the last two of the tokens, applies to all that stands before it: it binds
// tighter than any operator.
bool collates_all(const Reader& reader, std::uint32_t begin, std::uint32_t end) {
  if (end - begin < 3 || reader.kind(end - 2) != Tk::kCollate) return false;
  const std::uint32_t rest = end - 2;
  if (rest - begin == 1) return true;
  if (reader.kind(begin) == Tk::left) return reader.closing(begin) + 1 == rest;
  return reader.kind(begin + 1) == Tk::left && reader.closing(begin + 1) + 1 == rest;
}

// Parentheses around the whole do not count, and its collation is a field of its own.
schema::KeyPart read_key_part(const Reader& reader, const Node& node) {
  schema::KeyPart part;
  std::uint32_t begin = node.begin;
  std::uint32_t end = node.end;
  for (const Node& child : reader.parts(node)) {
    if (child.part == Part::descending) part.descending = true;
    if (child.part == Part::expression) end = child.end;
  }
  for (;;) {
    if (reader.kind(begin) == Tk::left && reader.closing(begin) + 1 == end && reader.kind(begin + 1) != Tk::kSelect) {
      ++begin;
      --end;
    } else if (collates_all(reader, begin, end)) {
      if (!part.collation) part.collation = reader.name(end - 1);
      end -= 2;
    } else {
      break;
    }
  }
  // SQLite takes a string for the name of a column here (sqlite3StringToId).
  if (end - begin == 1 && reader.kind(begin) == Tk::string)
    part.expression =
        schema::Fragment({schema::Token{Role::column, unquote(reader.text(begin)), {}, schema::Folding::ignore_case}},
                         std::string(reader.text(begin)));
  else
    part.expression = reader.fragment(begin, end);
  return part;
}

}  // namespace

std::vector<schema::KeyPart> read_key_parts(const Reader& reader, const Node& node) {
  std::vector<schema::KeyPart> result;
  for (const Node& child : reader.parts(node))
    if (child.part == Part::key_part) result.push_back(read_key_part(reader, child));
  return result;
}

schema::Type read_type(const Reader& reader, const Node& node) {
  schema::Type type;
  std::uint32_t end = node.end;
  // GENERATED ALWAYS before AS is parsed as a part of the type, and is not (sqlite3AddColumn).
  if (end - node.begin >= 2 && reader.kind(end - 1) == Tk::kAlways && reader.kind(end - 2) == Tk::kGenerated) end -= 2;
  std::uint32_t i = node.begin;
  for (; i < end && reader.kind(i) != Tk::left; ++i) {
    if (!type.name.empty()) type.name += ' ';
    type.name += schema::to_upper(unquote(reader.text(i)));
  }
  for (++i; i < end; ++i) {
    if (type.arguments.empty() || reader.kind(i - 1) == Tk::comma) type.arguments.emplace_back();
    if (reader.kind(i) != Tk::comma && reader.kind(i) != Tk::right) type.arguments.back() += reader.text(i);
  }
  for (i = node.begin; i < end; ++i) {
    if (i > node.begin && reader.offset(i) > reader.offset(i - 1) + reader.text(i - 1).size()) type.text += ' ';
    type.text += reader.text(i);
  }
  return type;
}

}  // namespace emcee::sqlite
