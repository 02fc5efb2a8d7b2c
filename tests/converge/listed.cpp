#include "tests/converge/listed.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace emcee::testing {

namespace {

struct Listed {
  std::string_view server, pair, message;  // what each contains; `m`: mariadb and mysql
  const char* reason;
};

constexpr std::array kListed = {
    Listed{"postgres", "bareos/", "bareos_frombase64",
           "25.0.0 runs ALTER FUNCTION as a string, by a function of its own that a SELECT calls"},
    Listed{"postgres", "kea/", "option_def_data_type",
           "3.1.x makes the table and its keys by a function that a SELECT calls"},
    Listed{"postgres", "gitlab/18.9-init__18.9", "how a table is partitioned cannot be changed",
           "a table becomes partitioned under its name: refused, with a new table and a map as the way out"},
    Listed{"postgres", "danbooru/2018-11-29", "\"public.danbooru\" does not exist",
           "a trigger of 2018 names a text search configuration that its schema does not make: every UPDATE fails"},
    Listed{"postgres", "mediawiki/", "\"default\" does not exist",
           "functions of 1.8 to 1.15 name the text search configuration that PostgreSQL 8.2 had: writes fail"},
    Listed{"postgres", "mediawiki/", "replace rule archive.archive_insert",
           "a rule is compared by its text, and the server prints it with the casts and columns that it found"},
    Listed{"postgres", "danbooru/2011-01-12", "favorites_0",
           "a column that was there before INHERIT stays local; no statement changes that"},
    Listed{"m", "kea/", "option_def",
           "3.1.x makes the table and its keys by a procedure that it calls, and drops that"},
    Listed{"m", "kea/0.9.2__3.1.9", "'modification_type' cannot be null",
           "audit triggers of 3.1.x read rows that its script inserts, and a schema holds no rows: every UPDATE fails"},
    Listed{"m", "kea/0.9.2__3.1.9", "schema_version.minor",
           "3.1.x makes the table and its keys by a procedure that it calls, and drops that"},
};

}  // namespace

const char* listed_reason(const std::string& server, const std::string& pair, const std::string& message) {
  const auto found = std::find_if(kListed.begin(), kListed.end(), [&](const Listed& listed) {
    return server.find(listed.server) != std::string::npos && pair.find(listed.pair) != std::string::npos &&
           message.find(listed.message) != std::string::npos;
  });
  return found == kListed.end() ? nullptr : found->reason;
}

}  // namespace emcee::testing
