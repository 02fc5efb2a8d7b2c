// What the triggers of a group have in common, whether its new columns are computed or the key of a row that holds the
// old ones: conditions and refusals.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string>
#include <vector>

#include "dialects/postgres/group_sql.h"
#include "dialects/postgres/plpgsql.h"
#include "dialects/postgres/quoting.h"
#include "plan/sync_group.h"

namespace emcee::postgres {

inline const RowSource kNew{"NEW.", false};
inline const RowSource kOld{"OLD.", false};

inline constexpr const char* kRefused = "23514";  // check_violation: applications know what to do
inline constexpr const char* kNotNull = "23502";  // not_null_violation
inline constexpr const char* kNoRow = "23503";    // foreign_key_violation

// Names of columns, as people read them.
template <class Columns>
std::string names_of(const Columns& columns) {
  std::vector<std::string> names;
  for (const auto& c : columns) names.push_back(c.name.text());
  return fmt::format("{}", fmt::join(names, ", "));
}

// The session says that it is this release (rule 8).
std::string announced(const char* release);

class SyncParts {
 protected:
  SyncParts(const plan::SyncGroup& group, const schema::Table& table)
      : sql_(group, table), g_(sql_.group()), t_(sql_.table()) {}

  bool several() const { return g_.new_columns.size() > 1; }
  bool pair() const { return !g_.old_columns.empty(); }
  static std::string in_new(const schema::Identifier& column) { return "NEW." + quoting()(column); }
  static std::string in_old(const schema::Identifier& column) { return "OLD." + quoting()(column); }
  std::string is_null(const schema::Identifier& column) const { return sql_.is_null(column, in_new(column)); }
  std::string is_given(const schema::Identifier& column) const { return negate(is_null(column)); }
  std::string was_given(const schema::Identifier& column) const { return negate(sql_.is_null(column, in_old(column))); }

  // Names in the expressions are looked up where the schema looks them up, whatever the writer's
  // path is (empty in logical replication); temporary objects last. It costs about 1 us a call, so
  // it is not there where nothing has to be looked up.
  std::vector<std::string> settings() const;

  // --- refusals -------------------------------------------------------------------------------

  std::string refuse(const std::string& message, const char* sqlstate = kRefused,
                     const schema::Identifier& column = schema::Identifier()) const {
    return raise({message, sqlstate, t_.name.schema.text(), t_.name.name.text(), column.text()});
  }
  std::string refuse_both() const {
    return refuse(sql_.message(fmt::format("emcee: {} and {} of {} do not agree", names_of(g_.old_columns),
                                           names_of(g_.new_columns), t_.name.text())));
  }
  std::string refuse_none() const {
    return refuse(sql_.message(fmt::format("emcee: {} needs a value of {} or of {}", t_.name.text(),
                                           names_of(g_.new_columns), names_of(g_.old_columns))));
  }
  std::string refuse_null(const schema::Identifier& column) const;
  std::string refuse_explicit_null(const schema::Identifier& column) const {
    return refuse(
        sql_.message(fmt::format("emcee: {}.{} may not be NULL during the upgrade", t_.name.text(), column.text())),
        kRefused, column);
  }
  std::string refuse_fenced() const {
    return refuse(sql_.message(fmt::format("emcee: {} of {} is written no more: the upgrade has come to contract",
                                           names_of(g_.old_columns), t_.name.text())));
  }

  // A key that a release gives itself is one of a row that is there, as its foreign key will ask for;
  // `hold`: how it stays as it is.
  Block refuse_without_row(const char* hold = "FOR KEY SHARE") const;

  // --- conditions and NULL ---------------------------------------------------------------------

  // NOT NULL of the old form where the column itself was relaxed: then it is for us to refuse NULL.
  Block old_not_null() const;
  // An update to NULL; one that was there before stays. `overwritten`: the constraint will not see it.
  Block old_set_null(bool overwritten) const;

  // Rule 3: an O that equals its default is not given. A default that has to be computed cannot be
  // compared; `computed` is the answer for it.
  std::string old_given(bool computed) const;
  std::string new_given() const;

  GroupSql sql_;
  const plan::SyncGroup& g_;
  const schema::Table& t_;
};

}  // namespace emcee::postgres
