// A source text that knows its name and where its lines begin.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "schema/result.h"

namespace emcee::parser {

// A range of bytes of a source text.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

class Source {
 public:
  // `name` is what messages call the text: a path, `-` for standard input, `<database>`.
  Source(std::string name, std::string text);

  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }
  std::string_view text(Span span) const { return std::string_view(text_).substr(span.begin, span.end - span.begin); }

  // The place of a byte offset; the end of the text where the offset lies behind it.
  schema::Position at(std::size_t offset) const;

  // A fix_text error (or another code) at that offset.
  schema::Error error(std::size_t offset, std::string message, std::string hint = {},
                      schema::ErrorCode code = schema::ErrorCode::fix_text) const;

 private:
  std::string name_;
  std::string text_;
  std::vector<std::size_t> lines_;  // where each begins
};

}  // namespace emcee::parser
