// How SQL finds a row of a table again: by its rowid where it has one, since a primary key may be
// NULL in an ordinary table; else by the primary key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schema/table.h"

namespace emcee::sqlite {

// The name under which the rowid can be reached: the INTEGER PRIMARY KEY, or the first of rowid,
// _rowid_ and oid that no column shadows. None for WITHOUT ROWID tables and where all are shadowed.
std::optional<schema::Identifier> rowid_name(const schema::Table& table);

struct RowKey {
  std::vector<schema::Identifier> columns;
  bool is_rowid = false;

  // `"a" = NEW."a" AND "b" = NEW."b"` for the prefixes ``, `NEW.`
  std::string matches(const std::string& left, const std::string& right) const;
  // The columns in order, each with the prefix.
  std::vector<std::string> sql(const std::string& prefix = {}) const;
};

// None where the rows cannot be told apart: all names of the rowid are shadowed by columns.
std::optional<RowKey> row_key(const schema::Table& table);

// The row's key for people: `7`, or `a, b`; an expression of type text.
std::string key_text(const schema::Table& table);

}  // namespace emcee::sqlite
