// Spellings that operators of other tools know (docs/aliases.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace emcee::cli {

struct Alias {
  std::vector<std::string_view> words;  // what the arguments begin with
  std::vector<std::string_view> here;   // what stands for them
  std::string_view known_from;
};
const std::vector<Alias>& aliases();

// The arguments as Emcee spells them; those that are no alias stay as they are.
std::vector<std::string> translate_alias(std::vector<std::string> arguments);

}  // namespace emcee::cli
