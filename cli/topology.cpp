#include "cli/topology.h"

#include <fmt/format.h>

namespace emcee::cli {

// The second one is Keystone's documented procedure for clusters.
std::string galera_procedure(const std::string& directory) {
  return fmt::format(R"(
A Galera cluster, while both releases run: every phase on one node, always the same
   1  see that each node is ready:       emcee doctor URL-OF-NODE-n --plan {0}
   2  make a backup:                     emcee backup --db URL-OF-NODE-1 --plan {0} --command ...
   3  expand:                            emcee expand --db URL-OF-NODE-1 --plan {0}
   4  see that each node has all of it:  emcee check --db URL-OF-NODE-n --plan {0}
   5  migrate:                           emcee migrate --db URL-OF-NODE-1 --plan {0}
   6  upgrade the programs, one after the other, on all nodes
   7  see that no row is out of sync:    emcee verify --db URL-OF-NODE-1 --plan {0}
   8  contract:                          emcee contract --db URL-OF-NODE-1 --plan {0}
   9  see that each node has all of it:  emcee check --db URL-OF-NODE-n --plan {0}

The same offline, with the least downtime and a node that keeps the old data
   1  make a backup:                     emcee backup --db URL-OF-NODE-1 --plan {0} --command ...
   2  see that node 1 is ready:          emcee doctor URL-OF-NODE-1 --plan {0}
   3  take all nodes but node 1 out of the traffic
   4  stop the database of node 2:       it keeps the old data
   5  install the new release on node 1, without starting it
   6  downtime begins: stop the old release on node 1
   7  upgrade the database:              emcee sync --db URL-OF-NODE-1 --plan {0}
   8  start the new release on node 1: downtime ends
   9  bring the traffic to node 1, and look at it:
                                         emcee check --db URL-OF-NODE-1 --plan {0}
  10  upgrade the programs of the other nodes
  11  start the database of node 2 and see that it comes back (wsrep_local_state_comment is Synced):
                                         emcee doctor URL-OF-NODE-2 --plan {0}
  12  bring the traffic back to all nodes
Where step 7 or 9 fails: isolate node 1, bootstrap the cluster from node 2, which has the old data, start the old
release there, and let node 1 join it with a state transfer.
)",
                     directory);
}

}  // namespace emcee::cli
