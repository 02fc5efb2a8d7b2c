#include "rehearse/family_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace emcee::rehearse {

using plan::GroupRow;
using plan::Outcome;
using plan::SyncGroup;
using plan::SyncModel;
using plan::Value;

namespace {

void add(std::vector<Outcome>& outcomes, Outcome outcome) {
  if (std::find(outcomes.begin(), outcomes.end(), outcome) == outcomes.end()) outcomes.push_back(std::move(outcome));
}

bool all_null(const plan::Values& values) { return std::all_of(values.begin(), values.end(), plan::is_null); }

// Rows that differ, and in which both are: what was deleted first.
std::vector<Key> changed_keys(const KeyedRows& before, const KeyedRows& now) {
  std::vector<Key> keys;
  for (const auto& [key, cells] : before)
    if (!now.contains(key)) keys.push_back(key);
  for (const auto& [key, cells] : now)
    if (const auto was = before.find(key); was == before.end() || was->second != cells) keys.push_back(key);
  return keys;
}

void bring(const Key& key, const KeyedRows& from, KeyedRows& to) {
  if (const auto found = from.find(key); found != from.end())
    to[key] = found->second;
  else
    to.erase(key);
}

}  // namespace

FamilyModel::FamilyModel(const Family& family, World& world, const plan::Dialect& dialect,
                         const GeneratedModel::Completed& completed)
    : family_(family), world_(world), by_statement_(dialect.name() == "postgres") {
  const auto add_group = [&](std::size_t table, const SyncGroup& group, bool fill) {
    Group made;
    made.table = table;
    made.fill = fill;
    made.held = group.holds_old();
    made.model.group = group;
    made.model.up = [this, &group](const GroupRow& row) {
      return world_.up(group, cells_of(group, row), world_of(row));
    };
    made.model.down = [this, &group](const GroupRow& row) {
      return world_.down(group, cells_of(group, row), world_of(row));
    };
    if (group.row) {
      made.model.up = [this, &group](const GroupRow&) { return plan::Values{made_key(group)}; };
      made.model.has_row = [this, &group](const Value& key) {
        return generator(group)->find(key, *worlds_[1]) != nullptr;
      };
    }
    if (group.down_looks_up())
      made.model.finds = [this, &group](const GroupRow& row) {
        return world_.finds(group, cells_of(group, row), world_of(row));
      };
    for (const auto& column : group.old_columns)
      made.model.old_defaults.push_back(family_.tables[table].find(column.name)->default_old);
    for (const auto& column : group.new_columns)
      made.model.new_defaults.push_back(column.default_value ? family_.tables[table].find(column.name)->default_new
                                                             : Value());
    groups_.push_back(std::move(made));
  };
  for (std::size_t t = 0; t < family.tables.size(); ++t)
    for (const SyncGroup* group : family.tables[t].groups)
      if (group->move)
        moves_.emplace_back(family, *group, is_mysql(dialect));
      else
        add_group(t, *group, false);
  for (const SyncGroup& group : family.fills) add_group(*family.find(group.table), group, true);
  for (const SyncGroup* group : family.generating()) generated_.emplace_back(family, *group, world, completed);
  for (GeneratedModel& made : generated_)
    if (made.group().holds_old()) held_.emplace_back(family, made, is_mysql(dialect));
}

GroupRow FamilyModel::row_at(const Group& group, const Cells& cells, std::size_t world) const {
  GroupRow row;
  for (const auto& column : group.model.group.old_columns) row.old_values.push_back(cell(cells, column.name));
  for (const auto& column : group.model.group.new_columns) row.new_values.push_back(cell(cells, column.name));
  for (const auto& name : group.model.group.shared) row.shared.push_back(cell(cells, name));
  // What is looked up counts as one more column that the expressions read.
  row.shared.emplace_back(static_cast<std::int64_t>(group.model.group.lookups.empty() ? 0 : world));
  return row;
}

Cells FamilyModel::cells_of(const SyncGroup& group, const GroupRow& row) const {
  Cells cells;
  store(group, row, cells);
  for (std::size_t i = 0; i < group.shared.size(); ++i) cells[group.shared[i]] = row.shared[i];
  return cells;
}

const State& FamilyModel::world_of(const GroupRow& row) const {
  return *worlds_[static_cast<std::size_t>(std::get<std::int64_t>(row.shared.back()))];
}

// A statement of several rows changes what is looked up row by row, in an order of the server's.
void FamilyModel::enter_worlds(const State& before, const State& now) {
  worlds_ = {&before, &now};
  ways_ = {{0, 1}};
  between_.clear();
  std::vector<std::pair<std::size_t, Key>> changes;
  for (std::size_t t = 0; t < now.size(); ++t)
    for (Key& key : changed_keys(before[t], now[t])) changes.emplace_back(t, std::move(key));
  if (by_statement_ || changes.size() < 2) return;
  between_.reserve(2 * changes.size());  // pointers into it
  const auto walk = [&](const auto& order) {
    std::vector<std::size_t> way = {0};
    State state = before;
    for (std::size_t i = 0; i + 1 < order.size(); ++i) {
      bring(order[i].second, now[order[i].first], state[order[i].first]);
      way.push_back(worlds_.size());
      worlds_.push_back(&between_.emplace_back(state));
    }
    way.push_back(1);
    ways_.push_back(std::move(way));
  };
  walk(changes);
  std::reverse(changes.begin(), changes.end());
  walk(changes);
}

// Rule 5 for what is looked up, and the row's own change before it or behind it.
std::vector<Outcome> FamilyModel::followed(const Group& group, const Cells& before, const Cells& written) {
  std::vector<Outcome> result;
  const bool own = row_at(group, before, 0) != row_at(group, written, 0);
  const auto step = [&](const Outcome& from, const GroupRow& was, const GroupRow& now) -> Outcome {
    if (!std::holds_alternative<GroupRow>(from)) return from;
    return plan::after_update(group.model, was, now);
  };
  const auto at = [](GroupRow row, std::size_t world) {
    row.shared.back() = static_cast<std::int64_t>(world);
    return row;
  };
  for (const auto& way : ways_)
    for (const bool first : own ? std::vector<bool>{true, false} : std::vector<bool>{true}) {
      GroupRow row = row_at(group, before, 0);
      Outcome outcome = row;
      if (own && first) outcome = step(outcome, row, row_at(group, written, 0));
      for (std::size_t i = 0; i + 1 < way.size(); ++i)
        if (const auto* now = std::get_if<GroupRow>(&outcome))
          outcome = step(outcome, at(*now, way[i]), at(*now, way[i + 1]));
      if (own && !first)
        if (const auto* now = std::get_if<GroupRow>(&outcome)) {
          GroupRow mine = *now;
          const GroupRow was = row_at(group, before, 0), wanted = row_at(group, written, 0);
          for (auto part : {&GroupRow::old_values, &GroupRow::new_values, &GroupRow::shared})
            for (std::size_t i = 0; i < (mine.*part).size(); ++i)
              if ((was.*part)[i] != (wanted.*part)[i]) (mine.*part)[i] = (wanted.*part)[i];
          outcome = step(outcome, *now, at(mine, 1));
        }
      if (auto* now = std::get_if<GroupRow>(&outcome)) now->shared.back() = std::int64_t{1};
      // Rows that would be there twice on the way, and never are.
      if (!world_.take_refusal()) add(result, std::move(outcome));
    }
  if (result.empty()) {
    world_.refuse();
    return {row_at(group, written, 1)};
  }
  // A row that waits need not be looked at.
  const GroupRow waiting = row_at(group, before, 0);
  if (!own && all_null(waiting.new_values) && plan::is_pending(group.model, waiting))
    add(result, row_at(group, written, 1));
  return result;
}

std::vector<Outcome> FamilyModel::outcomes(const Group& group, const Change& change) {
  if (change.before == nullptr) {
    const GroupRow written = row_at(group, *change.written, 1);
    return {plan::after_insert(group.model, written,
                               change.replaced ? std::optional(row_at(group, *change.replaced, 1)) : std::nullopt)};
  }
  if (group.model.group.lookups.empty())
    return {plan::after_update(group.model, row_at(group, *change.before, 1), row_at(group, *change.written, 1))};
  return followed(group, *change.before, *change.written);
}

std::vector<Cells> FamilyModel::settled(std::size_t table, const Change& change, Judgement& judgement) {
  std::vector<Cells> alternatives = {*change.written};
  for (const Group& group : groups_) {
    if (group.table != table || group.fill || group.held) continue;
    std::vector<Cells> next;
    bool all_refused = true;
    for (const Cells& cells : alternatives) {
      Change mine = change;
      mine.written = &cells;
      world_.take_refusal();
      const std::vector<Outcome> found = outcomes(group, mine);
      const bool unknown = world_.take_refusal();
      for (const Outcome& outcome : found) {
        const auto* row = std::get_if<GroupRow>(&outcome);
        judgement.may_refuse = judgement.may_refuse || row == nullptr || unknown;
        if (row == nullptr || unknown) continue;
        all_refused = false;
        store(group.model.group, *row, next.emplace_back(cells));
      }
    }
    judgement.refused = judgement.refused || all_refused;
    if (all_refused) return alternatives;
    alternatives = std::move(next);
  }
  return alternatives;
}

std::vector<std::string> FamilyModel::differences(const Table& table, const Cells& should, const Cells& is,
                                                  const Seen& seen) const {
  std::vector<std::string> list;
  for (const Column& column : table.columns) {
    const auto s = should.find(column.name), i = is.find(column.name);
    if (!column.exact || !seen.visible(column) || s == should.end() || i == is.end() || s->second == i->second)
      continue;
    list.push_back(fmt::format("{} is {}, and should be {}", column.sql, literal(i->second, *seen.connection),
                               literal(s->second, *seen.connection)));
  }
  return list;
}

bool FamilyModel::differs(std::size_t t, const std::map<Key, Alternatives>& expected, const Seen& seen,
                          Judgement& judgement) {
  const Table& table = family_.tables[t];
  KeyedRows& rows = judgement.rows[t];
  rows.clear();
  if (seen.state == nullptr) {
    for (const auto& [key, alternatives] : expected)
      if (alternatives.front()) rows[key] = *alternatives.front();
    return false;
  }
  const auto place = [&](const Key& key) {
    return fmt::format("{} where {}", table.sql, key_condition(table, key, *seen.connection));
  };
  const auto wrong = [&](const Cells& should, const Cells& is) { return differences(table, should, is, seen); };
  for (const auto& [key, cells] : (*seen.state)[t])
    if (!expected.contains(key)) {
      judgement.difference = place(key) + ": there is a row, and should be none";
      return true;
    }
  for (const auto& [key, alternatives] : expected) {
    const auto found = (*seen.state)[t].find(key);
    const Cells* is = found == (*seen.state)[t].end() ? nullptr : &found->second;
    const auto right = std::find_if(alternatives.begin(), alternatives.end(), [&](const auto& alternative) {
      return alternative.has_value() == (is != nullptr) && (is == nullptr || wrong(*alternative, *is).empty());
    });
    if (right != alternatives.end()) {
      if (is != nullptr) rows[key] = overlaid(**right, *is);
      continue;
    }
    if (is == nullptr)
      judgement.difference = place(key) + ": there is no row";
    else if (!alternatives.front())
      judgement.difference = place(key) + ": there still is a row";
    else
      judgement.difference = fmt::format("{}: {}", place(key), fmt::join(wrong(*alternatives.front(), *is), "; "));
    return true;
  }
  return false;
}

Judgement FamilyModel::after_statement(const State& before, const Plain& plain, const Attempt& attempt,
                                       const Seen& seen) {
  Judgement judgement;
  judgement.rows = plain.state();
  begin(seen);
  std::vector<std::tuple<std::size_t, Key, std::optional<Cells>>> further;
  for (const MoveModel& move : moves_) {
    const MoveModel::Step step = move.carry(before, plain, judgement.rows);
    judgement.refused = judgement.refused || step.refused;
    judgement.may_refuse = judgement.may_refuse || step.may_refuse;
    for (const auto& [key, cells] : step.further) further.emplace_back(move.part(), key, cells);
  }
  carry_held(before, plain, attempt, seen, judgement);
  if (!judgement.difference.empty()) return judgement;
  take_numbers(seen, false, judgement.rows);
  for (const std::size_t t : family_.order) {
    const State now = judgement.rows;
    enter_worlds(before, now);
    std::map<Key, Alternatives> expected;
    for (const auto& [key, cells] : now[t]) {
      const auto written = plain.tables[t].find(key);
      Change change;
      change.written = &cells;
      if (written != plain.tables[t].end() && written->second.origin)
        change.before = &before[t].at(*written->second.origin);
      else if (const auto same = before[t].find(key); same != before[t].end())
        (written == plain.tables[t].end() ? change.before : change.replaced) = &same->second;
      owner_ = &key;
      for (Cells& alternative : settled(t, change, judgement)) expected[key].emplace_back(std::move(alternative));
      owner_ = nullptr;
    }
    if (attempt.upsert_fires_insert && attempt.table == t)
      for (const Cells& given : attempt.given) settled(t, {nullptr, nullptr, &given}, judgement);
    for (const auto& [table, key, cells] : further) {
      if (table != t) continue;
      Alternatives& alternatives = expected[key];
      if (alternatives.empty()) alternatives.emplace_back(std::nullopt);
      alternatives.push_back(cells);
    }
    if (judgement.refused || differs(t, expected, seen, judgement) ||
        !generates_for_statement(t, before, now, seen, judgement))
      break;
  }
  return judgement;
}

// Each group may have been filled, or not yet.
Alternatives FamilyModel::after_batch(std::size_t table, const Cells& cells, Batches batches, bool expanded) {
  std::vector<Cells> possible = {cells};
  for (const Group& group : groups_) {
    if (group.table != table || (group.fill && batches == Batches::none)) continue;
    Cells waiting = cells;
    // Since some step of expand the triggers have filled the new columns of what was written.
    if (expanded && !group.fill)
      for (const auto& column : group.model.group.new_columns) waiting[column.name] = Value();
    const GroupRow row = row_at(group, waiting, 0);
    const GroupRow filled = batches == Batches::none && !expanded ? row : plan::after_backfill(group.model, row);
    for (std::size_t i = 0, count = possible.size(); i < count; ++i) {
      const Cells base = possible[i];
      store(group.model.group, filled, possible[i]);
      if (batches == Batches::all || filled == row) continue;
      store(group.model.group, row, possible.emplace_back(base));
    }
  }
  return {possible.begin(), possible.end()};
}

Judgement FamilyModel::after_batches(const State& before, Batches batches, bool expanded, const Seen& seen) {
  Judgement judgement;
  judgement.rows = before;
  begin(seen);
  if (expanded) take_numbers(seen, true, judgement.rows);
  std::vector<std::map<Key, Alternatives>> moved(before.size());
  if (batches != Batches::none || expanded)
    for (const MoveModel& move : moves_) {
      State filled = judgement.rows;
      move.backfill(filled);
      for (const std::size_t t : {move.whole(), move.part()})
        for (const auto& [key, cells] : filled[t]) {
          const auto was = judgement.rows[t].find(key);
          if (was != judgement.rows[t].end() && was->second == cells) continue;
          Alternatives& alternatives = moved[t][key];
          alternatives.emplace_back(cells);
          if (batches == Batches::all) continue;
          alternatives.push_back(was == judgement.rows[t].end() ? std::nullopt : std::optional(was->second));
        }
    }
  std::vector<std::map<Key, Alternatives>> generated(before.size());
  for (const std::size_t t : family_.order) {
    if (expanded) adopt_new_table(t, seen, judgement.rows);
    const State now = judgement.rows;
    enter_worlds(now, now);
    std::map<Key, Alternatives> expected = moved[t];
    for (const auto& [key, cells] : now[t]) {
      owner_ = &key;
      if (!expected.contains(key)) expected[key] = after_batch(t, cells, batches, expanded);
      owner_ = nullptr;
    }
    expected.merge(generated[t]);
    if (differs(t, expected, seen, judgement) || !generates_for_batch(t, now, batches, seen, judgement, generated))
      break;
  }
  if (expanded && judgement.difference.empty()) judgement.difference = wrong_links(judgement.rows, seen);
  return judgement;
}

std::vector<std::pair<std::size_t, Key>> FamilyModel::in_the_way(const State& state, Batches batches) {
  std::vector<std::pair<std::size_t, Key>> result;
  std::vector<Generated> generated;
  const State filled = this->filled(state, batches, generated);
  enter_worlds(filled, filled);
  for (const Group& group : groups_)
    for (const auto& [key, cells] : filled[group.table])
      if (plan::is_pending(group.model, row_at(group, cells, 0))) result.emplace_back(group.table, key);
  for (const Family::ForeignKey& foreign : family_.foreign_keys)
    for (const auto& [key, cells] : filled[foreign.from]) {
      if (!foreign.dangles(cells, filled[foreign.to])) continue;
      const auto made = std::find_if(generated.begin(), generated.end(), [&](const Generated& each) {
        return each.table == foreign.from && each.key == key;
      });
      result.push_back(made == generated.end() ? std::pair(foreign.from, key)
                                               : std::pair(made->owner_table, made->owner));
    }
  return result;
}

}  // namespace emcee::rehearse
