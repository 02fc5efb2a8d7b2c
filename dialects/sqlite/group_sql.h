// The conditions and values of one sync group as SQLite spells them.
//
// Values are read from the stored row, whose columns have an affinity; NEW.c and OLD.c have none (seen
// on 3.40), so an expression would compare them differently. Where only OLD has the value, or where
// NEW saves looking the row up, it is cast to the affinity of its column.
#pragma once

#include <string>
#include <vector>

#include "dialects/common/group_sql.h"

namespace emcee::sqlite {

using common::all_of;
using common::any_of;
using common::negate;
using common::RowSource;

// OLD and NEW in a trigger.
inline const RowSource kOld{"OLD.", true};
inline const RowSource kNew{"NEW.", true};

class GroupSql : public common::GroupSql {
 public:
  using common::GroupSql::GroupSql;

  // The pair in sync, N being `new_values` instead of what is stored; `derived[i]` is a condition
  // under which the value is up already.
  std::string in_sync_with(const std::vector<std::string>& new_values, const std::vector<std::string>& derived) const;

  // Every column of NEW that the group names holds what its type stands for, or NULL: a cast gives it
  // the affinity and changes nothing, so conditions on kNew are those on the stored row.
  std::string typed() const;

  std::string equals(const std::string& prefix, const schema::Identifier& column,
                     const std::string& value) const override;

 protected:
  std::string counted_key(const RowSource& row) const override;
  const schema::Quoting& quoting() const override;
  std::string string_literal(const std::string& text) const override;
  std::string expression(const schema::Fragment& fragment, const schema::Identifier& target, const RowSource& row,
                         const std::vector<std::string>& new_values) const override;
  std::string differs(const schema::Identifier& column) const override;
};

}  // namespace emcee::sqlite
