// Exhaustive visiting of a std::variant: a forgotten alternative does not compile.
#pragma once

#include <utility>
#include <variant>

namespace emcee::schema {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

template <class Variant, class... Fs>
decltype(auto) match(Variant&& variant, Fs&&... fs) {
  return std::visit(Overloaded<std::decay_t<Fs>...>{std::forward<Fs>(fs)...}, std::forward<Variant>(variant));
}

}  // namespace emcee::schema
