#include "dialects/postgres/session.h"

#include <algorithm>
#include <array>

namespace emcee::postgres {

using schema::QualifiedName;

namespace {

constexpr std::array<const char*, 4> kTypeKinds = {"enum", "domain", "type", "range"};
constexpr std::array<const char*, 3> kRelationKinds = {"sequence", "foreign table", "type"};

template <class Exists>
QualifiedName find_in(const std::vector<std::string>& path, std::string_view name, const Exists& exists) {
  for (const std::string& schema : path)
    if (QualifiedName found = qualified(schema, name); exists(found)) return found;
  return qualified("", name);
}

}  // namespace

std::string Session::relation_kind(const QualifiedName& name) const {
  for (const char* kind : kRelationKinds)
    if (builder_.find_object(kind, name)) return kind;
  return {};
}

std::string Session::type_kind(const QualifiedName& name) const {
  for (const char* kind : kTypeKinds)
    if (builder_.find_object(kind, name)) return kind;
  return {};
}

bool Session::relation_exists(const QualifiedName& name) const {
  return builder_.find_table(name) || builder_.find_view(name) || !relation_kind(name).empty();
}

QualifiedName Session::relation(std::string_view schema, std::string_view name) const {
  if (!schema.empty() || default_path()) return qualified(schema, name);
  return find_in(path_, name, [&](const QualifiedName& found) { return relation_exists(found); });
}

QualifiedName Session::type(std::string_view schema, std::string_view name) const {
  if (!schema.empty() || default_path()) return qualified(schema, name);
  return find_in(path_, name, [&](const QualifiedName& found) {
    return !type_kind(found).empty() || builder_.find_table(found) || builder_.find_view(found);
  });
}

// Functions are known with their arguments, which a call does not show.
QualifiedName Session::function(std::string_view schema, std::string_view name) const {
  if (!schema.empty() || default_path()) return qualified(schema, name);
  QualifiedName result = qualified("", name);
  std::size_t best = path_.size();
  builder_.for_each_object([&](const schema::OpaqueObject& object) {
    if (object.kind != "function" && object.kind != "procedure" && object.kind != "aggregate") return;
    const std::string& text = object.name.name.text();
    if (text.compare(0, name.size(), name) != 0 || text.size() <= name.size() || text[name.size()] != '(') return;
    for (std::size_t i = 0; i < best; ++i)
      if (qualified(path_[i], name).schema == object.name.schema) {
        best = i;
        result.schema = object.name.schema;
      }
  });
  return result;
}

QualifiedName Session::created(std::string_view schema, std::string_view name) const {
  if (!schema.empty() || path_.empty()) return qualified(schema, name);
  return qualified(path_.front(), name);
}

std::optional<Columns> Session::columns(const QualifiedName& relation) const {
  if (const schema::Table* table = builder_.find_table(relation)) {
    Columns result;
    for (const schema::Column& column : table->columns) result.push_back({column.name.text(), column.type.name});
    return result;
  }
  return builder_.find_view(relation) ? view_columns(relation) : std::nullopt;
}

// A domain of a domain has the lowest type.
std::string Session::base_type(const std::string& type) const {
  std::string result = type;
  for (auto it = domains_.find(result); it != domains_.end(); it = domains_.find(result)) result = it->second;
  return result;
}

std::optional<Columns> Session::view_columns(const QualifiedName& view) const {
  const auto found = view_columns_.find(view);
  if (found == view_columns_.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

bool Session::name_taken(const QualifiedName& name) const {
  if (relation_exists(name) || builder_.table_of_index(name)) return true;
  bool taken = false;
  builder_.for_each_table([&](const schema::Table& table) {
    if (taken || !(table.name.schema == name.schema)) return;
    const auto same = [&](const auto& constraint) { return constraint.name && *constraint.name == name.name; };
    taken = (table.primary_key && same(*table.primary_key)) ||
            std::any_of(table.uniques.begin(), table.uniques.end(), same) ||
            std::any_of(table.checks.begin(), table.checks.end(), same) ||
            std::any_of(table.foreign_keys.begin(), table.foreign_keys.end(), same);
  });
  return taken;
}

void Session::add_child(const QualifiedName& parent, const QualifiedName& child) { children_[parent].push_back(child); }

void Session::remove_child(const QualifiedName& parent, const QualifiedName& child) {
  std::erase(children_[parent], child);
}

std::vector<QualifiedName> Session::children(const QualifiedName& parent) const {
  std::vector<QualifiedName> result;
  const auto it = children_.find(parent);
  if (it == children_.end()) return result;
  for (const QualifiedName& child : it->second)
    if (builder_.find_table(child)) result.push_back(child);
  return result;
}

void Session::renamed(const QualifiedName& from, const QualifiedName& to) {
  if (const auto it = children_.find(from); it != children_.end()) {
    std::vector<QualifiedName> children = std::move(it->second);
    children_.erase(it);
    children_[to] = std::move(children);
  }
  for (auto& [parent, children] : children_) std::replace(children.begin(), children.end(), from, to);
  if (const auto it = view_columns_.find(from); it != view_columns_.end()) {
    Columns columns = it->second;
    view_columns_[to] = std::move(columns);
  }
  if (const auto it = expression_names_.find(from); it != expression_names_.end()) {
    std::vector<std::string> names = it->second;
    expression_names_[to] = std::move(names);
  }
}

std::vector<std::string> Session::expression_names(const QualifiedName& index) const {
  const auto it = expression_names_.find(index);
  return it == expression_names_.end() ? std::vector<std::string>() : it->second;
}

Scope scope_of(const schema::Table& table) {
  Columns columns;
  for (const schema::Column& column : table.columns) columns.push_back({column.name.text(), column.type.name});
  return Scope{nullptr, {Relation{table.name.name.text(), std::move(columns)}}, false};
}

}  // namespace emcee::postgres
