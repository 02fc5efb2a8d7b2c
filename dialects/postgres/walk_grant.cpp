// GRANT, REVOKE, default privileges, owners.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "dialects/postgres/grants.h"
#include "dialects/postgres/object.h"
#include "dialects/postgres/walker.h"

namespace emcee::postgres {

using schema::OpaqueObject;
using schema::QualifiedName;
using schema::Result;

namespace {

std::string role_text(const PgQuery__RoleSpec& role) {
  return role.roletype == PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_PUBLIC ? "PUBLIC"
         : is_set(role.rolename)                                    ? quoting()(identifier(role.rolename))
                                                                    : "CURRENT_USER";
}

bool is_revoke(const OpaqueObject& grant) { return grant.definition.tokens().front().is(Role::keyword, "REVOKE"); }

// What the role may do so far: of a GRANT all that it says, of a REVOKE nothing, and else what the role
// has by itself. ALL is spelled out.
Privileges held(const OpaqueObject* grant, const Privileges& every, const Privileges& by_itself) {
  if (!grant) return by_itself;
  Privileges result;
  if (is_revoke(*grant)) return result;
  for (const Token& token : grant->definition.tokens())
    if (token.role == Role::literal) result.insert(token.text);
  if (result.erase("ALL")) result.insert(every.begin(), every.end());
  return result;
}

}  // namespace

// `(NONE, integer)`
std::string Walker::operator_sides(const PgQuery__ObjectWithArgs& object) const {
  std::vector<std::string> sides;
  for (std::size_t i = 0; i < object.n_objargs; ++i)
    sides.push_back(object.objargs[i]->node_case == PG_QUERY__NODE__NODE_TYPE_NAME
                        ? type_of(*object.objargs[i]->type_name).name
                        : "NONE");
  return fmt::format("({})", fmt::join(sides, ", "));
}

std::string Walker::object_text(PgQuery__ObjectType type, const Node& node) const {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR:
      return quoting()(relation(*node.range_var));
    case PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS: {
      const PgQuery__ObjectWithArgs& function = *node.object_with_args;
      const auto parts = texts_of(function.objname, function.n_objname);
      if (type == PG_QUERY__OBJECT_TYPE__OBJECT_OPERATOR) {
        const bool plain = parts.size() == 1 || parts[0] == "public";
        return (plain ? "" : quoting()(identifier(parts[0])) + ".") + parts.back() + operator_sides(function);
      }
      const QualifiedName name = session_.function(parts.size() > 1 ? parts[0] : "", parts.back());
      return quoting()(name) + argument_list(function.objargs, function.n_objargs, session_);
    }
    case PG_QUERY__NODE__NODE_TYPE_NAME:
      return type_of(*node.type_name).name;
    case PG_QUERY__NODE__NODE_LIST: {
      const auto names = texts_of(node.list->items, node.list->n_items);
      if (type == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE || type == PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN)
        return quoting()(session_.type(names.size() > 1 ? names[0] : "", names.back()));
      // The method comes first.
      if (type == PG_QUERY__OBJECT_TYPE__OBJECT_OPCLASS || type == PG_QUERY__OBJECT_TYPE__OBJECT_OPFAMILY)
        return fmt::format("{} USING {}", quoting()(listed({names.begin() + 1, names.end()})),
                           quoting()(identifier(names.front())));
      if (type == PG_QUERY__OBJECT_TYPE__OBJECT_POLICY || type == PG_QUERY__OBJECT_TYPE__OBJECT_RULE)
        return quoting()(identifier(names.back())) + " ON " + quoting()(listed({names.begin(), names.end() - 1}));
      if (type == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN)
        return quoting()(listed({names.begin(), names.end() - 1})) + "." + quoting()(identifier(names.back()));
      if (type == PG_QUERY__OBJECT_TYPE__OBJECT_DOMCONSTRAINT)
        return fmt::format("{} ON DOMAIN {}", quoting()(identifier(names.back())),
                           type_of(*node.list->items[0]->type_name).name);
      if (type == PG_QUERY__OBJECT_TYPE__OBJECT_CAST)
        return fmt::format("({} AS {})", type_of(*node.list->items[0]->type_name).name,
                           type_of(*node.list->items[1]->type_name).name);
      return quoting()(listed(names));
    }
    default:
      return quoting()(identifier(text_of(&node)));
  }
}

Result<void> Walker::alter_owner(const PgQuery__AlterOwnerStmt& stmt) {
  const std::string object =
      stmt.relation ? quoting()(relation(*stmt.relation)) : object_text(stmt.object_type, *stmt.object);
  return owner(object_kind(stmt.object_type), object, *stmt.newowner);
}

// One object for what one role may do with one thing: `table users to app`.
Result<void> Walker::grant(const PgQuery__GrantStmt& stmt) {
  std::vector<std::string> privileges;
  for (std::size_t i = 0; i < stmt.n_privileges; ++i) {
    const PgQuery__AccessPriv& privilege = *stmt.privileges[i]->access_priv;
    const std::string text = is_set(privilege.priv_name) ? schema::to_upper(privilege.priv_name) : "ALL";
    if (privilege.n_cols == 0) privileges.push_back(text);
    for (const std::string& column : texts_of(privilege.cols, privilege.n_cols))
      privileges.push_back(fmt::format("{} ({})", text, quoting()(identifier(column))));
  }
  if (privileges.empty()) privileges = {"ALL"};
  std::string kind = schema::to_upper(object_kind(stmt.objtype));
  if (stmt.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_SERVER) kind = "FOREIGN SERVER";
  if (stmt.targtype == PG_QUERY__GRANT_TARGET_TYPE__ACL_TARGET_ALL_IN_SCHEMA) kind = "ALL " + kind + "S IN SCHEMA";
  if (stmt.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE && stmt.n_objects == 1 &&
      stmt.objects[0]->node_case == PG_QUERY__NODE__NODE_RANGE_VAR &&
      builder_.find_object("sequence", relation(*stmt.objects[0]->range_var)))
    kind = "SEQUENCE";
  if (stmt.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE) return skip("GRANT ON DATABASE");
  for (std::size_t i = 0; i < stmt.n_objects; ++i) {
    const std::string object = object_text(stmt.objtype, *stmt.objects[i]);
    for (std::size_t k = 0; k < stmt.n_grantees; ++k)
      EMCEE_TRY(grant_one(stmt, "", kind + " " + object, role_text(*stmt.grantees[k]->role_spec), privileges));
  }
  return {};
}

Result<void> Walker::grant_one(const PgQuery__GrantStmt& stmt, const std::string& defaults, const std::string& object,
                               const std::string& role, const std::vector<std::string>& privileges) {
  const std::size_t word = std::min(object.find(' '), object.size());
  const QualifiedName name{{},
                           identifier(fmt::format("{}{}{} to {}", defaults, schema::to_lower(object.substr(0, word)),
                                                  object.substr(word), role))};
  const std::string kind = defaults.empty() ? "grant" : "default privileges";
  const OpaqueObject* before = builder_.find_object(kind, name);
  const Privileges every = all_privileges(object, session_.version());
  const Privileges own = role == "PUBLIC" ? privileges_of_public(object, defaults) : Privileges{};
  Privileges now = held(before, every, own);
  for (const std::string& privilege : privileges) {
    const bool all = privilege == "ALL";
    const Privileges meant = all && !every.empty() ? every : Privileges{privilege};
    if (stmt.is_grant)
      now.insert(meant.begin(), meant.end());
    else if (all)
      now.clear();
    else
      for (const std::string& each : meant) now.erase(each);
  }
  if (role == "PUBLIC" && now == own) return drop_object({kind}, name, true);
  // Of a role without any GRANT, and of PUBLIC, a REVOKE takes what they have by themselves.
  const bool by_itself = role == "PUBLIC" ? !own.empty() : !before || is_revoke(*before);
  if (now.empty() && !by_itself) return drop_object({kind}, name, true);
  const bool revoked = now.empty();
  if (revoked || (!every.empty() && now == every)) now = {"ALL"};
  OpaqueObject grant;
  grant.kind = kind;
  grant.name = name;
  grant.source = fmt::format("{}{} {} ON {} {} {}{}", defaults, revoked ? "REVOKE" : "GRANT", fmt::join(now, ", "),
                             object, revoked ? "FROM" : "TO", role, stmt.grant_option ? " WITH GRANT OPTION" : "");
  Tokens tokens = {keyword(revoked ? "REVOKE" : "GRANT")};
  for (const std::string& privilege : now) tokens.push_back(literal(privilege));
  append(tokens, statement_tokens(fmt::format("{}GRANT ALL ON {} TO {}", defaults, object, role)).tokens());
  if (stmt.grant_option) append(tokens, {keyword("WITH"), keyword("GRANT"), keyword("OPTION")});
  grant.definition = schema::Fragment(std::move(tokens));
  return replay(parser::CreateObject{std::move(grant), false, true});
}

// One object for what one role gets of one kind of object that another makes, as with GRANT. Who grants
// and where stands before: `FOR ROLE owner IN SCHEMA app`.
Result<void> Walker::default_privileges(const PgQuery__AlterDefaultPrivilegesStmt& stmt) {
  std::vector<std::string> roles = {""}, schemas = {""};
  for (std::size_t i = 0; i < stmt.n_options; ++i) {
    const PgQuery__DefElem& option = *stmt.options[i]->def_elem;
    const PgQuery__List& list = *option.arg->list;
    const bool is_schema = std::string_view(option.defname) == "schemas";
    std::vector<std::string>& names = is_schema ? schemas : roles;
    names.clear();
    for (std::size_t k = 0; k < list.n_items; ++k)
      names.push_back(is_schema ? " IN SCHEMA " + quoting()(identifier(text_of(list.items[k])))
                                : " FOR ROLE " + role_text(*list.items[k]->role_spec));
  }
  const PgQuery__GrantStmt& grant = *stmt.action;
  std::vector<std::string> privileges;
  for (std::size_t i = 0; i < grant.n_privileges; ++i)
    privileges.push_back(schema::to_upper(grant.privileges[i]->access_priv->priv_name));
  if (privileges.empty()) privileges = {"ALL"};
  const std::string object = schema::to_upper(object_kind(grant.objtype)) + "S";
  for (const std::string& role : roles)
    for (const std::string& schema : schemas)
      for (std::size_t i = 0; i < grant.n_grantees; ++i)
        EMCEE_TRY(grant_one(grant, fmt::format("ALTER DEFAULT PRIVILEGES{}{} ", role, schema), object,
                            role_text(*grant.grantees[i]->role_spec), privileges));
  return {};
}

}  // namespace emcee::postgres
