// ALTER ... RENAME and SET SCHEMA.
#include <fmt/format.h>

#include "dialects/postgres/object.h"
#include "dialects/postgres/walker.h"

namespace emcee::postgres {

using schema::QualifiedName;
using schema::Result;
using schema::Table;

Result<void> Walker::rename_relation(const QualifiedName& from, const QualifiedName& to) {
  if (builder_.find_table(from)) {
    parser::AlterTable alter{from, {parser::RenameTable{to.name, to.schema}}};
    EMCEE_TRY(replay(std::move(alter)));
    session_.renamed(from, to);
    return rename_in_objects(from, to);
  }
  if (builder_.find_view(from)) {
    EMCEE_TRY(replay(parser::AlterView{from, [to](schema::View& view) -> Outcome {
                                         view.name = to;
                                         return {};
                                       }}));
    session_.renamed(from, to);
    return rename_in_objects(from, to);
  }
  if (builder_.find_object("sequence", from)) return rename_sequence(from, to);
  if (const QualifiedName* table = builder_.table_of_index(from)) {
    session_.renamed(from, to);
    return edit_table(QualifiedName(*table), [&](Table& edited) -> Outcome {
      for (schema::Index& index : edited.indexes)
        if (index.name == from) index.name = to;
      return {};
    });
  }
  // The index of a constraint has its name.
  std::optional<QualifiedName> owner_table;
  builder_.for_each_table([&](const Table& table) {
    if (!(table.name.schema == from.schema)) return;
    if (table.primary_key && table.primary_key->name == from.name) owner_table = table.name;
    for (const schema::Unique& unique : table.uniques)
      if (unique.name == from.name) owner_table = table.name;
  });
  if (owner_table) return rename_constraint(*owner_table, from.name, to.name);
  const std::string kind = session_.relation_kind(from);
  if (kind.empty()) return refuse(fmt::format("there is no table, view, sequence or index named {}", from.text()));
  return rename_object({kind}, from, to);
}

Result<void> Walker::rename_constraint(const QualifiedName& table, const schema::Identifier& from,
                                       const schema::Identifier& to) {
  return edit_table(table, [&](Table& edited) -> Outcome {
    bool found = false;
    const auto rename_one = [&](auto& constraint) {
      if (constraint.name == from) {
        constraint.name = to;
        found = true;
      }
    };
    if (edited.primary_key) rename_one(*edited.primary_key);
    for (auto& unique : edited.uniques) rename_one(unique);
    for (auto& check : edited.checks) rename_one(check);
    for (auto& key : edited.foreign_keys) rename_one(key);
    for (schema::Index& index : edited.indexes)
      if (index.name.name == from) {
        index.name.name = to;
        found = true;
      }
    if (!found) return refuse(fmt::format("table {} has no constraint named {}", table.text(), from.text()));
    return {};
  });
}

Result<void> Walker::rename_object(const std::vector<std::string>& kinds, const QualifiedName& from,
                                   const QualifiedName& to) {
  for (const std::string& kind : kinds) {
    if (!builder_.find_object(kind, from)) continue;
    return replay(parser::AlterObject{kind, from, [&](schema::OpaqueObject& object) -> Outcome {
                                        object.name = to;
                                        object.source = renamed_source(object.source, from, to);
                                        return {};
                                      }});
  }
  return refuse(fmt::format("there is no {} named {}", kinds.front(), from.text()));
}

// Defaults name a sequence in a literal.
Result<void> Walker::rename_sequence(const QualifiedName& from, const QualifiedName& to) {
  EMCEE_TRY(rename_object({"sequence"}, from, to));
  if (builder_.find_object("sequence owner", from)) EMCEE_TRY(rename_object({"sequence owner"}, from, to));
  const std::string before = string_literal(quoting()(from)), after = string_literal(quoting()(to));
  std::vector<QualifiedName> users;
  const auto names_it = [&](const schema::Column& column) {
    if (!column.default_value) return false;
    for (const Token& token : column.default_value->tokens())
      if (token.role == Role::literal && token.text == before) return true;
    return false;
  };
  builder_.for_each_table([&](const Table& table) {
    for (const schema::Column& column : table.columns)
      if (names_it(column)) {
        users.push_back(table.name);
        break;
      }
  });
  for (const QualifiedName& user : users)
    EMCEE_TRY(edit_table(user, [&](Table& table) -> Outcome {
      for (schema::Column& column : table.columns) {
        if (!names_it(column)) continue;
        Tokens tokens = column.default_value->tokens();
        for (Token& token : tokens)
          if (token.role == Role::literal && token.text == before) token.text = after;
        column.default_value = schema::Fragment(std::move(tokens));
      }
      return {};
    }));
  return {};
}

Result<void> Walker::rename_in_objects(const QualifiedName& from, const QualifiedName& to) {
  std::vector<schema::OpaqueObject> users;
  builder_.for_each_object([&](const schema::OpaqueObject& object) {
    if (is_about(object, from) || object.definition.mentions_table(from.name)) users.push_back(object);
  });
  for (const schema::OpaqueObject& user : users)
    EMCEE_TRY(replay(parser::AlterObject{user.kind, user.name, [&](schema::OpaqueObject& object) -> Outcome {
                                           rename_table_in(object, from, to);
                                           return {};
                                         }}));
  // Children know their parent by name.
  const std::string before = quoting()(from), after = quoting()(to);
  for (const QualifiedName& child : session_.children(to))
    EMCEE_TRY(edit_table(child, [&](Table& table) -> Outcome {
      for (const char* option : {"partition_of", "inherits"})
        if (const auto it = table.options.other.find(option); it != table.options.other.end() && it->second == before)
          it->second = after;
      return {};
    }));
  return {};
}

Result<void> Walker::rename(const PgQuery__RenameStmt& stmt) {
  const auto object_names = [&] {
    return stmt.object->node_case == PG_QUERY__NODE__NODE_LIST
               ? texts_of(stmt.object->list->items, stmt.object->list->n_items)
               : std::vector<std::string>{std::string(text_of(stmt.object))};
  };
  const schema::Identifier to = identifier(stmt.newname);
  switch (stmt.rename_type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
    case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
    case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE: {
      const QualifiedName from = relation(*stmt.relation);
      const bool known = session_.relation_exists(from) || session_.name_taken(from);
      if (!known && stmt.missing_ok) return skip("ALTER ... RENAME IF EXISTS (it does not exist)");
      return rename_relation(from, {from.schema, to});
    }
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN: {
      const QualifiedName table = relation(*stmt.relation);
      if (!builder_.find_table(table)) return misunderstood("RENAME COLUMN of anything but a table");
      const schema::Identifier from = identifier(stmt.subname);
      EMCEE_TRY(replay(parser::AlterTable{table, {parser::RenameColumn{from, to}}}));
      for (const QualifiedName& child : session_.children(table))
        if (builder_.find_table(child)->find_column(from))
          EMCEE_TRY(replay(parser::AlterTable{child, {parser::RenameColumn{from, to}}}));
      std::vector<QualifiedName> owners;
      builder_.for_each_object([&](const schema::OpaqueObject& object) {
        if (object.kind == "sequence owner" && object.definition.tokens().back().qualifier.text() == table.text() &&
            object.definition.tokens().back().text == from.text())
          owners.push_back(object.name);
      });
      for (const QualifiedName& sequence : owners) {
        std::vector<std::string> column = {table.name.text(), to.text()};
        if (!table.schema.empty()) column.insert(column.begin(), table.schema.text());
        EMCEE_TRY(own_sequence(sequence, column));
      }
      return {};
    }
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
      return rename_constraint(relation(*stmt.relation), identifier(stmt.subname), to);
    case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER: {
      const QualifiedName table = relation(*stmt.relation);
      const QualifiedName from{identifier(table.text()), identifier(stmt.subname)};
      return replay(parser::AlterTrigger{from, [to](schema::Trigger& trigger) -> Outcome {
                                           trigger.name.name = to;
                                           return {};
                                         }});
    }
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN: {
      const auto names = object_names();
      const QualifiedName from = session_.type(names.size() > 1 ? names[0] : "", names.back());
      EMCEE_TRY(rename_object({"enum", "domain", "type", "range"}, from, {from.schema, to}));
      return rename_type(from, {from.schema, to});
    }
    case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
    case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE: {
      const PgQuery__ObjectWithArgs& function = *stmt.object->object_with_args;
      const auto names = texts_of(function.objname, function.n_objname);
      const QualifiedName bare = session_.function(names.size() > 1 ? names[0] : "", names.back());
      const std::string arguments = argument_list(function.objargs, function.n_objargs, session_);
      const QualifiedName from{bare.schema, identifier(bare.name.text() + arguments)};
      return rename_object({"function", "procedure"}, from, {bare.schema, identifier(stmt.newname + arguments)});
    }
    default:
      return misunderstood("this form of RENAME");
  }
}

Result<void> Walker::rename_type(const QualifiedName& from, const QualifiedName& to) {
  const std::string before = quoting()(from), after = quoting()(to);
  std::vector<QualifiedName> users;
  builder_.for_each_table([&](const Table& table) {
    for (const schema::Column& column : table.columns)
      if (element_of(column.type.name) == before) {
        users.push_back(table.name);
        break;
      }
  });
  for (const QualifiedName& user : users)
    EMCEE_TRY(edit_table(user, [&](Table& table) -> Outcome {
      for (schema::Column& column : table.columns) {
        if (element_of(column.type.name) != before) continue;
        const bool array = column.type.name != before;
        column.type.name = column.type.text = after + (array ? "[]" : "");
      }
      return {};
    }));
  return {};
}

Result<void> Walker::set_schema(const PgQuery__AlterObjectSchemaStmt& stmt) {
  const schema::Identifier to = qualified(stmt.newschema, "").schema;
  if (stmt.relation) {
    const QualifiedName from = relation(*stmt.relation);
    return rename_relation(from, {to, from.name});
  }
  if (stmt.object_type == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE ||
      stmt.object_type == PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN) {
    const auto names = texts_of(stmt.object->list->items, stmt.object->list->n_items);
    const QualifiedName from = session_.type(names.size() > 1 ? names[0] : "", names.back());
    EMCEE_TRY(rename_object({"enum", "domain", "type", "range"}, from, {to, from.name}));
    return rename_type(from, {to, from.name});
  }
  return misunderstood("this form of SET SCHEMA");
}

}  // namespace emcee::postgres
