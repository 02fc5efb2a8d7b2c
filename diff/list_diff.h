// One comparison of two lists for every kind of object: what is only in the one, only in the
// other, and in both.
#pragma once

#include <unordered_map>
#include <utility>
#include <vector>

namespace emcee::diff {

template <class T>
struct ListDiff {
  std::vector<const T*> removed;                         // in the order of `before`
  std::vector<const T*> added;                           // in the order of `after`
  std::vector<std::pair<const T*, const T*>> persisted;  // in the order of `after`
};

// `same` says what makes two elements one object (the name, as a rule); elements that are the same
// must have equal hashes. Equal elements are paired one to one, in their order. Linear, but for
// hashes that collide.
template <class T, class Hash, class Same>
ListDiff<T> diff_lists(const std::vector<const T*>& before, const std::vector<const T*>& after, const Hash& hash,
                       const Same& same) {
  ListDiff<T> result;
  std::unordered_map<std::size_t, std::vector<std::size_t>> places;  // in `before`, by hash
  places.reserve(before.size());
  for (std::size_t i = 0; i < before.size(); ++i) places[hash(*before[i])].push_back(i);

  std::vector<bool> taken(before.size());
  for (const T* element : after) {
    const T* partner = nullptr;
    if (const auto found = places.find(hash(*element)); found != places.end()) {
      for (const std::size_t i : found->second) {
        if (taken[i] || !same(*before[i], *element)) continue;
        taken[i] = true;
        partner = before[i];
        break;
      }
    }
    if (partner) {
      result.persisted.emplace_back(partner, element);
    } else {
      result.added.push_back(element);
    }
  }
  for (std::size_t i = 0; i < before.size(); ++i)
    if (!taken[i]) result.removed.push_back(before[i]);
  return result;
}

template <class T>
std::vector<const T*> pointers(const std::vector<T>& values) {
  std::vector<const T*> result;
  result.reserve(values.size());
  for (const T& value : values) result.push_back(&value);
  return result;
}

// Objects that are known by their names.
template <class T>
ListDiff<T> diff_by_name(const std::vector<T>& before, const std::vector<T>& after) {
  return diff_lists<T>(
      pointers(before), pointers(after), [](const T& v) { return std::hash<decltype(v.name)>()(v.name); },
      [](const T& a, const T& b) { return a.name == b.name; });
}

}  // namespace emcee::diff
