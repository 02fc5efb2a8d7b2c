#include "diff/toml_text.h"

#include <algorithm>

namespace emcee::diff {

namespace {

std::size_t offset_of(const std::vector<std::size_t>& lines, std::string_view text, toml::source_position position) {
  if (position.line == 0 || position.line > lines.size()) return text.size();
  std::size_t offset = lines[position.line - 1];
  // The library counts columns in characters.
  for (toml::source_index column = 1; column < position.column && offset < text.size(); ++column) {
    ++offset;
    while (offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0xC0) == 0x80) ++offset;
  }
  return offset;
}

std::vector<std::size_t> line_starts(std::string_view text) {
  std::vector<std::size_t> starts{0};
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') starts.push_back(i + 1);
  return starts;
}

std::size_t utf8_length(std::string_view hex) {
  unsigned long code = 0;
  for (const char c : hex) {
    const char lower = static_cast<char>(c | 0x20);
    code = code * 16 + static_cast<unsigned long>(c <= '9' ? c - '0' : lower - 'a' + 10);
  }
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

// Walks over a string as it is written, and notes where each byte of its value comes from.
class StringWalker {
 public:
  StringWalker(std::string_view text, std::size_t begin, std::string_view value)
      : text_(text), value_(value), at_(begin) {}

  std::vector<std::size_t> run() {
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '"' && quote != '\'') return {};
    const std::string_view three = text_.substr(at_, 3);
    const bool lines = three.size() == 3 && three[1] == quote && three[2] == quote;
    at_ += lines ? 3 : 1;
    if (lines) skip_newline();
    while (offsets_.size() < value_.size())
      if (at_ >= text_.size() || !(quote == '"' && text_[at_] == '\\' ? escape() : plain())) return {};
    offsets_.push_back(at_);
    return std::move(offsets_);
  }

 private:
  void skip_newline() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
  }

  bool plain() {
    if (text_[at_] != value_[offsets_.size()]) return false;
    offsets_.push_back(at_++);
    return true;
  }

  // https://toml.io/en/v1.0.0#string
  bool escape() {
    const char kind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    std::size_t written = 2, bytes = 1;
    if (kind == 'u' || kind == 'U') {
      const std::size_t digits = kind == 'u' ? 4 : 8;
      written += digits;
      bytes = utf8_length(text_.substr(std::min(at_ + 2, text_.size()), digits));
    } else if (kind == '\n' || kind == '\r' || kind == ' ' || kind == '\t') {
      at_ = std::min(text_.find_first_not_of(" \t\r\n", at_ + 1), text_.size());
      return true;
    }
    offsets_.insert(offsets_.end(), bytes, at_);
    at_ += written;
    return true;
  }

  std::string_view text_, value_;
  std::size_t at_;
  std::vector<std::size_t> offsets_;
};

}  // namespace

std::vector<std::size_t> string_offsets(std::string_view text, std::size_t begin, std::string_view value) {
  return StringWalker(text, begin, value).run();
}

TomlText::TomlText(const parser::Source& source, toml::table root)
    : source_(&source), lines_(line_starts(source.text())), root_(std::move(root)) {}

schema::Result<TomlText> TomlText::parse(const parser::Source& source) {
  // The one place where the library throws.
  try {
    return TomlText(source, toml::parse(std::string_view(source.text())));
  } catch (const toml::parse_error& error) {
    const std::size_t offset = offset_of(line_starts(source.text()), source.text(), error.source().begin);
    return schema::fail(source.error(offset, "this is not TOML: " + std::string(error.description())));
  }
}

std::size_t TomlText::offset(const toml::source_region& region) const {
  return offset_of(lines_, source_->text(), region.begin);
}

std::size_t TomlText::offset_in(const toml::value<std::string>& string, std::size_t index) const {
  const std::size_t begin = offset(string.source());
  const auto offsets = string_offsets(source_->text(), begin, string.get());
  return offsets.empty() ? begin : offsets[std::min(index, offsets.size() - 1)];
}

}  // namespace emcee::diff
