#include "dialects/postgres/sync_parts.h"

#include <algorithm>

#include "dialects/postgres/stored_type.h"

namespace emcee::postgres {

using plan::NewColumn;
using plan::OldColumn;
using schema::Fragment;
using schema::Identifier;
using schema::Role;

namespace {

// What leaving the column out stores, where every evaluation in one statement gives the same.
std::optional<std::string> comparable_default(const Fragment& value) {
  static const std::vector<std::string> kStable = {"now", "statement_timestamp", "transaction_timestamp"};
  const auto& tokens = value.tokens();
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (tokens[i].role != Role::name || !tokens[i + 1].is(Role::symbol, "(")) continue;
    const bool is_type = i > 0 && tokens[i - 1].is(Role::symbol, "::");  // `::varchar(9)`
    if (!is_type && std::find(kStable.begin(), kStable.end(), tokens[i].text) == kStable.end()) return std::nullopt;
  }
  return to_canonical_sql(value, quoting());
}

}  // namespace

std::string announced(const char* release) {
  return fmt::format("pg_catalog.current_setting('emcee.release', true) = '{}'", release);
}

std::vector<std::string> SyncParts::settings() const {
  if (!sql_.needs_search_path() && !g_.row) return {};
  std::vector<std::string> result;
  // Who writes the row may have no right on the tables that it looks into, or that get a row with it.
  if (!g_.lookups.empty() || g_.row) result.emplace_back("SECURITY DEFINER");
  std::string path = "pg_catalog";
  if (!t_.name.schema.empty() && t_.name.schema.text() != "public") path += ", " + quoting()(t_.name.schema);
  result.push_back("SET search_path TO " + path + ", public, pg_temp");
  return result;
}

std::string SyncParts::refuse_null(const schema::Identifier& column) const {
  // The words of PostgreSQL itself: applications know them.
  const std::string message = fmt::format("null value in column \"{}\" of relation \"{}\" violates not-null constraint",
                                          column.text(), t_.name.name.text());
  return refuse(string_literal(message), kNotNull, column);
}

Block SyncParts::refuse_without_row(const char* hold) const {
  const std::string key = in_new(g_.new_columns.front().name);
  const std::string message =
      fmt::format("{}.{} is no key of {}", t_.name.text(), g_.new_columns.front().name.text(), g_.row->table.text());
  return Block()
      .add(fmt::format("PERFORM 1 FROM {} AS emcee_r WHERE emcee_r.{} = {} {}", quoting()(g_.row->table),
                       quoting()(g_.row->key), key, hold))
      .when("NOT FOUND", Block().add(refuse(string_literal(message), kNoRow, g_.new_columns.front().name)));
}

Block SyncParts::old_not_null() const {
  Block block;
  for (const plan::OldColumn& c : g_.old_columns) {
    const schema::Column* declared = t_.find_column(c.name);
    if (c.not_null && !(declared && declared->not_null)) block.when(is_null(c.name), Block().add(refuse_null(c.name)));
  }
  return block;
}

Block SyncParts::old_set_null(bool overwritten) const {
  Block block;
  for (const plan::OldColumn& c : g_.old_columns) {
    const schema::Column* declared = t_.find_column(c.name);
    if (c.not_null && (overwritten || !(declared && declared->not_null)))
      block.when(all_of({is_null(c.name), was_given(c.name)}), Block().add(refuse_null(c.name)));
  }
  return block;
}

std::string SyncParts::old_given(bool computed) const {
  std::vector<std::string> terms;
  for (const plan::OldColumn& c : g_.old_columns) {
    const schema::Column* declared = t_.find_column(c.name);
    const std::string value = in_new(c.name);
    const bool numbered = declared && declared->identity;
    if (!c.default_value && !numbered) {
      terms.push_back(is_given(c.name));
    } else if (const auto usual = numbered ? std::nullopt : comparable_default(*c.default_value)) {
      const StoredType type = stored_type(declared ? declared->type : schema::Type{});
      terms.push_back(all_of({is_given(c.name), differ(type, value, sql_.typed(c.name, *usual))}));
    } else if (computed) {
      terms.push_back(is_given(c.name));
    }
  }
  return any_of(terms);
}

std::string SyncParts::new_given() const {
  std::vector<std::string> terms;
  for (const plan::NewColumn& c : g_.new_columns) terms.push_back(is_given(c.name));
  terms.push_back(announced("new"));
  return any_of(terms);
}

}  // namespace emcee::postgres
