// Triggers that keep columns equal that move between two tables: AFTER triggers, which write the other table only where
// it says something else. A statement in the body that is not run is no write of a table that the statement names
// already (error 1442), so a write that comes back from the other table ends there.
#pragma once

#include <string>
#include <vector>

#include "dialects/common/move_sql.h"
#include "dialects/mysql/flavour.h"
#include "dialects/mysql/sync_triggers.h"
#include "schema/result.h"

namespace emcee::mysql {

class MoveSql : public common::MoveSql {
 public:
  MoveSql(const plan::SyncGroup& group, const schema::Schema& schema, Server server)
      : common::MoveSql(group, schema), server_(std::move(server)) {}

  std::string or_fill_part() const override;

 protected:
  const schema::Quoting& quoting() const override;
  std::string differs(const schema::Column& column, const std::string& a, const std::string& b) const override;
  std::string differs_from_literal(const schema::Column& column, const std::string& a,
                                   const std::string& value) const override;
  std::string literal(const schema::Column& column, const schema::Fragment& value) const override;
  bool is_constant(const schema::Fragment& value) const override;

 private:
  Server server_;
};

// REQUIRES: group.move; both tables in `schema`. Errors: add_to_map where a foreign key writes one of the tables by
// itself: the server fires no trigger for it.
schema::Result<SyncScript> create_move(const plan::SyncGroup& group, const schema::Schema& schema,
                                       const Server& server);
SyncScript drop_move(const plan::SyncGroup& group, const schema::Schema& schema, const Server& server);
// See fence_sync.
SyncScript fence_move(const plan::SyncGroup& group, const schema::Schema& schema, const Server& server);

// In the order in which they are made, without quotes.
std::vector<std::string> move_trigger_names(const plan::SyncGroup& group);
std::vector<std::string> fence_move_trigger_names(const plan::SyncGroup& group);
// Those that the fence takes the place of.
std::vector<std::string> fenced_move_trigger_names(const plan::SyncGroup& group);

}  // namespace emcee::mysql
