#include "dialects/postgres/sync_tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "dialects/postgres/quoting.h"

namespace emcee::postgres {

using plan::SyncGroup;
using schema::ErrorCode;
using schema::Identifier;
using schema::QualifiedName;
using schema::Result;
using schema::Table;

namespace {

// Whether a list of SQL words names one of them: options are kept as text.
bool mentions(const std::string& text, const std::string& name) {
  const auto is_word = [](char c) {
    return c == '_' || c == '$' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (static_cast<unsigned char>(c) >= 0x80);
  };
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) return true;
  }
  return false;
}

std::string option(const Table& table, const char* name) {
  const auto found = table.options.other.find(name);
  return found == table.options.other.end() ? std::string() : found->second;
}

bool inherits_from(const Table& table, const QualifiedName& parent) {
  return mentions(option(table, "inherits"), parent.name.text());
}

bool is_system_column(const Identifier& name) {
  static const std::vector<std::string> kNames = {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"};
  return std::find(kNames.begin(), kNames.end(), name.text()) != kNames.end();
}

// A trigger that can change the row that is being written.
bool changes_rows(const schema::Trigger& trigger) {
  const auto each = trigger.options.find("for_each");
  return trigger.time == schema::TriggerTime::before &&
         (each == trigger.options.end() || each->second != "statement") &&
         std::any_of(trigger.events.begin(), trigger.events.end(),
                     [](schema::TriggerEvent event) { return event != schema::TriggerEvent::remove; });
}

struct Domain {
  bool not_null = false, has_default = false;
};

Domain domain_of(const schema::Column& column, const schema::Schema& schema) {
  Domain result;
  for (const auto& object : schema.objects()) {
    if (!schema::equal_ignoring_case(object.kind, "domain")) continue;
    const std::string& type = column.type.name;
    if (type != object.name.name.text() && type != object.name.text() && type != quoting()(object.name)) continue;
    const auto& tokens = object.definition.tokens();
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i].is(schema::Role::keyword, "DEFAULT")) result.has_default = true;
      if (i > 0 && tokens[i].is(schema::Role::keyword, "NULL") && tokens[i - 1].is(schema::Role::keyword, "NOT"))
        result.not_null = true;
    }
  }
  return result;
}

Result<void> check_column(const SyncGroup& group, const Table& table, const Identifier& name,
                          const schema::Schema& schema, bool is_new) {
  const schema::Column* column = table.find_column(name);
  const std::string full = table.name.text() + "." + name.text();
  if (!column)
    return schema::fail(ErrorCode::report_bug, fmt::format("group {} names {}, which is not there", group.name, full));
  if (column->generated)
    return schema::fail(ErrorCode::fix_schema,
                        fmt::format("{} is a generated column: nothing can be written to it", full),
                        "map the columns that it is computed from");
  const auto partitioned_by = partition_columns(table, schema);
  if (std::find(partitioned_by.begin(), partitioned_by.end(), name) != partitioned_by.end())
    return schema::fail(ErrorCode::fix_schema,
                        fmt::format("{} is part of the partition key: a row is sent to its partition before any "
                                    "trigger could give it a value",
                                    full),
                        "keep the column in this release, or move the rows to a new table");
  const Domain domain = domain_of(*column, schema);
  if (domain.not_null && (is_new || (!column->default_value && !domain.has_default)))
    return schema::fail(ErrorCode::fix_schema,
                        fmt::format("{} has the domain {}, which refuses NULL before any trigger could give a value",
                                    full, column->type.text),
                        "use a domain without NOT NULL until contract, or its base type");
  return {};
}

}  // namespace

std::vector<QualifiedName> sync_tables(const QualifiedName& table, const schema::Schema& schema) {
  std::vector<QualifiedName> result{table};
  for (std::size_t i = 0; i < result.size(); ++i)
    for (const Table& other : schema.tables())
      if (inherits_from(other, result[i]) && std::find(result.begin(), result.end(), other.name) == result.end())
        result.push_back(other.name);
  return result;
}

std::vector<Identifier> partition_columns(const Table& table, const schema::Schema& schema) {
  std::vector<Identifier> result;
  std::vector<const Table*> family{&table};
  for (std::size_t i = 0; i < family.size(); ++i) {
    for (const auto& column : table.columns)
      if (mentions(option(*family[i], "partition_by"), column.name.text()) &&
          std::find(result.begin(), result.end(), column.name) == result.end())
        result.push_back(column.name);
    for (const Table& other : schema.tables())
      if (mentions(option(other, "partition_of"), family[i]->name.name.text()) &&
          std::find(family.begin(), family.end(), &other) == family.end())
        family.push_back(&other);
  }
  return result;
}

Result<void> check_sync(const SyncGroup& group, const schema::Schema& schema,
                        const std::vector<std::string>& triggers) {
  const Table* table = schema.find_table(group.table);
  if (!table) return schema::fail(ErrorCode::report_bug, "sync of a table that is not there: " + group.table.text());
  for (const auto& c : group.old_columns) EMCEE_TRY(check_column(group, *table, c.name, schema, false));
  for (const auto& c : group.new_columns) EMCEE_TRY(check_column(group, *table, c.name, schema, true));
  for (const Identifier& name : group.shared)
    if (is_system_column(name) && !table->find_column(name))
      return schema::fail(
          ErrorCode::add_to_map,
          fmt::format("group {} reads {}, which a row does not have before it is stored", group.name, name.text()),
          "use only columns of the table");
  // A trigger that runs after ours could change the row again, and the pair would differ.
  for (const QualifiedName& name : sync_tables(group.table, schema))
    for (const schema::Trigger* trigger : schema.triggers_of(name)) {
      if (!changes_rows(*trigger)) continue;
      if (trigger->name.name.text() <= triggers.front()) continue;
      return schema::fail(ErrorCode::fix_schema,
                          fmt::format("trigger {} of {} would run after {}: triggers run in the order of their names",
                                      trigger->name.name.text(), name.text(), triggers.front()),
                          "rename the trigger, so that it sorts before zzz_emcee");
    }
  return {};
}

}  // namespace emcee::postgres
