#include "parser/builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "parser/alter.h"
#include "parser/refuse.h"
#include "parser/rename.h"
#include "schema/match.h"

namespace emcee::parser {

using schema::ErrorCode;
using schema::Result;

namespace {

tl::unexpected<schema::Error> missing(std::string_view kind, const QualifiedName& name) {
  return refuse(fmt::format("there is no {} named {}", kind, name.text()));
}

}  // namespace

Result<void> Builder::replay(const Source& source, Statement statement) {
  Outcome outcome = schema::match(std::move(statement.kind), [&](auto&& kind) { return run(std::move(kind)); });
  if (outcome || outcome.error().position) return outcome;
  schema::Error error = std::move(outcome).error();
  error.position = source.at(statement.name);
  return tl::unexpected(std::move(error));
}

std::optional<std::string> Builder::taken(const QualifiedName& name) {
  if (tables_.find(name)) return fmt::format("there is already a table named {}", name.text());
  if (const OpaqueObject* object = find_relation(name))
    return fmt::format("there is already a {} named {}", rules_.relation ? object->kind : "table", name.text());
  if (views_.find(name)) return fmt::format("there is already a view named {}", name.text());
  if (index_tables_.count(name)) return fmt::format("there is already an index named {}", name.text());
  return std::nullopt;
}

const OpaqueObject* Builder::find_relation(const QualifiedName& name) {
  const auto it = relation_kinds_.find(name);
  return it == relation_kinds_.end() ? nullptr : objects_.find({it->second, name});
}

const QualifiedName* Builder::table_of_index(const QualifiedName& index) const {
  const auto it = index_tables_.find(index);
  return it == index_tables_.end() ? nullptr : &it->second;
}

// Found before anything else of that name.
void Builder::add_temporary(Names& names, const QualifiedName& name, const char* what) {
  names.insert(name);
  names.insert({{}, name.name});
  coverage_.skip(fmt::format("temporary {}", what));
}

bool Builder::skip_temporary(const Names& names, const QualifiedName& name, const char* what) {
  if (!names.count(name)) return false;
  coverage_.skip(fmt::format("{} (temporary)", what));
  return true;
}

Result<void> Builder::run(CreateTable create) {
  const QualifiedName& name = create.table.name;
  if (create.temporary) {
    add_temporary(temporary_tables_, name, "table");
    return {};
  }
  if (is_internal(name)) {
    coverage_.skip("internal table");
    return {};
  }
  if (const auto reason = taken(name)) {
    if (create.if_not_exists && !index_tables_.count(name)) return {};
    return refuse(*reason);
  }
  if (create.as_select)
    return refuse(fmt::format("the columns of table {} are what a query returns, and are not known", name.text()),
                  "write the table with its columns: CREATE TABLE name (column type, ...)");
  normalise(create.table);
  EMCEE_TRY(schema::validate(create.table));
  tables_.add(std::move(create.table));
  ++coverage_.modelled;
  return {};
}

Result<void> Builder::run(CreateIndex create) {
  const QualifiedName& name = create.index.name;
  if (skip_temporary(temporary_tables_, create.table, "CREATE INDEX")) {
    temporary_indexes_.insert(name);
    return {};
  }
  if (is_internal(name) || is_internal(create.table)) {
    coverage_.skip("internal index");
    return {};
  }
  if (index_tables_.count(name)) {
    if (create.if_not_exists) return {};
    return refuse(fmt::format("there is already an index named {}", name.text()));
  }
  Table* table = tables_.find(create.table);
  if (!table && views_.find(create.table))
    return refuse(fmt::format("{} is a view: it has no indexes", create.table.text()));
  if (!table) return missing("table", create.table);
  if (tables_.find(name)) return refuse(fmt::format("there is already a table named {}", name.text()));
  table->indexes.push_back(std::move(create.index));
  normalise(*table);
  const Index& index = table->indexes.back();
  for (const schema::KeyPart& part : index.parts) {
    const auto column = part.expression.as_column();
    if (!column || table->find_column(*column)) continue;
    auto error = refuse(fmt::format("index {} names column {}, which table {} does not have", index.name.text(),
                                    column->text(), table->name.text()));
    table->indexes.pop_back();
    return error;
  }
  index_tables_.emplace(index.name, table->name);
  ++coverage_.modelled;
  return {};
}

Result<void> Builder::run(CreateView create) {
  if (create.temporary) {
    add_temporary(temporary_tables_, create.view.name, "view");
    return {};
  }
  if (create.replace && views_.find(create.view.name)) {
    const QualifiedName name = create.view.name;
    views_.replace(name, std::move(create.view));
    ++coverage_.modelled;
    return {};
  }
  if (const auto reason = taken(create.view.name)) {
    if (create.if_not_exists && !index_tables_.count(create.view.name)) return {};
    return refuse(*reason);
  }
  views_.add(std::move(create.view));
  ++coverage_.modelled;
  return {};
}

Result<void> Builder::run(CreateTrigger create) {
  const Trigger& trigger = create.trigger;
  if (create.temporary) {
    add_temporary(temporary_triggers_, trigger.name, "trigger");
    return {};
  }
  if (skip_temporary(temporary_tables_, trigger.table, "CREATE TRIGGER")) {
    temporary_triggers_.insert(trigger.name);
    return {};
  }
  if (triggers_.find(trigger.name)) {
    if (create.replace) {
      const QualifiedName name = trigger.name;
      triggers_.replace(name, std::move(create.trigger));
      ++coverage_.modelled;
      return {};
    }
    if (create.if_not_exists) return {};
    return refuse(fmt::format("there is already a trigger named {}", trigger.name.text()));
  }
  if (!tables_.find(trigger.table) && !views_.find(trigger.table)) return missing("table or view", trigger.table);
  triggers_.add(std::move(create.trigger));
  ++coverage_.modelled;
  return {};
}

Result<void> Builder::run(CreateObject create) {
  const OpaqueObject& object = create.object;
  const bool relation = is_relation(object.kind);
  if (const ObjectKey key = key_of(object); objects_.find(key)) {
    if (create.if_not_exists) return {};
    if (!create.replace)
      return refuse(
          fmt::format("there is already a {} named {}", rules_.relation ? object.kind : "table", object.name.text()));
    objects_.replace(key, std::move(create.object));
    ++coverage_.verbatim;
    return {};
  }
  if (const auto reason = relation ? taken(object.name) : std::nullopt) {
    if (create.if_not_exists && !index_tables_.count(object.name)) return {};
    return refuse(*reason);
  }
  if (rules_.internal) internal_owners_.push_back(object);
  if (relation) relation_kinds_.emplace(object.name, object.kind);
  objects_.add(std::move(create.object));
  ++coverage_.verbatim;
  return {};
}

Result<void> Builder::run(const AlterObject& alter) {
  const OpaqueObject* found = objects_.find({alter.object, alter.name});
  if (!found) return missing(alter.object, alter.name);
  OpaqueObject object = *found;
  EMCEE_TRY(alter.edit(object));
  const bool moved = !(key_of(object) == ObjectKey{alter.object, alter.name});
  if (moved && objects_.find(key_of(object)))
    return refuse(fmt::format("there is already a {} named {}", object.kind, object.name.text()));
  if (moved && relation_kinds_.erase(alter.name)) relation_kinds_.emplace(object.name, object.kind);
  objects_.replace({alter.object, alter.name}, std::move(object));
  ++coverage_.verbatim;
  return {};
}

Result<void> Builder::run(const AlterTrigger& alter) {
  const Trigger* found = triggers_.find(alter.name);
  if (!found) return missing("trigger", alter.name);
  Trigger trigger = *found;
  EMCEE_TRY(alter.edit(trigger));
  trigger.source.clear();
  triggers_.replace(alter.name, std::move(trigger));
  ++coverage_.modelled;
  return {};
}

Result<void> Builder::run(const AlterView& alter) {
  const View* found = views_.find(alter.name);
  if (!found) return missing("view", alter.name);
  View view = *found;
  EMCEE_TRY(alter.edit(view));
  view.source.clear();
  const bool moved = !(view.name == alter.name);
  if (const auto reason = moved ? taken(view.name) : std::nullopt) return refuse(*reason);
  const QualifiedName to = view.name;
  views_.replace(alter.name, std::move(view));
  if (moved) rename_in_users(alter.name, to);
  ++coverage_.modelled;
  return {};
}

Result<void> Builder::run(const Skipped& skipped) {
  coverage_.skip(skipped.what);
  return {};
}

Result<void> Builder::run(const Drop& drop) {
  switch (drop.kind) {
    case ObjectKind::table:
      return drop_table(drop);
    case ObjectKind::other:
      return drop_object(drop);
    case ObjectKind::view:
      return drop_view(drop);
    case ObjectKind::index:
      return drop_index(drop);
    case ObjectKind::trigger:
      return drop_trigger(drop);
  }
  return {};
}

void Builder::drop_triggers_of(const QualifiedName& table) {
  std::vector<QualifiedName> names;
  triggers_.for_each([&](const Trigger& trigger) {
    if (trigger.table == table) names.push_back(trigger.name);
  });
  for (const QualifiedName& name : names) triggers_.remove(name);
}

Result<void> Builder::drop_table(const Drop& drop) {
  if (skip_temporary(temporary_tables_, drop.name, "DROP TABLE")) {
    temporary_tables_.erase(drop.name);
    temporary_tables_.erase({{}, drop.name.name});
    return {};
  }
  if (const Table* table = tables_.find(drop.name)) {
    for (const Index& index : table->indexes) index_tables_.erase(index.name);
    drop_triggers_of(drop.name);
    tables_.remove(drop.name);
  } else if (const OpaqueObject* object = find_relation(drop.name)) {
    objects_.remove(key_of(*object));
    relation_kinds_.erase(drop.name);
    std::erase_if(internal_owners_, [&](const OpaqueObject& owner) { return owner.name == drop.name; });
  } else if (views_.find(drop.name)) {
    return refuse(fmt::format("{} is a view", drop.name.text()), "DROP VIEW removes it");
  } else if (is_internal(drop.name)) {
    coverage_.skip("internal table");
    return {};
  } else if (!drop.if_exists) {
    return missing("table", drop.name);
  }
  ++coverage_.modelled;
  return {};
}

Result<void> Builder::drop_object(const Drop& drop) {
  if (objects_.remove({drop.object, drop.name})) {
    if (is_relation(drop.object)) relation_kinds_.erase(drop.name);
  } else if (!drop.if_exists) {
    return missing(drop.object, drop.name);
  }
  ++coverage_.verbatim;
  return {};
}

Result<void> Builder::drop_view(const Drop& drop) {
  if (skip_temporary(temporary_tables_, drop.name, "DROP VIEW")) {
    temporary_tables_.erase(drop.name);
    temporary_tables_.erase({{}, drop.name.name});
    return {};
  }
  if (views_.find(drop.name))
    drop_triggers_of(drop.name);
  else if (tables_.find(drop.name))
    return refuse(fmt::format("{} is a table", drop.name.text()), "DROP TABLE removes it");
  if (!views_.remove(drop.name) && !drop.if_exists) return missing("view", drop.name);
  ++coverage_.modelled;
  return {};
}

Result<void> Builder::drop_index(const Drop& drop) {
  if (skip_temporary(temporary_indexes_, drop.name, "DROP INDEX")) return {};
  const auto place = index_tables_.find(drop.name);
  if (place != index_tables_.end()) {
    std::erase_if(tables_.find(place->second)->indexes, [&](const Index& index) { return index.name == drop.name; });
    index_tables_.erase(place);
  } else if (!drop.if_exists) {
    return missing("index", drop.name);
  }
  ++coverage_.modelled;
  return {};
}

Result<void> Builder::drop_trigger(const Drop& drop) {
  if (skip_temporary(temporary_triggers_, drop.name, "DROP TRIGGER")) return {};
  if (!triggers_.remove(drop.name) && !drop.if_exists) return missing("trigger", drop.name);
  ++coverage_.modelled;
  return {};
}

Result<void> Builder::run(const AlterTable& alter) {
  if (skip_temporary(temporary_tables_, alter.table, "ALTER TABLE")) return {};
  QualifiedName name = alter.table;
  for (const AlterAction& action : alter.actions) {
    if (const auto* rename = std::get_if<RenameTable>(&action)) {
      const QualifiedName to{rename->schema.value_or(name.schema), rename->to};
      EMCEE_TRY(rename_table(name, to));
      name = to;
      continue;
    }
    const Table* found = tables_.find(name);
    if (!found && views_.find(name)) return refuse(fmt::format("{} is a view", name.text()));
    if (!found) return missing("table", name);
    Table table = *found;
    if (const auto* drop = std::get_if<DropColumn>(&action)) drop_constraints_of(table, drop->column);
    EMCEE_TRY(parser::alter(table, action));
    normalise(table);
    EMCEE_TRY(schema::validate(table));
    table.source.clear();
    if (std::holds_alternative<EditTable>(action)) {  // it may have added and removed indexes
      for (const Index& index : found->indexes) index_tables_.erase(index.name);
      for (const Index& index : table.indexes) index_tables_.emplace(index.name, name);
    }
    tables_.replace(name, std::move(table));
    if (const auto* rename = std::get_if<RenameColumn>(&action)) rename_column(name, rename->from, rename->to);
  }
  ++coverage_.modelled;
  return {};
}

Result<void> Builder::rename_table(const QualifiedName& from, const QualifiedName& to) {
  const OpaqueObject* object = find_relation(from);
  if (!tables_.find(from) && !object) {
    if (views_.find(from)) return refuse(fmt::format("{} is a view", from.text()));
    return missing("table", from);
  }
  if (!(from == to))
    if (const auto reason = taken(to)) return refuse(*reason);
  if (object) {
    OpaqueObject renamed = *object;
    const ObjectKey key = key_of(renamed);
    renamed.name = to;
    renamed.source.clear();
    for (OpaqueObject& owner : internal_owners_)
      if (owner.name == from) owner = renamed;
    relation_kinds_.erase(from);
    relation_kinds_.emplace(to, key.kind);
    objects_.replace(key, std::move(renamed));
  } else {
    Table renamed = *tables_.find(from);
    renamed.name = to;
    renamed.source.clear();
    for (Index& index : renamed.indexes) {
      index.source.clear();
      index_tables_.erase(index.name);
      index.name.schema = to.schema;
      index_tables_[index.name] = to;
    }
    tables_.replace(from, std::move(renamed));
  }
  rename_in_users(from, to);
  return {};
}

void Builder::rename_in_users(const QualifiedName& from, const QualifiedName& to) {
  tables_.for_each([&](Table& table) { parser::rename_table(table, from, to); });
  views_.for_each([&](View& view) { parser::rename_table(view, from, to); });
  Named<Trigger> triggers;  // anew: a trigger may be known by the name of its table
  for (Trigger& trigger : triggers_.take()) {
    parser::rename_table(trigger, from, to);
    triggers.add(std::move(trigger));
  }
  triggers_ = std::move(triggers);
}

void Builder::rename_column(const QualifiedName& table, const Identifier& from, const Identifier& to) {
  const ColumnRename rename{table, from, to, [&](const QualifiedName& other) {
                              const Table* found = tables_.find(other);
                              return found && found->find_column(from);
                            }};
  tables_.for_each([&](Table& other) { parser::rename_column(other, rename); });
  views_.for_each([&](View& view) { parser::rename_column(view, rename); });
  triggers_.for_each([&](Trigger& trigger) { parser::rename_column(trigger, rename); });
}

Result<schema::Schema> Builder::finish() {
  schema::SchemaParts parts{tables_.take(), views_.take(), triggers_.take(), objects_.take(), rules_.constraint_names};
  // Shadow tables that came before their owner.
  if (rules_.internal) std::erase_if(parts.tables, [&](const Table& table) { return is_internal(table.name); });
  index_tables_.clear();
  internal_owners_.clear();
  relation_kinds_.clear();
  temporary_tables_.clear();
  temporary_indexes_.clear();
  temporary_triggers_.clear();
  return schema::Schema::make(std::move(parts));
}

}  // namespace emcee::parser
