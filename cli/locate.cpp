#include "cli/locate.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace emcee::cli {

namespace {

using parser::Source;
using parser::Span;
using schema::Position;

constexpr std::size_t kNone = std::string_view::npos;

bool in_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// A text in lower case, since the names of a schema and of its texts may differ in case.
std::size_t find_word(std::string_view lower, std::string_view lower_word, Span range) {
  if (lower_word.empty()) return kNone;
  for (std::size_t at = lower.find(lower_word, range.begin); at != kNone && at + lower_word.size() <= range.end;
       at = lower.find(lower_word, at + 1)) {
    const bool starts = at == 0 || !in_word(lower[at - 1]);
    const std::size_t end = at + lower_word.size();
    const bool ends = end == lower.size() || !in_word(lower[end]);
    if (starts && ends) return at;
  }
  return kNone;
}

// The statement as the user wrote it; empty where Emcee put it together or there is none.
std::string_view statement_of(const schema::QualifiedName& subject, const schema::Schema& schema) {
  if (const auto* table = schema.find_table(subject)) return table->source;
  if (const auto* view = schema.find_view(subject)) return view->source;
  if (const auto* trigger = schema.find_trigger(subject)) return trigger->source;
  if (const auto* object = schema.find_object(subject)) return object->source;
  return {};
}

// `images.visibility` of table images -> `visibility`
std::string part_of(const diff::Change& change) {
  const std::string object = diff::object(change);
  const std::string prefix = diff::subject(change).text() + ".";
  return object.starts_with(prefix) ? object.substr(prefix.size()) : object;
}

// From the last text on, since a later file changes what an earlier one made.
std::optional<Position> locate_by_words(const std::string& name, const std::string& part,
                                        const std::vector<Source>& texts) {
  for (auto source = texts.rbegin(); source != texts.rend(); ++source) {
    const std::string lower = schema::to_lower(source->text());
    const Span all{0, lower.size()};
    std::optional<Position> last;
    for (std::size_t at = find_word(lower, name, all); at != kNone;
         at = find_word(lower, name, {at + name.size(), lower.size()})) {
      const std::size_t end = std::min(lower.find(';', at), lower.size());
      const std::size_t found = find_word(lower, part, {at, end});
      if (found != kNone) last = source->at(found);
    }
    if (last) return last;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Position> locate(const diff::Change& change, const schema::Schema& schema,
                               const std::vector<Source>& texts) {
  const schema::QualifiedName subject = diff::subject(change);
  const std::string part = schema::to_lower(part_of(change));
  if (const std::string_view statement = statement_of(subject, schema); !statement.empty()) {
    for (const Source& source : texts) {
      const std::size_t begin = source.text().find(statement);
      if (begin == kNone) continue;
      const std::size_t found = find_word(schema::to_lower(source.text()), part, {begin, begin + statement.size()});
      return source.at(found == kNone ? begin : found);
    }
  }
  return locate_by_words(schema::to_lower(subject.name.text()), part, texts);
}

}  // namespace emcee::cli
