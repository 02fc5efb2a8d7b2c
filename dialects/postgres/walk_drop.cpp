// DROP, and what goes with what is dropped.
#include <fmt/format.h>

#include "dialects/postgres/object.h"
#include "dialects/postgres/walker.h"

namespace emcee::postgres {

using schema::QualifiedName;
using schema::Result;

QualifiedName Walker::listed(const std::vector<std::string>& names) const {
  return session_.relation(names.size() > 1 ? names[names.size() - 2] : "", names.back());
}

Result<void> Walker::drop(const PgQuery__DropStmt& stmt) {
  const bool cascade = stmt.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
  const bool if_exists = stmt.missing_ok;
  for (std::size_t i = 0; i < stmt.n_objects; ++i) {
    const Node* node = stmt.objects[i];
    const std::vector<std::string> names = node->node_case == PG_QUERY__NODE__NODE_LIST
                                               ? texts_of(node->list->items, node->list->n_items)
                                               : std::vector<std::string>{std::string(text_of(node))};
    switch (stmt.remove_type) {
      case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
        EMCEE_TRY(drop_table(listed(names), if_exists, cascade));
        break;
      case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
      case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
        EMCEE_TRY(drop_view(listed(names), if_exists, cascade));
        break;
      case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX: {
        const QualifiedName index = listed(names);
        if (builder_.find_object("index", index))
          EMCEE_TRY(drop_object({"index"}, index, if_exists));
        else
          EMCEE_TRY(replay(parser::Drop{parser::ObjectKind::index, index, if_exists}));
        break;
      }
      case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE: {
        const QualifiedName sequence = listed(names);
        if (builder_.find_object("sequence owner", sequence))
          EMCEE_TRY(drop_object({"sequence owner"}, sequence, true));
        EMCEE_TRY(drop_object({"sequence"}, sequence, if_exists));
        break;
      }
      case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
      case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN: {
        const PgQuery__TypeName& type = *node->type_name;
        const auto parts = texts_of(type.names, type.n_names);
        const QualifiedName name = session_.type(parts.size() > 1 ? parts[parts.size() - 2] : "", parts.back());
        EMCEE_TRY(drop_object({"enum", "domain", "type", "range"}, name, if_exists));
        break;
      }
      case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER: {
        const std::string trigger = names.back();
        const QualifiedName table = listed({names.begin(), names.end() - 1});
        if (if_exists && !session_.relation_exists(table)) break;
        EMCEE_TRY(replay(
            parser::Drop{parser::ObjectKind::trigger, {identifier(table.text()), identifier(trigger)}, if_exists}));
        break;
      }
      case PG_QUERY__OBJECT_TYPE__OBJECT_RULE:
      case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY: {
        const QualifiedName table = listed({names.begin(), names.end() - 1});
        const bool rule = stmt.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_RULE;
        EMCEE_TRY(
            drop_object({rule ? "rule" : "policy"}, {identifier(table.text()), identifier(names.back())}, if_exists));
        break;
      }
      case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
      case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE:
      case PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE:
      case PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE:
        EMCEE_TRY(drop_function(*node->object_with_args, if_exists, cascade));
        break;
      case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA: {
        const std::string& schema = names.back();
        EMCEE_TRY(drop_object({"schema"}, {{}, identifier(schema)}, true));
        break;
      }
      default: {
        const std::string kind = object_kind(stmt.remove_type);
        const QualifiedName name = names.size() > 1 ? listed(names) : QualifiedName{{}, identifier(names.back())};
        EMCEE_TRY(drop_object({kind}, name, true));
        break;
      }
    }
  }
  return {};
}

Result<void> Walker::drop_object(const std::vector<std::string>& kinds, const QualifiedName& name, bool if_exists) {
  for (const std::string& kind : kinds)
    if (builder_.find_object(kind, name)) return replay(parser::Drop{parser::ObjectKind::other, name, if_exists, kind});
  return replay(parser::Drop{parser::ObjectKind::other, name, if_exists, kinds.front()});
}

Result<void> Walker::drop_function(const PgQuery__ObjectWithArgs& function, bool if_exists, bool cascade) {
  const auto names = texts_of(function.objname, function.n_objname);
  const QualifiedName bare = session_.function(names.size() > 1 ? names[0] : "", names.back());
  std::string wanted;
  if (!function.args_unspecified)
    wanted = bare.name.text() + argument_list(function.objargs, function.n_objargs, session_);
  std::vector<std::pair<std::string, QualifiedName>> found;
  builder_.for_each_object([&](const schema::OpaqueObject& object) {
    if (object.kind != "function" && object.kind != "procedure" && object.kind != "aggregate") return;
    if (!(object.name.schema == bare.schema)) return;
    const std::string& text = object.name.name.text();
    if (wanted.empty() ? text.substr(0, text.find('(')) == bare.name.text() : text == wanted)
      found.emplace_back(object.kind, object.name);
  });
  if (found.empty() && !if_exists)
    return refuse(fmt::format("there is no function named {}", wanted.empty() ? bare.text() : wanted));
  for (const auto& [kind, name] : found) EMCEE_TRY(drop_object({kind}, name, true));
  if (!cascade) return {};
  std::vector<QualifiedName> triggers;
  builder_.for_each_trigger([&](const schema::Trigger& trigger) {
    for (const Token& token : trigger.body.tokens())
      if (token.role == Role::name && token.text == bare.name.text()) triggers.push_back(trigger.name);
  });
  for (const QualifiedName& trigger : triggers)
    EMCEE_TRY(replay(parser::Drop{parser::ObjectKind::trigger, trigger, true}));
  return {};
}

Result<void> Walker::drop_owned_sequences(const QualifiedName& table, const std::string& column) {
  std::vector<QualifiedName> owned;
  builder_.for_each_object([&](const schema::OpaqueObject& object) {
    if (object.kind != "sequence owner") return;
    const Tokens& tokens = object.definition.tokens();
    if (tokens.empty() || tokens.back().role != Role::column) return;
    const bool same_table = tokens.back().qualifier.text() == table.text();
    if (same_table && (column.empty() || tokens.back().text == column)) owned.push_back(object.name);
  });
  for (const QualifiedName& sequence : owned) {
    EMCEE_TRY(drop_object({"sequence owner"}, sequence, true));
    EMCEE_TRY(drop_object({"sequence"}, sequence, true));
  }
  return {};
}

Result<void> Walker::drop_dependents(const QualifiedName& relation, bool cascade) {
  // Comments, grants, owners, policies and rules are about the relation.
  std::vector<std::pair<std::string, QualifiedName>> objects;
  builder_.for_each_object([&](const schema::OpaqueObject& object) {
    if (is_about(object, relation)) objects.emplace_back(object.kind, object.name);
  });
  for (const auto& [kind, name] : objects) EMCEE_TRY(drop_object({kind}, name, true));
  if (!cascade) return {};
  std::vector<QualifiedName> views, pointing;
  builder_.for_each_view([&](const schema::View& view) {
    if (!(view.name == relation) && view.query.mentions_table(relation.name)) views.push_back(view.name);
  });
  for (const QualifiedName& view : views)
    if (builder_.find_view(view)) EMCEE_TRY(drop_view(view, true, true));
  builder_.for_each_table([&](const schema::Table& table) {
    for (const schema::ForeignKey& key : table.foreign_keys)
      if (key.references == relation && !(table.name == relation)) pointing.push_back(table.name);
  });
  for (const QualifiedName& other : pointing)
    EMCEE_TRY(edit_table(other, [&](schema::Table& table) -> Outcome {
      std::erase_if(table.foreign_keys, [&](const schema::ForeignKey& key) { return key.references == relation; });
      return {};
    }));
  return {};
}

Result<void> Walker::drop_table(const QualifiedName& name, bool if_exists, bool cascade) {
  if (builder_.find_table(name)) {
    for (const QualifiedName& child : session_.children(name)) {
      const bool partition = builder_.find_table(child)->options.other.count("partition_of") > 0;
      if (partition || cascade) EMCEE_TRY(drop_table(child, true, cascade));
    }
    EMCEE_TRY(drop_owned_sequences(name, ""));
    EMCEE_TRY(drop_dependents(name, cascade));
  }
  return replay(parser::Drop{parser::ObjectKind::table, name, if_exists});
}

Result<void> Walker::drop_view(const QualifiedName& name, bool if_exists, bool cascade) {
  if (builder_.find_view(name)) EMCEE_TRY(drop_dependents(name, cascade));
  return replay(parser::Drop{parser::ObjectKind::view, name, if_exists});
}

}  // namespace emcee::postgres
