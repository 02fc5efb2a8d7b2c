// What is carried verbatim: sequences, types, extensions, policies, routines and the rest.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "dialects/postgres/ddl.h"
#include "dialects/postgres/object.h"
#include "dialects/postgres/sequence.h"
#include "dialects/postgres/walker.h"

namespace emcee::postgres {

using schema::Fragment;
using schema::OpaqueObject;
using schema::QualifiedName;
using schema::Result;

namespace {

std::string sequence_source(const QualifiedName& name, const schema::Options& options) {
  const std::string clauses = sequence_clauses(options);
  return fmt::format("CREATE SEQUENCE {}{}{}", quoting()(name), clauses.empty() ? "" : " ", clauses);
}

std::string enum_source(const QualifiedName& name, const Fragment& values) {
  return fmt::format("CREATE TYPE {} AS ENUM ({})", quoting()(name), sql(values));
}

Fragment enum_values(const std::vector<std::string>& values) {
  Tokens tokens;
  std::vector<Tokens> items;
  for (const std::string& value : values) items.push_back({literal(string_literal(value))});
  append_list(tokens, items);
  return Fragment(std::move(tokens));
}

std::string role_name(const PgQuery__RoleSpec& role) {
  switch (role.roletype) {
    case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_PUBLIC:
      return "PUBLIC";
    case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CURRENT_USER:
      return "CURRENT_USER";
    case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_SESSION_USER:
      return "SESSION_USER";
    case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CURRENT_ROLE:
      return "CURRENT_ROLE";
    default:
      return quoting()(identifier(role.rolename));
  }
}

}  // namespace

Result<void> Walker::put_sequence(const QualifiedName& name, const schema::Options& options, bool if_not_exists) {
  OpaqueObject object{"sequence", name, sequence_definition(options), sequence_source(name, options)};
  return replay(parser::CreateObject{std::move(object), if_not_exists, false});
}

Result<void> Walker::create_sequence(const PgQuery__CreateSeqStmt& stmt) {
  if (stmt.sequence->relpersistence && *stmt.sequence->relpersistence == 't') return skip("temporary sequence");
  const QualifiedName name = created(*stmt.sequence);
  schema::Options options = sequence_options(stmt.options, stmt.n_options);
  options.erase("name");
  EMCEE_TRY(put_sequence(name, options, stmt.if_not_exists));
  const std::vector<std::string> owner = owned_by(stmt.options, stmt.n_options);
  return owner.size() > 1 ? own_sequence(name, owner) : Outcome();
}

Result<void> Walker::own_sequence(const QualifiedName& sequence, const std::vector<std::string>& column) {
  const QualifiedName table =
      session_.relation(column.size() > 2 ? column[column.size() - 3] : "", column[column.size() - 2]);
  OpaqueObject object;
  object.kind = "sequence owner";
  object.name = sequence;
  object.definition = Fragment({column_token(column.back(), table.text())});
  object.source = fmt::format("ALTER SEQUENCE {} OWNED BY {}.{}", quoting()(sequence), quoting()(table),
                              quoting()(identifier(column.back())));
  return replay(parser::CreateObject{std::move(object), false, true});
}

Result<void> Walker::alter_sequence(const PgQuery__AlterSeqStmt& stmt) {
  const QualifiedName name = relation(*stmt.sequence);
  const std::vector<std::string> owner = owned_by(stmt.options, stmt.n_options);
  if (!builder_.find_object("sequence", name)) {
    // That of an identity column, which is part of its table.
    if (stmt.missing_ok || !owner.empty()) return skip("ALTER SEQUENCE (not there)");
    return refuse(fmt::format("there is no sequence named {}", name.text()));
  }
  if (owner.size() > 1) EMCEE_TRY(own_sequence(name, owner));
  if (owner.size() == 1 && builder_.find_object("sequence owner", name))
    EMCEE_TRY(drop_object({"sequence owner"}, name, true));
  return replay(parser::AlterObject{"sequence", name, [&](OpaqueObject& object) -> Outcome {
                                      schema::Options options = sequence_options(
                                          stmt.options, stmt.n_options, read_sequence_clauses(object.definition));
                                      options.erase("name");
                                      object.definition = sequence_definition(options);
                                      object.source = sequence_source(object.name, options);
                                      return {};
                                    }});
}

Result<void> Walker::owner(const std::string& kind, const std::string& object, const PgQuery__RoleSpec& role) {
  OpaqueObject owner;
  owner.kind = "owner";
  owner.name = {{}, identifier(kind + " " + object)};
  const std::string word = schema::to_upper(kind);
  owner.source = fmt::format("ALTER {} {} OWNER TO {}", word, object, role_name(role));
  owner.definition = statement_tokens(owner.source);
  return replay(parser::CreateObject{std::move(owner), false, true});
}

Result<void> Walker::alter_enum(const PgQuery__AlterEnumStmt& stmt) {
  const auto names = texts_of(stmt.type_name, stmt.n_type_name);
  const QualifiedName name = session_.type(names.size() > 1 ? names[0] : "", names.back());
  return replay(parser::AlterObject{
      "enum", name, [&](OpaqueObject& object) -> Outcome {
        std::vector<std::string> values;
        for (const Token& token : object.definition.tokens())
          if (token.role == Role::literal) values.push_back(token.text);
        const auto place = [&](const char* value) {
          return std::find(values.begin(), values.end(), string_literal(value ? value : ""));
        };
        if (is_set(stmt.old_val)) {
          if (place(stmt.old_val) == values.end())
            return refuse(fmt::format("'{}' is no value of {}", stmt.old_val, name.text()));
          *place(stmt.old_val) = string_literal(stmt.new_val);
        } else if (place(stmt.new_val) != values.end()) {
          if (!stmt.skip_if_new_val_exists)
            return refuse(fmt::format("'{}' is a value of {} already", stmt.new_val, name.text()));
        } else if (is_set(stmt.new_val_neighbor)) {
          auto at = place(stmt.new_val_neighbor);
          if (at == values.end())
            return refuse(fmt::format("'{}' is no value of {}", stmt.new_val_neighbor, name.text()));
          values.insert(stmt.new_val_is_after ? at + 1 : at, string_literal(stmt.new_val));
        } else {
          values.push_back(string_literal(stmt.new_val));
        }
        Tokens tokens;
        std::vector<Tokens> items;
        for (const std::string& value : values) items.push_back({literal(value)});
        append_list(tokens, items);
        object.definition = Fragment(std::move(tokens));
        object.source = enum_source(object.name, object.definition);
        return {};
      }});
}

Result<void> Walker::comment(const PgQuery__CommentStmt& stmt) {
  const bool none = !is_set(stmt.comment);
  const std::string text = stmt.comment ? stmt.comment : "";
  const auto set = [=](schema::Options& options) {
    options.erase("comment");
    if (!none) options["comment"] = text;
  };
  const auto names = stmt.object->node_case == PG_QUERY__NODE__NODE_LIST
                         ? texts_of(stmt.object->list->items, stmt.object->list->n_items)
                         : std::vector<std::string>{std::string(text_of(stmt.object))};
  const auto without_last = [&] { return std::vector<std::string>(names.begin(), names.end() - 1); };
  switch (stmt.objtype) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
      if (!builder_.find_table(listed(names))) break;
      return edit_table(listed(names), [&](schema::Table& table) -> Outcome {
        set(table.options.other);
        return {};
      });
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN: {
      const QualifiedName table = listed(without_last());
      if (!builder_.find_table(table)) break;
      return edit_table(table, [&](schema::Table& edited) -> Outcome {
        schema::Column* column = edited.find_column(identifier(names.back()));
        if (!column) return refuse(fmt::format("table {} has no column named {}", table.text(), names.back()));
        set(column->options);
        return {};
      });
    }
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
    case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
      return replay(parser::AlterView{listed(names), [&](schema::View& view) -> Outcome {
                                        set(view.options);
                                        return {};
                                      }});
    case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER: {
      const QualifiedName table = listed(without_last());
      return replay(parser::AlterTrigger{{identifier(table.text()), identifier(names.back())},
                                         [&](schema::Trigger& trigger) -> Outcome {
                                           set(trigger.options);
                                           return {};
                                         }});
    }
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX: {
      const QualifiedName* table = builder_.table_of_index(listed(names));
      if (!table) break;
      return edit_table(QualifiedName(*table), [&](schema::Table& edited) -> Outcome {
        for (schema::Index& index : edited.indexes)
          if (index.name == listed(names)) set(index.options);
        return {};
      });
    }
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
      return edit_table(listed(without_last()), [&](schema::Table& edited) -> Outcome {
        const auto note = [&](auto& constraint) {
          if (constraint.name == identifier(names.back())) set(constraint.options);
        };
        if (edited.primary_key) note(*edited.primary_key);
        for (auto& unique : edited.uniques) note(unique);
        for (auto& check : edited.checks) note(check);
        for (auto& key : edited.foreign_keys) note(key);
        for (schema::Index& index : edited.indexes)
          if (is_exclusion(index) && index.name.name == identifier(names.back())) set(index.options);
        return {};
      });
    case PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION:
      return skip("COMMENT ON EXTENSION");  // it comes with the extension
    case PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE:
      return skip("COMMENT ON DATABASE");
    default:
      break;
  }
  return comment_object(stmt);
}

Result<void> Walker::comment_object(const PgQuery__CommentStmt& stmt) {
  if (stmt.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TRANSFORM ||
      stmt.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_LARGEOBJECT)
    return skip("COMMENT");
  const std::string object = object_text(stmt.objtype, *stmt.object);
  const std::string kind = object_kind(stmt.objtype);
  OpaqueObject comment;
  comment.kind = "comment";
  comment.name = {{}, identifier(kind + " " + object)};
  if (!is_set(stmt.comment)) return drop_object({"comment"}, comment.name, true);
  comment.source = fmt::format("COMMENT ON {} {} IS {}", schema::to_upper(kind), object, string_literal(stmt.comment));
  comment.definition = statement_tokens(comment.source);
  return replay(parser::CreateObject{std::move(comment), false, true});
}

Result<void> Walker::set_variable(const PgQuery__VariableSetStmt& stmt) {
  const std::string name = stmt.name ? stmt.name : "";
  if (name == "search_path") {
    std::vector<std::string> path;
    for (std::size_t i = 0; i < stmt.n_args; ++i) {
      if (stmt.args[i]->node_case != PG_QUERY__NODE__NODE_A_CONST || !stmt.args[i]->a_const->sval) continue;
      const std::string schema = stmt.args[i]->a_const->sval->sval;
      if (schema != "$user" && schema != "pg_catalog" && !schema.empty()) path.push_back(schema);
    }
    const bool reset = stmt.n_args == 0;
    session_.set_path(reset ? std::vector<std::string>{"public"} : path);
  }
  if (name == "default_table_access_method" && stmt.n_args == 1 &&
      stmt.args[0]->node_case == PG_QUERY__NODE__NODE_A_CONST && stmt.args[0]->a_const->sval)
    session_.set_table_access_method(stmt.args[0]->a_const->sval->sval);
  return skip("SET");
}

// What pg_dump writes: SELECT pg_catalog.set_config('search_path', '', false).
Result<void> Walker::select(const PgQuery__SelectStmt& stmt) {
  if (stmt.into_clause) {
    schema::Table table;
    table.name = created(*stmt.into_clause->rel);
    const bool temporary = stmt.into_clause->rel->relpersistence && *stmt.into_clause->rel->relpersistence == 't';
    return replay(parser::CreateTable{std::move(table), false, temporary, true});
  }
  for (std::size_t i = 0; i < stmt.n_target_list; ++i) {
    const Node* value = stmt.target_list[i]->res_target->val;
    if (!value || value->node_case != PG_QUERY__NODE__NODE_FUNC_CALL) continue;
    const PgQuery__FuncCall& call = *value->func_call;
    const auto argument = [&](std::size_t place) -> std::string {
      if (place >= call.n_args || call.args[place]->node_case != PG_QUERY__NODE__NODE_A_CONST) return {};
      return call.args[place]->a_const->sval ? call.args[place]->a_const->sval->sval : "";
    };
    if (text_of(call.funcname[call.n_funcname - 1]) != "set_config" || argument(0) != "search_path") continue;
    std::vector<std::string> path;
    const std::string text = argument(1);
    for (const ScannedToken& token : scan(text)) {
      const std::string word = unquoted(std::string_view(text).substr(token.begin, token.end - token.begin));
      if (word != "," && word != "$user") path.push_back(word);
    }
    session_.set_path(path);
  }
  return skip("SELECT");
}

Result<void> Walker::create_type(const PgQuery__Node& node) {
  OpaqueObject object;
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT: {
      const PgQuery__CreateEnumStmt& stmt = *node.create_enum_stmt;
      const auto names = texts_of(stmt.type_name, stmt.n_type_name);
      object.kind = "enum";
      object.name = session_.created(names.size() > 1 ? names[0] : "", names.back());
      object.definition = enum_values(texts_of(stmt.vals, stmt.n_vals));
      object.source = enum_source(object.name, object.definition);
      break;
    }
    case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT: {
      const PgQuery__CompositeTypeStmt& stmt = *node.composite_type_stmt;
      object.kind = "type";
      object.name = created(*stmt.typevar);
      Tokens tokens;
      std::vector<Tokens> items;
      for (std::size_t i = 0; i < stmt.n_coldeflist; ++i) {
        const PgQuery__ColumnDef& column = *stmt.coldeflist[i]->column_def;
        Tokens item = {column_token(column.colname)};
        append(item, type_of(*column.type_name).tokens());
        if (column.coll_clause)
          append(item, {keyword("COLLATE"),
                        name_token(text_of(column.coll_clause->collname[column.coll_clause->n_collname - 1]))});
        items.push_back(std::move(item));
      }
      append_list(tokens, items);
      object.definition = Fragment(std::move(tokens));
      object.source = fmt::format("CREATE TYPE {} AS ({})", quoting()(object.name), sql(object.definition));
      break;
    }
    case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT: {
      const PgQuery__CreateDomainStmt& stmt = *node.create_domain_stmt;
      const auto names = texts_of(stmt.domainname, stmt.n_domainname);
      const TypeName type = type_of(*stmt.type_name);
      object.kind = "domain";
      object.name = session_.created(names.size() > 1 ? names[0] : "", names.back());
      session_.set_domain(object.name, type.name);
      Tokens tokens = type.tokens();
      if (stmt.coll_clause)
        append(tokens,
               {keyword("COLLATE"), name_token(text_of(stmt.coll_clause->collname[stmt.coll_clause->n_collname - 1]))});
      EMCEE_TRY(domain_constraints(tokens, object.name, type, stmt.constraints, stmt.n_constraints));
      object.definition = Fragment(std::move(tokens));
      object.source = fmt::format("CREATE DOMAIN {} AS {}", quoting()(object.name), sql(object.definition));
      break;
    }
    default:
      return misunderstood("this type");
  }
  return replay(parser::CreateObject{std::move(object), false, false});
}

// DEFAULT, NOT NULL, then the checks with the names that the server gives them.
Result<void> Walker::domain_constraints(Tokens& tokens, const QualifiedName& domain, const TypeName& type,
                                        Node* const* constraints, std::size_t count) {
  Scope scope;
  scope.relations = {{"", Columns{{"value", type.name}}}};
  const Context context{&session_, &scope};
  std::vector<Tokens> checks;
  bool not_null = false;
  int number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const PgQuery__Constraint& constraint = *constraints[i]->constraint;
    if (constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL) not_null = true;
    if (constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT) {
      EMCEE_ASSIGN(const std::optional<Fragment> value, default_value(constraint.raw_expr, type, context));
      if (value) {
        tokens.push_back(keyword("DEFAULT"));
        append(tokens, value->tokens());
      }
    }
    if (constraint.contype != PG_QUERY__CONSTR_TYPE__CONSTR_CHECK) continue;
    EMCEE_ASSIGN(Piece piece, expression(constraint.raw_expr, context));
    // VALUE is a keyword here.
    for (Token& token : piece.tokens)
      if (token.role == Role::column && token.text == "value") token = keyword("VALUE");
    const std::string name =
        is_set(constraint.conname)
            ? constraint.conname
            : make_object_name(domain.name.text(), "", number ? fmt::format("check{}", number) : "check");
    ++number;
    Tokens check = {keyword("CONSTRAINT"), name_token(name), keyword("CHECK"), symbol("(")};
    append(check, piece.tokens);
    check.push_back(symbol(")"));
    checks.push_back(std::move(check));
  }
  if (not_null) append(tokens, {keyword("NOT"), keyword("NULL")});
  // pg_dump sorts them by name, which is the second token.
  std::sort(checks.begin(), checks.end(), [](const Tokens& a, const Tokens& b) { return a[1].text < b[1].text; });
  for (const Tokens& check : checks) append(tokens, check);
  return {};
}

Result<void> Walker::alter_domain(const PgQuery__AlterDomainStmt& stmt) {
  const auto names = texts_of(stmt.type_name, stmt.n_type_name);
  const QualifiedName name = session_.type(names.size() > 1 ? names[0] : "", names.back());
  const OpaqueObject* found = builder_.find_object("domain", name);
  if (!found) return refuse(fmt::format("there is no domain named {}", name.text()));
  const Tokens before = found->definition.tokens();
  Tokens after = before;
  const char code = is_set(stmt.subtype) ? *stmt.subtype : ' ';
  TypeName type = named_type(before.empty() ? "" : before.front().text);
  if (code == 'C') {
    EMCEE_TRY(domain_constraints(after, name, type, const_cast<Node**>(&stmt.def), 1));
  } else if (code == 'X') {
    for (std::size_t i = 0; i + 1 < after.size(); ++i) {
      if (!after[i].is(Role::keyword, "CONSTRAINT") || after[i + 1].text != stmt.name) continue;
      std::size_t end = i + 2;
      while (end < after.size() && !after[end].is(Role::keyword, "CONSTRAINT")) ++end;
      after.erase(after.begin() + static_cast<std::ptrdiff_t>(i), after.begin() + static_cast<std::ptrdiff_t>(end));
    }
  } else {
    return misunderstood("this form of ALTER DOMAIN");
  }
  return replay(parser::AlterObject{"domain", name, [&](OpaqueObject& object) -> Outcome {
                                      object.definition = Fragment(after);
                                      object.source = fmt::format("CREATE DOMAIN {} AS {}", quoting()(name),
                                                                  sql(object.definition));
                                      return {};
                                    }});
}

Result<void> Walker::create_policy(const PgQuery__CreatePolicyStmt& stmt) {
  OpaqueObject object;
  const QualifiedName table = relation(*stmt.table);
  object.kind = "policy";
  object.name = {identifier(table.text()), identifier(stmt.policy_name)};
  const schema::Table* found = builder_.find_table(table);
  const Scope scope = found ? scope_of(*found) : Scope{};
  const Context context{&session_, &scope};
  Tokens tokens = {keyword("ON")};
  append_name(tokens, table, Role::table);
  if (!stmt.permissive) append(tokens, {keyword("AS"), keyword("RESTRICTIVE")});
  const std::string command = schema::to_upper(stmt.cmd_name ? stmt.cmd_name : "all");
  if (command != "ALL") append(tokens, {keyword("FOR"), keyword(command)});
  std::vector<std::string> roles;
  for (std::size_t i = 0; i < stmt.n_roles; ++i) roles.push_back(role_name(*stmt.roles[i]->role_spec));
  std::sort(roles.begin(), roles.end());
  if (!(roles.size() == 1 && roles[0] == "PUBLIC"))
    append(tokens, {keyword("TO"), keyword(fmt::format("{}", fmt::join(roles, ", ")))});
  const auto clause = [&](std::initializer_list<const char*> words, const Node* node) -> Outcome {
    if (!node) return {};
    EMCEE_ASSIGN(const Piece piece, expression(node, context));
    for (const char* word : words) tokens.push_back(keyword(word));
    tokens.push_back(symbol("("));
    append(tokens, piece.tokens);
    tokens.push_back(symbol(")"));
    return {};
  };
  EMCEE_TRY(clause({"USING"}, stmt.qual));
  EMCEE_TRY(clause({"WITH", "CHECK"}, stmt.with_check));
  object.definition = Fragment(std::move(tokens));
  object.source = fmt::format("CREATE POLICY {} {}", quoting()(object.name.name), sql(object.definition));
  return replay(parser::CreateObject{std::move(object), false, false});
}

Result<void> Walker::create_extension(const PgQuery__CreateExtensionStmt& stmt) {
  OpaqueObject object;
  object.kind = "extension";
  object.name = {{}, identifier(stmt.extname)};
  if (object.name.name.text() == "plpgsql") return skip("CREATE EXTENSION plpgsql");  // every database has it
  std::string schema;
  for (std::size_t i = 0; i < stmt.n_options; ++i) {
    const PgQuery__DefElem& option = *stmt.options[i]->def_elem;
    if (std::string_view(option.defname) == "schema") schema = text_of(option.arg);
  }
  if (schema.empty()) schema = session_.created("", "x").schema.text();
  Tokens tokens;
  if (!schema.empty() && schema != "public") tokens = {keyword("SCHEMA"), name_token(schema)};
  object.definition = Fragment(std::move(tokens));
  const std::string clause = sql(object.definition);
  object.source =
      fmt::format("CREATE EXTENSION {}{}{}", quoting()(object.name), clause.empty() ? "" : " WITH ", clause);
  return replay(parser::CreateObject{std::move(object), stmt.if_not_exists != 0, false});
}

Result<void> Walker::create_schema(const PgQuery__CreateSchemaStmt& stmt) {
  const std::string name = is_set(stmt.schemaname)                            ? stmt.schemaname
                           : stmt.authrole && is_set(stmt.authrole->rolename) ? stmt.authrole->rolename
                                                                              : "";
  if (name == "public") return skip("CREATE SCHEMA public");
  if (stmt.n_schema_elts > 0) return misunderstood("CREATE SCHEMA with what is in it");
  OpaqueObject object{"schema", {{}, identifier(name)}, {}, "CREATE SCHEMA " + quoting()(identifier(name))};
  return replay(parser::CreateObject{std::move(object), stmt.if_not_exists != 0, false});
}

Result<void> Walker::create_view_index(const schema::Index& index, const QualifiedName& view, bool if_not_exists) {
  OpaqueObject object;
  object.kind = "index";
  object.name = index.name;
  object.source = postgres::create_index(index, view).front();
  object.definition = statement_tokens(object.source);
  return replay(parser::CreateObject{std::move(object), if_not_exists, false});
}

Result<void> Walker::object(PgQuery__ParseResult& tree) {
  const Node& node = *tree.stmts[0]->stmt;
  const ObjectName made = name_of(node, session_);
  if (made.kind.empty()) return misunderstood("this statement");
  if (made.name.schema.text() == "pg_temp") return skip("temporary " + made.kind);
  normalise_names(tree, session_);
  std::string canonical = deparse(tree);
  if (canonical.empty()) canonical = text();
  OpaqueObject object{made.kind, made.name, statement_tokens(canonical), canonical};
  // Where a subscription and a server of foreign data connect to is a matter of each place.
  if (redact(*tree.stmts[0]->stmt)) object.definition = statement_tokens(deparse(tree));
  return replay(parser::CreateObject{std::move(object), made.if_not_exists, made.replace});
}

}  // namespace emcee::postgres
