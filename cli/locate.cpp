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

// The first word of a text from `at` on; empty where there is none left.
Span next_word(std::string_view text, std::size_t at) {
  while (at < text.size() && !in_word(text[at])) ++at;
  std::size_t end = at;
  while (end < text.size() && in_word(text[end])) ++end;
  return {at, end};
}

// `lower_word` may hold more than letters, as a name in quotes does.
std::size_t find_word(std::string_view lower, std::string_view lower_word, Span range) {
  if (lower_word.empty()) return kNone;
  const std::string_view within = lower.substr(0, range.end);
  for (std::size_t at = within.find(lower_word, range.begin); at != kNone; at = within.find(lower_word, at + 1)) {
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

}  // namespace

Locator::Locator(const schema::Schema& schema, const std::vector<Source>& texts) : schema_(schema) {
  texts_.reserve(texts.size());
  for (const Source& source : texts) {
    Text& text = texts_.emplace_back(Text{&source, schema::to_lower(source.text()), {}});
    const std::string_view lower = text.lower;
    for (Span word = next_word(lower, 0); word.begin < word.end; word = next_word(lower, word.end))
      text.words[lower.substr(word.begin, word.end - word.begin)].push_back(word.begin);
  }
}

// Where the name stands as a whole; found by its first word.
std::vector<std::size_t> Locator::places_of(const Text& text, std::string_view name) {
  const Span first = next_word(name, 0);
  const auto words = text.words.find(name.substr(first.begin, first.end - first.begin));
  std::vector<std::size_t> places;
  if (words == text.words.end()) return places;
  for (const std::size_t word : words->second) {
    if (word < first.begin) continue;
    const std::size_t at = word - first.begin;
    if (find_word(text.lower, name, {at, at + name.size()}) == at) places.push_back(at);
  }
  return places;
}

std::optional<Position> Locator::locate_statement(std::string_view statement, std::string_view name,
                                                  std::string_view part) const {
  const std::string lower = schema::to_lower(statement);
  const std::size_t inside = find_word(lower, name, {0, lower.size()});
  for (const Text& text : texts_) {
    std::size_t begin = kNone;
    if (inside == kNone) begin = text.source->text().find(statement);  // a name with quotes in it
    for (const std::size_t place : inside == kNone ? std::vector<std::size_t>() : places_of(text, name)) {
      if (place < inside || text.source->text().compare(place - inside, statement.size(), statement) != 0) continue;
      begin = place - inside;
      break;
    }
    if (begin == kNone) continue;
    const std::size_t found = find_word(text.lower, part, {begin, begin + statement.size()});
    return text.source->at(found == kNone ? begin : found);
  }
  return std::nullopt;
}

// From the last text on, since a later file changes what an earlier one made.
std::optional<Position> Locator::locate_by_words(std::string_view name, std::string_view part) const {
  for (auto text = texts_.rbegin(); text != texts_.rend(); ++text) {
    const auto places = places_of(*text, name);
    for (auto at = places.rbegin(); at != places.rend(); ++at) {
      const std::size_t end = std::min(text->lower.find(';', *at), text->lower.size());
      const std::size_t found = find_word(text->lower, part, {*at, end});
      if (found != kNone) return text->source->at(found);
    }
  }
  return std::nullopt;
}

std::optional<Position> Locator::locate(const diff::Change& change) const {
  const schema::QualifiedName subject = diff::subject(change);
  const std::string name = schema::to_lower(subject.name.text()), part = schema::to_lower(part_of(change));
  if (const std::string_view statement = statement_of(subject, schema_); !statement.empty())
    if (auto position = locate_statement(statement, name, part)) return position;
  return locate_by_words(name, part);
}

}  // namespace emcee::cli
