#include "dialects/mysql/sync_parts.h"

#include <fmt/ranges.h>

#include "dialects/mysql/row_key.h"
#include "dialects/mysql/stored_value.h"

namespace emcee::mysql {

using plan::NewColumn;
using plan::OldColumn;
using schema::Identifier;

namespace {

// A default that is one literal; none where it has to be computed.
std::optional<std::string> literal_default(const OldColumn& column) {
  if (!column.default_value) return std::nullopt;
  for (const schema::Token& token : column.default_value->tokens()) {
    if (token.role == schema::Role::name || token.role == schema::Role::column) return std::nullopt;
    if (token.role == schema::Role::keyword && !token.is(schema::Role::keyword, "TRUE") &&
        !token.is(schema::Role::keyword, "FALSE"))
      return std::nullopt;
  }
  return expression_sql(*column.default_value);
}

bool has_default(const OldColumn& column) {
  return column.default_value && !schema::equal_ignoring_case(expression_sql(*column.default_value), "NULL");
}

}  // namespace

std::string SyncParts::delete_trigger(const std::string& trigger_name) const {
  std::vector<std::string> replaced{seen("at") + " <=> " + kStatement};
  for (std::size_t i = 0; i < t_.key_columns().size(); ++i)
    replaced.push_back(fmt::format("{} <=> OLD.{}", seen_key(i), name(t_.key_columns()[i])));
  replaced.push_back(
      negate(fmt::format("CAST({} AS BINARY) <=> CAST({} AS BINARY)", seen("was"), fingerprint("OLD."))));
  TriggerBody retry;
  retry.add("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = " +
            string_literal("emcee: the row was written meanwhile; try restarting transaction"));
  TriggerBody body;
  body.when(all_of(replaced), retry);
  return trigger(trigger_name, "DELETE", body);
}

std::optional<std::string> SyncParts::omission(const plan::OldColumn& c) const {
  const schema::Column* column = t_.find_column(c.name);
  if (!c.not_null || c.default_value || !g_.has_down() || !column || !column->not_null) return std::nullopt;
  schema::Column bare = *column;
  bare.default_value.reset();
  const auto value = omission_default(bare, sql_.server());
  return value ? std::optional(expression_sql(*value)) : std::nullopt;
}

std::string SyncParts::written_by_new() const {
  std::vector<std::string> terms;
  for (const plan::NewColumn& c : g_.new_columns) terms.push_back(fmt::format("NEW.{} IS NOT NULL", name(c.name)));
  terms.emplace_back("@emcee_release <=> 'new'");
  return any_of(terms);
}

std::string SyncParts::old_given(bool computed) const {
  std::vector<std::string> terms;
  for (const plan::OldColumn& c : g_.old_columns) {
    const std::string given = fmt::format("NEW.{} IS NOT NULL", name(c.name));
    if (!has_default(c)) {
      terms.push_back(given);
    } else if (const auto literal = literal_default(c)) {
      terms.push_back(all_of({given, negate(sql_.equals("NEW.", c.name, *literal))}));
    } else if (computed) {
      terms.push_back(given);
    }
  }
  return any_of(terms);
}

TriggerBody SyncParts::refuse_image(const plan::OldColumn& c) const {
  const std::string why = fmt::format("emcee: no value of {} stands for this {}", full(c.name), new_text());
  if (!g_.holds_old() && !diff::looks_up(*c.down)) return refusal(why);
  TriggerBody body;
  body.refuse_without_row(g_.error.empty() ? why : g_.error);
  return body;
}

TriggerBody SyncParts::refuse_without_row() const {
  TriggerBody body;
  body.refuse_without_row(
      fmt::format("emcee: {} is no key of {}", full(g_.new_columns.front().name), g_.row->table.text()));
  return body;
}

TriggerBody SyncParts::check_old() const {
  TriggerBody body;
  for (const plan::OldColumn& c : g_.old_columns)
    if (c.not_null) body.when(fmt::format("NEW.{} IS NULL", name(c.name)), refuse_null(c.name));
  return body;
}

TriggerBody SyncParts::read_replaced() const {
  const RowSource r{"`r`.", false};
  std::vector<std::string> anew{sql_.pending(r)};
  std::vector<std::string> shared;
  for (const schema::Identifier& id : sql_.shared_names())
    shared.push_back(stored_differ(*t_.find_column(id), "`r`." + name(id), "NEW." + name(id), sql_.server()));
  if (!shared.empty() && g_.deterministic) anew.push_back(all_of({any_of(shared), sql_.new_is_up(r)}));

  std::vector<std::string> values{fingerprint(r.prefix), any_of(anew)};
  std::vector<std::string> places{seen("was"), seen("anew")};
  for (std::size_t i = 0; i < g_.new_columns.size(); ++i) {
    values.push_back(r.prefix + name(g_.new_columns[i].name));
    places.push_back(seen(fmt::format("{}", i + 1)));
  }
  TriggerBody body;
  std::string forget = fmt::format("SET {} = {}", seen("at"), kStatement);
  for (std::size_t i = 0; i < t_.key_columns().size(); ++i)
    forget += fmt::format(", {} = NEW.{}", seen_key(i), name(t_.key_columns()[i]));
  body.add(fmt::format("{}, {} = NULL", forget, seen("was")));
  // Without the handler the application would be told of a warning 1329.
  body.add(fmt::format(
      "BEGIN DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END; SELECT {} INTO {} FROM {} AS `r` WHERE {}; END",
      fmt::join(values, ", "), fmt::join(places, ", "), quoting()(t_.name),
      RowKey{t_.key_columns()}.matches("`r`.", "NEW.")));
  return body;
}

std::string SyncParts::replaces() const {
  std::vector<std::string> terms;
  for (const plan::OldColumn& c : g_.old_columns)  // else it is no write of the old release
    if (c.not_null) terms.push_back(fmt::format("NEW.{} IS NOT NULL", name(c.name)));
  for (const schema::Identifier& id : t_.key_columns())
    if (const auto* column = t_.find_column(id); column && column->identity)
      terms.push_back(fmt::format("NEW.{} <> 0", name(id)));
  terms.push_back(seen("was") + " IS NOT NULL");
  return all_of(terms);
}

std::string SyncParts::fingerprint(const std::string& prefix) const {
  std::vector<std::string> parts;
  for (const schema::Identifier& id : sql_.new_names())
    parts.push_back(fmt::format("COALESCE(HEX(CONCAT({}{})), '-')", prefix, name(id)));
  return parts.size() == 1 ? parts.front() : fmt::format("CONCAT_WS('|', {})", fmt::join(parts, ", "));
}

std::string SyncParts::list(const std::vector<schema::Identifier>& identifiers) {
  std::vector<std::string> names;
  for (const schema::Identifier& id : identifiers) names.push_back(id.text());
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace emcee::mysql
