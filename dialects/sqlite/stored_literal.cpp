#include "dialects/sqlite/stored_literal.h"

#include <fmt/format.h>

#include "dialects/sqlite/affinity.h"
#include "dialects/sqlite/ddl.h"

namespace emcee::sqlite {

std::optional<std::string> stored_literal(const plan::OldColumn& column, const schema::Table& table) {
  const schema::Column* declared = table.find_column(column.name);
  if (!column.default_value || !declared) return std::nullopt;
  const std::string text = to_canonical_sql(*column.default_value, quoting());
  for (const schema::Token& token : column.default_value->tokens())
    if (token.role == schema::Role::name || token.role == schema::Role::column || token.role == schema::Role::table)
      return std::nullopt;
  for (const schema::Token& token : column.default_value->tokens())
    if (token.role == schema::Role::keyword && schema::to_upper(token.text).starts_with("CURRENT")) return std::nullopt;
  const Affinity type = affinity(declared->type, table.options);
  if (type == Affinity::blob) return text;
  // CAST changes no literal that the affinity would not change: text that is no number stays text.
  if (type == Affinity::text) return fmt::format("CAST({} AS TEXT)", text);
  return fmt::format(
      "CASE WHEN typeof({0}) = 'text' AND {0} <> CAST({0} AS NUMERIC) THEN {0} ELSE CAST({0} AS {1}) END", text,
      cast_type(type));
}

}  // namespace emcee::sqlite
