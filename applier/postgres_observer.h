// A second look at a PostgreSQL session that waits.
#pragma once

#include <libpq-fe.h>

#include <string>

namespace emcee::applier {

// Who holds the locks that the session waits for: `server process 4711 (shop, user app, idle in
// transaction for 12 s)`, several with commas. Asks on a connection of its own, since the session is
// busy. Empty where nobody does, or the question fails.
std::string who_blocks(PGconn* session);

}  // namespace emcee::applier
