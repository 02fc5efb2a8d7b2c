#include "dialects/mysql/cascades.h"

#include <fmt/format.h>
#include <algorithm>

namespace emcee::mysql {

using schema::ForeignKey;
using schema::Identifier;
using schema::ReferentialAction;

namespace {

bool writes(ReferentialAction action, bool on_update) {
  return action == ReferentialAction::set_null || action == ReferentialAction::set_default ||
         (on_update && action == ReferentialAction::cascade);
}

// The column that is the new name of `old`, where the group is no more than that.
std::optional<Identifier> renamed_to(const plan::SyncGroup& group, const Identifier& old) {
  for (const auto& c : group.new_columns)
    if (c.up.as_column() == old)
      for (const auto& o : group.old_columns)
        if (o.name == old && o.down && o.down->as_column() == c.name) return c.name;
  return std::nullopt;
}

bool follows(const plan::SyncGroup& group, const schema::Table& table, const ForeignKey& key) {
  std::vector<Identifier> columns;
  for (const Identifier& column : key.columns) {
    const auto to = renamed_to(group, column);
    columns.push_back(to ? *to : column);
  }
  return columns != key.columns &&
         std::any_of(table.foreign_keys.begin(), table.foreign_keys.end(), [&](const ForeignKey& other) {
           return other.columns == columns && other.references == key.references &&
                  other.referenced == key.referenced && other.on_delete == key.on_delete &&
                  other.on_update == key.on_update;
         });
}

bool in_group(const plan::SyncGroup& group, const Identifier& column) {
  const auto is = [&](const auto& c) { return c.name == column; };
  return std::any_of(group.old_columns.begin(), group.old_columns.end(), is) ||
         std::any_of(group.new_columns.begin(), group.new_columns.end(), is) ||
         std::find(group.shared.begin(), group.shared.end(), column) != group.shared.end();
}

// The key belongs to the new form of a rename whose old form has the same one.
bool is_follower(const plan::SyncGroup& group, const schema::Table& table, const ForeignKey& key) {
  return std::any_of(table.foreign_keys.begin(), table.foreign_keys.end(), [&](const ForeignKey& old) {
    std::vector<Identifier> columns;
    for (const Identifier& column : old.columns) {
      const auto to = renamed_to(group, column);
      columns.push_back(to ? *to : column);
    }
    return columns == key.columns && columns != old.columns && follows(group, table, old);
  });
}

}  // namespace

schema::Result<void> check_cascades(const plan::SyncGroup& group, const schema::Table& table) {
  for (const ForeignKey& key : table.foreign_keys) {
    if (!writes(key.on_delete, false) && !writes(key.on_update, true)) continue;
    if (follows(group, table, key) || is_follower(group, table, key)) continue;
    for (const Identifier& column : key.columns)
      if (in_group(group, column))
        return schema::fail(
            schema::ErrorCode::add_to_map,
            fmt::format("map {}: a foreign key to {} changes {}.{} by itself, and this server fires no trigger for it",
                        group.name, key.references.text(), table.name.text(), column.text()),
            "give the new column the same foreign key, or declare RESTRICT in a release before");
  }
  return {};
}

schema::Result<void> check_cascades_into_lookup(const plan::SyncGroup& group, const schema::Table& lookup) {
  for (const ForeignKey& key : lookup.foreign_keys) {
    const bool row_goes = key.references == group.table;
    const bool removes = key.on_delete == ReferentialAction::cascade && !row_goes;
    if (!removes && !writes(key.on_delete, false) && !writes(key.on_update, true)) continue;
    return schema::fail(
        schema::ErrorCode::add_to_map,
        fmt::format("map {}: a foreign key to {} changes {} by itself, and this server fires no trigger "
                    "for it: what is looked up there would grow old",
                    group.name, key.references.text(), lookup.name.text()),
        "declare RESTRICT in a release before");
  }
  return {};
}

}  // namespace emcee::mysql
