// Items -> steps -> scripts: what is done together, and in which order.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <unordered_map>

#include "plan/draft.h"
#include "plan/moves.h"
#include "plan/order.h"
#include "plan/scripts.h"
#include "schema/is_one_of.h"
#include "schema/match.h"

namespace emcee::plan {

namespace {

using diff::Change;

constexpr int kDropIdentity = 34, kDefault = 35, kSetNotNull = 42, kDropNotNull = 46, kAddIdentity = 47;

// Within one table: what goes makes room, columns come, constraints follow, columns go.
int rank(const Change& change) {
  return schema::match(
      change, [](const diff::CreateTable&) { return 0; }, [](const diff::RenameTable&) { return 95; },
      [](const diff::DropIndex&) { return 10; }, [](const diff::DropForeignKey&) { return 20; },
      [](const diff::DropCheck&) { return 21; }, [](const diff::DropUnique&) { return 22; },
      [](const diff::DropPrimaryKey&) { return 23; }, [](const diff::AddColumn&) { return 30; },
      [](const diff::RenameColumn&) { return 61; }, [](const diff::ChangeGenerated&) { return 32; },
      [](const diff::ChangeType&) { return 33; }, [](const diff::ChangeCollation&) { return 34; },
      [](const diff::AddDefault&) { return kDefault; }, [](const diff::ChangeDefault&) { return kDefault; },
      [](const diff::DropDefault&) { return kDefault; }, [](const diff::DropNotNull&) { return kDropNotNull; },
      [](const diff::ChangeIdentity& c) { return !c.after   ? kDropIdentity
                                                 : c.before ? 37
                                                            : kAddIdentity; },
      [](const diff::ChangeColumnOption&) { return 38; }, [](const diff::ChangeTableOption&) { return 41; },
      [](const diff::RenameConstraint&) { return 39; }, [](const diff::AddPrimaryKey&) { return 40; },
      [](const diff::ChangePrimaryKey&) { return 40; }, [](const diff::ChangeOptions&) { return 41; },
      [](const diff::SetNotNull&) { return kSetNotNull; }, [](const diff::AddUnique&) { return 43; },
      [](const diff::AddForeignKey&) { return 44; }, [](const diff::AddCheck&) { return 45; },
      [](const diff::RenameIndex&) { return 50; }, [](const diff::ReplaceIndex&) { return 51; },
      [](const diff::DropColumn&) { return 60; }, [](const diff::CreateIndex&) { return 70; },
      [](const diff::CreateObject&) { return 80; }, [](const diff::CreateView&) { return 81; },
      [](const diff::CreateTrigger&) { return 82; }, [](const diff::ReplaceView&) { return 83; },
      [](const diff::ReplaceTrigger&) { return 84; }, [](const diff::ReplaceObject&) { return 85; },
      [](const diff::DropTrigger&) { return 90; }, [](const diff::DropView&) { return 91; },
      [](const diff::DropObject&) { return 92; }, [](const diff::DropTable&) { return 93; });
}

void sort_items(std::vector<Item>& items) {
  std::stable_sort(items.begin(), items.end(),
                   [](const Item& a, const Item& b) { return rank(a.change) < rank(b.change); });
}

Step make_step(Phase phase, std::vector<Item> items) {
  Step step;
  step.phase = phase;
  Restructure restructure;
  std::vector<std::string> titles;
  sort_items(items);
  for (Item& item : items) {
    titles.push_back(diff::describe(item.change));
    if (std::find(step.reasons.begin(), step.reasons.end(), item.reason) == step.reasons.end())
      step.reasons.push_back(item.reason);
    for (Hazard& of : item.hazards)
      if (std::find(step.hazards.begin(), step.hazards.end(), of) == step.hazards.end())
        step.hazards.push_back(std::move(of));
    restructure.changes.push_back(std::move(item.change));
  }
  step.title = titles.size() <= 3
                   ? fmt::format("{}", fmt::join(titles, "; "))
                   : fmt::format("change {}{} in {} ways", alters_table(restructure.changes.front()) ? "table " : "",
                                 diff::subject(restructure.changes.front()).text(), titles.size());
  step.operations.push_back(std::move(restructure));
  return step;
}

bool is_virtual(const schema::Column& column) { return column.generated && !column.generated->stored; }
bool adds_virtual(const Change& change) {
  const auto* add = std::get_if<diff::AddColumn>(&change);
  return add && is_virtual(add->column);
}
bool drops_virtual(const Change& change) {
  const auto* drop = std::get_if<diff::DropColumn>(&change);
  return drop && is_virtual(drop->column);
}

// The items in order. Those that alter one table become one bundle where the server prefers that;
// `lock_time` tells which of them keep writers out for equally long; none where a change stands alone.
template <class LockTimeOf>
std::vector<Bundle> bundle(std::vector<Item> items, bool merge, const LockTimeOf& lock_time) {
  struct Open {
    std::size_t place;
    std::optional<LockTime> time;
  };
  std::vector<Bundle> result;
  std::unordered_map<QualifiedName, Open> of_table;
  for (Item& item : items) {
    if (merge && alters_table(item.change)) {
      const std::optional<LockTime> time = lock_time(item.change);
      const auto it = of_table.find(diff::subject(item.change));
      if (time && it != of_table.end() && it->second.time == time) {
        result[it->second.place].push_back(std::move(item));
        continue;
      }
      of_table.insert_or_assign(diff::subject(item.change), Open{result.size(), time});
    }
    result.emplace_back();
    result.back().push_back(std::move(item));
  }
  return result;
}

// Takes out the items that `wanted` picks.
template <class Wanted>
std::vector<Item> take_if(std::vector<Item>& items, const Wanted& wanted) {
  const auto middle = std::stable_partition(items.begin(), items.end(), [&](const Item& i) { return !wanted(i); });
  std::vector<Item> taken(std::make_move_iterator(middle), std::make_move_iterator(items.end()));
  items.erase(middle, items.end());
  return taken;
}

bool builds_index(const Change& change) {
  return std::holds_alternative<diff::CreateIndex>(change) || std::holds_alternative<diff::ReplaceIndex>(change) ||
         std::holds_alternative<diff::RenameIndex>(change);
}

class Scheduler {
 public:
  explicit Scheduler(Draft& draft) : draft_(draft), can_(draft.can()), standing_(standing_foreign_keys(draft)) {}

  std::vector<Step> run() {
    expand();
    scripts_.phase();
    schedule_migrate(scripts_, draft_);
    scripts_.phase();
    contract();
    return scripts_.take();
  }

 private:
  void add(Phase phase, std::vector<Bundle> bundles) {
    for (Bundle& items : bundles) scripts_.add(make_step(phase, std::move(items)));
  }
  void add_each(Phase phase, std::vector<Item> items) {
    for (Item& item : items) {
      Bundle one;
      one.push_back(std::move(item));
      scripts_.add(make_step(phase, std::move(one)));
    }
  }
  std::vector<Bundle> bundles(std::vector<Item> items) const {
    if (can_.merge_table_changes) join_defaults(items);
    if (can_.virtual_columns_alone) around_columns(items);
    const std::vector<Item> all = items;
    return bundle(std::move(items), can_.merge_table_changes, [&](const Change& change) -> std::optional<LockTime> {
      if (is_crowded(change)) return LockTime::rewrite;
      if (can_.virtual_columns_alone && (adds_virtual(change) || drops_virtual(change))) return std::nullopt;
      const Item* with = converted_with(change, all);
      return draft_.dialect.lock_time(with ? with->change : change, draft_.before);
    });
  }
  // A default is one of the type that the column has, and a column that counts has none: both change at once.
  static const Item* converted_with(const Change& change, const std::vector<Item>& items) {
    if (rank(change) != kDefault) return nullptr;
    const auto found = std::find_if(items.begin(), items.end(), [&](const Item& item) {
      const bool converts = std::holds_alternative<diff::ChangeType>(item.change) ||
                            std::holds_alternative<diff::ChangeIdentity>(item.change);
      return converts && diff::object(item.change) == diff::object(change);
    });
    return found == items.end() ? nullptr : &*found;
  }
  static void join_defaults(std::vector<Item>& items) {
    const std::vector<Item> all = items;
    auto defaults = take_if(items, [&](const Item& item) { return converted_with(item.change, all) != nullptr; });
    for (Item& item : defaults) {
      const auto place = converted_with(item.change, items) - items.data();
      items.insert(items.begin() + place + 1, std::move(item));
    }
  }
  // Virtual columns come behind those that they may be computed from, and go before them.
  static void around_columns(std::vector<Item>& items) {
    auto added = take_if(items, [](const Item& item) { return adds_virtual(item.change); });
    auto dropped = take_if(items, [](const Item& item) { return drops_virtual(item.change); });
    const auto last_added = std::find_if(items.rbegin(), items.rend(), [](const Item& item) {
      return std::holds_alternative<diff::AddColumn>(item.change);
    });
    items.insert(last_added.base(), std::make_move_iterator(added.begin()), std::make_move_iterator(added.end()));
    const auto first_dropped = std::find_if(items.begin(), items.end(), [](const Item& item) {
      return std::holds_alternative<diff::DropColumn>(item.change);
    });
    items.insert(first_dropped, std::make_move_iterator(dropped.begin()), std::make_move_iterator(dropped.end()));
  }
  bool is_crowded(const Change& change) const {
    return std::find(draft_.crowded.begin(), draft_.crowded.end(), diff::subject(change)) != draft_.crowded.end();
  }
  bool is_prepared(const Item& item) const {
    return draft_.before.find_table(diff::subject(item.change)) && draft_.dialect.prepares(item.change);
  }

  // The new release leaves out an old column that the triggers fill, or refuse NULL in. They have to be
  // there first: in between, the old release could write what its own schema refuses.
  bool is_held_by_sync(const Item& item) const {
    return schema::match(
        item.change,
        [&](const diff::DropNotNull& c) { return draft_.group_of_old(copy_of(c.table), c.column) != nullptr; },
        [&](const diff::AddDefault& c) { return draft_.group_of_old(c.table, c.column) != nullptr; },
        [](const auto&) { return false; });
  }

  // The name that the table has in the new release.
  const QualifiedName& copy_of(const QualifiedName& table) const {
    for (const Mirror& mirror : draft_.mirrors)
      if (mirror.rename.from == table) return mirror.rename.to;
    return table;
  }

  // Script 1: structure. Script 2: what is built online. Script 3: sync, and what it makes safe.
  void expand() {
    for (CheckRows& check : draft_.checks_first) scripts_.add(check_step(Phase::expand, std::move(check)));
    auto relaxed = take_if(draft_.expand, [&](const Item& item) { return is_held_by_sync(item); });
    auto prepared = take_if(draft_.expand, [&](const Item& item) { return is_prepared(item); });
    // Tables and columns before what may name them: views, then triggers.
    std::stable_sort(draft_.expand.begin(), draft_.expand.end(), [](const Item& a, const Item& b) {
      const auto late = [](const Item& item) {
        return alters_table(item.change) ? 1 : rank(item.change) >= 80 ? 2 : 0;
      };
      return late(a) < late(b);
    });
    between_foreign_keys(Phase::expand, std::move(draft_.expand), [&](std::vector<Item> items) {
      auto structure = bundles(std::move(items));
      if (can_.transactional_ddl) join_replaced_views(structure);
      creators_first(structure);
      if (can_.foreign_keys_need_target) detach_foreign_keys(structure, draft_.before);
      add(Phase::expand, std::move(structure));
    });
    scripts_.next();
    add_each(Phase::expand, std::move(draft_.expand_indexes));
    for (Item& item : prepared) {
      scripts_.add(prepare_step(Phase::expand, item));
      scripts_.add(make_step(Phase::expand, {std::move(item)}));
    }
    scripts_.next();
    if (can_.transactional_ddl) {
      for (const SyncGroup& group : draft_.groups) scripts_.add(sync_step(Phase::expand, {group}, SyncMove::start));
    } else {
      for (const auto& groups : groups_by_table()) scripts_.add(sync_step(Phase::expand, groups, SyncMove::start));
    }
    add(Phase::expand, bundles(std::move(relaxed)));
  }

  // Script 1: fence and tightening; sync goes with the last of it. Script 2: removal.
  void contract() {
    // From then on every change finds the table under its new name.
    for (Step& step : take_places(draft_, scripts_.steps())) scripts_.add(std::move(step));
    auto first = bundles(std::move(draft_.contract_first));
    std::stable_partition(first.begin(), first.end(), [](const Bundle& b) { return rank(b.front().change) >= 90; });
    swap_renamed(first);
    if (can_.transactional_ddl) join_replaced_views(first);
    add(Phase::contract, std::move(first));

    std::vector<Item>& items = draft_.contract_tables;
    fence_off();
    if (can_.online_indexes) {
      served_ = take_if(items, [&](const Item& item) {
        return serves_foreign_key(item, draft_.after) && !names_dropped_column(item);
      });
      // What serves a foreign key that goes is dropped or replaced behind it, with the other changes of the table.
      const auto goes_with_key = [&](const Item& item) {
        return serves_foreign_key(item, draft_.before) && !serves_foreign_key(item, draft_.after);
      };
      auto built = take_if(items, [&](const Item& item) {
        return builds_index(item.change) && !takes_place(item) && !goes_with_key(item);
      });
      late_ = take_if(built, [&](const Item& item) { return depends_on_change(item) || is_crowded(item.change); });
      auto dropped = take_if(items, [&](const Item& item) {
        return std::holds_alternative<diff::DropIndex>(item.change) && !serves_foreign_key(item, draft_.before);
      });
      // The old definition may name a column that goes.
      for (Item& item : late_) {
        if (const auto* replace = std::get_if<diff::ReplaceIndex>(&item.change)) {
          const diff::ReplaceIndex both = *replace;
          dropped.push_back({diff::DropIndex{both.table, both.before}, item.reason, {}});
          item.change = diff::CreateIndex{both.table, both.after};
        }
      }
      add_each(Phase::contract, std::move(built));
      prepare(items);
      add_each(Phase::contract, std::move(dropped));
    } else {
      prepare(items);
    }
    if (can_.transactional_ddl) {
      change_with_sync();
    } else {
      change_behind_fence();
    }
    scripts_.next();

    auto last = bundles(std::move(draft_.contract_last));
    // What goes makes room for what takes its name.
    const auto created =
        std::stable_partition(last.begin(), last.end(), [](const Bundle& b) { return rank(b.front().change) >= 90; });
    std::vector<Bundle> dropped(std::make_move_iterator(last.begin()), std::make_move_iterator(created));
    last.erase(last.begin(), created);
    users_first(dropped);
    if (can_.foreign_keys_need_target) free_foreign_keys(dropped);
    add(Phase::contract, std::move(dropped));
    if (can_.transactional_ddl) join_replaced_views(last);
    creators_first(last);
    if (can_.foreign_keys_need_target) detach_foreign_keys(last, draft_.after);
    add(Phase::contract, std::move(last));
  }

  void prepare(const std::vector<Item>& items) {
    for (const Item& item : items)
      if (is_prepared(item) && !depends_on_change(item)) scripts_.add(prepare_step(Phase::contract, item));
  }

  // Where DDL is transactional, the triggers of a table go and its columns follow in one transaction: no write can come
  // between, and only what is bound ahead needs a fence. Elsewhere all do; what is frozen refuses the old release
  // already.
  void fence_off() {
    for (const auto& groups : groups_by_table()) {
      std::vector<SyncGroup> fenced;
      for (const SyncGroup& group : groups)
        if (!group.freeze && (!can_.transactional_ddl || is_bound_ahead(group))) fenced.push_back(group);
      if (!fenced.empty()) scripts_.add(sync_step(Phase::contract, fenced, SyncMove::fence));
    }
  }

  // What other tables say may be NULL, which a column takes no more once it is bound: a write of the new release there
  // would be refused. So rows follow other tables no more from then on (docs/sync.md).
  bool is_bound_ahead(const SyncGroup& group) const {
    const auto binds = [&](const Item& item) {
      const auto* change = std::get_if<diff::SetNotNull>(&item.change);
      return change && change->table == group.table && is_prepared(item) &&
             std::any_of(group.new_columns.begin(), group.new_columns.end(),
                         [&](const NewColumn& column) { return column.name == change->column; });
    };
    return group.follows_until_fence() &&
           std::any_of(draft_.contract_tables.begin(), draft_.contract_tables.end(), binds);
  }

  // A table takes the place of the view that stood in for it: nobody may see neither.
  static void swap_renamed(std::vector<Bundle>& bundles) {
    for (std::size_t i = 1; i < bundles.size(); ++i) {
      const auto* view = std::get_if<diff::DropView>(&bundles[i - 1].front().change);
      const auto* rename = std::get_if<diff::RenameTable>(&bundles[i].front().change);
      if (!view || !rename || !(view->view.name == rename->to)) continue;
      bundles[i].insert(bundles[i].begin(), std::move(bundles[i - 1].front()));
      bundles.erase(bundles.begin() + static_cast<std::ptrdiff_t>(i) - 1);
    }
  }

  // A table's triggers go and its columns follow in one transaction.
  void change_with_sync() {
    std::vector<bool> stopped;
    for (const SyncGroup& group : draft_.groups) stopped.push_back(group.mirror.has_value());
    if (can_.foreign_keys_need_target) foreign_keys_step_aside(draft_, standing_, draft_.contract_tables);
    between_foreign_keys(Phase::contract, std::move(draft_.contract_tables), [&](std::vector<Item> items) {
      stop_reaching_first(items, stopped);
      for (Bundle& of_table :
           bundle(std::move(items), can_.merge_table_changes, [](const Change&) { return LockTime::rewrite; })) {
        Step step = make_step(Phase::contract, std::move(of_table));
        const auto& changes = std::get<Restructure>(step.operations.front()).changes;
        std::vector<Operation> stops;
        for (std::size_t i = 0; i < draft_.groups.size(); ++i) {
          if (stopped[i] || !(table_of_end(draft_.groups[i]) == diff::subject(changes.front()))) continue;
          stopped[i] = true;
          stops.emplace_back(StopSync{draft_.groups[i]});
        }
        step.operations.insert(step.operations.begin(), stops.begin(), stops.end());
        scripts_.add(std::move(step));
      }
      for (std::size_t i = 0; i < draft_.groups.size(); ++i)
        if (!stopped[i]) scripts_.add(sync_step(Phase::contract, {draft_.groups[i]}, SyncMove::stop));
      add_late_indexes();
    });
  }

  // A table that is written anew loses the triggers that refresh what others look up in it, and one that is
  // bound may refuse the rows that others generate: those others come first, and their sync goes with them.
  void stop_reaching_first(std::vector<Item>& items, std::vector<bool>& stopped) {
    const auto is_of = [](const SyncGroup& group) {
      return [&group](const Item& item) { return table_of_end(group) == diff::subject(item.change); };
    };
    std::unordered_map<QualifiedName, std::size_t> far;
    for (const SyncGroup& group : draft_.groups)
      if (!tables_reached(group).empty()) far.emplace(table_of_end(group), reach(group.table, {}));
    const auto reach_of = [&](const Item& item) {
      const auto it = far.find(diff::subject(item.change));
      return it == far.end() ? 0 : it->second;
    };
    std::stable_sort(items.begin(), items.end(),
                     [&](const Item& a, const Item& b) { return reach_of(a) > reach_of(b); });
    for (std::size_t i = 0; i < draft_.groups.size(); ++i) {
      const SyncGroup& group = draft_.groups[i];
      if (stopped[i] || tables_reached(group).empty() || std::any_of(items.begin(), items.end(), is_of(group)))
        continue;
      stopped[i] = true;
      scripts_.add(sync_step(Phase::contract, {group}, SyncMove::stop));
    }
  }

  // Other tables that triggers of the group read or write.
  static std::vector<QualifiedName> tables_reached(const SyncGroup& group) {
    std::vector<QualifiedName> result;
    for (const Lookup& lookup : group.lookups) result.push_back(lookup.table);
    if (group.row) result.push_back(group.row->table);
    if (group.move) result.push_back(group.move->part);
    return result;
  }

  // Through how many tables, one behind the other, the groups of this one reach; `way`: those that led here.
  std::size_t reach(const QualifiedName& table, std::vector<QualifiedName> way) const {
    if (schema::is_one_of(table, way)) return 0;  // they reach each other
    way.push_back(table);
    std::size_t result = 0;
    for (const SyncGroup& group : draft_.groups)
      if (group.table == table)
        for (const QualifiedName& other : tables_reached(group)) result = std::max(result, 1 + reach(other, way));
    return result;
  }

  // A write can come between any two steps, and none of the new release may fail: columns are bound while triggers
  // still fill them, then the triggers go, and only then what they name.
  void change_behind_fence() {
    const auto of_groups = groups_by_table();
    const std::vector<Item> all = draft_.contract_tables;
    const auto tightens = [&](const Item& item) {
      if (converted_with(item.change, all)) return false;
      const int r = rank(item.change);
      // MariaDB takes an invisible column without a default as NULL only (error 4106).
      const auto* option = std::get_if<diff::ChangeColumnOption>(&item.change);
      const bool shows = option && option->option == "invisible" && !option->after;
      const bool of_value = r == kSetNotNull || r == kDefault || r == kDropNotNull || shows;
      return of_value && std::any_of(of_groups.begin(), of_groups.end(), [&](const auto& groups) {
               return groups.front().table == diff::subject(item.change);
             });
    };
    auto tightened = take_if(draft_.contract_tables, tightens);
    sort_by_table(tightened);
    add(Phase::contract, bundles(std::move(tightened)));
    add(Phase::contract,
        bundles(take_if(draft_.contract_tables, [&](const Item& item) { return defaults_nowhere(item); })));
    for (const auto& groups : of_groups) scripts_.add(sync_step(Phase::contract, groups, SyncMove::stop));
    between_foreign_keys(Phase::contract, std::move(draft_.contract_tables), [&](std::vector<Item> items) {
      add(Phase::contract, bundles(std::move(items)));
      add_late_indexes();
    });
  }

  // The foreign key of an old column that cannot be NULL: once the triggers are gone, and it is left out, it has a
  // default that points nowhere.
  bool defaults_nowhere(const Item& item) const {
    const auto* drop = std::get_if<diff::DropForeignKey>(&item.change);
    return drop && std::any_of(drop->key.columns.begin(), drop->key.columns.end(), [&](const Identifier& name) {
             const SyncGroup* group = draft_.group_of_old(drop->table, name);
             return group && std::any_of(group->old_columns.begin(), group->old_columns.end(),
                                         [&](const OldColumn& old) { return old.name == name && old.not_null; });
           });
  }

  // Indexes over what has changed; then those that foreign keys were served by, all of a table at once:
  // one may take the place of another.
  void add_late_indexes() {
    add_each(Phase::contract, std::move(late_));
    add(Phase::contract, bundles(std::move(served_)));
  }

  // An index goes, or becomes another one, that a foreign key of the schema may rely on.
  bool serves_foreign_key(const Item& item, const schema::Schema& schema) const {
    if (!can_.foreign_keys_bind_columns) return false;
    const schema::Index* index = schema::match(
        item.change, [](const diff::DropIndex& c) { return &c.index; },
        [](const diff::ReplaceIndex& c) { return &c.before; },
        [](const auto&) -> const schema::Index* { return nullptr; });
    const auto column = index ? index->parts.front().expression.as_column() : std::nullopt;
    return column && foreign_key_needs(schema, diff::subject(item.change), *column);
  }

  bool names_dropped_column(const Item& item) const {
    const Change old = diff::reverse(item.change);  // a change names the columns of what it brings
    const std::vector<Identifier> columns = columns_of(old);
    return std::any_of(columns.begin(), columns.end(), [&](const Identifier& column) {
      return draft_.is_dropped_column(diff::subject(item.change), column);
    });
  }

  // Tables in the order of their first change; the changes of each in the order in which they work.
  static void sort_by_table(std::vector<Item>& items) {
    std::unordered_map<QualifiedName, std::size_t> places;
    for (const Item& item : items) places.emplace(diff::subject(item.change), places.size());
    std::stable_sort(items.begin(), items.end(), [&](const Item& a, const Item& b) {
      return std::pair(places.at(diff::subject(a.change)), rank(a.change)) <
             std::pair(places.at(diff::subject(b.change)), rank(b.change));
    });
  }

  // Foreign keys bind two tables: they go before anything changes that they need, and come when
  // everything is there.
  template <class Middle>
  void between_foreign_keys(Phase phase, std::vector<Item> items, const Middle& middle) {
    std::vector<Item> dropped, added;
    if (can_.foreign_keys_need_target) {
      dropped = take_if(items, [](const Item& i) { return std::holds_alternative<diff::DropForeignKey>(i.change); });
      added = take_if(items, [](const Item& i) { return std::holds_alternative<diff::AddForeignKey>(i.change); });
    }
    auto of_copies = take_if(added, [&](const Item& item) { return draft_.names_stand_in(item.change); });
    add(phase, bundles(std::move(dropped)));
    add(phase, bundles(std::move(of_copies)));
    if (phase == Phase::contract) sort_by_table(items);
    middle(std::move(items));
    add(phase, bundles(std::move(added)));
  }

  // The index of a copy is built beside that of its column, and gets its name when the copy takes its place.
  bool takes_place(const Item& item) const {
    return std::holds_alternative<diff::ReplaceIndex>(item.change) && draft_.names_stand_in(item.change);
  }

  // The key that the foreign key points to comes, goes or changes at contract as well. Not that of a copy: its unique
  // index is there before.
  bool target_changes(const diff::AddForeignKey& add) const {
    if (draft_.names_stand_in(add)) return false;
    const schema::Table* parent = draft_.after.find_table(add.key.references);
    const auto referenced = !add.key.referenced.empty() || !parent ? add.key.referenced : parent->key_columns();
    return std::any_of(draft_.contract_tables.begin(), draft_.contract_tables.end(), [&](const Item& other) {
      return unseats_foreign_key(draft_, other.change, add.key.references, referenced) ||
             unseats_foreign_key(draft_, diff::reverse(other.change), add.key.references, referenced);
    });
  }

  // An index over a column that contract itself changes can only be built afterwards.
  bool depends_on_change(const Item& item) const {
    if (const auto* add = std::get_if<diff::AddForeignKey>(&item.change); add && target_changes(*add)) return true;
    const auto touches = [&](const Identifier& column) {
      return std::any_of(draft_.contract_tables.begin(), draft_.contract_tables.end(), [&](const Item& other) {
        if (!(diff::subject(other.change) == diff::subject(item.change))) return false;
        return schema::match(
            other.change, [&](const diff::ChangeType& c) { return c.column == column; },
            [&](const diff::ChangeGenerated& c) { return c.column == column; },
            [&](const diff::ChangeCollation& c) { return c.column == column; },
            [&](const diff::AddColumn& c) { return c.column.name == column; }, [](const auto&) { return false; });
      });
    };
    const std::vector<Identifier> columns = columns_of(item.change);
    return std::any_of(columns.begin(), columns.end(), touches);
  }

  std::vector<std::vector<SyncGroup>> groups_by_table() const {
    std::vector<std::vector<SyncGroup>> result;
    for (const SyncGroup& group : draft_.groups) {
      const auto it = std::find_if(result.begin(), result.end(), [&](const auto& groups) {
        return groups.front().table == group.table && groups.front().freeze.has_value() == group.freeze.has_value();
      });
      if (it == result.end())
        result.push_back({group});
      else
        it->push_back(group);
    }
    return result;
  }

  Draft& draft_;
  const Capabilities& can_;
  StandingKeys standing_;
  Scripts scripts_;
  std::vector<Item> late_, served_;  // indexes that contract builds or drops last
};

}  // namespace

bool alters_table(const Change& change) {
  const int r = rank(change);
  return r >= 10 && r < 80;
}

std::vector<Step> schedule(Draft& draft) { return Scheduler(draft).run(); }

}  // namespace emcee::plan
