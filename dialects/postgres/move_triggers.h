// Triggers that keep columns equal that move between two tables: AFTER ROW triggers that go by the rows as they are
// stored, so a trigger of the application may change them before. No state is kept: a write that finds both tables
// equal ends there.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dialects/common/move_sql.h"

namespace emcee::postgres {

class MoveSql : public common::MoveSql {
 public:
  using common::MoveSql::MoveSql;

 protected:
  const schema::Quoting& quoting() const override;
  std::string differs(const schema::Column& column, const std::string& a, const std::string& b) const override;
  std::string literal(const schema::Column& column, const schema::Fragment& value) const override;
  bool is_constant(const schema::Fragment& value) const override;
};

// REQUIRES: group.move; both tables in `schema`.
std::vector<std::string> create_move(const plan::SyncGroup& group, const schema::Schema& schema);
std::vector<std::string> drop_move(const plan::SyncGroup& group);

// The triggers with the table of each, without quotes.
std::vector<std::pair<schema::QualifiedName, std::string>> move_triggers(const plan::SyncGroup& group);

}  // namespace emcee::postgres
