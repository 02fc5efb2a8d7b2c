#include "schema/schema.h"

#include <fmt/format.h>
#include <algorithm>
#include <unordered_set>

namespace emcee::schema {

namespace {

tl::unexpected<Error> schema_error(std::string message, std::string hint = {}) {
  return fail(ErrorCode::fix_schema, std::move(message), std::move(hint));
}

Result<void> check_column(const Table& table, const Identifier& column, std::string_view used_by) {
  if (table.find_column(column)) return {};
  return schema_error(fmt::format("{} of table {} names column {}, which the table does not have", used_by,
                                  table.name.text(), column.text()));
}

Result<void> check_parts(const Table& table, const std::vector<KeyPart>& parts, std::string_view used_by) {
  for (const KeyPart& part : parts)
    if (auto column = part.expression.as_column()) EMCEE_TRY(check_column(table, *column, used_by));
  return {};
}

template <class T>
const T* find(const std::vector<T>& objects, const QualifiedName& name) {
  for (const T& object : objects)
    if (object.name == name) return &object;
  return nullptr;
}

template <class T>
void put_into(std::vector<T>& objects, T object) {
  for (T& existing : objects)
    if (existing.name == object.name) {
      existing = std::move(object);
      return;
    }
  objects.push_back(std::move(object));
}

template <class T>
bool remove_from(std::vector<T>& objects, const QualifiedName& name) {
  const auto it = std::find_if(objects.begin(), objects.end(), [&](const T& o) { return o.name == name; });
  if (it == objects.end()) return false;
  objects.erase(it);
  return true;
}

template <class T>
bool same_by_name(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return false;
  std::unordered_map<QualifiedName, const T*> index;
  for (const T& object : b) index.emplace(object.name, &object);
  return std::all_of(a.begin(), a.end(), [&](const T& object) {
    const auto it = index.find(object.name);
    return it != index.end() && object == *it->second;
  });
}

}  // namespace

Result<void> validate(const Table& table) {
  std::unordered_set<Identifier> names;
  names.reserve(table.columns.size());
  for (const Column& column : table.columns)
    if (!names.insert(column.name).second)
      return schema_error(fmt::format("table {} has two columns named {}", table.name.text(), column.name.text()));
  if (table.primary_key) EMCEE_TRY(check_parts(table, table.primary_key->parts, "the primary key"));
  for (const Unique& unique : table.uniques) EMCEE_TRY(check_parts(table, unique.parts, "a unique constraint"));
  for (const ForeignKey& key : table.foreign_keys)
    for (const Identifier& column : key.columns) EMCEE_TRY(check_column(table, column, "a foreign key"));
  return {};
}

Result<Schema> Schema::make(SchemaParts parts) {
  Schema schema;
  schema.parts_ = std::move(parts);
  std::unordered_set<QualifiedName> relations;
  std::unordered_set<QualifiedName> indexes;
  for (const Table& table : schema.parts_.tables) {
    if (!relations.insert(table.name).second)
      return schema_error(fmt::format("there are two tables named {}", table.name.text()));
    EMCEE_TRY(validate(table));
    for (const Index& index : table.indexes)
      if (!indexes.insert(index.name).second)
        return schema_error(fmt::format("there are two indexes named {}", index.name.text()));
  }
  for (const View& view : schema.parts_.views)
    if (!relations.insert(view.name).second)
      return schema_error(fmt::format("there are two tables or views named {}", view.name.text()));
  schema.reindex();
  return schema;
}

void Schema::reindex() {
  table_index_.clear();
  table_index_.reserve(parts_.tables.size());
  for (std::size_t i = 0; i < parts_.tables.size(); ++i) table_index_.emplace(parts_.tables[i].name, i);
}

const Table* Schema::find_table(const QualifiedName& name) const {
  const auto it = table_index_.find(name);
  return it == table_index_.end() ? nullptr : &parts_.tables[it->second];
}
const View* Schema::find_view(const QualifiedName& name) const { return find(parts_.views, name); }
const Trigger* Schema::find_trigger(const QualifiedName& name) const { return find(parts_.triggers, name); }
const OpaqueObject* Schema::find_object(const QualifiedName& name) const { return find(parts_.objects, name); }
const OpaqueObject* Schema::find_object(std::string_view kind, const QualifiedName& name) const {
  for (const OpaqueObject& object : parts_.objects)
    if (object.name == name && object.kind == kind) return &object;
  return nullptr;
}

std::vector<const Trigger*> Schema::triggers_of(const QualifiedName& table) const {
  std::vector<const Trigger*> result;
  for (const Trigger& trigger : parts_.triggers)
    if (trigger.table == table) result.push_back(&trigger);
  return result;
}

Result<void> Schema::put(Table table, const std::optional<QualifiedName>& replaces) {
  EMCEE_TRY(validate(table));
  const auto it = table_index_.find(replaces.value_or(table.name));
  if (it == table_index_.end()) {
    table_index_.emplace(table.name, parts_.tables.size());
    parts_.tables.push_back(std::move(table));
    return {};
  }
  const std::size_t place = it->second;
  if (!(parts_.tables[place].name == table.name)) {
    if (table_index_.count(table.name))
      return schema_error(fmt::format("there is already a table named {}", table.name.text()));
    table_index_.erase(it);
    table_index_.emplace(table.name, place);
  }
  parts_.tables[place] = std::move(table);
  return {};
}
void Schema::put(View view) { put_into(parts_.views, std::move(view)); }
void Schema::put(Trigger trigger) { put_into(parts_.triggers, std::move(trigger)); }
void Schema::put(OpaqueObject object) {
  if (const OpaqueObject* existing = find_object(object.kind, object.name)) {
    parts_.objects[static_cast<std::size_t>(existing - parts_.objects.data())] = std::move(object);
  } else {
    parts_.objects.push_back(std::move(object));
  }
}

bool Schema::remove_table(const QualifiedName& name) {
  const auto it = table_index_.find(name);
  if (it == table_index_.end()) return false;
  const std::size_t place = it->second;
  table_index_.erase(it);
  parts_.tables.erase(parts_.tables.begin() + static_cast<std::ptrdiff_t>(place));
  if (place == parts_.tables.size()) return true;  // the last one: thousands of tables can go one by one
  for (auto& [other, index] : table_index_)
    if (index > place) --index;
  return true;
}
bool Schema::remove_view(const QualifiedName& name) { return remove_from(parts_.views, name); }
bool Schema::remove_trigger(const QualifiedName& name) { return remove_from(parts_.triggers, name); }
bool Schema::remove_object(std::string_view kind, const QualifiedName& name) {
  const OpaqueObject* object = find_object(kind, name);
  if (!object) return false;
  parts_.objects.erase(parts_.objects.begin() + (object - parts_.objects.data()));
  return true;
}

bool Schema::operator==(const Schema& o) const {
  return same_by_name(parts_.tables, o.parts_.tables) && same_by_name(parts_.views, o.parts_.views) &&
         same_by_name(parts_.triggers, o.parts_.triggers) && parts_.objects.size() == o.parts_.objects.size() &&
         std::all_of(parts_.objects.begin(), parts_.objects.end(), [&](const OpaqueObject& object) {
           const OpaqueObject* other = o.find_object(object.kind, object.name);
           return other && *other == object;
         });
}

}  // namespace emcee::schema
