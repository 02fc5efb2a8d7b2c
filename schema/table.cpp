#include "schema/table.h"

#include <algorithm>

namespace emcee::schema {

namespace {

template <class T>
bool same_set(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::is_permutation(a.begin(), a.end(), b.begin());
}

bool same_columns(const Table& a, const Table& b) {
  if (a.columns.size() != b.columns.size()) return false;
  for (std::size_t i = 0; i < a.columns.size(); ++i) {
    const Column& column = a.columns[i];
    if (column.name == b.columns[i].name) {  // the usual case: same place
      if (!(column == b.columns[i])) return false;
      continue;
    }
    const Column* other = b.find_column(column.name);
    if (!other || !(column == *other)) return false;
  }
  return true;
}

}  // namespace

const Column* Table::find_column(const Identifier& id) const {
  for (const Column& column : columns)
    if (column.name == id) return &column;
  return nullptr;
}

Column* Table::find_column(const Identifier& id) {
  return const_cast<Column*>(static_cast<const Table*>(this)->find_column(id));
}

std::vector<Identifier> Table::key_columns() const {
  std::vector<Identifier> result;
  if (!primary_key) return result;
  for (const KeyPart& part : primary_key->parts)
    if (auto column = part.expression.as_column()) result.push_back(*column);
  return result;
}

bool Table::operator==(const Table& o) const {
  return name == o.name && options == o.options && primary_key == o.primary_key && same_columns(*this, o) &&
         same_set(uniques, o.uniques) && same_set(foreign_keys, o.foreign_keys) && same_set(checks, o.checks) &&
         same_set(indexes, o.indexes);
}

}  // namespace emcee::schema
