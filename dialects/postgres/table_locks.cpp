#include "dialects/postgres/table_locks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace emcee::postgres {

namespace {

// Nobody else comes to a table while we hold it, so a wait that is not over in a moment is one for each other.
constexpr const char* kMoment = "20ms";
constexpr int kTries = 50;

std::string lock_one_by_one(std::vector<std::string> tables, std::string_view mode) {
  const std::string first = tables.front();
  tables.erase(tables.begin());
  return fmt::format(
      "        LOCK TABLE {0} IN {2} MODE;\n"
      "        has_one := true;\n"
      "        SET LOCAL lock_timeout = '{3}';\n"
      "        LOCK TABLE {1} IN {2} MODE;\n",
      first, fmt::join(tables, ", "), mode, kMoment);
}

}  // namespace

std::string lock_together(const std::vector<std::string>& tables, std::string_view mode) {
  return fmt::format(
      "DO $emcee$\n"
      "DECLARE\n"
      "  patience text := current_setting('lock_timeout');\n"
      "  has_one boolean;\n"
      "BEGIN\n"
      "  FOR try IN 1..{2} LOOP\n"
      "    has_one := false;\n"
      "    BEGIN\n"
      "      IF try % 2 = 1 THEN\n"
      "{0}"
      "      ELSE\n"
      "{1}"
      "      END IF;\n"
      "      PERFORM set_config('lock_timeout', patience, true);\n"
      "      RETURN;\n"
      "    EXCEPTION WHEN lock_not_available THEN\n"
      "      IF NOT has_one OR try = {2} THEN RAISE; END IF;\n"
      "    END;\n"
      "    PERFORM pg_sleep(0.02 * random());\n"
      "  END LOOP;\n"
      "END $emcee$",
      lock_one_by_one(tables, mode), lock_one_by_one({tables.rbegin(), tables.rend()}, mode), kTries);
}

}  // namespace emcee::postgres
