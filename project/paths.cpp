#include "project/paths.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "diff/near_name.h"

namespace emcee::project {

namespace {

using schema::ErrorCode;
using schema::fail;
using schema::Result;

// A release by its place: every hop leads to a later one.
struct Station {
  std::string name;
  std::size_t series = 0;
  bool last = false;   // of its series
  bool empty = false;  // changes no schema
};

class Line {
 public:
  explicit Line(const Project& project) {
    for (std::size_t s = 0; s < project.series.size(); ++s)
      for (const std::string& name : project.series[s].releases) {
        const auto& empty = project.series[s].empty;
        stations_.push_back({name, s, name == project.series[s].releases.back(),
                             std::find(empty.begin(), empty.end(), name) != empty.end()});
      }
  }

  const Station& operator[](std::size_t i) const { return stations_[i]; }

  Result<std::size_t> find(const std::string& name) const {
    for (std::size_t i = 0; i < stations_.size(); ++i)
      if (stations_[i].name == name) return i;
    std::vector<std::string> names;
    for (const Station& station : stations_) names.push_back(station.name);
    if (names.empty())
      return fail(ErrorCode::usage, "the project has no [[series]], so there are no paths",
                  "docs/project.md shows one");
    const std::string near = diff::did_you_mean(name, names);
    return fail(ErrorCode::usage, fmt::format("there is no release '{}'", name),
                near.empty() ? fmt::format("there is: {}", fmt::join(names, ", ")) : near);
  }

  bool leads(std::size_t from, std::size_t to) const {
    const Station &a = stations_[from], &b = stations_[to];
    if (to <= from) return false;
    if (a.series + 1 == b.series) return a.last;
    if (a.series != b.series) return false;
    return std::all_of(stations_.begin() + static_cast<std::ptrdiff_t>(from) + 1,
                       stations_.begin() + static_cast<std::ptrdiff_t>(to), [](const Station& s) { return s.empty; });
  }

  // The fewest hops; all lead forward, so that one pass suffices.
  std::vector<std::size_t> shortest(std::size_t from, std::size_t to) const {
    constexpr std::size_t kUnreached = SIZE_MAX;
    std::vector<std::size_t> hops(stations_.size(), kUnreached), before(stations_.size());
    hops[from] = 0;
    for (std::size_t i = from; i <= to; ++i)
      for (std::size_t j = from; j < i; ++j)
        if (hops[j] != kUnreached && hops[j] + 1 < hops[i] && leads(j, i)) {
          hops[i] = hops[j] + 1;
          before[i] = j;
        }
    std::vector<std::size_t> path{to};
    while (path.back() != from) path.push_back(before[path.back()]);
    std::reverse(path.begin(), path.end());
    return path;
  }

 private:
  std::vector<Station> stations_;
};

Result<std::vector<std::size_t>> stations_between(const Line& line, const std::string& from, const std::string& to) {
  EMCEE_ASSIGN(const std::size_t begin, line.find(from));
  EMCEE_ASSIGN(const std::size_t end, line.find(to));
  if (end <= begin)
    return fail(ErrorCode::answer_is_no, fmt::format("{} does not come after {}", to, from),
                "there is no way back but a backup");
  return line.shortest(begin, end);
}

std::vector<std::string> names_of(const Line& line, const std::vector<std::size_t>& path) {
  std::vector<std::string> names;
  for (const std::size_t station : path) names.push_back(line[station].name);
  return names;
}

// Why the first hop of the shortest way is not the last.
std::string reason(const Project& project, const Station& from, const Station& to) {
  if (from.series == to.series) return "every release of a series comes in its turn";
  if (to.series > from.series + 1) return fmt::format("series {} is not skipped", project.series[from.series + 1].name);
  return fmt::format("{} is reached from {}, the last release of its series", to.name,
                     project.series[from.series].releases.back());
}

}  // namespace

Result<std::vector<std::string>> shortest_path(const Project& project, const std::string& from, const std::string& to) {
  const Line line(project);
  EMCEE_ASSIGN(const auto path, stations_between(line, from, to));
  return names_of(line, path);
}

Result<void> check_path(const Project& project, const std::vector<std::string>& stations) {
  const Line line(project);
  for (std::size_t i = 1; i < stations.size(); ++i) {
    EMCEE_ASSIGN(const auto path, stations_between(line, stations[i - 1], stations[i]));
    if (path.size() > 2)
      return fail(ErrorCode::answer_is_no,
                  fmt::format("{} does not lead to {} directly: {}", stations[i - 1], stations[i],
                              reason(project, line[path.front()], line[path.back()])),
                  fmt::format("the shortest way is {}", fmt::join(names_of(line, path), " → ")));
  }
  return {};
}

}  // namespace emcee::project
