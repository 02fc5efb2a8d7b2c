// What a session of psql knows while it runs a text: the search path, and what there is so far.
#pragma once

#include <set>
#include <unordered_map>

#include "dialects/postgres/expression.h"
#include "dialects/postgres/names.h"
#include "parser/builder.h"

namespace emcee::postgres {

class Session : public Catalogue {
 public:
  // `version`: of the server, as server_version_num.
  Session(parser::Builder& builder, int version) : builder_(builder), version_(version) {}

  int version() const { return version_; }

  schema::QualifiedName relation(std::string_view schema, std::string_view name) const override;
  schema::QualifiedName type(std::string_view schema, std::string_view name) const override;
  schema::QualifiedName function(std::string_view schema, std::string_view name) const override;
  std::optional<Columns> columns(const schema::QualifiedName& relation) const override;
  std::string base_type(const std::string& type) const override;

  // The name of an object that is being created.
  schema::QualifiedName created(std::string_view schema, std::string_view name) const;

  // `SET search_path`; schemas in their order. Empty: names mean what is written.
  void set_path(std::vector<std::string> path) { path_ = std::move(path); }
  bool default_path() const { return path_.empty() || (path_.size() == 1 && path_[0] == "public"); }

  // `SET default_table_access_method`, which pg_dump writes in front of each table; empty: heap.
  void set_table_access_method(std::string method) { table_access_method_ = method == "heap" ? "" : std::move(method); }
  const std::string& table_access_method() const { return table_access_method_; }

  void set_domain(const schema::QualifiedName& domain, std::string type) { domains_[domain.text()] = std::move(type); }

  // None where they are not known.
  std::optional<Columns> view_columns(const schema::QualifiedName& view) const;
  void set_view_columns(const schema::QualifiedName& view, Columns columns) {
    view_columns_[view] = std::move(columns);
  }

  // True where a table, view, sequence, index or constraint of that schema has the name.
  bool name_taken(const schema::QualifiedName& name) const;
  bool relation_exists(const schema::QualifiedName& name) const;
  // The kind under which an object of pg_class that is no table and no view is known; empty for none.
  std::string relation_kind(const schema::QualifiedName& name) const;
  // The kind under which a type is known: `enum`, `domain`, `type`; empty for none.
  std::string type_kind(const schema::QualifiedName& name) const;

  parser::Builder& builder() const { return builder_; }

  // Tables that inherit from a table or are its partitions.
  void add_child(const schema::QualifiedName& parent, const schema::QualifiedName& child);
  void remove_child(const schema::QualifiedName& parent, const schema::QualifiedName& child);
  std::vector<schema::QualifiedName> children(const schema::QualifiedName& parent) const;
  void renamed(const schema::QualifiedName& from, const schema::QualifiedName& to);

  // What the server calls the expressions of an index, at the places of their parts: a copy of it is named after them.
  void set_expression_names(const schema::QualifiedName& index, std::vector<std::string> names) {
    expression_names_[index] = std::move(names);
  }
  std::vector<std::string> expression_names(const schema::QualifiedName& index) const;

 private:
  parser::Builder& builder_;
  int version_;
  std::vector<std::string> path_ = {"public"};
  std::string table_access_method_;
  std::unordered_map<std::string, std::string> domains_;  // the types below them
  std::unordered_map<schema::QualifiedName, Columns> view_columns_;
  std::unordered_map<schema::QualifiedName, std::vector<schema::QualifiedName>> children_;
  std::unordered_map<schema::QualifiedName, std::vector<std::string>> expression_names_;
};

// What the expressions of a table see.
Scope scope_of(const schema::Table& table);

}  // namespace emcee::postgres
