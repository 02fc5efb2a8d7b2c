#include "parser/source.h"

#include <algorithm>
#include <iterator>

namespace emcee::parser {

Source::Source(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)), lines_{0} {
  for (std::size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1))
    lines_.push_back(at + 1);
}

schema::Position Source::at(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto next = std::upper_bound(lines_.begin(), lines_.end(), offset);
  const std::size_t begin = *std::prev(next);
  std::size_t end = next == lines_.end() ? text_.size() : *next - 1;
  if (end > begin && text_[end - 1] == '\r') --end;
  return {name_, static_cast<std::size_t>(next - lines_.begin()), offset - begin + 1,
          text_.substr(begin, std::max(end, begin) - begin)};
}

schema::Error Source::error(std::size_t offset, std::string message, std::string hint, schema::ErrorCode code) const {
  return {code, std::move(message), at(offset), std::move(hint)};
}

}  // namespace emcee::parser
