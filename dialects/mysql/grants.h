// The rights of an account, from the text of SHOW GRANTS: the only place that every account may read
// and that tells all of it. information_schema lists neither the rights of roles nor, on MySQL,
// partial revokes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "schema/result.h"

namespace emcee::mysql {

// One line of SHOW GRANTS that is about tables. Names are taken out of their quotes.
struct Grant {
  enum class Level : std::uint8_t { global, database, table };
  Level level = Level::global;
  bool revoked = false;              // MySQL's partial revoke: takes away what the global line gives
  std::string database;              // a pattern with % and _, where it is of a database
  std::string table;                 //
  std::string grantee;               // `user@host`, the name of a role, or PUBLIC
  std::set<std::string> privileges;  // in capitals: SELECT, TRIGGER, BINLOG ADMIN, ALL PRIVILEGES
  std::map<std::string, std::set<std::string>> columns;  // of privileges that are given on columns only
};

// Null where the line is about something else: roles, routines, PROXY, SET DEFAULT ROLE. Names may be
// quoted by ` " or ', or not at all. Errors: fix_text where it is no such line.
schema::Result<std::optional<Grant>> parse_grant(std::string_view line);

// Does the name of a database match the pattern of a grant? \ takes the meaning of % and _ away.
bool matches(std::string_view pattern, std::string_view name);

// All lines that SHOW GRANTS gives one session.
struct Grants {
  std::vector<Grant> lines;
  // Of several patterns that match a database only one counts: the most specific one, on MariaDB for
  // each grantee; on MySQL, where any role is active, the first in the order of its bytes (`m%` before
  // `m\_shop`). Seen on MySQL 9.7 and MariaDB 10.11.
  bool first_pattern = false;
  // MySQL with partial_revokes = ON: % and _ in the names of databases mean themselves.
  bool literal_names = false;

  bool has_global(const std::string& privilege) const;
  bool has_database(const std::string& privilege, std::string_view database) const;
  // On the table as a whole, at whatever level.
  bool has_table(const std::string& privilege, std::string_view database, std::string_view table) const;
  bool has_column(const std::string& privilege, std::string_view database, std::string_view table,
                  std::string_view column) const;
};

// Errors: fix_text.
schema::Result<Grants> parse_grants(const std::vector<std::string>& lines);

}  // namespace emcee::mysql
