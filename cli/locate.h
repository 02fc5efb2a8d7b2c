// Where in the texts of a schema an object is defined or changed: a place to look at, for messages
// and annotations. Nothing is decided by it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "diff/change.h"
#include "parser/source.h"
#include "schema/schema.h"

namespace emcee::cli {

class Locator {
 public:
  // Both outlive the locator.
  Locator(const schema::Schema& schema, const std::vector<parser::Source>& texts);

  // The statement that makes the subject of the change, in it the name of the column or constraint;
  // else the last line that names them; nullopt where no text does (a dropped table).
  std::optional<schema::Position> locate(const diff::Change& change) const;

 private:
  // A text in lower case, since the names of a schema and of its texts may differ in case.
  struct Text {
    const parser::Source* source;
    std::string lower;
    std::unordered_map<std::string_view, std::vector<std::size_t>> words;  // where each stands, ascending
  };

  static std::vector<std::size_t> places_of(const Text& text, std::string_view name);
  std::optional<schema::Position> locate_statement(std::string_view statement, std::string_view name,
                                                   std::string_view part) const;
  std::optional<schema::Position> locate_by_words(std::string_view name, std::string_view part) const;

  const schema::Schema& schema_;
  std::vector<Text> texts_;
};

}  // namespace emcee::cli
