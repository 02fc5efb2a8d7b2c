// Columns that a row of another table holds: the conditions and values of GroupSql about them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/common/group_sql.h"

namespace emcee::common {

std::string GroupSql::says_nothing(const RowSource& row) const {
  if (!group_.row_may_lack()) return kFalse;
  std::vector<std::string> terms;
  for (const auto& c : group_.old_columns) terms.push_back(is_null(c.name, row.prefix + quoting()(c.name)));
  return all_of(terms);
}

std::string GroupSql::all_equal(const RowSource& row, const std::string& row_prefix) const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.old_columns.size(); ++i)
    terms.push_back(equals(row.prefix, group_.old_columns[i].name, row_prefix + quoting()(group_.holding[i])));
  return all_of(terms);
}

std::string GroupSql::of_its_row(const RowSource& row, const std::string& condition, const std::string& hold) const {
  return fmt::format("EXISTS (SELECT 1 FROM {} AS emcee_r WHERE emcee_r.{} = {} AND {}{}{})",
                     quoting()(group_.row->table), quoting()(group_.row->key), new_key(row), condition,
                     hold.empty() || hold.front() == ' ' ? "" : " ", hold);
}

std::string GroupSql::row_says(const RowSource& row, const std::string& hold) const {
  const RowSource at = or_itself(row);
  return of_its_row(at, "(" + all_equal(at, "emcee_r.") + ")", hold);
}

std::string GroupSql::row_differs(const RowSource& row, const std::string& hold) const {
  const RowSource at = or_itself(row);
  return of_its_row(at, negate(all_equal(at, "emcee_r.")), hold);
}

std::string GroupSql::shared_key(const std::string& key, const RowSource& row, const std::string& hold) const {
  std::vector<std::string> same;
  for (const schema::Identifier& name : table_.key_columns())
    same.push_back(fmt::format("emcee_o.{0} = {1}{0}", quoting()(name), row.prefix));
  return fmt::format("EXISTS (SELECT 1 FROM {} AS emcee_o WHERE emcee_o.{} = {} AND {}{}{})", quoting()(table_.name),
                     quoting()(group_.new_columns.front().name), key, negate(all_of(same)), hold.empty() ? "" : " ",
                     hold);
}

std::string GroupSql::insert_copy(const std::string& key, const RowSource& row) const {
  std::vector<std::string> columns{quoting()(group_.row->key)}, values{key};
  for (std::size_t i = 0; i < group_.old_columns.size(); ++i) {
    columns.push_back(quoting()(group_.holding[i]));
    values.push_back(row.prefix + quoting()(group_.old_columns[i].name));
  }
  for (const schema::Identifier& name : group_.kept) {
    columns.push_back(quoting()(name));
    values.push_back("emcee_o." + quoting()(name));
  }
  return fmt::format("INSERT INTO {} ({}){} SELECT {}", quoting()(group_.row->table), fmt::join(columns, ", "),
                     group_.counted && group_.counted->always ? " OVERRIDING SYSTEM VALUE" : "",
                     fmt::join(values, ", "));
}

std::string GroupSql::set_held(const RowSource& row) const {
  std::vector<std::string> set;
  for (std::size_t i = 0; i < group_.old_columns.size(); ++i)
    set.push_back(
        fmt::format("{} = {}{}", quoting()(group_.holding[i]), row.prefix, quoting()(group_.old_columns[i].name)));
  return fmt::format("{}", fmt::join(set, ", "));
}

std::string GroupSql::set_old(const std::string& row_prefix) const {
  std::vector<std::string> set;
  for (std::size_t i = 0; i < group_.old_columns.size(); ++i)
    set.push_back(
        fmt::format("{} = {}{}", quoting()(group_.old_columns[i].name), row_prefix, quoting()(group_.holding[i])));
  return fmt::format("{}", fmt::join(set, ", "));
}

std::string GroupSql::resolve_held() const {
  const std::string target = quoting()(group_.row->table);
  const RowSource other{"emcee_o.", false};
  const std::string from = fmt::format("FROM {} AS emcee_o WHERE {} = {}.{}", quoting()(table_.name), new_key(other),
                                       target, quoting()(group_.row->key));
  std::vector<std::string> set;
  for (std::size_t i = 0; i < group_.old_columns.size(); ++i)
    set.push_back(fmt::format("{} = (SELECT {}{} {})", quoting()(group_.holding[i]), other.prefix,
                              quoting()(group_.old_columns[i].name), from));
  return fmt::format("UPDATE {} SET {} WHERE (SELECT count(*) {}) = 1 AND EXISTS (SELECT 1 {} AND {})", target,
                     fmt::join(set, ", "), from, from, negate(all_equal(other, target + ".")));
}

std::string GroupSql::old_says(const std::string& row_prefix) const { return all_equal(itself(), row_prefix); }

}  // namespace emcee::common
