#include "applier/session.h"

#include <fmt/format.h>

#include "applier/retry.h"

namespace emcee::applier {

using schema::fail;

Result<void> check_dialect(const Connection& connection, const Release& release) {
  if (release.dialect == connection.dialect()) return {};
  return fail(ErrorCode::fix_text,
              fmt::format("the plan is for {}, {} is {}", release.dialect, connection.name(), connection.dialect()),
              "plan the release for this database with `emcee plan --dialect`");
}

Result<Session> Session::open(Connection& connection, const std::string& component, const Options& options) {
  Session session(connection);
  connection.watch(options.stop);
  if (!options.dry_run) EMCEE_TRY(connection.lock_runner());
  EMCEE_ASSIGN(session.ledger_, Ledger::read(connection, component));
  return session;
}

Result<Session> Session::open(Command command, Connection& connection, const Release& release, const Options& options) {
  EMCEE_TRY(check_dialect(connection, release));
  // Nothing is begun yet: a connection that is lost here is made again.
  EMCEE_ASSIGN(Session session,
               with_retries(options, release.name, 0, [&] { return open(connection, release.component, options); }));
  EMCEE_ASSIGN(session.nothing_, may_run(command, session.ledger_, release));
  EMCEE_ASSIGN(session.standing_, applier::standing(session.ledger_, release));
  return session;
}

}  // namespace emcee::applier
