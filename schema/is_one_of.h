// Is a value among those that are listed?
#pragma once

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <string_view>

namespace emcee::schema {

template <class Value, class Values>
bool is_one_of(const Value& value, const Values& values) {
  return std::find(std::begin(values), std::end(values), value) != std::end(values);
}

inline bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace emcee::schema
