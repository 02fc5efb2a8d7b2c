// The words for the phases of an upgrade and for the kinds of its steps, in this order. plan.json, the
// ledger, the names of scripts and the output use the same ones. The two halves of Emcee have
// enumerations of their own, since neither includes the other; both are spelled here.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace emcee::schema {

inline constexpr std::array<std::string_view, 3> kPhaseNames{"expand", "migrate", "contract"};
inline constexpr std::array<std::string_view, 4> kStepKindNames{"ddl", "sync", "backfill", "check"};

// REQUIRES: the enumeration has its values in the order of the names, from 0.
template <class Enum, std::size_t count>
constexpr std::string_view name_of(Enum value, const std::array<std::string_view, count>& names) {
  return names[static_cast<std::size_t>(value)];
}

}  // namespace emcee::schema
