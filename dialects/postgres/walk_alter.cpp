// ALTER TABLE, one sub-command after the other.
// https://www.postgresql.org/docs/15/sql-altertable.html
#include <fmt/format.h>

#include <algorithm>

#include "dialects/postgres/ddl.h"
#include "dialects/postgres/sequence.h"
#include "dialects/postgres/walker.h"
#include "schema/is_one_of.h"

namespace emcee::postgres {

using schema::Column;
using schema::Identifier;
using schema::QualifiedName;
using schema::Result;
using schema::Table;

namespace {

bool mentions(const std::vector<schema::KeyPart>& parts, const Identifier& column) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const schema::KeyPart& part) { return part.expression.mentions_column(column); });
}

// What goes with a column: everything in the table that uses it.
void drop_column(Table& table, const Identifier& column) {
  if (table.primary_key &&
      (mentions(table.primary_key->parts, column) || schema::is_one_of(column, table.primary_key->include)))
    table.primary_key.reset();
  std::erase_if(table.uniques, [&](const schema::Unique& unique) {
    return mentions(unique.parts, column) || schema::is_one_of(column, unique.include);
  });
  std::erase_if(table.foreign_keys,
                [&](const schema::ForeignKey& key) { return schema::is_one_of(column, key.columns); });
  std::erase_if(table.checks, [&](const schema::Check& check) { return check.expression.mentions_column(column); });
  std::erase_if(table.indexes, [&](const schema::Index& index) {
    return mentions(index.parts, column) || schema::is_one_of(column, index.include) ||
           (index.where && index.where->mentions_column(column));
  });
  std::erase_if(table.columns, [&](const Column& other) {
    return other.name == column || (other.generated && other.generated->expression.mentions_column(column));
  });
}

// Removes the constraint; false where there is none of that name.
bool drop_constraint(Table& table, const Identifier& name) {
  const auto named = [&](const auto& constraint) { return constraint.name == name; };
  if (table.primary_key && named(*table.primary_key)) {
    table.primary_key.reset();
    return true;
  }
  return std::erase_if(table.uniques, named) + std::erase_if(table.foreign_keys, named) +
             std::erase_if(table.checks, named) +
             std::erase_if(table.indexes,
                           [&](const schema::Index& i) { return i.name.name == name && is_exclusion(i); }) >
         0;
}

}  // namespace

Result<void> Walker::alter_table(const PgQuery__AlterTableStmt& stmt) {
  const QualifiedName name = relation(*stmt.relation);
  if (builder_.is_temporary(name)) return skip("ALTER TABLE (temporary)");
  const bool table = builder_.find_table(name) != nullptr;
  if (!table) {
    const std::string kind = builder_.find_view(name) ? "view" : session_.relation_kind(name);
    if (!kind.empty() || builder_.table_of_index(name)) return alter_other(name, kind.empty() ? "index" : kind, stmt);
    if (stmt.missing_ok) return skip("ALTER TABLE IF EXISTS (it does not exist)");
    if (stmt.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX) return alter_constraint_index(name, stmt);
    return refuse(fmt::format("there is no table named {}", name.text()));
  }
  for (std::size_t i = 0; i < stmt.n_cmds; ++i)
    EMCEE_TRY(alter_command(name, *stmt.cmds[i]->alter_table_cmd, stmt.relation->inh));
  return {};
}

namespace {

// `1 SET STATISTICS 3000`; empty where the command is another one.
std::string index_statistics(const PgQuery__AlterTableCmd& command) {
  const bool sets = command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics && command.def &&
                    command.def->node_case == PG_QUERY__NODE__NODE_INTEGER;
  return sets ? fmt::format("{} SET STATISTICS {}", command.num, command.def->integer->ival) : "";
}

}  // namespace

// ALTER TABLE works for views, sequences and indexes as well.
// What an INSERT into the view stores in a column that it leaves out.
Result<void> Walker::alter_view_default(const QualifiedName& name, const PgQuery__AlterTableCmd& command) {
  const std::string option = view_default(identifier(command.name));
  std::optional<schema::Fragment> value;
  if (command.def) {
    TypeName type;
    if (const auto columns = session_.view_columns(name))
      for (const ColumnInfo& column : *columns)
        if (column.name == command.name) type = named_type(column.type);
    EMCEE_ASSIGN(value, default_value(command.def, type, Context{&session_, nullptr}));
  }
  return replay(parser::AlterView{name, [=](schema::View& view) -> Outcome {
                                    view.options.erase(option);
                                    if (value) view.options[option] = sql(*value);
                                    return {};
                                  }});
}

Result<void> Walker::alter_other(const QualifiedName& name, const std::string& kind,
                                 const PgQuery__AlterTableStmt& stmt) {
  for (std::size_t i = 0; i < stmt.n_cmds; ++i) {
    const PgQuery__AlterTableCmd& command = *stmt.cmds[i]->alter_table_cmd;
    if (command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner) {
      EMCEE_TRY(owner(kind, quoting()(name), *command.newowner));
    } else if (kind == "foreign table" && command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnGenericOptions) {
      EMCEE_TRY(alter_foreign_column(name, *stmt.cmds[i]->alter_table_cmd));
    } else if (kind == "view" && (command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions ||
                                  command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions)) {
      const bool set = command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions;
      const schema::Options options = storage_options(command.def->list->items, command.def->list->n_items);
      EMCEE_TRY(replay(parser::AlterView{name, [=](schema::View& view) -> Outcome {
                                           for (const auto& [option, value] : options)
                                             if (set)
                                               view.options[option] = value;
                                             else
                                               view.options.erase(option);
                                           return {};
                                         }}));
    } else if (kind == "view" && command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault) {
      EMCEE_TRY(alter_view_default(name, command));
    } else if (kind == "index") {
      const schema::Options options = command.def && command.def->node_case == PG_QUERY__NODE__NODE_LIST
                                          ? storage_options(command.def->list->items, command.def->list->n_items)
                                          : schema::Options{};
      const bool set = command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions;
      const std::string statistics = index_statistics(command);
      EMCEE_TRY(edit_table(*builder_.table_of_index(name), [=](Table& table) -> Outcome {
        for (schema::Index& index : table.indexes) {
          if (!(index.name == name)) continue;
          if (set)
            for (const auto& [option, value] : options) index.options[option] = value;
          if (statistics.empty()) continue;
          std::string& all = index.options["statistics"];
          all += (all.empty() ? "" : ", ALTER COLUMN ") + statistics;
        }
        return {};
      }));
    } else {
      return misunderstood(fmt::format("this change of a {}", kind));
    }
  }
  return {};
}

// The index of a key has its name; ATTACH PARTITION is what the server does by itself.
Result<void> Walker::alter_constraint_index(const QualifiedName& name, const PgQuery__AlterTableStmt& stmt) {
  const PgQuery__AlterTableCmd& command = *stmt.cmds[0]->alter_table_cmd;
  if (command.subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions) return skip("ALTER INDEX");
  const schema::Options options = storage_options(command.def->list->items, command.def->list->n_items);
  std::optional<QualifiedName> owner;
  builder_.for_each_table([&](const Table& table) {
    if (!(table.name.schema == name.schema)) return;
    if (table.primary_key && table.primary_key->name == name.name) owner = table.name;
    for (const schema::Unique& unique : table.uniques)
      if (unique.name == name.name) owner = table.name;
  });
  if (!owner) return refuse(fmt::format("there is no index named {}", name.text()));
  return edit_table(*owner, [&](Table& table) -> Outcome {
    for (const auto& [option, value] : options) {
      if (table.primary_key && table.primary_key->name == name.name) table.primary_key->options[option] = value;
      for (schema::Unique& unique : table.uniques)
        if (unique.name == name.name) unique.options[option] = value;
    }
    return {};
  });
}

Result<void> Walker::alter_command(const QualifiedName& name, const PgQuery__AlterTableCmd& command, bool recurse) {
  const auto set_option = [&](const char* option, std::optional<std::string> value) {
    return edit_table(name, [=](Table& table) -> Outcome {
      if (value)
        table.options.other[option] = *value;
      else
        table.options.other.erase(option);
      return {};
    });
  };
  const auto for_children = [&]() -> Outcome {
    if (!recurse) return {};
    for (const QualifiedName& child : session_.children(name)) EMCEE_TRY(alter_command(child, command, true));
    return {};
  };
  switch (command.subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
      EMCEE_TRY(alter_add_column(name, command));
      if (!recurse) return {};
      for (const QualifiedName& child : session_.children(name)) {
        if (builder_.find_table(child)->find_column(identifier(command.def->column_def->colname))) continue;
        EMCEE_TRY(alter_command(child, command, true));
        if (builder_.find_table(child)->options.other.count("inherits"))
          EMCEE_TRY(edit_table(child, [&](Table& table) -> Outcome {
            table.find_column(identifier(command.def->column_def->colname))->options["inherited"] = "true";
            return {};
          }));
      }
      return {};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
      EMCEE_TRY(alter_drop_column(name, command));
      return for_children();
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression:
      EMCEE_TRY(alter_column(name, command));
      return for_children();
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetOptions:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetOptions:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity:
      return alter_column(name, command);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint: {
      const PgQuery__Constraint& constraint = *command.def->constraint;
      EMCEE_TRY(alter_add_constraint(name, constraint));
      const Table parent = *builder_.find_table(name);
      const bool partitioned = parent.options.other.count("partition_by") > 0;
      if (!recurse || constraint.is_no_inherit) return {};
      if (constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_CHECK) {
        const schema::Check check = parent.checks.back();
        return add_check_to_children(name, check);
      }
      if (!partitioned || constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN) return {};
      for (const QualifiedName& child : session_.children(name))
        EMCEE_TRY(edit_table(child, [&](Table& table) -> Outcome {
          clone_keys(table, parent);
          return {};
        }));
      return {};
    }
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
      return alter_drop_constraint(name, command);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint:
      return edit_table(name, [&](Table& table) -> Outcome {
        const auto validate = [&](auto& constraints) {
          for (auto& constraint : constraints)
            if (constraint.name == identifier(command.name)) constraint.options.erase("not_valid");
        };
        validate(table.checks);
        validate(table.foreign_keys);
        return {};
      });
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterConstraint: {
      const PgQuery__Constraint& constraint = *command.def->constraint;
      return edit_table(name, [&](Table& table) -> Outcome {
        for (schema::ForeignKey& key : table.foreign_keys)
          if (key.name == identifier(constraint.conname))
            key.deferral = constraint.initdeferred ? schema::Deferral::initially_deferred
                           : constraint.deferrable ? schema::Deferral::initially_immediate
                                                   : schema::Deferral::not_deferrable;
        return {};
      });
    }
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner:
      return owner("table", quoting()(name), *command.newowner);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ClusterOn:
      return set_option("cluster_on", quoting()(identifier(command.name)));
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropCluster:
      return set_option("cluster_on", std::nullopt);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetLogged:
      return set_option("unlogged", std::nullopt);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetUnLogged:
      return set_option("unlogged", "true");
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropOids:
      return skip("SET WITHOUT OIDS");
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetAccessMethod:
      return set_option("access_method", std::string_view(command.name) == "heap"
                                             ? std::nullopt
                                             : std::optional<std::string>(command.name));
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetTableSpace:
      return set_option("tablespace", command.name);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions: {
      const bool set = command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions;
      for (const auto& [option, value] : storage_options(command.def->list->items, command.def->list->n_items))
        EMCEE_TRY(set_option(option.c_str(), set ? std::optional(value) : std::nullopt));
      return {};
    }
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrig:
      return alter_trigger(name, command, "");
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableAlwaysTrig:
      return alter_trigger(name, command, "always");
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableReplicaTrig:
      return alter_trigger(name, command, "replica");
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrig:
      return alter_trigger(name, command, "disabled");
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigAll:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigAll:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigUser:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigUser:
      return skip("ALTER TABLE ... TRIGGER ALL");
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddInherit: {
      const QualifiedName parent = relation(*command.def->range_var);
      session_.add_child(parent, name);
      const Table* found = builder_.find_table(parent);
      if (!found) return refuse(fmt::format("there is no table named {}", parent.text()));
      return edit_table(name, [&](Table& table) -> Outcome {
        std::string& parents = table.options.other["inherits"];
        parents += (parents.empty() ? "" : ", ") + quoting()(parent);
        return {};
      });
    }
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropInherit: {
      session_.remove_child(relation(*command.def->range_var), name);
      EMCEE_TRY(edit_table(name, [](Table& table) -> Outcome {
        for (Column& column : table.columns) column.options.erase("inherited");
        return {};
      }));
      return set_option("inherits", std::nullopt);
    }
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddOf:
      return set_option("typed_as", type_of(*command.def->type_name).name);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropOf:
      return set_option("typed_as", std::nullopt);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ReplicaIdentity: {
      const PgQuery__ReplicaIdentityStmt& identity = *command.def->replica_identity_stmt;
      const char code = is_set(identity.identity_type) ? *identity.identity_type : 'd';
      if (code == 'd') return set_option("replica_identity", std::nullopt);
      if (code == 'i') return set_option("replica_identity", "USING INDEX " + quoting()(identifier(identity.name)));
      return set_option("replica_identity", code == 'f' ? "FULL" : "NOTHING");
    }
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableRowSecurity:
      return set_option("row_security", "true");
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableRowSecurity:
      return set_option("row_security", std::nullopt);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ForceRowSecurity:
      return set_option("force_row_security", "true");
    case PG_QUERY__ALTER_TABLE_TYPE__AT_NoForceRowSecurity:
      return set_option("force_row_security", std::nullopt);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition: {
      const PgQuery__PartitionCmd& partition = *command.def->partition_cmd;
      EMCEE_ASSIGN(const std::string text, bound(*partition.bound, builder_.find_table(name)));
      return attach(name, relation(*partition.name), text);
    }
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition: {
      const QualifiedName child = relation(*command.def->partition_cmd->name);
      session_.remove_child(name, child);
      return edit_table(child, [](Table& table) -> Outcome {
        table.options.other.erase("partition_of");
        table.options.other.erase("bound");
        return {};
      });
    }
    default:
      return misunderstood("this form of ALTER TABLE");
  }
}

Result<void> Walker::add_check_to_children(const QualifiedName& parent, const schema::Check& check) {
  for (const QualifiedName& child : session_.children(parent)) {
    EMCEE_TRY(edit_table(child, [&](Table& table) -> Outcome {
      if (std::find(table.checks.begin(), table.checks.end(), check) == table.checks.end())
        table.checks.push_back(check);
      return {};
    }));
    EMCEE_TRY(add_check_to_children(child, check));
  }
  return {};
}

Result<void> Walker::alter_add_column(const QualifiedName& name, const PgQuery__AlterTableCmd& command) {
  const PgQuery__ColumnDef& definition = *command.def->column_def;
  const Table* found = builder_.find_table(name);
  if (command.missing_ok && found->find_column(identifier(definition.colname)))
    return skip("ADD COLUMN IF NOT EXISTS (it exists)");
  Table table = *found;
  EMCEE_TRY(add_column(table, definition));
  EMCEE_TRY(edit_table(name, [&](Table& edited) -> Outcome {
    edited = table;
    return {};
  }));
  const Column* made = builder_.find_table(name)->find_column(identifier(definition.colname));
  const bool serial =
      definition.type_name && made->default_value && made->not_null &&
      std::string_view(text_of(definition.type_name->names[definition.type_name->n_names - 1])).find("serial") !=
          std::string_view::npos;
  return serial ? own_serial(name, *made) : Outcome();
}

Result<void> Walker::alter_drop_column(const QualifiedName& name, const PgQuery__AlterTableCmd& command) {
  const Identifier column = identifier(command.name);
  const Table* found = builder_.find_table(name);
  if (!found->find_column(column)) {
    if (command.missing_ok) return skip("DROP COLUMN IF EXISTS (it does not exist)");
    return refuse(fmt::format("table {} has no column named {}", name.text(), command.name));
  }
  EMCEE_TRY(drop_owned_sequences(name, command.name));
  // Foreign keys of others that point to it.
  std::vector<QualifiedName> pointing;
  builder_.for_each_table([&](const Table& table) {
    for (const schema::ForeignKey& key : table.foreign_keys)
      if (key.references == name && schema::is_one_of(column, key.referenced)) pointing.push_back(table.name);
  });
  for (const QualifiedName& other : pointing)
    EMCEE_TRY(edit_table(other, [&](Table& table) -> Outcome {
      std::erase_if(table.foreign_keys, [&](const schema::ForeignKey& key) {
        return key.references == name && schema::is_one_of(column, key.referenced);
      });
      return {};
    }));
  return edit_table(name, [&](Table& table) -> Outcome {
    drop_column(table, column);
    return {};
  });
}

Result<void> Walker::alter_add_constraint(const QualifiedName& name, const PgQuery__Constraint& constraint) {
  Table table = *builder_.find_table(name);
  EMCEE_TRY(add_constraint(table, constraint));
  return edit_table(name, [&](Table& edited) -> Outcome {
    edited = table;
    return {};
  });
}

Result<void> Walker::alter_drop_constraint(const QualifiedName& name, const PgQuery__AlterTableCmd& command) {
  const Identifier constraint = identifier(command.name);
  std::optional<std::vector<Identifier>> key;
  const Table& before = *builder_.find_table(name);
  if (before.primary_key && before.primary_key->name == constraint) key = before.key_columns();
  for (const schema::Unique& unique : before.uniques)
    if (unique.name == constraint) {
      key.emplace();
      for (const schema::KeyPart& part : unique.parts)
        key->push_back(part.expression.as_column().value_or(Identifier()));
    }
  EMCEE_TRY(edit_table(name, [&](Table& table) -> Outcome {
    if (drop_constraint(table, constraint) || command.missing_ok) return {};
    return refuse(fmt::format("table {} has no constraint named {}", name.text(), command.name));
  }));
  if (command.behavior != PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE || !key) return {};
  std::vector<QualifiedName> pointing;
  const auto relies = [&](const schema::ForeignKey& foreign) {
    return foreign.references == name &&
           std::is_permutation(foreign.referenced.begin(), foreign.referenced.end(), key->begin(), key->end());
  };
  builder_.for_each_table([&](const Table& table) {
    if (std::any_of(table.foreign_keys.begin(), table.foreign_keys.end(), relies)) pointing.push_back(table.name);
  });
  for (const QualifiedName& other : pointing)
    EMCEE_TRY(edit_table(other, [&](Table& table) -> Outcome {
      std::erase_if(table.foreign_keys, relies);
      return {};
    }));
  return {};
}

Result<void> Walker::alter_trigger(const QualifiedName& table, const PgQuery__AlterTableCmd& command,
                                   const char* enabled) {
  const std::string value = enabled;
  return replay(parser::AlterTrigger{{identifier(table.text()), identifier(command.name)},
                                     [value](schema::Trigger& trigger) -> Outcome {
                                       trigger.options.erase("enabled");
                                       if (!value.empty()) trigger.options["enabled"] = value;
                                       return {};
                                     }});
}

}  // namespace emcee::postgres
