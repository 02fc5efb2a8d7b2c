// The conditions and values of one sync group as PostgreSQL spells them.
//
// Every value is cast to the type of its column before it is compared or stored: numeric(10,1)
// beside numeric(10,2) would bounce between the two otherwise (seen on 15).
#pragma once

#include <string>
#include <vector>

#include "dialects/common/group_sql.h"

namespace emcee::postgres {

using common::all_of;
using common::any_of;
using common::negate;
using common::RowSource;

class GroupSql : public common::GroupSql {
 public:
  // Generated columns are replaced by what they are computed from: a BEFORE trigger sees NULL in
  // them (seen on 15).
  GroupSql(const plan::SyncGroup& group, const schema::Table& table);

  std::string equals(const std::string& prefix, const schema::Identifier& column,
                     const std::string& value) const override;
  // IS NULL of a composite value asks its fields; this asks for the value itself.
  std::string is_null(const schema::Identifier& column, const std::string& value) const override;
  // `value` cast to the type of the column.
  std::string typed(const schema::Identifier& column, const std::string& value) const;

  // An expression may find something else, or nothing, under another search_path: it calls a
  // function, or has a type that PostgreSQL did not bring along.
  bool needs_search_path() const;

  // Statements that hold what a row reads of other tables until the transaction ends, as far as the lock of
  // the row itself does not: rows that can be there before it. With `FROM`, `WHERE` to find the row; where
  // these are empty it is NEW.
  std::vector<std::string> holds(const std::string& from = {}, const std::vector<std::string>& where = {}) const;

 protected:
  std::string counted_key(const RowSource& row) const override;
  const schema::Quoting& quoting() const override;
  std::string string_literal(const std::string& text) const override;
  std::string expression(const schema::Fragment& fragment, const schema::Identifier& target, const RowSource& row,
                         const std::vector<std::string>& new_values) const override;
  std::string differs(const schema::Identifier& column) const override;
};

}  // namespace emcee::postgres
