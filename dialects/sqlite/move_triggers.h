// Triggers that keep columns equal that move between two tables. AFTER triggers, which go by the rows as they are
// stored: NEW and OLD have no type affinity. https://www.sqlite.org/lang_createtrigger.html
#pragma once

#include <string>
#include <vector>

#include "dialects/common/move_sql.h"
#include "schema/result.h"

namespace emcee::sqlite {

class MoveSql : public common::MoveSql {
 public:
  using common::MoveSql::MoveSql;

 protected:
  const schema::Quoting& quoting() const override;
  std::string differs(const schema::Column& column, const std::string& a, const std::string& b) const override;
  std::string literal(const schema::Column& column, const schema::Fragment& value) const override;
  bool is_constant(const schema::Fragment& value) const override;
};

// REQUIRES: group.move; both tables in `schema`. Errors: add_to_map, where a foreign key acts before any trigger can.
schema::Result<std::vector<std::string>> create_move(const plan::SyncGroup& group, const schema::Schema& schema);
std::vector<std::string> drop_move(const plan::SyncGroup& group);
std::vector<std::string> move_trigger_names(const plan::SyncGroup& group);

}  // namespace emcee::sqlite
