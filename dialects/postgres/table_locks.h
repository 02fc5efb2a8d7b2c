// Several tables locked at once, beside sessions that write them in any order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace emcee::postgres {

// One statement that takes a lock of every table, in `mode` (`ACCESS EXCLUSIVE`), within the transaction around it.
// Whoever has one of the tables and waits for another one would wait for us, and we for him: so it never waits for the
// second table, but gives the first one back and tries again, from the other end. The first wait is up to lock_timeout;
// it fails with lock_not_available (55P03). REQUIRES: two names or more, as SQL; the transaction holds none of the
// tables yet (a subtransaction gives back what it took: PostgreSQL 15, 13.3.1 Table-Level Locks).
std::string lock_together(const std::vector<std::string>& tables, std::string_view mode);

}  // namespace emcee::postgres
