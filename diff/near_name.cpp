#include "diff/near_name.h"

#include <fmt/format.h>
#include <algorithm>
#include <numeric>

#include "schema/identifier.h"

namespace emcee::diff {

namespace {

// Longer names are not compared letter by letter: they are not slips of the finger.
constexpr std::size_t kMaxLength = 128;
// Shorter names are contained in too many others to say anything.
constexpr std::size_t kMinContained = 3;

std::string letters(std::string_view name) {
  std::string result = schema::to_lower(name);
  result.erase(std::remove(result.begin(), result.end(), '_'), result.end());
  return result;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // rows[i][j]: the edits between the first i letters of `a` and the first j of `b`.
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  std::iota(rows[0].begin(), rows[0].end(), std::size_t{0});
  const auto same = [&](std::size_t i, std::size_t j) {
    return schema::to_lower(a[i - 1]) == schema::to_lower(b[j - 1]);
  };
  for (std::size_t i = 1; i <= a.size(); ++i) {
    rows[i][0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (same(i, j) ? 0 : 1)});
      if (i > 1 && j > 1 && same(i, j - 1) && same(i - 1, j)) rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.size()][b.size()];
}

bool similar_names(std::string_view a, std::string_view b) {
  std::string x = letters(a), y = letters(b);
  if (x.size() > y.size()) std::swap(x, y);
  if (x.empty() || y.size() > kMaxLength) return x == y;
  if (x.size() >= kMinContained && y.find(x) != std::string::npos) return true;
  if (y.size() - x.size() > y.size() / 3) return false;
  return edit_distance(x, y) <= y.size() / 3;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string* best = nullptr;
  std::size_t best_distance = 0;
  for (const std::string& candidate : candidates) {
    if (!similar_names(name, candidate)) continue;
    const std::size_t distance = edit_distance(name.substr(0, kMaxLength), candidate.substr(0, kMaxLength));
    if (best && distance >= best_distance) continue;
    best = &candidate;
    best_distance = distance;
  }
  return best ? fmt::format("did you mean {}?", *best) : std::string();
}

}  // namespace emcee::diff
