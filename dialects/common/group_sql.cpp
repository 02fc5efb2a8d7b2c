#include "dialects/common/group_sql.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace emcee::common {

using schema::Column;
using schema::Identifier;

const Column& GroupSql::column(const Identifier& name) const {
  static const Column kNone;
  const Column* found = table_.find_column(name);
  return found ? *found : kNone;
}

std::string GroupSql::up(std::size_t i, const RowSource& row) const {
  if (group_.counted) return counted_key(row);
  return expression(group_.new_columns[i].up, group_.new_columns[i].name, row, {});
}

std::string GroupSql::down(std::size_t i, const RowSource& row, const std::vector<std::string>& new_values) const {
  if (group_.holds_old())
    return fmt::format("(SELECT emcee_r.{} FROM {} AS emcee_r WHERE emcee_r.{} = {}{})", quoting()(group_.holding[i]),
                       quoting()(group_.row->table), quoting()(group_.row->key), new_key(or_itself(row)), holding());
  return expression(*group_.old_columns[i].down, group_.old_columns[i].name, row, new_values);
}

std::string GroupSql::new_is_up(const RowSource& row) const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.new_columns.size(); ++i)
    terms.push_back(equals(row.prefix, group_.new_columns[i].name, up(i, row)));
  return all_of(terms);
}

std::string GroupSql::old_is_down(const RowSource& row) const {
  if (!group_.has_down()) return kFalse;
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.old_columns.size(); ++i)
    terms.push_back(equals(row.prefix, group_.old_columns[i].name, down(i, row)));
  if (const std::string nowhere = dangling(row); nowhere != kFalse) terms.push_back(negate(nowhere));
  return all_of(terms);
}

std::string GroupSql::dangling(const RowSource& row, const std::vector<std::string>& new_values) const {
  std::vector<std::string> given, unknown, missing;
  const auto value = [&](const Identifier& name) {
    for (std::size_t i = 0; i < new_values.size(); ++i)
      if (group_.new_columns[i].name == name) return new_values[i];
    return (row.prefix.empty() ? itself().prefix : row.prefix) + quoting()(name);
  };
  for (const auto& c : group_.new_columns) given.push_back(negate(is_null(c.name, value(c.name))));
  for (std::size_t i = 0; i < group_.old_columns.size(); ++i)
    if (const auto& c = group_.old_columns[i]; !c.not_null && c.down && diff::looks_up(*c.down))
      unknown.push_back(fmt::format("({}) IS NULL", down(i, row, new_values)));
  for (std::size_t i = 0; i < group_.lookups.size(); ++i) {
    const plan::Lookup& lookup = group_.lookups[i];
    if (!lookup.down || !(lookup.of == group_.table)) continue;
    std::vector<std::string> same;
    for (const auto& pair : lookup.key)
      same.push_back(fmt::format("{}.{} = {}", lookup_alias(i), quoting()(pair.column), value(pair.equals)));
    missing.push_back(fmt::format("NOT EXISTS (SELECT 1 FROM {} AS {} WHERE {}{})", quoting()(lookup.table),
                                  lookup_alias(i), fmt::join(same, " AND "), holding()));
  }
  if (unknown.empty() || missing.empty()) return kFalse;
  return all_of({any_of(given), any_of(unknown), any_of(missing)});
}

std::string GroupSql::followed(const RowSource& row) const {
  if (!group_.has_down()) return kFalse;
  return all_of({negate(new_all_null(row.prefix)), old_is_down(row)});
}

std::string GroupSql::new_all_null(const std::string& prefix) const {
  std::vector<std::string> terms;
  for (const auto& c : group_.new_columns) terms.push_back(is_null(c.name, prefix + quoting()(c.name)));
  return fmt::format("{}", fmt::join(terms, " AND "));
}

std::string GroupSql::in_sync(const RowSource& row) const {
  if (group_.holds_old()) {
    const std::string no_key = is_null(group_.new_columns.front().name, new_key(row));
    return any_of({all_of({no_key, says_nothing(row)}), row_says(row, holding())});
  }
  if (!group_.deterministic) {
    std::vector<std::string> terms;
    for (const auto& c : group_.new_columns) terms.push_back(negate(is_null(c.name, row.prefix + quoting()(c.name))));
    return all_of(terms);
  }
  if (group_.old_columns.empty()) return any_of({negate(new_all_null(row.prefix)), new_is_up(row)});
  if (!group_.has_down()) return new_is_up(row);
  return any_of({new_is_up(row), followed(row)});
}

std::string GroupSql::not_migrated(const RowSource& row) const {
  if (group_.freeze) {
    std::vector<std::string> nothing;  // to be migrated
    for (const auto& c : group_.old_columns) nothing.push_back(is_null(c.name, row.prefix + quoting()(c.name)));
    return all_of({new_all_null(row.prefix), negate(all_of(nothing))});
  }
  if (group_.holds_old()) return all_of({new_all_null(row.prefix), negate(says_nothing(row))});
  if (!group_.deterministic) return new_all_null(row.prefix);
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.new_columns.size(); ++i)
    terms.push_back(is_null(group_.new_columns[i].name, "(" + up(i, row) + ")"));
  return all_of({new_all_null(row.prefix), negate(all_of(terms))});
}

std::string GroupSql::pending(const RowSource& row) const {
  std::vector<std::string> terms;
  for (const auto& c : group_.new_columns)
    if (c.not_null) terms.push_back(is_null(c.name, row.prefix + quoting()(c.name)));
  // Where every new column will be NOT NULL, a wholly NULL row is covered by the terms above; where all of them come at
  // once or not at all, by one of them.
  const bool covered = group_.freeze ? !terms.empty() : terms.size() == group_.new_columns.size();
  if (!covered) terms.push_back(not_migrated(row));
  return any_of(terms);
}

std::vector<std::string> frozen_events(const plan::SyncGroup& group) {
  std::vector<std::string> events{"insert", "update"};
  if (group.freeze->deletes) events.emplace_back("delete");
  return events;
}

std::string GroupSql::refuses(const std::string& event) const {
  const plan::Freeze& freeze = *group_.freeze;
  const std::string incomplete = pending({"NEW.", false});
  if (event == "insert") return freeze.new_insert ? any_of({incomplete, negate(new_all_null("NEW."))}) : incomplete;
  if (event == "update") {
    std::vector<std::string> wrong{incomplete};
    if (freeze.new_update) wrong.push_back(negate(pending({"OLD.", false})));
    return any_of({changed(old_names()), all_of({changed(new_names()), any_of(wrong)})});
  }
  return kTrue;
}

std::optional<std::string> GroupSql::only_in_new(std::size_t i) const {
  // The new form was only ever made from the old one, which is as it was.
  if (group_.freeze && group_.freeze->new_insert && group_.freeze->new_update) return std::nullopt;
  const Identifier& name = group_.new_columns[i].name;
  const std::string given = quoting()(name) + " IS NOT NULL";
  if (!group_.deterministic) return given;
  return fmt::format("{} AND {}", given, negate(equals("", name, up(i))));
}

std::string GroupSql::conflict(const RowSource& row) const {
  if (!group_.compares()) return kFalse;
  if (group_.holds_old()) return row_differs(row);
  return all_of({negate(new_all_null(row.prefix)), negate(in_sync(row))});
}

std::string GroupSql::changed(const std::vector<Identifier>& columns) const {
  std::vector<std::string> terms;
  for (const Identifier& name : columns) terms.push_back(differs(name));
  return any_of(terms);
}

std::string GroupSql::only_fills(const RowSource& after) const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.new_columns.size(); ++i) {
    const Identifier& name = group_.new_columns[i].name;
    terms.push_back(any_of({negate(changed({name})), all_of({is_null(name, "OLD." + quoting()(name)),
                                                             equals(after.prefix, name, up(i, after))})}));
  }
  return all_of(terms);
}

std::vector<Identifier> GroupSql::old_names() const {
  std::vector<Identifier> result;
  for (const auto& c : group_.old_columns) result.push_back(c.name);
  return result;
}

std::vector<Identifier> GroupSql::new_names() const {
  std::vector<Identifier> result;
  for (const auto& c : group_.new_columns) result.push_back(c.name);
  return result;
}

std::vector<Identifier> GroupSql::shared_names() const {
  std::vector<Identifier> result;
  for (const Identifier& name : group_.shared)
    if (table_.find_column(name)) result.push_back(name);
  return result;
}

std::string GroupSql::set_up() const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.new_columns.size(); ++i)
    terms.push_back(fmt::format("{} = {}", quoting()(group_.new_columns[i].name), up(i)));
  return fmt::format("{}", fmt::join(terms, ", "));
}

std::string GroupSql::set_down() const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.old_columns.size(); ++i)
    terms.push_back(fmt::format("{} = {}", quoting()(group_.old_columns[i].name), down(i)));
  return fmt::format("{}", fmt::join(terms, ", "));
}

std::string GroupSql::fill_up() const {
  if (group_.new_columns.size() == 1) return set_up();  // it is NULL wherever the row is pending
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.new_columns.size(); ++i) {
    const Identifier& name = group_.new_columns[i].name;
    const std::string c = quoting()(name);
    terms.push_back(fmt::format("{0} = CASE WHEN {1} THEN {2} ELSE {0} END", c, is_null(name, c), up(i)));
  }
  return fmt::format("{}", fmt::join(terms, ", "));
}

std::string GroupSql::lookup_alias(std::size_t lookup) const { return fmt::format("emcee_l{}", lookup + 1); }

GroupSql::Way GroupSql::way(std::size_t lookup, const std::string& at_lookup, const std::string& at_row) const {
  const auto& lookups = group_.lookups;
  Way result;
  std::string from = at_lookup;
  for (std::size_t i = lookup;;) {
    std::size_t of = 0;
    while (of < i && !(lookups[of].table == lookups[i].of && lookups[of].down == lookups[i].down)) ++of;
    const bool arrived = of == i;  // it belongs to the table of the group
    const std::string to = arrived ? at_row : lookup_alias(of) + ".";
    WayStep step{quoting()(table_.name), quoting()(table_.name.name), {}};
    if (!arrived)
      step = {fmt::format("{} AS {}", quoting()(lookups[of].table), lookup_alias(of)), lookup_alias(of), {}};
    for (const auto& pair : lookups[i].key)
      step.conditions.push_back(fmt::format("{}{} = {}{}", to, quoting()(pair.equals), from, quoting()(pair.column)));
    result.push_back(std::move(step));
    if (arrived) return result;
    from = to;
    i = of;
  }
}

std::string GroupSql::tables(const Way& way, std::size_t end) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < end; ++i) result.push_back(way[i].table);
  return fmt::format("{}", fmt::join(result, ", "));
}

std::string GroupSql::conditions(const Way& way, std::size_t end) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < end; ++i) result.insert(result.end(), way[i].conditions.begin(), way[i].conditions.end());
  return fmt::format("{}", fmt::join(result, " AND "));
}

RowSource GroupSql::itself() const { return {quoting()(table_.name) + ".", false}; }

std::string GroupSql::follows(const RowSource& row) const { return any_of({new_all_null(row.prefix), new_is_up(row)}); }

std::string GroupSql::follow_state(const RowSource& row, const std::string& follows) const {
  if (!group_.down_looks_up()) return follows;
  return fmt::format("CASE WHEN {0} THEN 1 ELSE 0 END + CASE WHEN {1} THEN 2 ELSE 0 END", follows, followed(row));
}

std::string GroupSql::only_down_finds(const RowSource& row) const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.new_columns.size(); ++i) terms.push_back(fmt::format("({}) IS NULL", up(i, row)));
  for (std::size_t i = 0; i < group_.old_columns.size(); ++i)
    terms.push_back(fmt::format("({}) IS NOT NULL", down(i, row)));
  return all_of(terms);
}

std::string GroupSql::set_down_itself(const std::string& target_prefix) const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.old_columns.size(); ++i)
    terms.push_back(fmt::format("{}{} = {}", target_prefix, quoting()(group_.old_columns[i].name), down(i, itself())));
  return fmt::format("{}", fmt::join(terms, ", "));
}

std::string GroupSql::set_up_itself(const std::string& target_prefix) const {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < group_.new_columns.size(); ++i)
    terms.push_back(fmt::format("{}{} = {}", target_prefix, quoting()(group_.new_columns[i].name), up(i, itself())));
  return fmt::format("{}", fmt::join(terms, ", "));
}

std::vector<std::string> GroupSql::generated_values(const RowSource& row) const {
  std::vector<std::string> result;
  for (const diff::Assignment& value : group_.row->values)
    result.push_back(expression(value.expression, Identifier(), row, {}));
  return result;
}

std::string GroupSql::insert_into_generated(bool with_key) const {
  std::vector<std::string> columns;
  if (with_key) columns.push_back(quoting()(group_.row->key));
  for (const diff::Assignment& value : group_.row->values) columns.push_back(quoting()(value.column));
  return fmt::format("INSERT INTO {} ({}){}", quoting()(group_.row->table), fmt::join(columns, ", "),
                     with_key && group_.counted && group_.counted->always ? " OVERRIDING SYSTEM VALUE" : "");
}

std::string GroupSql::insert_generated(const RowSource& row) const {
  std::vector<std::string> values = generated_values(row);
  values.insert(values.begin(), row.prefix + quoting()(group_.new_columns.front().name));
  return fmt::format("{} SELECT {}", insert_into_generated(true), fmt::join(values, ", "));
}

std::string GroupSql::insert_values(const RowSource& row, bool with_key) const {
  std::vector<std::string> values = generated_values(row);
  if (with_key) values.insert(values.begin(), row.prefix + quoting()(group_.new_columns.front().name));
  return fmt::format("{} VALUES ({})", insert_into_generated(with_key), fmt::join(values, ", "));
}

std::string GroupSql::has_no_row(const RowSource& row, const std::string& hold) const {
  return fmt::format("{0} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {1} AS emcee_r WHERE emcee_r.{2} = {0}{3})",
                     row.prefix + quoting()(group_.new_columns.front().name), quoting()(group_.row->table),
                     quoting()(group_.row->key), hold.empty() ? "" : " " + hold);
}

std::string GroupSql::left_behind() const {
  return group_.row ? fmt::format(" (the row of {} stays)", group_.row->table.text()) : std::string();
}

bool GroupSql::is_of_row(const schema::Token& token) const { return diff::is_of_row(token, table_.name.name); }

std::string GroupSql::prefix(const RowSource& row, const schema::Fragment& expression) const {
  return row.prefix.empty() && diff::looks_up(expression) ? itself().prefix : row.prefix;
}

std::string GroupSql::is_null(const Identifier&, const std::string& value) const { return value + " IS NULL"; }

std::string GroupSql::message(const std::string& otherwise) const {
  return string_literal(group_.error.empty() ? otherwise : group_.error);
}

}  // namespace emcee::common
