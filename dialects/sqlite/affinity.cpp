#include "dialects/sqlite/affinity.h"

namespace emcee::sqlite {

Affinity affinity(const schema::Type& type) {
  // The rules apply to the whole declaration, in this order: CHARINT is an integer.
  const std::string name = schema::to_upper(type.text.empty() ? type.name : type.text);
  const auto has = [&](std::string_view word) { return name.find(word) != std::string::npos; };
  if (has("INT")) return Affinity::integer;
  if (has("CHAR") || has("CLOB") || has("TEXT")) return Affinity::text;
  if (has("BLOB") || name.empty()) return Affinity::blob;
  if (has("REAL") || has("FLOA") || has("DOUB")) return Affinity::real;
  return Affinity::numeric;
}

Affinity affinity(const schema::Type& type, const schema::TableOptions& options) {
  if (options.strict && schema::equal_ignoring_case(type.text, "ANY")) return Affinity::blob;
  return affinity(type);
}

std::string_view cast_type(Affinity affinity) {
  switch (affinity) {
    case Affinity::blob:
      return "BLOB";
    case Affinity::text:
      return "TEXT";
    case Affinity::numeric:
      return "NUMERIC";
    case Affinity::integer:
      return "INTEGER";
    case Affinity::real:
      return "REAL";
  }
  return "BLOB";
}

}  // namespace emcee::sqlite
