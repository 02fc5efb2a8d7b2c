// Objects in the order in which they came, found and removed by their key in constant time: the name,
// or what `key_of` says.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "schema/schema.h"

namespace emcee::parser {

// An object that is carried verbatim is known by its kind and name.
struct ObjectKey {
  std::string kind;
  schema::QualifiedName name;
  bool operator==(const ObjectKey&) const = default;
};

template <class T>
const schema::QualifiedName& key_of(const T& object) {
  return object.name;
}
inline ObjectKey key_of(const schema::OpaqueObject& object) { return {object.kind, object.name}; }

struct KeyHash {
  std::size_t operator()(const schema::QualifiedName& name) const { return std::hash<schema::QualifiedName>()(name); }
  std::size_t operator()(const ObjectKey& key) const {
    return std::hash<schema::QualifiedName>()(key.name) * 31 + std::hash<std::string>()(key.kind);
  }
};

template <class T>
class Named {
 public:
  using Key = std::decay_t<decltype(key_of(std::declval<const T&>()))>;

  // Null where there is none; valid until the next change.
  T* find(const Key& key) {
    const auto it = places_.find(key);
    return it == places_.end() ? nullptr : &*slots_[it->second];
  }

  // REQUIRES: no object has this key.
  void add(T object) {
    places_.emplace(key_of(object), slots_.size());
    slots_.push_back(std::move(object));
  }

  // Puts the object into the place of the one with this key, which may differ from its own.
  void replace(const Key& key, T object) {
    const auto it = places_.find(key);
    const std::size_t place = it->second;
    places_.erase(it);
    places_.emplace(key_of(object), place);
    slots_[place] = std::move(object);
  }

  bool remove(const Key& key) {
    const auto it = places_.find(key);
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
  std::unordered_map<Key, std::size_t, KeyHash> places_;
};

}  // namespace emcee::parser
