// Items -> steps -> scripts: what is done together, and in which order.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <unordered_map>

#include "plan/draft.h"
#include "schema/match.h"

namespace emcee::plan {

namespace {

using diff::Change;

// Within one table: what goes makes room, columns come, constraints follow, columns go.
int rank(const Change& change) {
  return schema::match(
      change, [](const diff::CreateTable&) { return 0; }, [](const diff::RenameTable&) { return 1; },
      [](const diff::DropIndex&) { return 10; }, [](const diff::DropForeignKey&) { return 20; },
      [](const diff::DropCheck&) { return 21; }, [](const diff::DropUnique&) { return 22; },
      [](const diff::DropPrimaryKey&) { return 23; }, [](const diff::AddColumn&) { return 30; },
      [](const diff::RenameColumn&) { return 31; }, [](const diff::ChangeGenerated&) { return 32; },
      [](const diff::ChangeType&) { return 33; }, [](const diff::ChangeCollation&) { return 34; },
      [](const diff::AddDefault&) { return 35; }, [](const diff::ChangeDefault&) { return 35; },
      [](const diff::DropDefault&) { return 35; }, [](const diff::DropNotNull&) { return 36; },
      [](const diff::AddPrimaryKey&) { return 40; }, [](const diff::ChangePrimaryKey&) { return 40; },
      [](const diff::ChangeOptions&) { return 41; }, [](const diff::SetNotNull&) { return 42; },
      [](const diff::AddUnique&) { return 43; }, [](const diff::AddForeignKey&) { return 44; },
      [](const diff::AddCheck&) { return 45; }, [](const diff::RenameIndex&) { return 50; },
      [](const diff::ReplaceIndex&) { return 51; }, [](const diff::DropColumn&) { return 60; },
      [](const diff::CreateIndex&) { return 70; }, [](const diff::CreateObject&) { return 80; },
      [](const diff::CreateView&) { return 81; }, [](const diff::CreateTrigger&) { return 82; },
      [](const diff::ReplaceView&) { return 83; }, [](const diff::ReplaceTrigger&) { return 84; },
      [](const diff::ReplaceObject&) { return 85; }, [](const diff::DropTrigger&) { return 90; },
      [](const diff::DropView&) { return 91; }, [](const diff::DropObject&) { return 92; },
      [](const diff::DropTable&) { return 93; });
}

// Changes of a table in place, which can be done together.
bool alters_table(const Change& change) {
  const int r = rank(change);
  return r >= 10 && r < 80;
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
  step.title = titles.size() <= 3 ? fmt::format("{}", fmt::join(titles, "; "))
                                  : fmt::format("change table {} in {} ways",
                                                diff::subject(restructure.changes.front()).text(), titles.size());
  step.operations.push_back(std::move(restructure));
  return step;
}

// The items in order; those that alter one table become one step where the server prefers that.
std::vector<std::vector<Item>> bundle(std::vector<Item> items, bool merge) {
  std::vector<std::vector<Item>> result;
  std::unordered_map<QualifiedName, std::size_t> of_table;
  for (Item& item : items) {
    if (merge && alters_table(item.change)) {
      const auto [it, is_first] = of_table.emplace(diff::subject(item.change), result.size());
      if (!is_first) {
        result[it->second].push_back(std::move(item));
        continue;
      }
    }
    result.emplace_back();
    result.back().push_back(std::move(item));
  }
  return result;
}

class Scripts {
 public:
  void add(Step step) {
    step.script = script_;
    steps_.push_back(std::move(step));
    used_ = true;
  }
  // What follows belongs to the next script, if this one has anything.
  void next() {
    if (used_) ++script_;
    used_ = false;
  }
  void phase() {
    script_ = 1;
    used_ = false;
  }
  std::vector<Step> take() { return std::move(steps_); }

 private:
  std::vector<Step> steps_;
  int script_ = 1;
  bool used_ = false;
};

std::string names(const SyncGroup& group) {
  std::vector<std::string> old_names, new_names;
  for (const auto& c : group.old_columns) old_names.push_back(c.name.text());
  for (const auto& c : group.new_columns) new_names.push_back(c.name.text());
  if (old_names.empty()) return fmt::format("{}", fmt::join(new_names, ", "));
  return fmt::format("{} <-> {}", fmt::join(old_names, ", "), fmt::join(new_names, ", "));
}

Step sync_step(Phase phase, const SyncGroup& group, bool start) {
  Step step;
  step.phase = phase;
  step.title = fmt::format("{} {} of {}: {}", start ? "keep in sync" : "end the sync of", group.name,
                           group.table.text(), names(group));
  step.reasons.push_back(fmt::format("map {}: {}", group.name, names(group)));
  if (start)
    step.operations.push_back(StartSync{group});
  else
    step.operations.push_back(StopSync{group});
  return step;
}

std::string_view requirement_text(Requirement requirement) {
  switch (requirement) {
    case Requirement::not_null:
      return "no NULL stands against";
    case Requirement::unique:
      return "no equal values stand against";
    case Requirement::foreign_key:
      return "no orphans stand against";
    case Requirement::check:
      return "no value stands against";
    case Requirement::fits:
      return "all values fit";
  }
  return "";
}

void add_all(Scripts& scripts, Phase phase, std::vector<Item> items, bool merge) {
  for (auto& bundle_items : bundle(std::move(items), merge)) scripts.add(make_step(phase, std::move(bundle_items)));
}

void schedule_migrate(Scripts& scripts, const Draft& draft) {
  std::vector<Backfill> backfills;
  for (const SyncGroup& group : draft.groups) {
    const auto it =
        std::find_if(backfills.begin(), backfills.end(), [&](const Backfill& b) { return b.table == group.table; });
    if (it == backfills.end())
      backfills.push_back({group.table, {group}});
    else
      it->groups.push_back(group);
  }
  for (Backfill& backfill : backfills) {
    Step step;
    step.phase = Phase::migrate;
    step.title = fmt::format("backfill {}", backfill.table.text());
    for (const SyncGroup& group : backfill.groups)
      step.reasons.push_back(fmt::format("map {}: {}", group.name, names(group)));
    step.operations.push_back(std::move(backfill));
    scripts.add(std::move(step));
    scripts.next();
  }
  for (const CheckRows& check : draft.checks) {
    Step step;
    step.phase = Phase::migrate;
    step.title = fmt::format("check that {}: {}", requirement_text(check.requirement), diff::describe(check.change));
    step.reasons.push_back(diff::describe(check.change));
    step.operations.push_back(check);
    scripts.add(std::move(step));
  }
}

// Where DDL is transactional, a table's triggers go and its columns follow in one transaction: no
// write can come between, so nothing has to be fenced off first.
void schedule_contract(Scripts& scripts, Draft& draft) {
  add_all(scripts, Phase::contract, std::move(draft.contract_first), false);
  auto bundles = bundle(std::move(draft.contract_tables), draft.can().merge_table_changes);
  std::vector<bool> stopped(draft.groups.size(), false);
  for (auto& items : bundles) {
    Step step = make_step(Phase::contract, std::move(items));
    const auto& changes = std::get<Restructure>(step.operations.front()).changes;
    std::vector<Operation> stops;
    for (std::size_t i = 0; i < draft.groups.size(); ++i) {
      if (stopped[i] || !(draft.groups[i].table == diff::subject(changes.front()))) continue;
      stopped[i] = true;
      stops.emplace_back(StopSync{draft.groups[i]});
    }
    step.operations.insert(step.operations.begin(), stops.begin(), stops.end());
    scripts.add(std::move(step));
  }
  for (std::size_t i = 0; i < draft.groups.size(); ++i)
    if (!stopped[i]) scripts.add(sync_step(Phase::contract, draft.groups[i], false));
  scripts.next();
  std::stable_sort(draft.contract_last.begin(), draft.contract_last.end(), [](const Item& a, const Item& b) {
    // What goes makes room for what takes its name.
    return (rank(a.change) >= 90) > (rank(b.change) >= 90);
  });
  add_all(scripts, Phase::contract, std::move(draft.contract_last), false);
}

}  // namespace

std::vector<Step> schedule(Draft& draft) {
  const bool merge = draft.can().merge_table_changes;
  Scripts scripts;
  // Tables and columns before what may name them: views, then triggers.
  std::stable_sort(draft.expand.begin(), draft.expand.end(), [](const Item& a, const Item& b) {
    const auto late = [](const Item& item) { return alters_table(item.change) ? 1 : rank(item.change) >= 80 ? 2 : 0; };
    return late(a) < late(b);
  });
  add_all(scripts, Phase::expand, std::move(draft.expand), merge);
  scripts.next();
  add_all(scripts, Phase::expand, std::move(draft.expand_indexes), false);
  scripts.next();
  for (const SyncGroup& group : draft.groups) scripts.add(sync_step(Phase::expand, group, true));
  scripts.phase();
  schedule_migrate(scripts, draft);
  scripts.phase();
  schedule_contract(scripts, draft);
  return scripts.take();
}

}  // namespace emcee::plan
