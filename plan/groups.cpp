// Sync groups from what the release map says.
#include <fmt/format.h>
#include <algorithm>
#include <set>

#include "plan/counted_keys.h"
#include "plan/draft.h"
#include "plan/held_columns.h"

namespace emcee::plan {

namespace {

using schema::Column;
using schema::ErrorCode;
using schema::Result;
using schema::Table;

class GroupMaker {
 public:
  GroupMaker(const schema::Schema& before, const schema::Schema& after, const diff::ReleaseMap& map,
             const Dialect& dialect)
      : before_(before), after_(after), map_(map), dialect_(dialect) {}

  Result<Groups> make() {
    for (const diff::ColumnRename& rename : map_.column_renames) {
      diff::ColumnMap as_map;
      as_map.table = rename.table;
      as_map.old_columns = {rename.from};
      as_map.new_columns = {rename.to};
      as_map.up = {{rename.to, Fragment::column(rename.from)}};
      as_map.down = {{rename.from, Fragment::column(rename.to)}};
      as_map.one_to_one = true;
      EMCEE_TRY(add(as_map));
    }
    for (const diff::ColumnMap& map : map_.maps) EMCEE_TRY(add(map, map.row));
    for (const diff::Fill& fill : map_.fills) {
      diff::ColumnMap as_map;
      as_map.table = fill.table;
      as_map.new_columns = {fill.column};
      as_map.up = {{fill.column, fill.value}};
      as_map.lookups = fill.lookups;
      EMCEE_TRY(add(as_map, fill.row));
    }
    for (const auto* groups : {&groups_.synced, &groups_.fills})
      for (const SyncGroup& group : *groups)
        for (const auto* others : {&groups_.synced, &groups_.fills}) {
          EMCEE_TRY(check_counted(group, *others, dialect_));
          EMCEE_TRY(check_holds_alone(group, *others));
        }
    return std::move(groups_);
  }

 private:
  Result<void> add(const diff::ColumnMap& map, const std::optional<diff::GeneratedRow>& row = std::nullopt) {
    const QualifiedName old_name = before_table(map.table);
    const Table* old_table = before_.find_table(old_name);
    const Table* new_table = after_.find_table(map.table);
    if (!old_table || !new_table)
      return schema::fail(ErrorCode::fix_schema,
                          fmt::format("the map names table {}, which both schemas must have", map.table.text()));

    if (!(old_name == map.table))
      return schema::fail(
          ErrorCode::add_to_map,
          fmt::format("table {} is renamed in this release, so its columns cannot be mapped as well", map.table.text()),
          "map the columns in one release and rename the table in the next");

    SyncGroup group;
    group.table = old_name;
    group.name =
        unique_name(map.name.empty() ? map.table.name.text() + "_" + map.new_columns.front().text() : map.name);
    group.both_given = map.both_given;
    group.none_given = map.none_given;
    group.explicit_null = map.explicit_null;
    group.error = map.error;
    group.lossy = map.lossy;
    group.one_to_one = map.one_to_one;
    group.freeze = map.freeze;
    group.migrator = map.migrator;
    if (group.freeze) {
      group.error = group.freeze->message;
      group.lossy = true;
      group.deterministic = false;
    }

    for (const Identifier& name : map.old_columns) {
      const Column* column = old_table->find_column(name);
      if (!column) return unknown(map.table, name, "old");
      if (column->generated)
        return schema::fail(
            ErrorCode::fix_schema,
            fmt::format("{}.{} is a generated column: nothing can be written to it", map.table.text(), name.text()),
            "map the columns that it is computed from");
      if (old_table->primary_key && old_table->primary_key->is_rowid && old_table->key_columns().front() == name)
        return schema::fail(
            ErrorCode::add_to_map,
            fmt::format("{}.{} is the row number itself: every insert of the new release gives it a value",
                        map.table.text(), name.text()),
            "keep the name of the key column in this release");
      OldColumn old{name, std::nullopt, column->default_value, column->not_null};
      for (const auto& assignment : map.down)
        if (assignment.column == name) old.down = assignment.expression;
      group.old_columns.push_back(std::move(old));
    }
    for (const Identifier& name : map.new_columns) {
      const Column* column = new_table->find_column(name);
      if (!column) return unknown(map.table, name, "new");
      if (column->generated)
        return schema::fail(ErrorCode::fix_schema,
                            fmt::format("{}.{} is a generated column: it needs no map", map.table.text(), name.text()),
                            "leave it out of the map");
      NewColumn added{name, {}, column->default_value, column->not_null};
      for (const auto& assignment : map.up)
        if (assignment.column == name) added.up = assignment.expression;
      group.new_columns.push_back(std::move(added));
    }

    std::set<Identifier> mine;
    for (const auto& c : group.old_columns) mine.insert(c.name);
    for (const auto& c : group.new_columns) mine.insert(c.name);
    if (group.freeze && old_table->key_columns().empty())
      return schema::fail(ErrorCode::fix_schema,
                          fmt::format("map {}: table {} has no primary key, so a program could not be asked for the "
                                      "new form of a row",
                                      group.name, group.table.text()),
                          "give the table a primary key in a release before");
    const auto scan = [&](const Fragment& expression) -> Result<void> {
      if (diff::looks_up(expression) && map.lookups.empty() && map.down_lookups.empty())
        return schema::fail(
            ErrorCode::add_to_map,
            fmt::format("map {}: an expression looks into other rows, which no trigger on {} could keep true",
                        group.name, group.table.text()),
            "name the tables that it looks into: lookup = [{ table = .., key = { .. } }]");
      for (const Identifier& name : diff::columns_of_row(expression, group.table.name))
        if (mine.insert(name).second) group.shared.push_back(name);
      group.deterministic = group.deterministic && dialect_.is_deterministic(expression);
      return {};
    };
    for (const auto& c : group.new_columns) EMCEE_TRY(scan(c.up));
    for (const auto& c : group.old_columns)
      if (c.down) EMCEE_TRY(scan(*c.down));
    EMCEE_TRY(look_up(group, map, mine));
    const bool exists = group.old_columns.empty() && old_table->find_column(group.new_columns.front().name);
    if (row) {
      group.row = row;
      group.deterministic = false;
      if (row->counted) {
        EMCEE_ASSIGN(group.counted, counted_key(group, before_, after_, dialect_));
      }
      if (group.holds_old()) EMCEE_TRY(hold_columns(group, before_, after_, dialect_));
      if (exists && !row->freeze.empty())
        return schema::fail(ErrorCode::add_to_map,
                            fmt::format("{}.{} is a column of both releases: no trigger looks at their inserts",
                                        group.table.text(), group.new_columns.front().name.text()),
                            "leave out freeze");
      if (exists && row->counted && dialect_.capabilities().numbers_by_inserting)
        return schema::fail(ErrorCode::add_to_map,
                            fmt::format("{}.{} is a column of both releases: no trigger counts keys for it",
                                        group.table.text(), group.new_columns.front().name.text()),
                            "give its rows their keys before the upgrade, or make them beforehand: value = \"..\"");
    }
    (exists ? groups_.fills : groups_.synced).push_back(std::move(group));
    return {};
  }

  // Adds the lookups of the map, and the columns that they hang on. `mine`: columns that the group knows.
  Result<void> look_up(SyncGroup& group, const diff::ColumnMap& map, std::set<Identifier>& mine) const {
    if (map.lookups.empty() && map.down_lookups.empty()) return {};
    if (!group.deterministic)
      return schema::fail(ErrorCode::add_to_map,
                          fmt::format("map {}: a value that differs each time cannot follow other tables", group.name),
                          "leave the function out, or the lookup");
    if (old_table(group.table)->key_columns().empty())
      return schema::fail(ErrorCode::fix_schema,
                          fmt::format("map {}: table {} has no primary key, so no trigger of another table could name "
                                      "its rows",
                                      group.name, group.table.text()),
                          "give the table a primary key in a release before");
    for (const diff::Lookup& given : map.lookups) add_lookup(group, given, false, mine);
    for (const diff::Lookup& given : map.down_lookups) add_lookup(group, given, true, mine);
    return {};
  }

  void add_lookup(SyncGroup& group, const diff::Lookup& given, bool down, std::set<Identifier>& mine) const {
    Lookup lookup{given, down, Lookup::Tie::none, false, {}};
    tie(lookup);
    const auto add = [](std::vector<Identifier>& to, const Identifier& name) {
      if (std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
    };
    auto of = std::find_if(group.lookups.begin(), group.lookups.end(),
                           [&](const Lookup& other) { return other.table == given.of && other.down == down; });
    for (const auto& pair : given.key) {
      add(lookup.columns, pair.column);
      if (of != group.lookups.end())
        add(of->columns, pair.equals);
      else if (mine.insert(pair.equals).second)
        group.shared.push_back(pair.equals);
    }
    const auto read = [&](const Fragment& expression) {
      for (const auto& token : expression.tokens())
        if (token.role == schema::Role::column && !diff::is_of_row(token, group.table.name) &&
            has_column(given.table, token.identifier()))
          add(lookup.columns, token.identifier());
    };
    if (!down)
      for (const auto& c : group.new_columns) read(c.up);
    else
      for (const auto& c : group.old_columns)
        if (c.down) read(*c.down);
    group.lookups.push_back(std::move(lookup));
  }

  // Which of the two rows a foreign key binds to the other.
  void tie(Lookup& lookup) const {
    std::vector<std::pair<Identifier, Identifier>> down, up;  // (column, what it equals)
    for (const auto& pair : lookup.key) {
      down.emplace_back(pair.column, pair.equals);
      up.emplace_back(pair.equals, pair.column);
    }
    const bool both_there = before_.find_table(lookup.table) && before_.find_table(lookup.of);
    const schema::Schema& while_both_run = both_there ? before_ : after_;
    // What `down` goes by has its foreign key in the new release; until contract the triggers refuse what points
    // nowhere.
    const schema::Schema& pointing = lookup.down ? after_ : while_both_run;
    if (const schema::ForeignKey* key = binding(while_both_run, lookup.table, lookup.of, down)) {
      lookup.tie = Lookup::Tie::points_to;
      lookup.goes_along = key->on_delete == schema::ReferentialAction::cascade;
    } else if (binding(pointing, lookup.of, lookup.table, up)) {
      lookup.tie = Lookup::Tie::pointed_to_by;
    }
  }

  // The foreign key of a schema whose columns are all in `pairs`: while both releases run, that of the old one
  // stays. Null where there is none.
  static const schema::ForeignKey* binding(const schema::Schema& schema, const QualifiedName& child,
                                           const QualifiedName& parent,
                                           const std::vector<std::pair<Identifier, Identifier>>& pairs) {
    const Table *from = schema.find_table(child), *to = schema.find_table(parent);
    if (!from || !to) return nullptr;
    const auto binds = [&](const schema::ForeignKey& key) {
      if (!(key.references == parent) || !holds_at_once(key)) return false;
      const auto referenced = key.referenced.empty() ? to->key_columns() : key.referenced;
      for (std::size_t i = 0; i < key.columns.size(); ++i)
        if (i >= referenced.size() ||
            std::find(pairs.begin(), pairs.end(), std::pair(key.columns[i], referenced[i])) == pairs.end())
          return false;
      return true;
    };
    const auto found = std::find_if(from->foreign_keys.begin(), from->foreign_keys.end(), binds);
    return found == from->foreign_keys.end() ? nullptr : &*found;
  }

  // No row is there without the one that it points to, not even inside of a transaction.
  static bool holds_at_once(const schema::ForeignKey& key) {
    return key.deferral == schema::Deferral::not_deferrable && !key.options.contains("not_valid");
  }

  const Table* old_table(const QualifiedName& name) const { return before_.find_table(name); }
  // While both releases run.
  bool has_column(const QualifiedName& name, const Identifier& column) const {
    const auto in = [&](const schema::Schema& schema) {
      const Table* table = schema.find_table(name);
      return table && table->find_column(column);
    };
    return in(before_) || in(after_);
  }

  QualifiedName before_table(const QualifiedName& name) const {
    for (const diff::TableRename& rename : map_.table_renames)
      if (rename.to == name) return rename.from;
    return name;
  }

  std::string unique_name(const std::string& wanted) {
    std::string name = safe_name(wanted);
    for (int n = 2; !names_.insert(name).second; ++n) name = fmt::format("{}_{}", safe_name(wanted), n);
    return name;
  }

  static tl::unexpected<schema::Error> unknown(const QualifiedName& table, const Identifier& column, const char* side) {
    return schema::fail(ErrorCode::fix_schema,
                        fmt::format("the map names column {}.{}, which the {} schema does not have", table.text(),
                                    column.text(), side));
  }

  const schema::Schema& before_;
  const schema::Schema& after_;
  const diff::ReleaseMap& map_;
  const Dialect& dialect_;
  Groups groups_;
  std::set<std::string> names_;
};

}  // namespace

Result<Groups> make_groups(const schema::Schema& before, const schema::Schema& after, const diff::ReleaseMap& map,
                           const Dialect& dialect) {
  return GroupMaker(before, after, map, dialect).make();
}

SyncGroup fill_group(const QualifiedName& table, const Column& column, const Fragment& value, const Dialect& dialect) {
  SyncGroup group;
  group.table = table;
  group.name = safe_name(table.name.text() + "_" + column.name.text() + "_fill");
  group.new_columns.push_back({column.name, value, column.default_value, column.not_null});
  group.shared = diff::columns_of_row(value, table.name);
  group.deterministic = dialect.is_deterministic(value);
  return group;
}

}  // namespace emcee::plan
