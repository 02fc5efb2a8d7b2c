// How SQL finds a row of a table again: by its primary key, or by a unique key without NULL.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schema/table.h"

namespace emcee::mysql {

struct RowKey {
  std::vector<schema::Identifier> columns;

  // `a.x = b.x AND a.y = b.y` for the prefixes `a.` and `b.`
  std::string matches(const std::string& left, const std::string& right) const;
  // The columns in order, each with the prefix.
  std::vector<std::string> sql(const std::string& prefix = {}) const;
};

// None where nothing tells the rows apart.
std::optional<RowKey> row_key(const schema::Table& table);

// The row's key for people: `7`, or `a, b`; an expression of type text.
std::string key_text(const schema::Table& table);

}  // namespace emcee::mysql
