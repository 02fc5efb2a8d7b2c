#include "dialects/common/move_sql.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace emcee::common {

using schema::Column;
using schema::Identifier;

namespace {

std::string joined(const std::vector<std::string>& texts) { return fmt::format("{}", fmt::join(texts, ", ")); }
// All of them hold; as it stands in a list of conditions.
std::string every(const std::vector<std::string>& terms) { return fmt::format("{}", fmt::join(terms, " AND ")); }

}  // namespace

std::string MoveSql::same_key(const std::string& whole, const std::string& part) const {
  std::vector<std::string> terms;
  for (const auto& pair : moved_.key)
    terms.push_back(fmt::format("{}{} = {}{}", part, name(pair.part), whole, name(pair.whole)));
  return every(terms);
}
std::string MoveSql::same_whole(const std::string& a, const std::string& b) const {
  std::vector<std::string> terms;
  for (const auto& pair : moved_.key)
    terms.push_back(fmt::format("{}{} = {}{}", a, name(pair.whole), b, name(pair.whole)));
  return every(terms);
}
std::string MoveSql::same_part(const std::string& a, const std::string& b) const {
  std::vector<std::string> terms;
  for (const auto& pair : moved_.key)
    terms.push_back(fmt::format("{}{} = {}{}", a, name(pair.part), b, name(pair.part)));
  return every(terms);
}

std::string MoveSql::absent(std::size_t i) const {
  const auto& value = moved_.columns[i].absent;
  return value ? literal(whole_column(i), *value) : "NULL";
}

std::string MoveSql::given(const std::string& whole) const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < moved_.columns.size(); ++i) {
    const std::string column = whole + name(moved_.columns[i].whole);
    terms.push_back(moved_.columns[i].absent ? differs_from_literal(whole_column(i), column, absent(i))
                                             : column + " IS NOT NULL");
  }
  return "(" + any_of(terms) + ")";
}

std::string MoveSql::given_in_part(const std::string& part) const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < moved_.columns.size(); ++i) {
    const std::string column = part + part_column(i);
    terms.push_back(moved_.columns[i].absent ? differs_from_literal(whole_column(i), column, absent(i))
                                             : column + " IS NOT NULL");
  }
  return "(" + any_of(terms) + ")";
}

std::string MoveSql::differ(const std::string& whole, const std::string& part) const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < moved_.columns.size(); ++i)
    terms.push_back(
        differs(whole_column(i), part + name(moved_.columns[i].part), whole + name(moved_.columns[i].whole)));
  return "(" + any_of(terms) + ")";
}

std::string MoveSql::whole_exists(const std::string& where, const std::string& hold) const {
  return fmt::format("EXISTS (SELECT 1 FROM {} WHERE {}{})", whole_as(), where, hold);
}
std::string MoveSql::part_exists(const std::string& where, const std::string& hold) const {
  return fmt::format("EXISTS (SELECT 1 FROM {} WHERE {}{})", part_as(), where, hold);
}

std::string MoveSql::whole_key_changed() const {
  std::vector<std::string> terms;
  for (const auto& pair : moved_.key)
    terms.push_back(differs(*whole_.find_column(pair.whole), "NEW." + name(pair.whole), "OLD." + name(pair.whole)));
  return "(" + any_of(terms) + ")";
}
std::string MoveSql::part_key_changed() const {
  std::vector<std::string> terms;
  for (const auto& pair : moved_.key)
    terms.push_back(differs(*part_.find_column(pair.part), "NEW." + name(pair.part), "OLD." + name(pair.part)));
  return "(" + any_of(terms) + ")";
}
std::string MoveSql::whole_column_changed(std::size_t i) const {
  const std::string column = name(moved_.columns[i].whole);
  return differs(whole_column(i), "NEW." + column, "OLD." + column);
}
std::string MoveSql::part_column_changed(std::size_t i) const {
  const std::string column = part_column(i);
  return differs(*part_.find_column(moved_.columns[i].part), "NEW." + column, "OLD." + column);
}
std::string MoveSql::whole_changed() const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < moved_.columns.size(); ++i) terms.push_back(whole_column_changed(i));
  return "(" + any_of(terms) + ")";
}
std::string MoveSql::part_changed() const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < moved_.columns.size(); ++i) terms.push_back(part_column_changed(i));
  return "(" + any_of(terms) + ")";
}

std::string MoveSql::set_part(const std::string& whole) const {
  std::vector<std::string> set;
  for (const auto& pair : moved_.columns)
    set.push_back(fmt::format("{} = {}{}", name(pair.part), whole, name(pair.whole)));
  return joined(set);
}
std::string MoveSql::set_part_key(const std::string& whole) const {
  std::vector<std::string> set;
  for (const auto& pair : moved_.key) set.push_back(fmt::format("{} = {}{}", name(pair.part), whole, name(pair.whole)));
  return joined(set);
}
std::string MoveSql::set_part_absent() const {
  std::vector<std::string> set;
  for (std::size_t i = 0; i < moved_.columns.size(); ++i)
    set.push_back(fmt::format("{} = {}", part_column(i), absent(i)));
  return joined(set);
}
std::string MoveSql::part_completed(std::size_t i, const std::string& whole) const {
  return fmt::format("CASE WHEN {} THEN NEW.{} ELSE {}{} END", part_column_changed(i), part_column(i), whole,
                     name(moved_.columns[i].whole));
}
std::string MoveSql::set_part_changed(const std::string& whole, const std::string& part) const {
  std::vector<std::string> set;
  for (std::size_t i = 0; i < moved_.columns.size(); ++i) {
    const auto& pair = moved_.columns[i];
    set.push_back(fmt::format("{0} = CASE WHEN {1} THEN {2}{3} ELSE {4}{0} END", name(pair.part),
                              whole_column_changed(i), whole, name(pair.whole), part));
  }
  return joined(set);
}
std::string MoveSql::set_whole(const std::string& part) const {
  std::vector<std::string> set;
  for (const auto& pair : moved_.columns)
    set.push_back(fmt::format("{} = {}{}", name(pair.whole), part, name(pair.part)));
  return joined(set);
}
std::string MoveSql::set_absent() const {
  std::vector<std::string> set;
  for (std::size_t i = 0; i < moved_.columns.size(); ++i)
    set.push_back(fmt::format("{} = {}", name(moved_.columns[i].whole), absent(i)));
  return joined(set);
}

std::string MoveSql::insert_part() const {
  std::vector<std::string> names;
  for (const auto& pair : moved_.key) names.push_back(name(pair.part));
  for (const auto& pair : moved_.columns) names.push_back(name(pair.part));
  return fmt::format("INSERT INTO {} ({})", part(), fmt::join(names, ", "));
}
std::string MoveSql::part_values(const std::string& whole) const {
  std::vector<std::string> values;
  for (const auto& pair : moved_.key) values.push_back(whole + name(pair.whole));
  for (const auto& pair : moved_.columns) values.push_back(whole + name(pair.whole));
  return joined(values);
}
std::string MoveSql::part_key() const {
  std::vector<std::string> names;
  for (const auto& pair : moved_.key) names.push_back(name(pair.part));
  return joined(names);
}

std::string MoveSql::or_fill_part() const {
  std::vector<std::string> set;
  for (std::size_t i = 0; i < moved_.columns.size(); ++i)
    set.push_back(fmt::format("{0} = excluded.{0}", part_column(i)));
  return fmt::format("ON CONFLICT ({}) DO UPDATE SET {}", part_key(), joined(set));
}

// A split waits where a row of the part has to be made, or filled; a merge where the whole has nothing yet of what the
// part says.
std::string MoveSql::pending() const {
  const std::string same = same_key(whole_itself(), kPart);
  if (moved_.splits)
    return fmt::format("{} AND NOT {}", given(whole_itself()),
                       part_exists(same + (moved_.part_waits() ? " AND " + given_in_part(kPart) : "")));
  return fmt::format("NOT {} AND {}", given(whole_itself()),
                     part_exists(same + " AND " + differ(whole_itself(), kPart)));
}

std::string MoveSql::conflict() const {
  const std::string same = same_key(whole_itself(), kPart);
  const std::string differing = same + " AND " + differ(whole_itself(), kPart);
  if (moved_.part_waits()) return part_exists(differing + " AND " + given_in_part(kPart));
  if (moved_.splits) return part_exists(differing);
  return fmt::format("{} AND ({} OR NOT {})", given(whole_itself()), part_exists(differing), part_exists(same));
}

std::string MoveSql::orphan() const {
  const std::string alone = "NOT " + whole_exists(same_key(kWhole, part_itself()));
  return moved_.part_stays ? fmt::format("{} AND {}", given_in_part(part_itself()), alone) : alone;
}

std::vector<std::string> MoveSql::holds_more(const std::string& part) const {
  std::vector<std::string> terms;
  for (const Column& column : part_.columns) {
    const auto is = [&](const auto& pair) { return pair.part == column.name; };
    if (std::any_of(moved_.key.begin(), moved_.key.end(), is) ||
        std::any_of(moved_.columns.begin(), moved_.columns.end(), is) || column.generated || column.identity ||
        (part_.primary_key && part_.primary_key->is_rowid && part_.key_columns().front() == column.name))
      continue;
    const std::string at = part + name(column.name);
    if (!column.default_value)
      terms.push_back(at + " IS NOT NULL");
    else if (is_constant(*column.default_value))  // one that was computed belongs to nobody
      terms.push_back(differs_from_literal(column, at, literal(column, *column.default_value)));
  }
  return terms;
}

std::string MoveSql::only_in_part() const {
  std::vector<std::string> terms = holds_more(part_itself());
  terms.insert(terms.begin(), fmt::format("NOT {}", whole_exists(same_key(kWhole, part_itself()) + " AND NOT " +
                                                                 differ(kWhole, part_itself()))));
  return any_of(terms);
}

std::string MoveSql::is_bare(const std::string& part) const {
  std::vector<std::string> terms = holds_more(part);
  for (const auto& [table, key] : children_) {
    const auto referenced = key.referenced.empty() ? part_.key_columns() : key.referenced;
    std::vector<std::string> same;
    for (std::size_t i = 0; i < key.columns.size(); ++i)
      same.push_back(fmt::format("emcee_c.{} = {}{}", name(key.columns[i]), part, name(referenced[i])));
    terms.push_back(fmt::format("EXISTS (SELECT 1 FROM {} AS emcee_c WHERE {})", quoting()(table), every(same)));
  }
  return negate(any_of(terms));
}

std::string MoveSql::keeps_row() const {
  std::vector<std::string> columns;
  for (const auto& pair : moved_.columns) columns.push_back(pair.part.text());
  return fmt::format("emcee: the row of {} stays while it holds a value that moves: {}", moved_.part.text(),
                     fmt::join(columns, ", "));
}

std::optional<std::string> MoveSql::lost_with(const schema::QualifiedName& table, const Identifier& column) const {
  const bool to_part = moved_.splits;
  if (!(table == (to_part ? moved_.part : moved_.whole)) ||
      std::none_of(moved_.columns.begin(), moved_.columns.end(),
                   [&](const auto& pair) { return (to_part ? pair.part : pair.whole) == column; }))
    return std::nullopt;
  if (!to_part) return conflict();
  return fmt::format("{} AND NOT {}", given_in_part(part_itself()),
                     whole_exists(same_key(kWhole, part_itself()) + " AND NOT " + differ(kWhole, part_itself())));
}

// What waits for the backfill is no conflict, and stays what it is.
std::vector<std::string> MoveSql::resolve(bool whole_wins) const {
  const std::string same_w = same_key(kWhole, part_itself()), same_p = same_key(whole_itself(), kPart);
  const auto settled = [&](const std::string& whole) { return moved_.splits ? "" : " AND " + given(whole); };
  const std::string filled = moved_.part_waits() ? " AND " + given_in_part(kPart) : "";
  std::vector<std::string> result;
  const auto column_list = [&](const auto& of, const auto& from, const std::string& table, const std::string& same) {
    std::vector<std::string> set;
    for (const auto& pair : moved_.columns)
      set.push_back(fmt::format("{} = (SELECT {} FROM {} WHERE {})", name(of(pair)), from(pair), table, same));
    return joined(set);
  };
  const auto in_whole = [](const auto& pair) { return pair.whole; };
  const auto in_part = [](const auto& pair) { return pair.part; };
  if (whole_wins) {
    if (moved_.splits && !moved_.leaves_row)
      result.push_back(
          fmt::format("DELETE FROM {} WHERE {}", part(), whole_exists(same_w + " AND NOT " + given(kWhole))));
    result.push_back(
        fmt::format("UPDATE {} SET {} WHERE {}", part(),
                    column_list(
                        in_part, [&](const auto& pair) { return kWhole + name(pair.whole); }, whole_as(), same_w),
                    whole_exists(same_w + settled(kWhole) + " AND " + differ(kWhole, part_itself()))));
    if (!moved_.splits)
      result.push_back(fmt::format("{} SELECT {} FROM {} WHERE {} AND NOT {}", insert_part(),
                                   part_values(whole_itself()), whole(), given(whole_itself()), part_exists(same_p)));
    return result;
  }
  result.push_back(
      fmt::format("UPDATE {} SET {} WHERE {}{}", whole(),
                  column_list(
                      in_whole, [&](const auto& pair) { return kPart + name(pair.part); }, part_as(), same_p),
                  part_exists(same_p + " AND " + differ(whole_itself(), kPart) + filled), settled(whole_itself())));
  if (!moved_.splits)
    result.push_back(fmt::format("UPDATE {} SET {} WHERE {} AND NOT {}", whole(), set_absent(), given(whole_itself()),
                                 part_exists(same_p)));
  return result;
}

}  // namespace emcee::common
