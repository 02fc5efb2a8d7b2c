#include "rehearse/move_model.h"

#include <algorithm>

#include "plan/sync_model.h"

namespace emcee::rehearse {

MoveModel::MoveModel(const Family& family, const plan::SyncGroup& group, bool keeps_key)
    : family_(family), group_(group), keeps_key_(keeps_key) {
  whole_ = *family.find(group.move->whole);
  part_ = *family.find(group.move->part);
  // The release that has the column knows its default; the other table holds the same.
  for (const auto& column : group.move->columns) {
    const Column& in_whole = *family.tables[whole_].find(column.whole);
    const Column& in_part = *family.tables[part_].find(column.part);
    absent_.push_back(in_whole.in_old ? in_whole.default_old : in_whole.default_new);
    part_absent_.push_back(in_part.in_old ? in_part.default_old : in_part.default_new);
  }
}

MoveModel::Match MoveModel::of_whole(const Cells& cells) const {
  Match match;
  for (const auto& pair : move().key) match.push_back(cell(cells, pair.whole));
  return match;
}
MoveModel::Match MoveModel::of_part(const Cells& cells) const {
  Match match;
  for (const auto& pair : move().key) match.push_back(cell(cells, pair.part));
  return match;
}

bool MoveModel::whole_is_empty(const Cells& cells) const {
  for (std::size_t i = 0; i < absent_.size(); ++i)
    if (cell(cells, move().columns[i].whole) != absent_[i]) return false;
  return true;
}
bool MoveModel::part_is_empty(const Cells& cells) const {
  for (std::size_t i = 0; i < part_absent_.size(); ++i)
    if (cell(cells, move().columns[i].part) != part_absent_[i]) return false;
  return true;
}
bool MoveModel::part_holds_more(const Cells& cells) const {
  const Table& table = family_.tables[part_];
  return std::any_of(table.columns.begin(), table.columns.end(), [&](const Column& column) {
    for (const auto& pair : move().key)
      if (pair.part == column.name) return false;
    for (const auto& moved : move().columns)
      if (moved.part == column.name) return false;
    return !plan::is_null(cell(cells, column.name)) &&
           cell(cells, column.name) != (column.in_old ? column.default_old : column.default_new);
  });
}

void MoveModel::to_part(const Cells& whole, Cells& part) const {
  for (const auto& column : move().columns) part[column.part] = cell(whole, column.whole);
}
void MoveModel::to_whole(const Cells& part, Cells& whole) const {
  for (const auto& column : move().columns) whole[column.whole] = cell(part, column.part);
}
void MoveModel::clear(Cells& cells, bool whole) const {
  for (std::size_t i = 0; i < absent_.size(); ++i)
    cells[whole ? move().columns[i].whole : move().columns[i].part] = whole ? absent_[i] : part_absent_[i];
}

Cells* MoveModel::find_whole(State& rows, const Match& match) const {
  for (auto& [key, cells] : rows[whole_])
    if (of_whole(cells) == match) return &cells;
  return nullptr;
}
Cells* MoveModel::find_part(State& rows, const Match& match) const {
  for (auto& [key, cells] : rows[part_])
    if (of_part(cells) == match) return &cells;
  return nullptr;
}
// As the triggers make it.
Cells MoveModel::new_part(const Cells& whole) const {
  Cells made;
  for (const Column& column : family_.tables[part_].columns)
    if (!column.numbered) made[column.name] = column.in_old ? column.default_old : column.default_new;
  for (const auto& pair : move().key) made[pair.part] = cell(whole, pair.whole);
  to_part(whole, made);
  return made;
}
void MoveModel::put_part(State& rows, const Cells& cells) const {
  rows[part_][key_of(family_.tables[part_], cells)] = cells;
}
// What moves may be part of a key.
void MoveModel::enter_keys(State& rows) const {
  for (const std::size_t t : {whole_, part_}) {
    KeyedRows keyed;
    for (auto& [key, cells] : rows[t]) keyed[key_of(family_.tables[t], cells)] = cells;
    rows[t] = std::move(keyed);
  }
}
void MoveModel::erase_part(State& rows, const Match& match) const {
  std::erase_if(rows[part_], [&](const auto& row) { return of_part(row.second) == match; });
}

// A write of the whole carries what it changes to the part, and makes its row.
void MoveModel::carry_whole(const Cells* before, const Cells& after, State& rows, Step& step) const {
  const Match match = of_whole(after);
  Cells whole = after;
  if (before != nullptr && of_whole(*before) != match) {
    // The row of the part goes along, unless a foreign key has taken it there.
    if (Cells* part = find_part(rows, of_whole(*before)); part != nullptr) {
      Cells moved = *part;
      step.may_refuse = step.may_refuse || keeps_key_ || find_part(rows, match) != nullptr;
      erase_part(rows, of_whole(*before));
      for (const auto& pair : move().key) moved[pair.part] = cell(after, pair.whole);
      put_part(rows, moved);
    }
  }
  bool changed = before == nullptr && !whole_is_empty(after);
  if (before != nullptr)
    for (const auto& column : move().columns)
      changed = changed || cell(*before, column.whole) != cell(after, column.whole);
  Cells* part = find_part(rows, match);
  if (part == nullptr) {
    const bool key_changed = before != nullptr && of_whole(*before) != match;
    if (whole_is_empty(whole)) {
      // No row and one of defaults say the same.
      if (before != nullptr && changed) {
        const Cells made = new_part(whole);
        step.further.emplace_back(key_of(family_.tables[part_], made), made);
      }
      return;
    }
    if (!changed && !key_changed) return;
    const Cells made = new_part(whole);
    if (!changed) step.further.emplace_back(key_of(family_.tables[part_], made), std::nullopt);
    put_part(rows, made);
    return;
  }
  if (before == nullptr) {
    // A row of the part without one of the whole is there only where no foreign key holds them together.
    step.may_refuse = true;
    whole_is_empty(after) ? to_whole(*part, *find_whole(rows, match)) : to_part(after, *part);
    return;
  }
  if (!changed) return;
  const bool whole_waits = whole_is_empty(*before) && !part_is_empty(*part) && !move().splits;
  for (const auto& column : move().columns)
    if (!whole_waits || cell(*before, column.whole) != cell(after, column.whole))
      (*part)[column.part] = cell(after, column.whole);
  if (whole_waits) to_whole(*part, *find_whole(rows, match));
  if (!move().leaves_row && whole_is_empty(*find_whole(rows, match)) && !part_holds_more(*part))
    erase_part(rows, match);
}

void MoveModel::carry_whole_away(const Cells& before, State& rows, Step& step) const {
  const Match match = of_whole(before);
  if (find_whole(rows, match) != nullptr) return;  // another one has its key now
  Cells* part = find_part(rows, match);
  if (part == nullptr) return;
  if (!move().part_stays || !part_holds_more(*part)) {
    // Where both releases make such rows, the foreign key says what becomes of one that a release made.
    if (move().part_stays) step.may_refuse = true;
    erase_part(rows, match);
    return;
  }
  step.may_refuse = true;
  clear(*part, false);
  step.further.emplace_back(key_of(family_.tables[part_], *part), std::nullopt);
}

// A write of the part carries its row to the whole.
void MoveModel::carry_part(const Cells* before, const Cells& after, State& rows, Step& step) const {
  const Match match = of_part(after);
  Cells* whole = find_whole(rows, match);
  Cells* part = find_part(rows, match);
  const bool key_changed = before != nullptr && of_part(*before) != match;
  if (key_changed) {
    if (Cells* left = find_whole(rows, of_part(*before)); left != nullptr) {
      if (move().part_stays && (!whole_is_empty(*left) || (whole != nullptr && !whole_is_empty(*whole))))
        step.refused = true;
      clear(*left, true);
    }
  }
  bool changed = before == nullptr || key_changed;
  if (before != nullptr)
    for (const auto& column : move().columns)
      changed = changed || cell(*before, column.part) != cell(after, column.part);
  if (whole == nullptr) {
    const bool nobodys = changed && !(move().part_stays && part_is_empty(after));
    (move().bound_at_once ? step.refused : step.may_refuse) |= nobodys;
    return;
  }
  const bool part_waits = move().part_waits() && before != nullptr && part_is_empty(*before) && !whole_is_empty(*whole);
  // A release that makes a row for what else it holds says nothing about what moves.
  if (move().part_stays && before == nullptr && part_is_empty(after) && !whole_is_empty(*whole)) {
    to_part(*whole, *part);
    return;
  }
  if (part_waits && !key_changed) {
    Cells filled = *part;
    for (const auto& column : move().columns)
      if (cell(*before, column.part) == cell(after, column.part)) filled[column.part] = cell(*whole, column.whole);
    // Where nothing changes of what moves, it may go on waiting.
    changed ? void(*part = filled) : void(step.further.emplace_back(key_of(family_.tables[part_], after), filled));
  }
  if (changed) to_whole(*part, *whole);
}

void MoveModel::carry_part_away(const Cells& before, State& rows, Step& step) const {
  const Match match = of_part(before);
  Cells* whole = find_whole(rows, match);
  if (whole == nullptr || find_part(rows, match) != nullptr) return;
  // One that waits takes nothing away when it goes.
  if (move().part_waits() && part_is_empty(before) && !whole_is_empty(*whole)) return;
  if (move().refuses_delete && !whole_is_empty(*whole)) step.refused = true;
  clear(*whole, true);
}

MoveModel::Step MoveModel::carry(const State& before, const Plain& plain, State& rows) const {
  Step step;
  const auto changes = [&](std::size_t table, const auto& changed, const auto& gone) {
    for (const auto& [key, row] : plain.tables[table]) {
      const Cells* was = row.origin ? &before[table].at(*row.origin) : nullptr;
      // A REPLACE changes the whole; the part is another row, and may be given nothing.
      if (was == nullptr && table == whole_)
        if (const auto same = before[table].find(key); same != before[table].end()) was = &same->second;
      if (was == nullptr || *was != row.cells) changed(was, row.cells);
    }
    for (const auto& [key, cells] : before[table]) {
      const bool stays = std::any_of(plain.tables[table].begin(), plain.tables[table].end(),
                                     [&](const auto& row) { return row.second.origin == key || row.first == key; });
      if (!stays) gone(cells);
    }
  };
  changes(
      whole_, [&](const Cells* was, const Cells& now) { carry_whole(was, now, rows, step); },
      [&](const Cells& was) { carry_whole_away(was, rows, step); });
  changes(
      part_, [&](const Cells* was, const Cells& now) { carry_part(was, now, rows, step); },
      [&](const Cells& was) { carry_part_away(was, rows, step); });
  enter_keys(rows);
  return step;
}

bool MoveModel::waits(const State& rows, const Key& whole) const {
  const Cells& cells = rows[whole_].at(whole);
  for (const auto& [key, part] : rows[part_])
    if (of_part(part) == of_whole(cells))
      return move().splits ? move().part_waits() && part_is_empty(part) && !whole_is_empty(cells)
                           : whole_is_empty(cells) && !part_is_empty(part);
  return move().splits && !whole_is_empty(cells);
}

MoveModel::Step MoveModel::backfill(State& rows) const {
  Step step;
  std::vector<Cells> wholes;
  for (const auto& [key, cells] : rows[whole_])
    if (waits(rows, key)) wholes.push_back(cells);
  for (const Cells& cells : wholes) {
    Cells* part = find_part(rows, of_whole(cells));
    if (!move().splits)
      to_whole(*part, *find_whole(rows, of_whole(cells)));
    else if (part != nullptr)
      to_part(cells, *part);
    else
      carry_whole(nullptr, cells, rows, step);
  }
  enter_keys(rows);
  return step;
}

}  // namespace emcee::rehearse
