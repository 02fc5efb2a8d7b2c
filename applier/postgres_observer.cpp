#include "applier/postgres_observer.h"

#include <string>
#include <vector>

#include "applier/postgres_handles.h"

namespace emcee::applier {

namespace {

// https://www.postgresql.org/docs/current/functions-info.html: pg_blocking_pids. A prepared
// transaction is process 0.
constexpr const char* kQuestion = R"(
SELECT string_agg(CASE WHEN blocker = 0 THEN 'a prepared transaction' ELSE format('server process %s (%s)', blocker,
  concat_ws(', ', nullif(application_name, ''), 'user ' || usename, state || ' for ' || extract(epoch FROM
  clock_timestamp() - state_change)::bigint || ' s')) END, ', ')
FROM (SELECT DISTINCT blocker FROM unnest(pg_blocking_pids($1)) AS blocker) AS blockers
  LEFT JOIN pg_stat_activity ON pid = blocker)";

}  // namespace

std::string who_blocks(PGconn* session) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfo(session), &PQconninfoFree);
  if (!options) return {};
  std::vector<const char*> keywords, values;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr || option->val[0] == '\0') continue;
    keywords.push_back(option->keyword);
    values.push_back(option->val);
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  const ConnectionHandle observer(PQconnectdbParams(keywords.data(), values.data(), 0));
  if (PQstatus(observer.get()) != CONNECTION_OK) return {};
  const std::string pid = std::to_string(PQbackendPID(session));
  const char* const parameters[] = {pid.c_str()};
  const ResultHandle result(PQexecParams(observer.get(), kQuestion, 1, nullptr, parameters, nullptr, nullptr, 0));
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK || PQntuples(result.get()) == 0) return {};
  return PQgetvalue(result.get(), 0, 0);
}

}  // namespace emcee::applier
