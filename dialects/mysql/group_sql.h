// The conditions and values of one sync group as MySQL and MariaDB spell them.
#pragma once

#include <cstdint>
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
  // How an expression reads other tables: as the statement does; what is there now, and hold it; or what was
  // read ahead for the columns of NEW (read_ahead).
  enum class Reads : std::uint8_t { plainly, locked, ahead };
  GroupSql(const plan::SyncGroup& group, const schema::Table& table, const Server& server, Reads reads = Reads::plainly)
      : common::GroupSql(group, table), server_(server), reads_(reads) {}

  const Server& server() const { return server_; }
  // Statements that read ahead, without a lock, what the new columns of NEW look up.
  std::vector<std::string> read_ahead() const;
  std::string equals(const std::string& prefix, const schema::Identifier& column,
                     const std::string& value) const override;

 protected:
  const schema::Quoting& quoting() const override;
  std::string holding() const override { return reads_ == Reads::locked ? " LOCK IN SHARE MODE" : ""; }
  std::string string_literal(const std::string& text) const override;
  std::string expression(const schema::Fragment& fragment, const schema::Identifier& target, const RowSource& row,
                         const std::vector<std::string>& new_values) const override;
  std::string differs(const schema::Identifier& column) const override;

 private:
  std::string variable(const schema::Identifier& column) const;

  Server server_;
  Reads reads_;
};

// A fragment as SQL. No blank comes between a function and its parenthesis: the server would take
// the name for that of a stored function (https://dev.mysql.com/doc/refman/9.0/en/function-resolution.html).
std::string expression_sql(const schema::Fragment& fragment);

}  // namespace emcee::mysql
