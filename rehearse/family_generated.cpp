// Generated rows in the model of tables that hang together.
#include <fmt/format.h>

#include <algorithm>

#include "rehearse/family_model.h"

namespace emcee::rehearse {

void FamilyModel::begin(const Seen& seen) {
  seen_ = &seen;
  spare_.clear();
  by_batches_.clear();
}

GeneratedModel* FamilyModel::generator(const plan::SyncGroup& group) {
  const auto found =
      std::find_if(generated_.begin(), generated_.end(), [&](const auto& g) { return g.group().name == group.name; });
  return found == generated_.end() ? nullptr : &*found;
}

// Nobody can foresee it: it is what the row has, and what it has to be is looked at then.
Value FamilyModel::made_key(const plan::SyncGroup& group) {
  const GeneratedModel& generator = *this->generator(group);
  if (seen_ != nullptr && seen_->state != nullptr && owner_ != nullptr) {
    const KeyedRows& rows = (*seen_->state)[generator.owner()];
    if (const auto row = rows.find(*owner_); row != rows.end())
      if (const Value key = generator.key(row->second); !plan::is_null(key)) return key;
  }
  return spare_key(generator);
}

Value FamilyModel::spare_key(const GeneratedModel& generator) {
  const auto [mine, first] = spare_.try_emplace({&generator, owner_ != nullptr ? *owner_ : Key()});
  if (!first) return mine->second;
  const std::vector<Value>& keys = generator.spare_keys();
  const auto is_free = [&](const Value& key) {
    return generator.find(key, *worlds_[1]) == nullptr &&
           std::none_of(spare_.begin(), spare_.end(), [&](const auto& taken) { return taken.second == key; });
  };
  const auto free = std::find_if(keys.begin(), keys.end(), is_free);
  mine->second = free == keys.end() ? keys.front() : *free;
  return mine->second;
}

std::optional<Cells> FamilyModel::generated_row(GeneratedModel& generator, const Key& owner, const Seen& seen,
                                                Judgement& judgement) {
  const Cells& cells = judgement.rows[generator.owner()].at(owner);
  const Value key = generator.key(cells);
  std::optional<Cells> row = generator.row_for(cells, key);
  if (!row) {
    judgement.refused = true;
    return std::nullopt;
  }
  // The server may number the rows of the other table.
  if (const auto* is = seen.state ? generator.find(key, *seen.state) : nullptr)
    for (const Identifier& name : family_.tables[generator.other()].key_names())
      if (!generator.gives(name)) (*row)[name] = cell(is->second, name);
  return row;
}

bool FamilyModel::generates_for_statement(std::size_t t, const State& before, const State& written, const Seen& seen,
                                          Judgement& judgement) {
  for (GeneratedModel& generator : generated_) {
    if (generator.owner() != t || generator.by_batches_only()) continue;
    for (const auto& [owner, cells] : judgement.rows[t]) {
      const Value key = generator.key(cells);
      const auto was = before[t].find(owner);
      if (plan::is_null(key) || !plan::is_null(generator.key(written[t].at(owner)))) continue;
      const bool taken = generator.find(key, before) != nullptr || generator.find(key, judgement.rows) != nullptr;
      const bool carried = was != before[t].end() && generator.key(was->second) == key;
      // A REPLACE of a row that waits for the row of its key may make that, or leave it to a batch.
      const bool made = !taken && seen.state != nullptr && generator.find(key, *seen.state) != nullptr;
      if (carried && !made) continue;
      if (taken && seen.state != nullptr) {
        judgement.difference = taken_key(generator, owner, key);
        return false;
      }
      auto row = generated_row(generator, owner, seen, judgement);
      if (!row) return false;
      Key place = key_of(family_.tables[generator.other()], *row);
      judgement.rows[generator.other()][std::move(place)] = std::move(*row);
    }
  }
  take_numbers(seen, false, judgement.rows);
  return true;
}

bool FamilyModel::generates_for_batch(std::size_t t, const State& before, Batches batches, const Seen& seen,
                                      Judgement& judgement, std::vector<std::map<Key, Alternatives>>& more) {
  if (batches == Batches::none) return true;
  for (GeneratedModel& generator : generated_) {
    if (generator.owner() != t) continue;
    const std::size_t other = generator.other();
    std::set<Value> made;
    for (const auto& [owner, cells] : judgement.rows[t]) {
      const Value key = generator.key(cells);
      const bool is_new = plan::is_null(generator.key(before[t].at(owner)));
      const bool is_there = generator.find(key, judgement.rows) != nullptr;
      if (plan::is_null(key) || (is_there && !is_new)) continue;
      if (is_new && (is_there || !made.insert(key).second) && seen.state != nullptr) {
        judgement.difference = taken_key(generator, owner, key);
        return false;
      }
      auto row = generated_row(generator, owner, seen, judgement);
      if (!row) return false;
      const Key place = key_of(family_.tables[other], *row);
      by_batches_.push_back({other, t, place, owner, *row});
      Alternatives& alternatives = more[other][place];
      for (Cells& each : settled(other, {nullptr, nullptr, &*row}, judgement))
        alternatives.emplace_back(std::move(each));
      // A row of that key may wait for a later batch.
      if (!is_new && batches == Batches::some) alternatives.emplace_back(std::nullopt);
    }
  }
  return true;
}

std::string FamilyModel::taken_key(const GeneratedModel& generator, const Key& owner, const Value& key) const {
  const Table& table = family_.tables[generator.owner()];
  return fmt::format("{} where {}: the key that was made, {}, is another row's", table.sql,
                     key_condition(table, owner, *seen_->connection), literal(key, *seen_->connection));
}

State FamilyModel::filled(const State& state, Batches batches, std::vector<Generated>& generated) {
  State rows = after_batches(state, batches, false, {}).rows;
  seen_ = nullptr;
  generated = by_batches_;
  return rows;
}

void FamilyModel::adopt_generated(const Plain& plain, const Seen& seen, State& rows) {
  for (GeneratedModel& generator : generated_) {
    if (generator.by_batches_only()) continue;
    std::vector<const Cells*> owners;
    for (const auto& [key, row] : plain.tables[generator.owner()])
      if (!row.origin) owners.push_back(&row.cells);
    for (const auto& [place, is] : (*seen.state)[generator.other()]) {
      if (rows[generator.other()].contains(place)) continue;
      const auto owner = std::find_if(owners.begin(), owners.end(), [&](const Cells* cells) {
        const auto row = generator.row_for(*cells, cell(is, generator.group().row->key));
        return row && differences(family_.tables[generator.other()], *row, is, seen).empty();
      });
      if (owner == owners.end()) continue;
      rows[generator.other()][place] = is;
      owners.erase(owner);
    }
  }
}

// What was generated there before the end of expand.
void FamilyModel::adopt_new_table(std::size_t t, const Seen& seen, State& rows) const {
  if (seen.state == nullptr || family_.tables[t].before != nullptr) return;
  if (std::any_of(generated_.begin(), generated_.end(), [&](const auto& g) { return g.other() == t; }))
    rows[t] = (*seen.state)[t];
}

// Numbers that the server gave.
void FamilyModel::take_numbers(const Seen& seen, bool all, State& rows) const {
  if (seen.state == nullptr) return;
  for (std::size_t t = 0; t < rows.size(); ++t)
    for (auto& [key, cells] : rows[t])
      if (const auto is = (*seen.state)[t].find(key); is != (*seen.state)[t].end())
        for (const Column& column : family_.tables[t].columns)
          if (column.numbered && (all || !cells.contains(column.name)))
            cells[column.name] = cell(is->second, column.name);
}

}  // namespace emcee::rehearse
