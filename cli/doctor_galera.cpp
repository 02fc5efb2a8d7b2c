#include "cli/doctor_galera.h"

#include <fmt/format.h>

#include "applier/galera.h"
#include "cli/mysql_queries.h"

namespace emcee::cli {

namespace {

using applier::Connection;
using schema::Result;
using Symptoms = std::vector<Symptom>;

Result<Symptom> node(Connection& connection) {
  EMCEE_ASSIGN(const applier::GaleraStatus status, applier::galera_status(connection));
  const auto synced = applier::galera_synced(status, connection.name());
  if (!synced) return Symptom{Severity::problem, synced.error().message, synced.error().hint, true};
  return Symptom{Severity::note,
                 fmt::format("a node of a Galera cluster of {}, Synced: every DDL holds up all nodes for its time, and "
                             "`doctor` and `contract` see the settings and the sessions of this node only",
                             status.at("wsrep_cluster_size")),
                 "run Emcee against one node, always the same; ask the others with `emcee doctor` as well"};
}

// Emcee's own sessions set it to TOI.
Result<Symptom> schema_upgrades(Connection& connection) {
  EMCEE_ASSIGN(const std::string method, variable(connection, "wsrep_OSU_method"));
  if (method == "TOI") return good("DDL reaches all nodes (wsrep_OSU_method = TOI)");
  return Symptom{
      Severity::problem,
      fmt::format("wsrep_OSU_method is {}: DDL of the application changes this node only, and not the others", method),
      "SET GLOBAL wsrep_OSU_method = 'TOI' on every node"};
}

Result<Symptom> trust(Connection& connection) {
  EMCEE_ASSIGN(const std::string value, variable(connection, "log_bin_trust_function_creators"));
  return Symptom{Severity::note,
                 fmt::format("log_bin_trust_function_creators is {} on this node: the variable is per node, and counts "
                             "where a trigger is made; the other nodes get it without that right",
                             value),
                 {}};
}

// https://mariadb.com/kb/en/mariadb-galera-cluster-known-limitations/
Result<void> add_settings(Connection& connection, Symptoms& symptoms) {
  const auto must_be = [&](const char* name, const char* wanted, const char* why) -> Result<void> {
    EMCEE_ASSIGN(const std::string value, variable(connection, name));
    symptoms.push_back(value == wanted
                           ? good(fmt::format("{} is {}", name, value))
                           : Symptom{Severity::problem, fmt::format("{} is {}: {}", name, value, why),
                                     fmt::format("{} = {} in the configuration of every node", name, wanted)});
    return {};
  };
  EMCEE_TRY(must_be("binlog_format", "ROW", "nodes exchange rows, and nothing else is supported"));
  EMCEE_TRY(must_be("innodb_autoinc_lock_mode", "2", "nodes that insert at the same time come to wait for each other"));
  EMCEE_ASSIGN(const std::string fragment, variable(connection, "wsrep_trx_fragment_size"));
  if (fragment != "0")
    symptoms.push_back({Severity::note,
                        fmt::format("wsrep_trx_fragment_size is {}: transactions are sent in parts, which hold rows on "
                                    "all nodes while they run",
                                    fragment),
                        "0 for the accounts that write much; batches are short anyway"});
  EMCEE_ASSIGN(const std::string rows, variable(connection, "wsrep_max_ws_rows"));
  if (rows != "0")
    symptoms.push_back({Severity::problem,
                        fmt::format("wsrep_max_ws_rows is {}: a batch that changes more rows is refused", rows),
                        fmt::format("emcee migrate --batch {}, or SET GLOBAL wsrep_max_ws_rows = 0", rows)});
  return {};
}

}  // namespace

Result<Symptoms> examine_galera(Connection& connection, const Examination& examination) {
  Symptoms symptoms;
  EMCEE_ASSIGN(symptoms.emplace_back(), node(connection));
  EMCEE_ASSIGN(symptoms.emplace_back(), schema_upgrades(connection));
  EMCEE_TRY(add_settings(connection, symptoms));
  EMCEE_ASSIGN(symptoms.emplace_back(), trust(connection));
  if (examination.looks_up)
    symptoms.push_back(
        {Severity::problem,
         "values of this plan are looked up in rows of other tables without a foreign key: a lock holds them, but only "
         "on its node, so what a row looks up while a READ COMMITTED transaction of another node changes it stays old",
         "add the foreign key, or let the application write on one node until contract"});
  return symptoms;
}

}  // namespace emcee::cli
