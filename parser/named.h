// Objects in the order in which they came, found and removed by name in constant time.
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "schema/identifier.h"

namespace emcee::parser {

template <class T>
class Named {
 public:
  // Null where there is none; valid until the next change.
  T* find(const schema::QualifiedName& name) {
    const auto it = places_.find(name);
    return it == places_.end() ? nullptr : &*slots_[it->second];
  }

  // REQUIRES: no object has this name.
  void add(T object) {
    places_.emplace(object.name, slots_.size());
    slots_.push_back(std::move(object));
  }

  // Puts the object into the place of the one named `name`, whose name may differ.
  void replace(const schema::QualifiedName& name, T object) {
    const auto it = places_.find(name);
    const std::size_t place = it->second;
    places_.erase(it);
    places_.emplace(object.name, place);
    slots_[place] = std::move(object);
  }

  bool remove(const schema::QualifiedName& name) {
    const auto it = places_.find(name);
    if (it == places_.end()) return false;
    slots_[it->second].reset();
    places_.erase(it);
    return true;
  }

  template <class F>
  void for_each(F f) {
    for (std::optional<T>& slot : slots_)
      if (slot) f(*slot);
  }

  // All objects; there are none afterwards.
  std::vector<T> take() {
    std::vector<T> result;
    result.reserve(places_.size());
    for_each([&](T& object) { result.push_back(std::move(object)); });
    slots_.clear();
    places_.clear();
    return result;
  }

 private:
  std::vector<std::optional<T>> slots_;
  std::unordered_map<schema::QualifiedName, std::size_t> places_;
};

}  // namespace emcee::parser
