#include "rehearse/held_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "plan/sync_model.h"

namespace emcee::rehearse {

struct HeldModel::Work {
  const State& before;
  const Plain& plain;
  const State* seen;
  const MadeKey& made_key;
  State& rows;
  Step step{};
};

HeldModel::HeldModel(const Family& family, GeneratedModel& made, bool replace_deletes)
    : family_(family), made_(made), replace_deletes_(replace_deletes) {
  for (const auto& column : group().old_columns)
    old_defaults_.push_back(family.tables[owner()].find(column.name)->default_old);
}

HeldModel::Said HeldModel::said(const Cells& owner) const {
  Said result;
  for (const auto& column : group().old_columns) result.push_back(cell(owner, column.name));
  return result;
}
HeldModel::Said HeldModel::row_says(const Cells& row) const {
  Said result;
  for (const Identifier& name : group().holding) result.push_back(cell(row, name));
  return result;
}
bool HeldModel::says_nothing(const Said& said) const {
  return group().row_may_lack() && std::all_of(said.begin(), said.end(), plan::is_null);
}

bool HeldModel::is_shared(const Value& key, const Key& owner, const State& rows) const {
  return std::any_of(rows[this->owner()].begin(), rows[this->owner()].end(),
                     [&](const auto& row) { return row.first != owner && made_.key(row.second) == key; });
}
Cells* HeldModel::find_row(const Value& key, State& rows) const {
  const auto* found = plan::is_null(key) ? nullptr : made_.find(key, rows);
  return found == nullptr ? nullptr : &rows[other()].at(found->first);
}

// --- writes of the other table

void HeldModel::tell(const Cells& was, const Cells& now, Work& work) const {
  const Identifier& key = group().row->key;
  for (auto& [place, owner] : work.rows[this->owner()]) {
    if (made_.key(owner) != cell(was, key)) continue;
    if (cell(was, key) != cell(now, key))
      work.step.refused = true;
    else if (said(owner) == row_says(was))
      take_down(row_says(now), owner, work);
  }
}

void HeldModel::row_gone(const Cells& was, Work& work) const {
  for (auto& [place, owner] : work.rows[this->owner()]) {
    if (made_.key(owner) != cell(was, group().row->key)) continue;
    if (!group().clears_key) work.step.refused = true;
    owner[group().new_columns.front().name] = Value();
    take_down(Said(group().holding.size()), owner, work);
  }
}

void HeldModel::carry_rows(Work& work) const {
  const auto& now = work.plain.tables[other()];
  const KeyedRows& before = work.before[other()];
  const auto stays = [&](const Key& key) {
    return std::any_of(now.begin(), now.end(), [&](const auto& row) { return row.second.origin == key; });
  };
  for (const auto& [key, row] : now) {
    const auto replaced = before.find(key);
    if (row.origin)
      tell(before.at(*row.origin), row.cells, work);
    else if (replaced != before.end() && !replace_deletes_)
      tell(replaced->second, row.cells, work);
  }
  for (const auto& [key, cells] : before)
    if (!stays(key) && (replace_deletes_ || !now.contains(key))) row_gone(cells, work);
}

// --- writes of the owner

// O := what the row says.
void HeldModel::take_down(const Said& says, Cells& owner, Work& work) const {
  for (std::size_t i = 0; i < says.size(); ++i) {
    const auto& column = group().old_columns[i];
    if (column.not_null && plan::is_null(says[i])) work.step.refused = true;
    owner[column.name] = says[i];
  }
}

// `copied`: the row whose other columns the new one takes over; null: it has what the map says, and defaults.
void HeldModel::make_row(const Key& place, const Cells* copied, Work& work) {
  Cells& owner = work.rows[this->owner()].at(place);
  const Value key = work.made_key(place);
  if (made_.find(key, work.rows) != nullptr || made_.find(key, work.before) != nullptr)
    work.step.taken.emplace(place, key);
  std::optional<Cells> row;
  if (copied != nullptr) {
    row.emplace();
    for (const Identifier& name : group().kept)
      if (const auto found = copied->find(name); found != copied->end()) row->insert(*found);
    (*row)[group().row->key] = key;
    for (std::size_t i = 0; i < group().holding.size(); ++i) (*row)[group().holding[i]] = said(owner)[i];
  } else {
    row = made_.row_for(owner, key);
  }
  work.step.refused = work.step.refused || !row;
  if (!row) return;
  owner[group().new_columns.front().name] = key;
  Key row_place = key_of(family_.tables[other()], *row);
  work.rows[other()][std::move(row_place)] = std::move(*row);
}

void HeldModel::inserted(const Key& place, const Cells* replaced, Work& work) {
  Cells& now = work.rows[owner()].at(place);
  const Said said = this->said(now);
  Value& key = now[group().new_columns.front().name];
  if (!plan::is_null(key)) {
    const Cells* row = find_row(key, work.rows);
    bool given = false;
    for (std::size_t i = 0; i < said.size(); ++i)
      given = given || (!plan::is_null(said[i]) && said[i] != old_defaults_[i]);
    if (row == nullptr || (given && row_says(*row) != said))
      work.step.refused = true;
    else
      take_down(row_says(*row), now, work);
    return;
  }
  for (std::size_t i = 0; i < said.size(); ++i)
    if (group().old_columns[i].not_null && plan::is_null(said[i])) work.step.refused = true;
  if (work.step.refused || says_nothing(said)) return;
  Cells* row = replaced == nullptr ? nullptr : find_row(made_.key(*replaced), work.rows);
  if (row == nullptr) return make_row(place, nullptr, work);
  key = made_.key(*replaced);
  old_changed(place, now, work);
}

void HeldModel::updated(const Key& place, const Cells& was, Work& work) {
  Cells& now = work.rows[owner()].at(place);
  const Said said = this->said(now), said_before = this->said(was);
  for (std::size_t i = 0; i < said.size(); ++i)
    if (group().old_columns[i].not_null && plan::is_null(said[i]) && !plan::is_null(said_before[i]))
      work.step.refused = true;
  if (work.step.refused) return;
  if (made_.key(was) != made_.key(now))
    key_changed(was, now, work);
  else if (said != said_before)
    old_changed(place, now, work);
}

void HeldModel::key_changed(const Cells& was, Cells& now, Work& work) const {
  const Value key = made_.key(now);
  const bool both = said(was) != said(now);
  Said says(group().holding.size());
  if (plan::is_null(key)) {
    work.step.refused = work.step.refused || !group().row_may_lack();
  } else {
    const Cells* row = find_row(key, work.rows);
    work.step.refused = work.step.refused || row == nullptr;
    if (row == nullptr) return;
    says = row_says(*row);
  }
  if (says == said(now)) return;
  // A row that waits keeps what it says.
  if (both || (!plan::is_null(key) && waits(was))) work.step.refused = true;
  take_down(says, now, work);
}

void HeldModel::old_changed(const Key& place, Cells& now, Work& work) {
  Value& key = now[group().new_columns.front().name];
  Cells* row = find_row(key, work.rows);
  if (row != nullptr && row_says(*row) == said(now)) return;
  if (says_nothing(said(now))) {
    key = Value();
  } else if (row == nullptr) {
    make_row(place, nullptr, work);
  } else if (is_shared(key, place, work.rows)) {
    make_row(place, row, work);
  } else {
    for (std::size_t i = 0; i < group().holding.size(); ++i) (*row)[group().holding[i]] = said(now)[i];
  }
}

// Where several rows share one and change in one statement, the last of them keeps it.
void HeldModel::carry_owners(Work& work) {
  const auto& now = work.plain.tables[owner()];
  std::vector<Key> order;
  for (const auto& [place, row] : now) order.push_back(place);
  if (work.seen != nullptr) {
    const KeyedRows& seen = (*work.seen)[owner()];
    std::stable_partition(order.begin(), order.end(), [&](const Key& place) {
      const auto is = seen.find(place);
      return is == seen.end() || made_.key(is->second) != made_.key(now.at(place).cells);
    });
  }
  const KeyedRows& before = work.before[owner()];
  for (const Key& place : order) {
    const Plain::Row& row = now.at(place);
    const auto same = before.find(place);
    if (row.origin)
      updated(place, before.at(*row.origin), work);
    else
      inserted(place, same == before.end() ? nullptr : &same->second, work);
    if (work.step.refused) return;
  }
}

HeldModel::Step HeldModel::carry(const State& before, const Plain& plain, const State* seen, const MadeKey& made_key,
                                 State& rows) {
  Work work{before, plain, seen, made_key, rows};
  const auto writes = [&](std::size_t table) { return plain.state()[table] != before[table]; };
  work.step.may_refuse = writes(owner()) && writes(other());
  carry_rows(work);
  if (!work.step.refused) carry_owners(work);
  return work.step;
}

bool HeldModel::refuses_insert(const Cells& given, const State& before) {
  State rows = before;
  const Key place = key_of(family_.tables[owner()], given);
  rows[owner()][place] = given;
  const Plain nothing{};
  const MadeKey unknown = [&](const Key&) { return made_.spare_keys().front(); };
  Work work{before, nothing, nullptr, unknown, rows};
  inserted(place, nullptr, work);
  return work.step.refused;
}

bool HeldModel::looks_like_a_batch(const State& before, const Plain& plain) const {
  const auto& now = plain.tables[owner()];
  return std::any_of(now.begin(), now.end(), [&](const auto& row) {
    if (!row.second.origin || !waits(before[owner()].at(*row.second.origin))) return false;
    const Value key = made_.key(row.second.cells);
    return !plan::is_null(key) && made_.find(key, before) == nullptr;
  });
}

std::optional<std::string> HeldModel::wrong_link(const State& rows, const applier::Connection& connection) const {
  const Table& table = family_.tables[owner()];
  for (const auto& [place, owner] : rows[this->owner()]) {
    const Value key = made_.key(owner);
    if (plan::is_null(key)) continue;
    const auto* row = made_.find(key, rows);
    if (row != nullptr && row_says(row->second) == said(owner) && !is_shared(key, place, rows)) continue;
    return fmt::format("{} where {}: {}", table.sql, key_condition(table, place, connection),
                       row == nullptr ? "its key names no row" : "its row is another's, or says something else");
  }
  return std::nullopt;
}

}  // namespace emcee::rehearse
