#include "diff/questions.h"

#include <algorithm>
#include <unordered_map>

#include "diff/near_name.h"
#include "schema/is_one_of.h"

namespace emcee::diff {

namespace {

// What speaks for a rename, and how loudly.
constexpr int kSameType = 4;
constexpr int kSimilarName = 4;
constexpr int kSameNullability = 2;
constexpr int kSameDefault = 1;
constexpr int kSamePlace = 1;

// Who drops and adds more columns than this in one table does not rename them one by one.
constexpr std::size_t kMaxColumns = 200;
// A column name that more added tables have (`id`) does not lead from one table to another.
constexpr std::size_t kMaxTablesOfAColumn = 32;

struct Pair {
  std::size_t removed, added;
  int score;
};

// The likeliest pairs, each object once. Same input, same pairs.
std::vector<Pair> best_pairs(std::vector<Pair> pairs, std::size_t removed_count, std::size_t added_count) {
  std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.score > b.score; });
  std::vector<bool> removed_taken(removed_count), added_taken(added_count);
  std::vector<Pair> result;
  for (const Pair& pair : pairs) {
    if (removed_taken[pair.removed] || added_taken[pair.added]) continue;
    removed_taken[pair.removed] = added_taken[pair.added] = true;
    result.push_back(pair);
  }
  std::stable_sort(result.begin(), result.end(), [](const Pair& a, const Pair& b) { return a.removed < b.removed; });
  return result;
}

// `text` is what the user wrote; names compare as the database compares them.
bool names(const std::string& text, const std::string& object, schema::Folding folding) {
  return Identifier(text, folding) == Identifier(object, folding);
}

bool declared_separate(const ReleaseMap& map, const std::string& removed, const std::string& added,
                       schema::Folding folding) {
  return std::any_of(map.separates.begin(), map.separates.end(), [&](const Separate& s) {
    return names(s.removed, removed, folding) && names(s.added, added, folding);
  });
}

bool spoken_of(const ReleaseMap& map, const QualifiedName& table, const Identifier& column) {
  const auto in_map = [&](const ColumnMap& m) {
    return m.table == table && (schema::is_one_of(column, m.old_columns) || schema::is_one_of(column, m.new_columns));
  };
  const auto in_fill = [&](const Fill& f) { return f.table == table && f.column == column; };
  const auto in_move = [&](const Move& m) {
    return std::any_of(m.columns.begin(), m.columns.end(), [&](const Lookup::Pair& pair) {
      return (m.to == table && pair.column == column) || (m.from == table && pair.equals == column);
    });
  };
  return std::any_of(map.maps.begin(), map.maps.end(), in_map) ||
         std::any_of(map.moves.begin(), map.moves.end(), in_move) ||
         std::any_of(map.fills.begin(), map.fills.end(), in_fill);
}

// Its columns go to another table, or come from one.
bool moves(const ReleaseMap& map, const Table& table) {
  return std::any_of(map.moves.begin(), map.moves.end(),
                     [&](const Move& m) { return m.from == table.name || m.to == table.name; });
}

std::vector<const Column*> open_columns(const std::vector<const Column*>& columns, const ReleaseMap& map,
                                        const QualifiedName& table) {
  std::vector<const Column*> result;
  for (const Column* column : columns)
    if (result.size() < kMaxColumns && !spoken_of(map, table, column->name)) result.push_back(column);
  return result;
}

// 0: not alike.
int likeness(const Column& removed, const Column& added, bool same_place) {
  if (removed.generated.has_value() != added.generated.has_value()) return 0;
  const bool same_type = removed.type == added.type;
  const bool same_nullability = removed.not_null == added.not_null;
  const bool similar = similar_names(removed.name.text(), added.name.text());
  if (!similar && !(same_type && same_nullability)) return 0;
  return (similar ? kSimilarName : 0) + (same_type ? kSameType : 0) + (same_nullability ? kSameNullability : 0) +
         (removed.default_value == added.default_value ? kSameDefault : 0) + (same_place ? kSamePlace : 0);
}

std::size_t place(const Table& table, const Column& column) {
  return static_cast<std::size_t>(table.find_column(column.name) - table.columns.data());
}

// Shared names of columns in percent of all names; 0: not alike.
int likeness(const Table& removed, const Table& added) {
  std::size_t shared = 0;
  for (const Column& column : removed.columns)
    if (added.find_column(column.name)) ++shared;
  const std::size_t all = removed.columns.size() + added.columns.size() - shared;
  if (all == 0) return 0;
  const int percent = static_cast<int>(100 * shared / all);
  const bool similar = similar_names(removed.name.name.text(), added.name.name.text());
  if (percent >= 50 || (percent >= 25 && similar)) return percent + (similar ? 100 : 0);
  return 0;
}

}  // namespace

void ask_about_columns(const Table& before, const Table& after, const std::vector<const Column*>& removed,
                       const std::vector<const Column*>& added, const ReleaseMap& map,
                       std::vector<Question>& questions) {
  if (removed.empty() || added.empty()) return;
  // The columns of a partition are those of its parent, of which is asked.
  if (before.options.other.count("partition_of") > 0 && after.options.other.count("partition_of") > 0) return;
  const auto from = open_columns(removed, map, after.name);
  const auto to = open_columns(added, map, after.name);
  const auto text = [&](const Column& column) { return after.name.text() + "." + column.name.text(); };
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < from.size(); ++i)
    for (std::size_t j = 0; j < to.size(); ++j) {
      const int score = likeness(*from[i], *to[j], place(before, *from[i]) == place(after, *to[j]));
      if (score > 0 && !declared_separate(map, text(*from[i]), text(*to[j]), to[j]->name.folding()))
        pairs.push_back({i, j, score});
    }
  for (const Pair& pair : best_pairs(std::move(pairs), from.size(), to.size()))
    questions.push_back({text(*from[pair.removed]), text(*to[pair.added]), false, after.name, after.name,
                         from[pair.removed]->name, to[pair.added]->name});
}

void ask_about_tables(const std::vector<const Table*>& removed, const std::vector<const Table*>& added,
                      const ReleaseMap& map, std::vector<Question>& questions) {
  if (removed.empty() || added.empty()) return;
  // Only tables that share an uncommon column are compared, so that thousands of tables on both
  // sides stay cheap.
  std::unordered_map<Identifier, std::vector<std::size_t>> tables_of_column;
  for (std::size_t j = 0; j < added.size(); ++j)
    for (const Column& column : added[j]->columns) tables_of_column[column.name].push_back(j);

  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < removed.size(); ++i) {
    std::vector<std::size_t> candidates;
    for (const Column& column : removed[i]->columns) {
      const auto found = tables_of_column.find(column.name);
      if (found == tables_of_column.end() || found->second.size() > kMaxTablesOfAColumn) continue;
      candidates.insert(candidates.end(), found->second.begin(), found->second.end());
    }
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    for (const std::size_t j : candidates) {
      if (moves(map, *removed[i]) || moves(map, *added[j])) continue;
      const int score = likeness(*removed[i], *added[j]);
      const Identifier& name = added[j]->name.name;
      if (score > 0 && !declared_separate(map, removed[i]->name.text(), added[j]->name.text(), name.folding()))
        pairs.push_back({i, j, score});
    }
  }
  for (const Pair& pair : best_pairs(std::move(pairs), removed.size(), added.size()))
    questions.push_back({removed[pair.removed]->name.text(),
                         added[pair.added]->name.text(),
                         true,
                         removed[pair.removed]->name,
                         added[pair.added]->name,
                         {},
                         {}});
}

}  // namespace emcee::diff
