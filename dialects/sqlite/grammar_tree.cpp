#include "dialects/sqlite/grammar_tree.h"

#include <fmt/format.h>

#include "dialects/sqlite/grammar_reader.h"
#include "dialects/sqlite/lexer.h"

namespace emcee::sqlite {

using schema::equal_ignoring_case;
using schema::Result;

namespace {

using Kind = decltype(parser::Statement::kind);

constexpr const char* kTemp = "temp";

// `main.t` is `t`. Objects of the temporary database keep its name.
Result<schema::QualifiedName> read_name(const Reader& reader, const Node& node) {
  schema::QualifiedName name;
  name.name = reader.name(*reader.find(node, Part::object_name));
  if (const Node* schema = reader.find(node, Part::schema_name)) {
    const schema::Identifier database = reader.name(*schema);
    if (equal_ignoring_case(database.text(), kTemp))
      name.schema = database.derived(kTemp);
    else if (!equal_ignoring_case(database.text(), "main"))
      return schema::fail(reader.error(schema->begin, fmt::format("unknown database {}", database.text()),
                                       "a schema is one database: leave out the name of the database"));
  }
  return name;
}

// The name of an object that is created, and whether it is temporary.
Result<std::pair<schema::QualifiedName, bool>> read_new_name(const Reader& reader, const Node& node) {
  EMCEE_ASSIGN(schema::QualifiedName name, read_name(reader, node));
  if (reader.has(node, Part::temporary)) name.schema = name.name.derived(kTemp);
  const bool temporary = !name.schema.empty();
  return std::pair(std::move(name), temporary);
}

Result<Kind> create_table(const Reader& reader, const Node& node) {
  EMCEE_ASSIGN(auto name, read_new_name(reader, node));
  EMCEE_ASSIGN(parser::Table table, read_table(reader, node));
  table.name = std::move(name.first);
  table.source = std::string(reader.text(node));
  return parser::CreateTable{std::move(table), reader.has(node, Part::if_exists), name.second,
                             reader.has(node, Part::as_select)};
}

Result<Kind> create_index(const Reader& reader, const Node& node) {
  parser::CreateIndex create;
  EMCEE_ASSIGN(create.index.name, read_name(reader, node));
  EMCEE_ASSIGN(create.table, read_name(reader, *reader.find(node, Part::target)));
  create.table.schema = create.index.name.schema;
  create.index.unique = reader.has(node, Part::unique_index);
  create.index.parts = read_key_parts(reader, node);
  if (const Node* where = reader.find(node, Part::where)) create.index.where = reader.fragment(*where);
  create.index.source = std::string(reader.text(node));
  create.if_not_exists = reader.has(node, Part::if_exists);
  return create;
}

Result<Kind> create_view(const Reader& reader, const Node& node) {
  EMCEE_ASSIGN(auto name, read_new_name(reader, node));
  parser::CreateView create;
  create.view.name = std::move(name.first);
  create.temporary = name.second;
  for (const Node& child : reader.parts(node)) {
    if (child.part == Part::view_column) create.view.columns.push_back(reader.name(child));
    if (child.part == Part::query) create.view.query = reader.fragment(child);
  }
  create.view.source = std::string(reader.text(node));
  create.if_not_exists = reader.has(node, Part::if_exists);
  return create;
}

schema::TriggerTime read_time(const Reader& reader, const Node& node) {
  const Node* time = reader.find(node, Part::trigger_time);
  if (!time) return schema::TriggerTime::before;
  if (reader.kind(time->begin) == Tk::kAfter) return schema::TriggerTime::after;
  return reader.kind(time->begin) == Tk::kInstead ? schema::TriggerTime::instead_of : schema::TriggerTime::before;
}

schema::TriggerEvent read_event(const Reader& reader, const Node& node) {
  const Tk event = reader.kind(reader.find(node, Part::trigger_event)->begin);
  if (event == Tk::kInsert) return schema::TriggerEvent::insert;
  return event == Tk::kUpdate ? schema::TriggerEvent::update : schema::TriggerEvent::remove;
}

Result<Kind> create_trigger(const Reader& reader, const Node& node) {
  EMCEE_ASSIGN(auto name, read_new_name(reader, node));
  parser::CreateTrigger create;
  parser::Trigger& trigger = create.trigger;
  trigger.name = std::move(name.first);
  create.temporary = name.second;
  EMCEE_ASSIGN(trigger.table, read_name(reader, *reader.find(node, Part::target)));
  trigger.time = read_time(reader, node);
  trigger.events = {read_event(reader, node)};
  for (const Node& child : reader.parts(node)) {
    if (child.part == Part::update_column) trigger.update_of.push_back(reader.name(child));
    if (child.part == Part::when) trigger.when = reader.fragment(child);
    if (child.part == Part::body) trigger.body = reader.fragment(child);
  }
  trigger.source = std::string(reader.text(node));
  create.if_not_exists = reader.has(node, Part::if_exists);
  return create;
}

Result<Kind> create_virtual_table(const Reader& reader, const Node& node) {
  parser::CreateObject create;
  create.object.kind = "virtual table";
  EMCEE_ASSIGN(create.object.name, read_name(reader, node));
  create.object.definition = reader.fragment(*reader.find(node, Part::module));
  create.object.source = std::string(reader.text(node));
  create.if_not_exists = reader.has(node, Part::if_exists);
  return create;
}

Result<Kind> drop(const Reader& reader, const Node& node) {
  auto found = read_name(reader, node);
  if (!found && reader.has(node, Part::if_exists)) return parser::Skipped{"DROP"};  // of an unknown database
  EMCEE_ASSIGN(schema::QualifiedName name, std::move(found));
  parser::ObjectKind kind = parser::ObjectKind::table;
  if (reader.kind(node.begin + 1) == Tk::kView) kind = parser::ObjectKind::view;
  if (reader.kind(node.begin + 1) == Tk::kIndex) kind = parser::ObjectKind::index;
  if (reader.kind(node.begin + 1) == Tk::kTrigger) kind = parser::ObjectKind::trigger;
  return parser::Drop{kind, std::move(name), reader.has(node, Part::if_exists)};
}

Result<parser::AlterAction> read_action(const Reader& reader, const Node& action) {
  const auto name_of = [&](Part part) { return reader.name(*reader.find(action, part)); };
  switch (action.part) {
    case Part::rename_table:
      return parser::RenameTable{name_of(Part::new_name)};
    case Part::rename_column:
      return parser::RenameColumn{name_of(Part::column_name), name_of(Part::new_name)};
    case Part::drop_column:
      return parser::DropColumn{name_of(Part::column_name)};
    case Part::drop_constraint:
      return parser::DropConstraint{name_of(Part::constraint_name)};
    case Part::drop_not_null:
      return parser::DropNotNull{name_of(Part::column_name)};
    case Part::set_not_null:
      return parser::SetNotNull{name_of(Part::column_name), read_conflict(reader, action)};
    case Part::add_check: {
      std::optional<schema::Identifier> name;
      if (const Node* named = reader.find(action, Part::constraint_name)) name = reader.name(*named);
      return parser::AddCheck{read_check(reader, *reader.find(action, Part::check), std::move(name))};
    }
    default: {
      EMCEE_ASSIGN(parser::AddColumn column, read_column(reader, *reader.find(action, Part::column)));
      if (column.primary_key || !column.uniques.empty())
        return schema::fail(reader.error(action.begin, "a column that is added cannot be PRIMARY KEY or UNIQUE",
                                         column.primary_key ? "" : "CREATE UNIQUE INDEX does the same"));
      return column;
    }
  }
}

Result<Kind> alter_table(const Reader& reader, const Node& node) {
  parser::AlterTable alter;
  EMCEE_ASSIGN(alter.table, read_name(reader, node));
  for (const Node& child : reader.parts(node)) {
    if (child.part == Part::schema_name || child.part == Part::object_name) continue;
    EMCEE_ASSIGN(parser::AlterAction action, read_action(reader, child));
    alter.actions.push_back(std::move(action));
  }
  return alter;
}

bool is_schema_table(const schema::Identifier& name) {
  for (const char* known : {"sqlite_schema", "sqlite_master"})
    if (equal_ignoring_case(name.text(), known)) return true;
  return false;
}

// `.dump` writes virtual tables as rows of the schema table:
//   INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql) VALUES('table','t','t',0,'CREATE VIRTUAL TABLE ...');
// Any other write to the schema table changes what no statement shows.
Result<Kind> write_to_schema(const Reader& reader, const parser::Source& source, const Node& node) {
  const std::uint32_t sql = node.end - 2;
  if (node.end - node.begin > 4 && reader.kind(node.begin) == Tk::kInsert && reader.kind(sql) == Tk::string &&
      reader.kind(sql - 1) == Tk::comma && reader.kind(sql + 1) == Tk::right) {
    const parser::Source inner(source.name(), unquote(reader.text(sql)));
    const Lexemes tokens = tokenize(inner.text());
    Parse parse;
    if (!parse_statement(tokens, 0, parse) && parse.nodes.front().part == Part::create_virtual_table) {
      const Reader inner_reader(inner, tokens, parse);
      return create_virtual_table(inner_reader, inner_reader.root());
    }
  }
  return schema::fail(reader.error(node.begin, "a write to the schema table changes what no statement shows",
                                   "give the resulting schema instead, as `.schema` prints it"));
}

Result<Kind> other(const Reader& reader, const parser::Source& source, const Node& node) {
  const Node* write = reader.find(node, Part::write);
  if (write && reader.kind(node.begin) != Tk::kExplain) {
    const Node* target = reader.find(*write, Part::target);
    if (is_schema_table(reader.name(*reader.find(*target, Part::object_name))))
      return write_to_schema(reader, source, *write);
  }
  const std::uint32_t first = write ? write->begin : node.begin;
  return parser::Skipped{reader.kind(first) == Tk::kWith ? "SELECT" : schema::to_upper(reader.text(first))};
}

Result<Kind> read_kind(const Reader& reader, const parser::Source& source) {
  const Node& root = reader.root();
  switch (root.part) {
    case Part::create_table:
      return create_table(reader, root);
    case Part::create_index:
      return create_index(reader, root);
    case Part::create_view:
      return create_view(reader, root);
    case Part::create_trigger:
      return create_trigger(reader, root);
    case Part::create_virtual_table:
      return create_virtual_table(reader, root);
    case Part::drop:
      return drop(reader, root);
    case Part::alter_table:
      return alter_table(reader, root);
    default:
      return other(reader, source, root);
  }
}

}  // namespace

schema::Fragment make_fragment(const parser::Source& source, const Lexemes& tokens, const Parse& parse,
                               std::uint32_t begin, std::uint32_t end) {
  return Reader(source, tokens, parse).fragment(begin, end);
}

schema::Result<parser::Statement> make_statement(const parser::Source& source, const Lexemes& tokens,
                                                 const Parse& parse, std::uint32_t first) {
  const Reader reader(source, tokens, parse);
  const Node* named = reader.find(reader.root(), Part::object_name);
  const std::size_t name = reader.offset(named ? named->begin : first);
  auto kind = read_kind(reader, source);
  if (!kind && !kind.error().position) kind.error().position = source.at(name);
  if (!kind) return tl::unexpected(std::move(kind).error());
  const Lexeme& last = tokens[parse.end - 1];
  return parser::Statement{*std::move(kind), {tokens[first].begin, last.begin + last.length}, name};
}

}  // namespace emcee::sqlite
