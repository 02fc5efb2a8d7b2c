#include "dialects/postgres/normalise.h"

namespace emcee::postgres {

namespace {

void drop_implied_collations(const schema::Table& table, std::vector<schema::KeyPart>& parts) {
  for (schema::KeyPart& part : parts) {
    const auto name = part.expression.as_column();
    const schema::Column* column = name ? table.find_column(*name) : nullptr;
    if (column && part.collation && part.collation == column->collation) part.collation.reset();
  }
}

bool is_relation(const std::string& kind) { return kind == "sequence" || kind == "foreign table" || kind == "type"; }

}  // namespace

void normalise(schema::Table& table) {
  for (const schema::Identifier& name : table.key_columns())
    if (schema::Column* column = table.find_column(name)) column->not_null = true;
  for (schema::Column& column : table.columns)
    if (column.identity) column.not_null = true;
  for (schema::Index& index : table.indexes) drop_implied_collations(table, index.parts);
}

parser::BuildRules build_rules() {
  parser::BuildRules rules;
  rules.normalise = &normalise;
  rules.relation = &is_relation;
  rules.constraint_names = true;
  return rules;
}

}  // namespace emcee::postgres
