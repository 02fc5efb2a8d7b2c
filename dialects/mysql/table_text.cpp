#include "dialects/mysql/table_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "dialects/mysql/canonical.h"
#include "dialects/mysql/group_sql.h"
#include "dialects/mysql/quoting.h"
#include "schema/is_one_of.h"

namespace emcee::mysql {

using schema::Result;

namespace {

std::optional<int> small_number(std::string_view text) {
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9' || value > 100000) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::string value_of(const Reader& reader, const Node& node) {
  if (reader.kind(node.begin) == Tk::string) return reader.string(node);
  return std::string(unquote(reader.text(node)));
}

Fragment read_expression(const Reader& reader, const Node& node) {
  return canonical_expression(reader.fragment(*reader.find(node, Part::expression)));
}

std::string read_charset(const Reader& reader, const Node& node) {
  return canonical_charset(reader.kind(node.begin) == Tk::string ? reader.string(node)
                                                                 : unquote(reader.text(node.begin)));
}
std::string read_collation(const Reader& reader, const Node& node) {
  return canonical_collation(reader.kind(node.begin) == Tk::string ? reader.string(node)
                                                                   : unquote(reader.text(node.begin)));
}

// Values of ENUM and SET lose blanks at their end.
std::string type_argument(const Reader& reader, const Node& node) {
  if (reader.kind(node.begin) == Tk::integer) {
    std::string_view digits = reader.text(node);
    while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
    return std::string(digits);
  }
  if (reader.kind(node.end - 1) != Tk::string) return std::string(reader.text(node));
  std::string text = reader.string(node);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return string_literal(text);
}

TypeText read_type(const Reader& reader, const Node& node) {
  TypeText type;
  for (const Node& child : reader.parts(node)) {
    if (child.part == Part::type_name) type.name = reader.words(child);
    if (child.part == Part::type_argument) type.arguments.push_back(type_argument(reader, child));
    if (child.part == Part::charset) type.charset = read_charset(reader, child);
    if (child.part != Part::type_attribute) continue;
    switch (reader.kind(child.begin)) {
      case Tk::kUnsigned:
        type.is_unsigned = true;
        break;
      case Tk::kZerofill:
        type.zerofill = true;
        break;
      case Tk::kBinary:
        type.binary = true;
        break;
      case Tk::kByte:
        type.byte = true;
        break;
      case Tk::kAscii:
        type.charset = "latin1";
        break;
      case Tk::kUnicode:
        type.charset = "ucs2";
        break;
      default:
        break;
    }
  }
  return type;
}

std::string clock_text(const Reader& reader, const Node& node) {
  for (std::uint32_t i = node.begin; i < node.end; ++i)
    if (reader.kind(i) == Tk::integer && reader.text(i) != "0")
      return fmt::format("CURRENT_TIMESTAMP({})", reader.text(i));
  return "CURRENT_TIMESTAMP";
}

schema::ReferentialAction read_action(const Reader& reader, const Node& node) {
  switch (reader.kind(node.begin)) {
    case Tk::kCascade:
      return schema::ReferentialAction::cascade;
    case Tk::kRestrict:
      return schema::ReferentialAction::restrict;
    case Tk::kSet:
      return reader.kind(node.begin + 1) == Tk::kNull ? schema::ReferentialAction::set_null
                                                      : schema::ReferentialAction::set_default;
    default:
      return schema::ReferentialAction::no_action;
  }
}

schema::ForeignKey read_references(const Reader& reader, const Node& node) {
  schema::ForeignKey key;
  // What SHOW CREATE leaves out: MariaDB takes RESTRICT for the default, MySQL NO ACTION.
  key.on_delete = key.on_update =
      reader.server().is_mariadb() ? schema::ReferentialAction::restrict : schema::ReferentialAction::no_action;
  for (const Node& child : reader.parts(node)) {
    if (child.part == Part::target) key.references = reader.object(child);
    if (child.part == Part::referenced_column) key.referenced.push_back(reader.name(child));
    if (child.part == Part::on_delete) key.on_delete = read_action(reader, child);
    if (child.part == Part::on_update_action) key.on_update = read_action(reader, child);
  }
  return key;
}

schema::Check read_check(const Reader& reader, const Node& node, std::optional<Identifier> name) {
  schema::Check check{std::move(name), read_expression(reader, node)};
  if (const Node* enforcement = reader.find(node, Part::enforcement);
      enforcement && reader.kind(enforcement->begin) == Tk::kNot)
    check.options["not_enforced"] = "yes";
  return check;
}

void read_visibility(const Reader& reader, const Node& node, schema::Options& options) {
  const Tk word = reader.kind(node.begin);
  options.erase("invisible");
  options.erase("ignored");
  if (word == Tk::kInvisible) options["invisible"] = "yes";
  if (word == Tk::kIgnored) options["ignored"] = "yes";
}

void read_named_option(const Reader& reader, const Node& node, schema::Options& options) {
  std::string name = schema::to_lower(unquote(reader.text(*reader.find(node, Part::option_name))));
  std::replace(name.begin(), name.end(), ' ', '_');
  const Node* value = reader.find(node, Part::option_value);
  std::string text = value ? value_of(reader, *value) : "yes";
  if ((name == "column_format" || name == "storage") && schema::equal_ignoring_case(text, "default")) return;
  options[std::move(name)] = std::move(text);
}

schema::KeyPart read_key_part(const Reader& reader, const Node& node) {
  schema::KeyPart part;
  for (const Node& child : reader.parts(node)) {
    if (child.part == Part::column_name) part.expression = Fragment::column(reader.name(child));
    if (child.part == Part::expression) part.expression = canonical_expression(reader.fragment(child));
    if (child.part == Part::prefix) part.prefix = small_number(reader.text(child)).value_or(0);
    if (child.part == Part::descending) part.descending = true;
  }
  return part;
}

}  // namespace

bool is_constraint(Part part) {
  return part == Part::primary_key || part == Part::unique || part == Part::index || part == Part::fulltext ||
         part == Part::spatial || part == Part::foreign_key || part == Part::check || part == Part::period ||
         part == Part::constraint_name;
}

Result<ColumnText> read_column(const Reader& reader, const Node& node) {
  ColumnText column;
  std::optional<Identifier> check_name;
  for (const Node& child : reader.parts(node)) {
    switch (child.part) {
      case Part::column_name:
        column.name = reader.name(child);
        break;
      case Part::type:
        column.type = read_type(reader, child);
        break;
      case Part::null:
        column.null = true;
        break;
      case Part::not_null:
        column.null = false;
        break;
      case Part::default_value:
        column.default_value = read_expression(reader, child);
        column.plain_default = reader.text(child.begin) != "(";
        break;
      case Part::on_update:
        column.on_update = clock_text(reader, child);
        break;
      case Part::auto_increment:
        column.auto_increment = true;
        break;
      case Part::serial_default:
        column.auto_increment = column.unique = true;
        column.null = false;
        break;
      case Part::column_key:
        column.primary_key = true;
        break;
      case Part::column_unique:
        column.unique = true;
        break;
      case Part::comment:
        if (std::string text = reader.string(child); !text.empty()) column.options["comment"] = std::move(text);
        break;
      case Part::collation:
        column.type.collation = read_collation(reader, child);
        break;
      case Part::constraint_name:
        check_name = reader.name(child);
        break;
      case Part::check:
        column.checks.push_back(read_check(reader, child, std::move(check_name)));
        check_name.reset();
        break;
      case Part::references:
        column.references = read_references(reader, child);
        break;
      case Part::generated: {
        const Node* kind = reader.find(child, Part::generated_kind);
        column.generated =
            schema::Generated{read_expression(reader, child), kind && reader.kind(kind->begin) != Tk::kVirtual};
        break;
      }
      case Part::row_period:
        column.options["row_period"] = reader.kind(child.end - 1) == Tk::kStart ? "start" : "end";
        break;
      case Part::versioning:
        column.options["system_versioning"] = reader.kind(child.begin) == Tk::kWith ? "yes" : "no";
        break;
      case Part::visibility:
        read_visibility(reader, child, column.options);
        break;
      case Part::column_option:
        read_named_option(reader, child, column.options);
        break;
      default:
        break;
    }
  }
  return column;
}

IndexText read_index(const Reader& reader, const Node& node, IndexKind kind) {
  IndexText index;
  index.kind = kind;
  for (const Node& child : reader.parts(node)) {
    switch (child.part) {
      case Part::constraint_name:
        if (index.name.empty()) index.name = reader.name(child);
        break;
      case Part::index_name:
        index.name = reader.name(child);
        break;
      case Part::index_method:
        index.method = reader.words(child);
        break;
      case Part::key_part:
        index.parts.push_back(read_key_part(reader, child));
        break;
      case Part::visibility:
        read_visibility(reader, child, index.options);
        break;
      case Part::index_option:
        read_named_option(reader, child, index.options);
        break;
      case Part::if_exists:
        index.if_not_exists = true;
        break;
      default:
        break;
    }
  }
  if (const auto comment = index.options.find("comment"); comment != index.options.end() && comment->second.empty())
    index.options.erase(comment);
  if (kind == IndexKind::primary) index.name = Identifier("PRIMARY", schema::Folding::ignore_case);
  return index;
}

Result<std::optional<TableConstraint>> read_constraint(const Reader& reader, const Node& node,
                                                       std::optional<Identifier> name) {
  TableConstraint result;
  switch (node.part) {
    case Part::primary_key:
      result.index = read_index(reader, node, IndexKind::primary);
      break;
    case Part::unique:
      result.index = read_index(reader, node, IndexKind::unique);
      break;
    case Part::index:
      result.index = read_index(reader, node, IndexKind::plain);
      break;
    case Part::fulltext:
      result.index = read_index(reader, node, IndexKind::fulltext);
      break;
    case Part::spatial:
      result.index = read_index(reader, node, IndexKind::spatial);
      break;
    case Part::check:
      result.check = read_check(reader, node, std::move(name));
      break;
    case Part::foreign_key: {
      schema::ForeignKey key = read_references(reader, *reader.find(node, Part::references));
      if (const Node* constraint = reader.find(node, Part::constraint_name)) key.name = reader.name(*constraint);
      if (const Node* index = reader.find(node, Part::index_name)) result.index_name = reader.name(*index);
      for (const Node& child : reader.parts(node))
        if (child.part == Part::local_column) key.columns.push_back(reader.name(child));
      result.foreign_key = std::move(key);
      break;
    }
    default:
      return std::nullopt;
  }
  return result;
}

void read_option(const Reader& reader, const Node& node, TableTexts& texts) {
  if (const Node* charset = reader.find(node, Part::charset)) {
    texts.charset = read_charset(reader, *charset);
    return;
  }
  if (const Node* collation = reader.find(node, Part::collation)) {
    texts.collation = read_collation(reader, *collation);
    return;
  }
  if (reader.find(node, Part::versioning)) {
    texts.options["system_versioning"] = "yes";
    return;
  }
  const Node* named = reader.find(node, Part::option_name);
  if (!named) return;
  const Node* value = reader.find(node, Part::option_value);
  std::string name = reader.words(*named);
  std::string text = value ? value_of(reader, *value) : "yes";
  std::replace(name.begin(), name.end(), ' ', '_');
  if (name == "type") name = "engine";
  if (name == "table_checksum") name = "checksum";
  if (name == "engine" || name == "row_format" || name == "insert_method" || name == "storage")
    text = schema::to_lower(text);
  const bool nothing =
      text.empty() || schema::equal_ignoring_case(text, "default") ||
      ((name == "key_block_size" || name == "max_rows" || name == "min_rows" || name == "avg_row_length" ||
        name == "checksum" || name == "delay_key_write" || name == "sequence") &&
       text == "0");
  if (name == "auto_increment")
    texts.auto_increment = text;
  else if (nothing)
    texts.options.erase(name);
  else
    texts.options[name] = text;
}

// The server writes the engine of every partition, and functions in small letters.
std::string read_partitioning(const Reader& reader, const Node& node) {
  std::vector<schema::Token> tokens;
  std::uint32_t from = node.begin;
  const auto copy = [&](std::uint32_t to) {
    const Fragment part = reader.fragment(from, to);
    tokens.insert(tokens.end(), part.tokens().begin(), part.tokens().end());
  };
  for (const Node& child : reader.parts(node)) {
    if (child.part != Part::partition_engine) continue;
    copy(child.begin);
    from = child.end;
  }
  copy(node.end);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].role == schema::Role::keyword) tokens[i].text = schema::to_upper(tokens[i].text);
    const bool called = i + 1 < tokens.size() && tokens[i + 1].text == "(";
    if (tokens[i].role == schema::Role::name && called) tokens[i].text = schema::to_lower(tokens[i].text);
  }
  // By what the rows are told apart: RANGE (expression).
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (!schema::is_one_of(tokens[i].text, {"RANGE", "LIST", "HASH"}) || tokens[i + 1].text != "(") continue;
    std::size_t end = i + 1;
    for (int depth = 0; end < tokens.size(); ++end) {
      depth += tokens[end].text == "(" ? 1 : tokens[end].text == ")" ? -1 : 0;
      if (depth == 0) break;
    }
    const auto first = tokens.begin() + static_cast<std::ptrdiff_t>(i) + 2;
    const auto last = tokens.begin() + static_cast<std::ptrdiff_t>(end);
    const Fragment expression = canonical_expression(Fragment(std::vector<schema::Token>(first, last)));
    tokens.insert(tokens.erase(first, last), expression.tokens().begin(), expression.tokens().end());
  }
  return expression_sql(Fragment(std::move(tokens)));
}

}  // namespace emcee::mysql
