// Types: their one spelling per server, and which type holds the values of which.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dialects/mysql/flavour.h"
#include "plan/dialect.h"
#include "schema/table.h"

namespace emcee::mysql {

// A type as it was written.
struct TypeText {
  std::string name;                    // lower case, single blanks: `double precision`
  std::vector<std::string> arguments;  // numbers as written, texts as canonical literals
  bool is_unsigned = false;
  bool zerofill = false;
  bool binary = false;    // BINARY behind a text type: the binary collation
  bool byte = false;      // BYTE: the binary character set
  std::string charset;    // canonical; empty where none was written
  std::string collation;  // canonical; empty where none was written
};

// What it means to the server.
struct ColumnType {
  schema::Type type;        // as SHOW CREATE TABLE spells it
  std::string collation;    // of text types, else empty
  bool serial = false;      // SERIAL: NOT NULL AUTO_INCREMENT UNIQUE
  bool json_check = false;  // MariaDB's JSON: a text with CHECK (json_valid(c))
};

// `table_collation`: of the table. None where the server has no such type.
std::optional<ColumnType> canonical_type(const TypeText& text, const std::string& table_collation,
                                         const Server& server);

enum class Family : std::uint8_t {
  integer,
  decimal,
  floating,
  bit,
  text,
  blob,
  enumeration,
  set,
  date,
  time,
  datetime,
  timestamp,
  year,
  json,
  spatial,
  other
};
Family family(const schema::Type& type);

// A number in the parentheses of a type.
int argument(const schema::Type& type, std::size_t place, int otherwise);

// `double` of `double precision`.
std::string_view first_word(const schema::Type& type);
bool is_unsigned(const schema::Type& type);
// REQUIRES: a type of Family::integer.
int integer_bytes(const schema::Type& type);
// The types that have a collation.
bool has_collation(const schema::Type& type);
// Types that keep their first argument out of the row: BLOB and TEXT; they have no prefix of their own.
bool is_lob(const schema::Type& type);

plan::TypeRelation relate(const schema::Type& before, const schema::Type& after, const Server& server);
schema::Fragment zero(const schema::Type& type);
bool is_constant(const schema::Fragment& expression);
bool is_deterministic(const schema::Fragment& expression);

}  // namespace emcee::mysql
