#include "dialects/sqlite/sync_parts.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "dialects/sqlite/stored_literal.h"

namespace emcee::sqlite {

using plan::NewColumn;
using plan::OldColumn;
using schema::Identifier;

std::string SyncParts::new_given() const {
  std::vector<std::string> terms;
  for (const plan::NewColumn& c : g_.new_columns) terms.push_back(fmt::format("NEW.{} IS NOT NULL", name(c.name)));
  return any_of(terms);
}

std::string SyncParts::old_given(bool computed) const {
  std::vector<std::string> terms;
  for (const plan::OldColumn& c : g_.old_columns) {
    const std::string column = "NEW." + name(c.name);
    if (!c.default_value) {
      terms.push_back(column + " IS NOT NULL");
    } else if (auto literal = stored_literal(c, t_)) {
      terms.push_back(fmt::format("{0} IS NOT NULL AND {0} COLLATE BINARY IS NOT {1}", column, *literal));
    } else if (computed) {
      terms.push_back(column + " IS NOT NULL");
    }
  }
  return any_of(terms);
}

std::string SyncParts::old_text() const {
  std::vector<std::string> names;
  for (const plan::OldColumn& c : g_.old_columns) names.push_back(c.name.text());
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string SyncParts::new_text() const {
  std::vector<std::string> names;
  for (const plan::NewColumn& c : g_.new_columns) names.push_back(c.name.text());
  return fmt::format("{}", fmt::join(names, ", "));
}

std::vector<std::string> SyncParts::missing_old() const {
  std::vector<std::string> terms;
  for (const plan::OldColumn& c : g_.old_columns)
    if (c.not_null) terms.push_back(name(c.name) + " IS NULL");
  return terms;
}

std::vector<schema::Identifier> SyncParts::replaced_columns() const {
  std::vector<schema::Identifier> columns = t_.key_columns();
  const auto add = [&](const schema::Identifier& id) {
    if (t_.find_column(id) && std::find(columns.begin(), columns.end(), id) == columns.end()) columns.push_back(id);
  };
  for (const plan::NewColumn& c : g_.new_columns) add(c.name);
  for (const plan::OldColumn& c : g_.old_columns) add(c.name);
  for (const schema::Identifier& id : g_.shared) add(id);
  return columns;
}

std::string SyncParts::replaced_table() const {
  std::vector<std::string> columns;
  for (const schema::Identifier& id : replaced_columns()) {
    const schema::Column* c = t_.find_column(id);
    std::string column = name(id);
    if (!c->type.text.empty()) column += " " + c->type.text;
    if (c->collation) column += " COLLATE " + name(*c->collation);
    columns.push_back(column);
  }
  return fmt::format("CREATE TABLE {} ({})", replaced_name(), fmt::join(columns, ", "));
}

std::string SyncParts::before_insert() const {
  std::vector<std::string> columns;
  for (const schema::Identifier& id : replaced_columns()) columns.push_back(name(id));
  const std::string list = fmt::format("{}", fmt::join(columns, ", "));
  const std::string same_key = replaced_key("", "NEW.");
  const std::string when = fmt::format("NOT ({}) AND (EXISTS (SELECT 1 FROM {} WHERE {}) OR EXISTS (SELECT 1 FROM {}))",
                                       new_given(), quoting()(t_.name), same_key, replaced_name());
  const std::string body = fmt::format("  DELETE FROM {0};\n  INSERT INTO {0} ({1}) SELECT {1} FROM {2} WHERE {3};\n",
                                       replaced_name(), list, quoting()(t_.name), same_key);
  return trigger("replace", "BEFORE INSERT", when, body);
}

std::string SyncParts::was_replaced() const {
  std::vector<std::string> terms;
  for (const plan::OldColumn& c : g_.old_columns)
    if (c.not_null) terms.push_back(fmt::format("NEW.{} IS NOT NULL", name(c.name)));
  terms.push_back(fmt::format("EXISTS (SELECT 1 FROM {} AS r WHERE {})", replaced_name(), replaced_key("r.", "NEW.")));
  return all_of(terms);
}

std::string SyncParts::replaces_one_with_row() const {
  if (!carries_replaced()) return common::kFalse;
  return fmt::format("EXISTS (SELECT 1 FROM {} AS r WHERE {} AND r.{} IS NOT NULL)", replaced_name(),
                     replaced_key("r.", "NEW."), name(g_.new_columns.front().name));
}

void SyncParts::refuse_missing(Body& body) const {
  for (const plan::OldColumn& c : g_.old_columns)
    if (c.not_null)
      body.refuse_row(null_message(c.name), {fmt::format("NEW.{} IS NULL", name(c.name)), name(c.name) + " IS NULL"});
}

}  // namespace emcee::sqlite
