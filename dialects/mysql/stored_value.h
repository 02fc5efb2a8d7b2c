// How a column stores what is written to it, as SQL: comparisons byte for byte on stored values, and
// defaults by which a trigger sees that a statement left a column out.
//
// Seen on MariaDB 10.11 and MySQL 9.7 where nothing else is said.
#pragma once

#include <optional>
#include <string>

#include "dialects/mysql/flavour.h"
#include "schema/fragment.h"
#include "schema/table.h"

namespace emcee::mysql {

enum class Storage : std::uint8_t {
  integer,
  decimal,
  real32,
  real64,
  bit,
  chars,  // CHAR: loses blanks at the end
  text,
  binary,  // BINARY: filled with zero bytes
  bytes,
  date,
  datetime,
  timestamp,
  time,
  json,  // MySQL only; MariaDB stores JSON as text
  enumeration,
  set,
  other,  // UUID, INET6, geometry, ...: compared by their text
};
Storage storage(const schema::Type& type, const Server& server);

// A condition: the stored values `a` and `b` of the column differ in any byte. Null-safe.
std::string stored_differ(const schema::Column& column, const std::string& a, const std::string& b,
                          const Server& server);

// A condition: the column holds, at `place` (`NEW.c`), what `value` would be when stored there. Null-safe.
std::string stored_equal(const schema::Column& column, const std::string& place, const std::string& value,
                         const Server& server);

// A condition: the value at `place` survives in a column of this type. None where the server alone
// can tell; its own strict mode refuses then.
std::optional<std::string> stored_fits(const schema::Column& column, const std::string& place, const Server& server);

// The same for a column that becomes `after`: a text has to be a number where a number is wanted, and
// what is no time has to read as one.
std::optional<std::string> stored_converts(const schema::Column& before, const schema::Column& after,
                                           const std::string& place, const Server& server);

// A default for a NOT NULL column that has none, outside of what an application writes: a trigger
// sees by it that a statement left the column out. Without a default some statements would fail or
// store '' before any trigger could help (INSERT .. SELECT on MariaDB, LOAD DATA on MySQL).
// None where every value of the type may be the application's: flags and sets of bits, unsigned
// numbers, enums, floating point; then the column has to take NULL for the time being.
std::optional<schema::Fragment> omission_default(const schema::Column& column, const Server& server);

}  // namespace emcee::mysql
