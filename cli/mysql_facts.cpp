#include "cli/mysql_facts.h"

#include "cli/mysql_queries.h"

#include "dialects/mysql/dialect.h"

namespace emcee::cli {

using applier::Connection;
using applier::Row;
using mysql::Grants;
using schema::Result;

namespace {

Result<std::string> scalar(Connection& connection, std::string_view sql) {
  EMCEE_ASSIGN(const std::vector<Row> rows, connection.query(sql, {}, 1));
  return rows.empty() || rows.front().empty() ? std::string() : applier::to_text(rows.front().front());
}

Result<Grants> show_grants(Connection& connection) {
  EMCEE_ASSIGN(const std::vector<Row> rows, connection.query("SHOW GRANTS", {}, applier::kAllRows));
  std::vector<std::string> lines;
  for (const Row& row : rows) lines.push_back(applier::to_text(row.at(0)));
  return mysql::parse_grants(lines);
}

// MySQL folds the rights of active roles into those of the account; the lines do not tell which.
Result<Grants> grants_of_mysql(Connection& connection, bool literal_names) {
  EMCEE_ASSIGN(Grants grants, show_grants(connection));
  EMCEE_ASSIGN(const std::string roles, scalar(connection, "SELECT CURRENT_ROLE()"));
  grants.first_pattern = roles != "NONE";
  grants.literal_names = literal_names;
  return grants;
}

}  // namespace

Result<mysql::PrivilegeFacts> privilege_facts(Connection& connection) {
  mysql::PrivilegeFacts facts;
  facts.mariadb = connection.dialect() == "mariadb";
  EMCEE_ASSIGN(facts.account, scalar(connection, "SELECT CURRENT_USER()"));
  EMCEE_ASSIGN(const std::string log_bin, scalar(connection, "SELECT @@global.log_bin"));
  EMCEE_ASSIGN(const std::string trust, scalar(connection, "SELECT @@global.log_bin_trust_function_creators"));
  facts.log_bin = log_bin == "1";
  facts.trust = trust == "1";
  EMCEE_ASSIGN(const std::string wsrep, variable(connection, "wsrep_on"));
  facts.galera = wsrep == "ON";

  if (facts.mariadb) {
    EMCEE_ASSIGN(const std::string version, scalar(connection, "SELECT SUBSTRING_INDEX(@@version, '-', 1)"));
    facts.super_is_all = mysql::parse_version(version) < 110001;
    EMCEE_ASSIGN(facts.session, show_grants(connection));
    for (const mysql::Grant& grant : facts.session.lines)
      if (grant.grantee == facts.account || grant.grantee == "PUBLIC") facts.definer.lines.push_back(grant);
    return facts;
  }

  EMCEE_ASSIGN(const std::string partial, variable(connection, "partial_revokes"));
  EMCEE_ASSIGN(facts.session, grants_of_mysql(connection, partial == "ON"));
  EMCEE_ASSIGN(const std::string roles, scalar(connection, "SELECT CURRENT_ROLE()"));
  EMCEE_TRY(connection.execute("SET ROLE DEFAULT"));
  auto definer = grants_of_mysql(connection, partial == "ON");
  EMCEE_TRY(connection.execute("SET ROLE " + roles));  // `r1`@`%`,`r2`@`%`, or NONE
  if (!definer) return schema::fail(std::move(definer).error());
  facts.definer = *std::move(definer);
  return facts;
}

}  // namespace emcee::cli
