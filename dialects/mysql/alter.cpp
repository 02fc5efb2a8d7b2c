#include "dialects/mysql/alter.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "dialects/mysql/canonical.h"
#include "dialects/mysql/defaults.h"
#include "dialects/mysql/normalise.h"
#include "parser/refuse.h"

namespace emcee::mysql {

using schema::Index;
using schema::Result;
using schema::Table;

using parser::refuse;

namespace {

using Work = std::function<Result<void>(Table&, TableMaker&)>;

// The statement as a list of work: what removes and changes comes before what adds keys, as the
// server sorts it.
struct Works {
  std::vector<Work> first, last;
  TableTexts options;
  std::vector<parser::AlterAction> renames;  // of columns, before all else
  std::optional<schema::QualifiedName> new_name;
};

Result<void> drop_index(Table& table, const Identifier& name, bool if_exists) {
  if (schema::equal_ignoring_case(name.text(), "PRIMARY")) {
    if (!table.primary_key && !if_exists) return refuse(fmt::format("table {} has no primary key", table.name.text()));
    table.primary_key.reset();
    return {};
  }
  const auto dropped = std::erase_if(table.indexes, [&](const Index& index) { return index.name.name == name; });
  if (dropped == 0 && !if_exists)
    return refuse(fmt::format("table {} has no index named {}", table.name.text(), name.text()));
  return {};
}

Result<void> drop_constraint(Table& table, const Identifier& name, bool if_exists, bool keys, bool checks) {
  const auto named = [&](const auto& constraint) { return constraint.name == name; };
  std::size_t dropped = 0;
  if (keys) dropped += std::erase_if(table.foreign_keys, named);
  if (checks) dropped += std::erase_if(table.checks, named);
  if (keys && checks && dropped == 0) return drop_index(table, name, if_exists);
  if (dropped == 0 && !if_exists)
    return refuse(fmt::format("table {} has no constraint named {}", table.name.text(), name.text()));
  return {};
}

Result<schema::Column*> column_of(Table& table, const Identifier& name) {
  schema::Column* column = table.find_column(name);
  if (!column) return refuse(fmt::format("table {} has no column named {}", table.name.text(), name.text()));
  return column;
}

void place_of(const Reader& reader, const Node& node, ColumnText& column) {
  const Node* position = reader.find(node, Part::position);
  if (!position) return;
  if (const Node* after = reader.find(*position, Part::after))
    column.after = reader.name(*after);
  else
    column.first = true;
}

// Of parts that name a thing: `DROP INDEX i`.
Identifier named(const Reader& reader, const Node& node, Part part) {
  const Node* found = reader.find(node, part);
  return found ? reader.name(*found) : Identifier();
}

Result<void> read_columns(const Reader& reader, const Node& node, Works& works) {
  const bool if_exists = reader.has(node, Part::if_exists);
  EMCEE_ASSIGN(ColumnText column, read_column(reader, *reader.find(node, Part::column)));
  place_of(reader, node, column);
  Identifier replaces;
  if (node.part == Part::modify_column) replaces = column.name;
  if (node.part == Part::change_column) {
    const Identifier old = named(reader, node, Part::column_name);
    replaces = column.name;
    // The server reads the old name, and what else names the column follows it.
    if (old.text() != column.name.text()) works.renames.push_back(parser::RenameColumn{old, column.name});
  }
  works.first.push_back([column, replaces, if_exists](Table& table, TableMaker& maker) -> Result<void> {
    if (if_exists && !replaces.empty() && !table.find_column(replaces)) return {};
    return maker.column(column, replaces);
  });
  return {};
}

Result<void> read_constraints(const Reader& reader, const Node& node, Works& works) {
  std::optional<Identifier> name;
  for (const Node& child : reader.parts(node)) {
    if (child.part == Part::constraint_name) name = reader.name(child);
    if (!is_constraint(child.part) || child.part == Part::constraint_name) continue;
    EMCEE_ASSIGN(auto constraint, read_constraint(reader, child, std::move(name)));
    name.reset();
    if (!constraint) continue;
    works.last.push_back([constraint](Table&, TableMaker& maker) { return maker.constraint(*constraint); });
  }
  return {};
}

// One sub-command.
Result<void> read_action(const Reader& reader, const Node& node, Works& works) {
  const bool if_exists = reader.has(node, Part::if_exists);
  const Identifier index = named(reader, node, Part::index_name);
  const Identifier column = named(reader, node, Part::column_name);
  const Identifier constraint = named(reader, node, Part::constraint_name);
  const Identifier to = named(reader, node, Part::new_name);
  const auto first = [&](Work work) { works.first.push_back(std::move(work)); };
  switch (node.part) {
    case Part::add_column: {
      EMCEE_ASSIGN(ColumnText added, read_column(reader, *reader.find(node, Part::column)));
      place_of(reader, node, added);
      first([added, if_exists](Table& table, TableMaker& maker) -> Result<void> {
        if (if_exists && table.find_column(added.name)) return {};
        return maker.column(added);
      });
      return {};
    }
    case Part::modify_column:
    case Part::change_column:
      return read_columns(reader, node, works);
    case Part::add_constraint:
      return read_constraints(reader, node, works);
    case Part::drop_column:
      works.first.insert(works.first.begin(), [column, if_exists](Table&, TableMaker& maker) {
        return maker.drop_column(column, if_exists);
      });
      return {};
    case Part::set_default: {
      const Fragment value = canonical_expression(
          reader.fragment(*reader.find(*reader.find(node, Part::default_value), Part::expression)));
      first([column, value](Table& table, TableMaker&) -> Result<void> {
        EMCEE_ASSIGN(schema::Column * found, column_of(table, column));
        found->default_value = canonical_default(value, found->type);
        return {};
      });
      return {};
    }
    case Part::drop_default:
      first([column](Table& table, TableMaker&) -> Result<void> {
        EMCEE_ASSIGN(schema::Column * found, column_of(table, column));
        found->default_value.reset();
        return {};
      });
      return {};
    case Part::set_visibility: {
      const bool invisible = reader.kind(reader.find(node, Part::visibility)->begin) == Tk::kInvisible;
      first([column, invisible](Table& table, TableMaker&) -> Result<void> {
        EMCEE_ASSIGN(schema::Column * found, column_of(table, column));
        found->options.erase("invisible");
        if (invisible) found->options["invisible"] = "yes";
        return {};
      });
      return {};
    }
    case Part::rename_table:
      works.new_name = reader.object(*reader.find(node, Part::new_target));
      return {};
    case Part::rename_column:
      works.renames.push_back(parser::RenameColumn{column, to});
      return {};
    case Part::rename_index:
      first([index, to](Table& table, TableMaker&) -> Result<void> {
        for (Index& found : table.indexes)
          if (found.name.name == index) {
            found.name.name = to;
            return {};
          }
        return refuse(fmt::format("table {} has no index named {}", table.name.text(), index.text()));
      });
      return {};
    case Part::drop_primary_key:
      first([](Table& table, TableMaker&) { return drop_index(table, Identifier("PRIMARY"), false); });
      return {};
    case Part::drop_index:
      first([index, if_exists](Table& table, TableMaker&) { return drop_index(table, index, if_exists); });
      return {};
    case Part::drop_foreign_key:
      first([=](Table& table, TableMaker&) { return drop_constraint(table, constraint, if_exists, true, false); });
      return {};
    case Part::drop_constraint:
      first([=](Table& table, TableMaker&) { return drop_constraint(table, constraint, if_exists, true, true); });
      return {};
    case Part::drop_check:
      first([=](Table& table, TableMaker&) { return drop_constraint(table, constraint, false, false, true); });
      return {};
    case Part::alter_index: {
      const Node& visibility = *reader.find(node, Part::visibility);
      const Tk word = reader.kind(visibility.begin);
      first([index, word](Table& table, TableMaker&) -> Result<void> {
        for (Index& found : table.indexes) {
          if (found.name.name != index) continue;
          found.options.erase("invisible");
          found.options.erase("ignored");
          if (word == Tk::kInvisible) found.options["invisible"] = "yes";
          if (word == Tk::kIgnored) found.options["ignored"] = "yes";
          return {};
        }
        return refuse(fmt::format("table {} has no index named {}", table.name.text(), index.text()));
      });
      return {};
    }
    case Part::alter_check: {
      const bool enforced = reader.kind(reader.find(node, Part::enforcement)->begin) != Tk::kNot;
      first([constraint, enforced](Table& table, TableMaker&) -> Result<void> {
        for (schema::Check& check : table.checks) {
          if (check.name != constraint) continue;
          check.options.erase("not_enforced");
          if (!enforced) check.options["not_enforced"] = "yes";
          return {};
        }
        return refuse(fmt::format("table {} has no constraint named {}", table.name.text(), constraint.text()));
      });
      return {};
    }
    case Part::convert: {
      TableTexts texts;
      read_option(reader, node, texts);
      const Node* collation = reader.find(node, Part::collation);
      const std::string name = collation ? canonical_collation(unquote(reader.text(*collation))) : "";
      works.first.insert(works.first.begin(),
                         [charset = texts.charset, name](Table&, TableMaker& maker) -> Result<void> {
                           maker.convert(charset, name);
                           return {};
                         });
      return {};
    }
    case Part::option:
      read_option(reader, node, works.options);
      return {};
    case Part::partitioning:
      first([text = read_partitioning(reader, node)](Table& table, TableMaker&) -> Result<void> {
        table.options.other["partition_by"] = text;
        return {};
      });
      return {};
    case Part::remove_partitioning:
      first([](Table& table, TableMaker&) -> Result<void> {
        table.options.other.erase("partition_by");
        return {};
      });
      return {};
    case Part::add_versioning:
    case Part::drop_versioning:
      first([add = node.part == Part::add_versioning](Table& table, TableMaker&) -> Result<void> {
        table.options.other.erase("system_versioning");
        if (add) table.options.other["system_versioning"] = "yes";
        return {};
      });
      return {};
    case Part::alter_partitions: {
      const Tk word = reader.kind(node.begin);
      if (word == Tk::kTruncate || word == Tk::kAnalyze || word == Tk::kCheck || word == Tk::kOptimize ||
          word == Tk::kRebuild || word == Tk::kRepair)
        return {};
      return schema::fail(reader.error(node.begin, "single partitions cannot be followed from statement to statement",
                                       "write the table with the partitions that it has in the end"));
    }
    default:
      return {};
  }
}

parser::AlterTable finish(schema::QualifiedName table, Works works, const Session& session) {
  parser::AlterTable alter;
  alter.table = std::move(table);
  alter.actions = std::move(works.renames);
  auto shared = std::make_shared<const Works>(std::move(works));
  alter.actions.push_back(parser::EditTable{[shared, session](Table& edited) -> Result<void> {
    TableMaker maker(edited, session, false);
    maker.options(shared->options);
    for (const Work& work : shared->first) EMCEE_TRY(work(edited, maker));
    for (const Work& work : shared->last) EMCEE_TRY(work(edited, maker));
    return maker.complete();
  }});
  if (shared->new_name) {
    alter.actions.push_back(parser::RenameTable{shared->new_name->name});
    alter.actions.push_back(parser::EditTable{[](Table&) -> Result<void> { return {}; }});  // names of indexes
  }
  return alter;
}

}  // namespace

Result<parser::AlterTable> read_alter_table(const Reader& reader, const Node& node) {
  Works works;
  for (const Node& child : reader.parts(node)) EMCEE_TRY(read_action(reader, child, works));
  return finish(reader.object(*reader.find(node, Part::target)), std::move(works), reader.session());
}

parser::AlterTable read_create_index(const Reader& reader, const Node& node) {
  IndexKind kind = IndexKind::plain;
  if (reader.has(node, Part::unique)) kind = IndexKind::unique;
  if (reader.has(node, Part::fulltext)) kind = IndexKind::fulltext;
  if (reader.has(node, Part::spatial)) kind = IndexKind::spatial;
  const IndexText index = read_index(reader, node, kind);
  const bool replace = reader.has(node, Part::or_replace);
  Works works;
  if (replace)
    works.first.push_back([name = index.name](Table& table, TableMaker&) { return drop_index(table, name, true); });
  works.last.push_back([index](Table&, TableMaker& maker) { return maker.index(index); });
  return finish(reader.object(*reader.find(node, Part::target)), std::move(works), reader.session());
}

parser::AlterTable read_drop_index(const Reader& reader, const Node& node) {
  const Identifier index = named(reader, node, Part::index_name);
  const bool if_exists = reader.has(node, Part::if_exists);
  Works works;
  works.first.push_back([index, if_exists](Table& table, TableMaker&) { return drop_index(table, index, if_exists); });
  return finish(reader.object(*reader.find(node, Part::target)), std::move(works), reader.session());
}

}  // namespace emcee::mysql
