#include "plan/mirrors.h"

#include <fmt/format.h>

#include <algorithm>

#include "parser/rename.h"
#include "plan/draft.h"
#include "plan/invariants.h"
#include "schema/is_one_of.h"
#include "schema/match.h"

namespace emcee::plan {

namespace {

using schema::Index;
using schema::Result;
using schema::Schema;
using schema::Table;

bool waits_for_contract(const diff::ReleaseMap& map, const diff::TableRename& rename) {
  const diff::RenameTable change{rename.from, rename.to};
  return std::any_of(map.overrides.begin(), map.overrides.end(), [&](const diff::Override& decision) {
    return decision.operation == diff::operation(change) && decision.phase == "contract" &&
           schema::equal_ignoring_case(decision.object, diff::object(change));
  });
}

// Why the table cannot be copied; none where it can.
std::optional<std::string> obstacle(const Schema& before, const Table& table, const diff::ReleaseMap& map,
                                    const diff::TableRename& rename, const Dialect& dialect) {
  if (before.find_table(rename.to) || before.find_view(rename.to) || before.find_object(rename.to))
    return fmt::format("until contract {} is something else of the old release", rename.to.text());
  for (const diff::ColumnMap& mapped : map.maps)
    if (mapped.table == rename.to && mapped.freeze)
      return "columns of it are frozen, and its copy could not get the rows that wait";
  for (const schema::ForeignKey& key : table.foreign_keys)
    if (key.references == table.name &&
        (key.on_delete == schema::ReferentialAction::restrict || key.on_update == schema::ReferentialAction::restrict))
      return "a foreign key onto itself says RESTRICT, which holds before any trigger could take the row of the copy "
             "away";
  return dialect.copy_obstacle(before, table);
}

bool is_taken(const Schema& schema, const QualifiedName& name) {
  return schema.find_table(name) || schema.find_view(name) || schema.find_object(name) ||
         std::any_of(schema.tables().begin(), schema.tables().end(), [&](const Table& table) {
           return std::any_of(table.indexes.begin(), table.indexes.end(),
                              [&](const Index& index) { return index.name == name; });
         });
}

// The index of the copy has another name until that of the table goes with it.
QualifiedName free_name(const Index& index, const QualifiedName& copy, const Schema& before, const Schema& after) {
  QualifiedName name = index.name;
  const std::string wanted = copy.name.text() + "_" + index.name.name.text();
  name.name = index.name.name.derived(wanted);
  for (int n = 2; is_taken(before, name) || is_taken(after, name); ++n)
    name.name = index.name.name.derived(fmt::format("{}_{}", wanted, n));
  return name;
}

Mirror mirror_of(const Table& table, const diff::TableRename& rename, const Schema& before, const Schema& after) {
  Mirror mirror{{rename.from, rename.to}, table, {}};
  Table& copy = mirror.copy;
  copy.name = rename.to;
  parser::rename_table(copy, rename.from, rename.to);
  // Those of the table onto itself point to the table, which has all rows.
  copy.foreign_keys = table.foreign_keys;
  copy.source.clear();
  for (Index& index : copy.indexes) {
    index.source.clear();
    const Index then = index;
    index.name = free_name(index, rename.to, before, after);
    mirror.indexes.emplace_back(index, then);
  }
  return mirror;
}

// The copy holds less than before, so that it may hold what the table refuses; nothing where it does not.
std::optional<diff::Change> widening(const diff::Change& change, const Mirror& mirror) {
  using Answer = std::optional<diff::Change>;
  const QualifiedName& table = mirror.rename.from;
  return schema::match(
      change, [&](const diff::DropNotNull&) -> Answer { return with_table(change, table); },
      [&](const diff::ChangeType&) -> Answer { return with_table(change, table); },
      [&](diff::DropCheck drop) -> Answer {
        drop.check.expression = drop.check.expression.with_table_renamed(mirror.rename.to.name, table.name);
        return with_table(drop, table);
      },
      [](const auto&) -> Answer { return std::nullopt; });
}

bool mentions(const Fragment& fragment, const std::vector<QualifiedName>& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](const QualifiedName& name) { return fragment.mentions_table(name.name); });
}

// Views that read one of the tables, or a view that does.
std::vector<const schema::View*> readers(const Schema& state, std::vector<QualifiedName>& names) {
  std::vector<const schema::View*> result;
  for (std::size_t before = 0; before != names.size();) {
    before = names.size();
    for (const schema::View& view : state.views()) {
      if (schema::is_one_of(view.name, names) || !mentions(view.query, names)) continue;
      names.push_back(view.name);
      result.push_back(&view);
    }
  }
  return result;
}

// A REPLACE is one for what refers to the row, too; of a row that stays as it is, the triggers see nothing.
bool acts_on_delete(const Schema& schema, const QualifiedName& table) {
  return std::any_of(schema.tables().begin(), schema.tables().end(), [&](const Table& child) {
    return std::any_of(child.foreign_keys.begin(), child.foreign_keys.end(), [&](const schema::ForeignKey& key) {
      return key.references == table && key.on_delete != schema::ReferentialAction::no_action;
    });
  });
}

Step take_place(const Mirror& mirror, const SyncGroup& group, const Schema& state) {
  const QualifiedName &from = mirror.rename.from, &to = mirror.rename.to;
  std::vector<QualifiedName> names{from, to};
  const auto views = readers(state, names);
  Restructure restructure;
  std::vector<diff::Change>& changes = restructure.changes;
  std::vector<schema::Trigger> triggers;
  for (const schema::Trigger& trigger : state.triggers()) {
    if (!schema::is_one_of(trigger.table, names) && !mentions(trigger.body, names) &&
        !(trigger.when && mentions(*trigger.when, names)))
      continue;
    changes.emplace_back(diff::DropTrigger{trigger});
    triggers.push_back(trigger);
  }
  for (const schema::View* view : views) changes.emplace_back(diff::DropView{*view});
  changes.emplace_back(diff::DropTable{*state.find_table(from)});
  // By way of the old name, so that all that points to either of the two follows.
  changes.emplace_back(diff::RenameTable{to, from});
  changes.emplace_back(diff::RenameTable{from, to});
  for (const auto& [until_then, then] : mirror.indexes) {
    changes.emplace_back(diff::DropIndex{to, until_then});
    changes.emplace_back(diff::CreateIndex{to, then});
  }
  for (const schema::View& view : state.views()) {
    if (!schema::is_one_of(view.name, names)) continue;
    diff::CreateView create{view};
    parser::rename_table(create.view, from, to);
    changes.emplace_back(std::move(create));
  }
  for (schema::Trigger& trigger : triggers) {
    parser::rename_table(trigger, from, to);
    changes.emplace_back(diff::CreateTrigger{std::move(trigger)});
  }
  Step step;
  step.phase = Phase::contract;
  step.title = fmt::format("{} takes the place of {}", to.text(), from.text());
  step.reasons.push_back(diff::describe(mirror.rename));
  step.operations.emplace_back(StopSync{group});
  step.operations.emplace_back(std::move(restructure));
  return step;
}

}  // namespace

Result<Mirrors> make_mirrors(const Schema& before, const Schema& after, const diff::ReleaseMap& map,
                             const Dialect& dialect) {
  Mirrors result{{}, {}, before, map};
  if (!dialect.capabilities().rename_table_by_copy) return result;
  result.map.table_renames.clear();
  for (const diff::TableRename& rename : map.table_renames) {
    const Table* table = before.find_table(rename.from);
    std::optional<std::string> why;
    if (table && !waits_for_contract(map, rename)) {
      why = obstacle(before, *table, map, rename, dialect);
      if (!why) {
        result.all.push_back(mirror_of(*table, rename, before, after));
        EMCEE_TRY(result.before.put(result.all.back().copy));
        continue;
      }
      result.obstacles.emplace_back(rename.to, *why);
    }
    result.map.table_renames.push_back(rename);
  }
  return result;
}

std::vector<SyncGroup> mirror_groups(const Draft& draft) {
  std::vector<SyncGroup> result;
  for (const Mirror& mirror : draft.mirrors) {
    SyncGroup group;
    group.table = mirror.rename.from;
    group.mirror = MirroredTable{mirror.rename.from, mirror.rename.to};
    const std::string wanted = safe_name(mirror.rename.to.name.text());
    group.name = wanted;
    const auto taken = [&](const std::vector<SyncGroup>& groups) {
      return std::any_of(groups.begin(), groups.end(), [&](const SyncGroup& g) { return g.name == group.name; });
    };
    for (int n = 2; taken(draft.groups) || taken(result); ++n) group.name = fmt::format("{}_{}", wanted, n);
    result.push_back(std::move(group));
  }
  return result;
}

void widen_originals(Draft& draft) {
  for (const Mirror& mirror : draft.mirrors)
    for (std::size_t i = 0, end = draft.expand.size(); i < end; ++i) {
      if (!(diff::subject(draft.expand[i].change) == mirror.rename.to)) continue;
      Item item = draft.expand[i];
      if (const auto change = widening(item.change, mirror)) {
        item.change = *change;
        draft.expand.push_back(std::move(item));
      }
    }
}

std::vector<Hazard> mirror_hazards(const Draft& draft, const SyncGroup& group) {
  const std::string from = group.mirror->original.text(), to = group.mirror->copy.text();
  std::vector<Hazard> result{
      {"rows_come_with_migrate", to,
       fmt::format("until migrate is through, the new release finds only those rows of {} that have been copied or "
                   "written since expand",
                   from),
       true}};
  if (acts_on_delete(draft.before, group.mirror->original))
    result.push_back({"replace_keeps_children", to,
                      fmt::format("a REPLACE of the new release whose row says what {} says already, or whose old "
                                  "columns come from a map, leaves the rows alone that refer to it",
                                  from),
                      true});
  const bool loses = std::any_of(draft.groups.begin(), draft.groups.end(), [&](const SyncGroup& other) {
    return other.table == group.mirror->copy && other.has_down() && !other.one_to_one;
  });
  if (loses)
    result.push_back({"replace_with_recursive_triggers", from,
                      fmt::format("with PRAGMA recursive_triggers = ON a REPLACE of the old release takes the row of "
                                  "{} away: its new form is derived anew",
                                  to),
                      false});
  return result;
}

std::vector<Step> take_places(const Draft& draft, const std::vector<Step>& so_far) {
  std::vector<Step> result;
  if (draft.mirrors.empty()) return result;
  Schema state = draft.before;
  for (const Mirror& mirror : draft.mirrors) state.remove_table(mirror.rename.to);
  // What cannot be applied breaks an invariant, which is told there.
  for (const Step& step : so_far)
    if (!apply_step(state, step)) return result;
  for (const SyncGroup& group : draft.groups) {
    if (!group.mirror) continue;
    result.push_back(take_place(*draft.mirror_of(group.mirror->copy), group, state));
    if (!apply_step(state, result.back())) return result;
  }
  return result;
}

}  // namespace emcee::plan
