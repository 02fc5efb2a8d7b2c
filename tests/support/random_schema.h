// Random schemas, and random steps from one release to the next, for properties.
//
// The schemas are valid and canonical SQLite: SQLite would accept their DDL, and a parser that
// reads it gives equal values back. Same seed, same schema.
#pragma once

#include <cstdint>
#include <random>

#include "schema/schema.h"

namespace emcee::testing {

class RandomSchema {
 public:
  explicit RandomSchema(std::uint64_t seed) : random_(seed) {}

  // `tables` tables with keys, constraints and indexes, and some views, triggers and virtual tables.
  schema::Schema make(int tables);

  // The schema after `mutations` realistic changes of any kind.
  schema::Schema mutate(const schema::Schema& schema, int mutations);

 private:
  struct Builder;
  struct Mutator;

  // 0 .. n-1
  std::size_t below(std::size_t n) { return n == 0 ? 0 : static_cast<std::size_t>(random_() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }

  std::mt19937_64 random_;
};

// Names as SQLite compares them.
schema::Identifier name(std::string text);
schema::QualifiedName object_name(std::string text);

// Tokens from a list of words: `column:a`, `table:t`, `name:lower`, `keyword:SELECT`, `new:a`, `old:a`,
// `literal:1`; any other word is a symbol.
schema::Fragment fragment(std::initializer_list<std::string_view> words);

}  // namespace emcee::testing
