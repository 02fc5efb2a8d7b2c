// GRANT, REVOKE, default privileges, owners.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

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

std::set<std::string> privileges_of(const OpaqueObject& grant) {
  std::set<std::string> result;
  for (const Token& token : grant.definition.tokens())
    if (token.role == Role::literal) result.insert(token.text);
  return result;
}

}  // namespace

std::string Walker::object_text(PgQuery__ObjectType type, const Node& node) const {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR:
      return quoting()(relation(*node.range_var));
    case PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS: {
      const PgQuery__ObjectWithArgs& function = *node.object_with_args;
      const auto parts = texts_of(function.objname, function.n_objname);
      const QualifiedName name = session_.function(parts.size() > 1 ? parts[0] : "", parts.back());
      return quoting()(name) + argument_list(function.objargs, function.n_objargs, session_);
    }
    case PG_QUERY__NODE__NODE_TYPE_NAME:
      return type_of(*node.type_name).name;
    case PG_QUERY__NODE__NODE_LIST: {
      const auto names = texts_of(node.list->items, node.list->n_items);
      if (type == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE || type == PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN)
        return quoting()(session_.type(names.size() > 1 ? names[0] : "", names.back()));
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
    std::string text = is_set(privilege.priv_name) ? schema::to_upper(privilege.priv_name) : "ALL";
    std::vector<std::string> columns = texts_of(privilege.cols, privilege.n_cols);
    if (!columns.empty()) text += fmt::format(" ({})", fmt::join(columns, ", "));
    privileges.push_back(std::move(text));
  }
  if (privileges.empty()) privileges = {"ALL"};
  std::string kind = schema::to_upper(object_kind(stmt.objtype));
  if (stmt.targtype == PG_QUERY__GRANT_TARGET_TYPE__ACL_TARGET_ALL_IN_SCHEMA) kind = "ALL " + kind + "S IN SCHEMA";
  if (stmt.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE && stmt.n_objects == 1 &&
      stmt.objects[0]->node_case == PG_QUERY__NODE__NODE_RANGE_VAR &&
      builder_.find_object("sequence", relation(*stmt.objects[0]->range_var)))
    kind = "SEQUENCE";
  if (stmt.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE) return skip("GRANT ON DATABASE");
  for (std::size_t i = 0; i < stmt.n_objects; ++i) {
    const std::string object = object_text(stmt.objtype, *stmt.objects[i]);
    for (std::size_t k = 0; k < stmt.n_grantees; ++k)
      EMCEE_TRY(grant_one(stmt, kind + " " + object, role_text(*stmt.grantees[k]->role_spec), privileges));
  }
  return {};
}

Result<void> Walker::grant_one(const PgQuery__GrantStmt& stmt, const std::string& object, const std::string& role,
                               const std::vector<std::string>& privileges) {
  const QualifiedName name{
      {},
      identifier(fmt::format(
          "{} to {}", schema::to_lower(object.substr(0, object.find(' '))) + object.substr(object.find(' ')), role))};
  const OpaqueObject* before = builder_.find_object("grant", name);
  std::set<std::string> held = before ? privileges_of(*before) : std::set<std::string>();
  const bool all = std::find(privileges.begin(), privileges.end(), "ALL") != privileges.end();
  bool revoked = !stmt.is_grant && !before;  // of what the role has without a grant
  if (stmt.is_grant || revoked) {
    held.insert(privileges.begin(), privileges.end());
  } else if (all) {
    held.clear();
  } else {
    for (const std::string& privilege : privileges) held.erase(privilege);
  }
  // pg_dump takes everything away first, and gives anew.
  if (stmt.is_grant && before && before->source.rfind("REVOKE", 0) == 0) held = {privileges.begin(), privileges.end()};
  if (held.empty()) return drop_object({"grant"}, name, true);
  OpaqueObject grant;
  grant.kind = "grant";
  grant.name = name;
  grant.source = fmt::format("{} {} ON {} {} {}{}", revoked ? "REVOKE" : "GRANT", fmt::join(held, ", "), object,
                             revoked ? "FROM" : "TO", role, stmt.grant_option ? " WITH GRANT OPTION" : "");
  Tokens tokens = {keyword(revoked ? "REVOKE" : "GRANT")};
  for (const std::string& privilege : held) tokens.push_back(literal(privilege));
  append(tokens, statement_tokens(fmt::format("GRANT ALL ON {} TO {}", object, role)).tokens());
  if (stmt.grant_option) append(tokens, {keyword("WITH"), keyword("GRANT"), keyword("OPTION")});
  grant.definition = schema::Fragment(std::move(tokens));
  return replay(parser::CreateObject{std::move(grant), false, true});
}

// Each statement stands for itself: the later one of the same roles and schemas adds to it.
Result<void> Walker::default_privileges(PgQuery__ParseResult& tree) {
  normalise_names(tree, session_);
  const std::string canonical = deparse(tree);
  OpaqueObject object{"default privileges", {{}, identifier(canonical)}, statement_tokens(canonical), canonical};
  return replay(parser::CreateObject{std::move(object), true, false});
}

}  // namespace emcee::postgres
