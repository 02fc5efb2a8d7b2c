#include "parser/source.h"

#include <algorithm>

namespace emcee::parser {

Source::Source(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {}

schema::Position Source::at(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const std::string_view before(text_.data(), offset);
  const std::size_t newline = before.rfind('\n');
  const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  std::size_t end = text_.find('\n', offset);
  if (end == std::string::npos) end = text_.size();
  if (end > begin && text_[end - 1] == '\r') --end;
  return {name_, 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')), offset - begin + 1,
          text_.substr(begin, std::max(end, begin) - begin)};
}

schema::Error Source::error(std::size_t offset, std::string message, std::string hint, schema::ErrorCode code) const {
  return {code, std::move(message), at(offset), std::move(hint)};
}

}  // namespace emcee::parser
