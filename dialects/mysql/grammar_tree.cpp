#include "dialects/mysql/grammar_tree.h"

#include <fmt/format.h>

#include "dialects/mysql/alter.h"
#include "dialects/mysql/canonical.h"
#include "dialects/mysql/normalise.h"
#include "dialects/mysql/program_text.h"

namespace emcee::mysql {

using schema::Result;

namespace {

using Kind = decltype(parser::Statement::kind);
using Kinds = std::vector<Kind>;

// A copy of the other table, without its foreign keys.
Result<Kinds> create_like(const Reader& reader, const Node& node, const Node& like, const Lookup& lookup) {
  const schema::QualifiedName other = reader.object(like);
  const parser::Table* found = lookup.table(other);
  if (!found) return schema::fail(reader.error(like.begin, fmt::format("there is no table named {}", other.text())));
  parser::CreateTable create;
  create.table = *found;
  create.table.name = reader.object(*reader.find(node, Part::target));
  create.table.foreign_keys.clear();
  create.table.options.carried.clear();
  if (!reader.server().is_mariadb())
    for (schema::Check& check : create.table.checks) check.name.reset();
  TableMaker maker(create.table, reader.session(), true);
  EMCEE_TRY(maker.complete());
  create.if_not_exists = reader.has(node, Part::if_exists);
  create.temporary = reader.has(node, Part::temporary);
  return Kinds{std::move(create)};
}

Result<Kinds> create_table(const Reader& reader, const Node& node, const Lookup& lookup) {
  Kinds result;
  const schema::QualifiedName name = reader.object(*reader.find(node, Part::target));
  if (reader.has(node, Part::or_replace)) result.push_back(parser::Drop{parser::ObjectKind::table, name, true});
  if (const Node* like = reader.find(node, Part::like_table)) {
    EMCEE_ASSIGN(Kinds copy, create_like(reader, node, *like, lookup));
    result.push_back(std::move(copy.front()));
    return result;
  }
  parser::CreateTable create;
  create.table.name = name;
  create.if_not_exists = reader.has(node, Part::if_exists);
  create.temporary = reader.has(node, Part::temporary);
  create.as_select = reader.has(node, Part::as_select);
  TableMaker maker(create.table, reader.session(), true);
  TableTexts texts;
  for (const Node& child : reader.parts(node))
    if (child.part == Part::option) read_option(reader, child, texts);
  maker.options(texts);
  const auto at = [&](const Node& child, Result<void> done) -> Result<void> {
    if (!done && !done.error().position) done.error().position = reader.error(child.begin, {}).position;
    return done;
  };
  std::vector<std::pair<const Node*, TableConstraint>> constraints;
  std::optional<Identifier> check_name;
  for (const Node& child : reader.parts(node)) {
    if (child.part == Part::column) {
      EMCEE_ASSIGN(ColumnText column, read_column(reader, child));
      EMCEE_TRY(at(child, maker.column(std::move(column))));
    } else if (child.part == Part::constraint_name) {
      check_name = reader.name(child);
    } else if (is_constraint(child.part)) {
      EMCEE_ASSIGN(auto constraint, read_constraint(reader, child, std::move(check_name)));
      check_name.reset();
      if (constraint) constraints.emplace_back(&child, std::move(*constraint));
    } else if (child.part == Part::partitioning) {
      create.table.options.other["partition_by"] = read_partitioning(reader, child);
    }
  }
  // Constraints may name columns that come after them.
  if (!create.as_select)
    for (auto& [child, constraint] : constraints) EMCEE_TRY(at(*child, maker.constraint(std::move(constraint))));
  if (!create.as_select) EMCEE_TRY(maker.complete());
  result.push_back(std::move(create));
  return result;
}

Kind create_view(const Reader& reader, const Node& node, const Lookup& lookup) {
  parser::CreateView create;
  create.view = read_view(reader, node, lookup.columns);
  create.if_not_exists = reader.has(node, Part::if_exists);
  create.replace = reader.has(node, Part::or_replace);
  return create;
}

Kind create_trigger(const Reader& reader, const Node& node) {
  parser::CreateTrigger create;
  create.trigger = read_trigger(reader, node);
  create.if_not_exists = reader.has(node, Part::if_exists);
  create.replace = reader.has(node, Part::or_replace);
  return create;
}

Kind create_object(const Reader& reader, const Node& node) {
  parser::CreateObject create;
  create.object = read_object(reader, node);
  create.if_not_exists = reader.has(node, Part::if_exists);
  create.replace = reader.has(node, Part::or_replace);
  return create;
}

Result<Kinds> drop(const Reader& reader, const Node& node) {
  Kinds result;
  const Node& kind = *reader.find(node, Part::kind);
  const bool if_exists = reader.has(node, Part::if_exists);
  if (reader.has(node, Part::temporary)) return Kinds{parser::Skipped{"DROP TEMPORARY TABLE"}};
  if (reader.starts(kind, Tk::kIndex)) return Kinds{read_drop_index(reader, node)};
  for (const Node& child : reader.parts(node)) {
    if (child.part != Part::target) continue;
    switch (reader.kind(kind.begin)) {
      case Tk::kTable:
      case Tk::kTables:
        result.push_back(parser::Drop{parser::ObjectKind::table, reader.object(child), if_exists});
        break;
      case Tk::kView:
        result.push_back(parser::Drop{parser::ObjectKind::view, reader.object(child), if_exists});
        break;
      case Tk::kTrigger:
        result.push_back(parser::Drop{parser::ObjectKind::trigger, reader.object(child), if_exists});
        break;
      default:
        result.push_back(parser::Drop{parser::ObjectKind::other,
                                      reader.object(child, reader.starts(kind, Tk::kSequence)), if_exists,
                                      reader.words(kind)});
    }
  }
  return result;
}

Kinds rename_tables(const Reader& reader, const Node& node) {
  Kinds result;
  schema::QualifiedName from;
  for (const Node& child : reader.parts(node)) {
    if (child.part == Part::target) from = reader.object(child);
    if (child.part != Part::new_target) continue;
    parser::AlterTable alter{from, {}};
    alter.actions.push_back(parser::RenameTable{reader.object(child).name});
    alter.actions.push_back(parser::EditTable{[](parser::Table&) -> Result<void> { return {}; }});
    result.push_back(std::move(alter));
  }
  return result;
}

Result<Kinds> read_kinds(const Reader& reader, const Lookup& lookup) {
  const Node& root = reader.root();
  switch (root.part) {
    case Part::create_table:
      return create_table(reader, root, lookup);
    case Part::create_index:
      return Kinds{read_create_index(reader, root)};
    case Part::create_view:
      return Kinds{create_view(reader, root, lookup)};
    case Part::create_trigger:
      return Kinds{create_trigger(reader, root)};
    case Part::create_object:
      return Kinds{create_object(reader, root)};
    case Part::drop:
      return drop(reader, root);
    case Part::alter_table: {
      EMCEE_ASSIGN(parser::AlterTable alter, read_alter_table(reader, root));
      return Kinds{std::move(alter)};
    }
    case Part::rename_tables:
      return rename_tables(reader, root);
    case Part::alter_object: {
      const Node& kind = *reader.find(root, Part::kind);
      return schema::fail(reader.error(root.begin,
                                       fmt::format("ALTER {} is not followed", schema::to_upper(reader.words(kind))),
                                       "write the object as it is in the end"));
    }
    default:
      return Kinds{parser::Skipped{schema::to_upper(reader.text(root.begin))}};
  }
}

}  // namespace

Result<std::vector<parser::Statement>> make_statements(const Reader& reader, const parser::Source& source,
                                                       const Lexemes& tokens, std::uint32_t end, const Lookup& lookup) {
  const Node* named = reader.find(reader.root(), Part::target);
  if (named) named = reader.find(*named, Part::object_name);
  if (!named) named = reader.find(reader.root(), Part::object_name);
  const std::size_t name = reader.offset(named ? named->begin : 0);
  auto kinds = read_kinds(reader, lookup);
  if (!kinds && !kinds.error().position) kinds.error().position = source.at(name);
  if (!kinds) return tl::unexpected(std::move(kinds).error());
  const Lexeme& last = tokens[end > 0 ? end - 1 : 0];
  std::vector<parser::Statement> statements;
  for (Kind& kind : *kinds)
    statements.push_back({std::move(kind), {tokens.front().begin, last.begin + last.length}, name});
  return statements;
}

}  // namespace emcee::mysql
