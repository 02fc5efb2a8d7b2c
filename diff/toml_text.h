// A TOML text whose values know their places, down to the byte inside of a string.
#pragma once

#include <toml++/toml.h>
#include <cstddef>
#include <string_view>
#include <vector>

#include "parser/source.h"
#include "schema/result.h"

namespace emcee::diff {

class TomlText {
 public:
  // Errors: fix_text at the place of the syntax error. The source must outlive the result.
  static schema::Result<TomlText> parse(const parser::Source& source);

  const toml::table& root() const { return root_; }
  const parser::Source& source() const { return *source_; }

  // Where a key or a value begins, as an offset of bytes.
  std::size_t offset(const toml::source_region& region) const;
  // Where byte `index` of a string value stands; the beginning of the string where that cannot be told.
  std::size_t offset_in(const toml::value<std::string>& string, std::size_t index) const;

  schema::Error error(const toml::source_region& region, std::string message, std::string hint = {}) const {
    return source_->error(offset(region), std::move(message), std::move(hint));
  }

 private:
  TomlText(const parser::Source& source, toml::table root);

  const parser::Source* source_;
  std::vector<std::size_t> lines_;  // offsets of their beginnings
  toml::table root_;
};

// For each byte of `value` its offset in `text`, where the TOML string of that value begins at
// `begin` (its opening quote); then the offset of the closing quote. Empty where they do not agree.
std::vector<std::size_t> string_offsets(std::string_view text, std::size_t begin, std::string_view value);

}  // namespace emcee::diff
