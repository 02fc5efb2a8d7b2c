// The conditions and values of one sync group as MySQL and MariaDB spell them.
#pragma once

#include <string>
#include <vector>

#include "dialects/common/group_sql.h"
#include "dialects/mysql/flavour.h"

namespace emcee::mysql {

using common::all_of;
using common::any_of;
using common::negate;
using common::RowSource;

// The row of a BEFORE trigger as it is going to be stored, and as it was.
inline const RowSource kNew{"NEW.", false};
inline const RowSource kOld{"OLD.", false};

class GroupSql : public common::GroupSql {
 public:
  GroupSql(const plan::SyncGroup& group, const schema::Table& table, const Server& server)
      : common::GroupSql(group, table), server_(server) {}

  const Server& server() const { return server_; }
  std::string equals(const std::string& prefix, const schema::Identifier& column,
                     const std::string& value) const override;

 protected:
  const schema::Quoting& quoting() const override;
  std::string string_literal(const std::string& text) const override;
  std::string expression(const schema::Fragment& fragment, const schema::Identifier& target, const RowSource& row,
                         const std::vector<std::string>& new_values) const override;
  std::string differs(const schema::Identifier& column) const override;

 private:
  Server server_;
};

// A fragment as SQL. No blank comes between a function and its parenthesis: the server would take
// the name for that of a stored function (https://dev.mysql.com/doc/refman/9.0/en/function-resolution.html).
std::string expression_sql(const schema::Fragment& fragment);

}  // namespace emcee::mysql
