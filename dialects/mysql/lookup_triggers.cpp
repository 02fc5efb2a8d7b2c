#include "dialects/mysql/lookup_triggers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/common/lookup_names.h"
#include "dialects/mysql/cascades.h"
#include "dialects/mysql/group_sql.h"
#include "dialects/mysql/held_triggers.h"
#include "dialects/mysql/quoting.h"
#include "dialects/mysql/row_key.h"
#include "dialects/mysql/stored_value.h"
#include "dialects/mysql/sync_triggers.h"
#include "dialects/mysql/trigger_body.h"

namespace emcee::mysql {

using plan::SyncGroup;
using schema::Identifier;
using schema::Result;
using schema::Table;

namespace {

std::string lookup_trigger_name(const SyncGroup& group, std::size_t table, const std::string& time,
                                const std::string& event) {
  return sync_object_name(group, fmt::format("lookup{}_{}_{}", table + 1, time, event));
}
std::string note_table(const SyncGroup& group) { return quoting().quoted(sync_object_name(group, "lookup")); }

class LookupTriggers {
 public:
  LookupTriggers(const SyncGroup& group, const schema::Schema& schema, const Server& server)
      : sql_(group, *schema.find_table(group.table), server, GroupSql::Reads::locked),
        g_(group),
        schema_(schema),
        tables_(group.lookup_tables()),
        key_(sql_.table().key_columns()) {}

  // The columns of the key are those of the table, with their types and collations.
  std::string note_table_statement() const {
    std::vector<std::string> columns;
    for (const Identifier& name : key_) columns.push_back(quoting()(name));
    return fmt::format(
        "CREATE TABLE IF NOT EXISTS {0} (PRIMARY KEY ({1})) ENGINE = InnoDB AS SELECT {1}, 0 AS emcee_follows FROM {2} "
        "LIMIT 0",
        note_table(g_), fmt::join(columns, ", "), quoting()(g_.table));
  }

  std::string trigger(std::size_t i, const std::string& time, const std::string& event) const {
    TriggerBody body;
    for (const std::size_t lookup : g_.lookups_in(tables_[i]))
      body.add(time == "before" ? around(lookup, event, &LookupTriggers::note)
                                : around(lookup, event, &LookupTriggers::refresh));
    if (event == "update") {
      TriggerBody only;
      only.when(changed(tables_[i], g_.columns_read(tables_[i])), body);
      body = only;
    }
    return create_trigger(sql_.server(), lookup_trigger_name(g_, i, time, event), schema::to_upper(time + " " + event),
                          quoting()(tables_[i]), body);
  }

 private:
  // What has to be done for the row as it was, and as it is going to be.
  TriggerBody around(std::size_t lookup, const std::string& event,
                     std::vector<std::string> (LookupTriggers::*statements)(const GroupSql::Way&) const) const {
    const auto at = [&](const char* row) {
      TriggerBody body;
      for (const std::string& statement : (this->*statements)(sql_.way(lookup, row, sql_.itself().prefix)))
        body.add(statement);
      return body;
    };
    TriggerBody body;
    if (event != "insert") body.add(at("OLD."));
    if (event == "insert" && !g_.lookups[lookup].comes_first()) body.add(at("NEW."));
    if (event == "update") {
      std::vector<Identifier> columns;
      for (const auto& pair : g_.lookups[lookup].key) columns.push_back(pair.column);
      body.when(changed(g_.lookups[lookup].table, columns), at("NEW."));
    }
    return body;
  }

  std::string changed(const schema::QualifiedName& looked_up, const std::vector<Identifier>& columns) const {
    const Table& table = *schema_.find_table(looked_up);
    std::vector<std::string> terms;
    for (const Identifier& name : columns)
      terms.push_back(
          stored_differ(*table.find_column(name), "NEW." + quoting()(name), "OLD." + quoting()(name), sql_.server()));
    return any_of(terms);
  }

  // Rows that wait are left to who writes them, and to the batches: these triggers come before the one for UPDATE
  // (create_sync), and what they derived before it is there would grow old. A batch holds a row before it looks
  // around, and reads what is there by then, so it misses nothing.
  std::vector<std::string> note(const GroupSql::Way& way) const {
    std::vector<std::string> columns;
    for (const Identifier& name : key_) columns.push_back(quoting()(name));
    return {fmt::format(
        "INSERT INTO {0} ({1}, emcee_follows) SELECT * FROM (SELECT {2}, ({3}) AS emcee_follows FROM {4} WHERE {5} FOR "
        "UPDATE) AS emcee_n ON DUPLICATE KEY UPDATE emcee_follows = emcee_n.emcee_follows",
        note_table(g_), fmt::join(columns, ", "), fmt::join(RowKey{key_}.sql(sql_.itself().prefix), ", "),
        sql_.follow_state(sql_.itself(), sql_.new_is_up(sql_.itself())), GroupSql::tables(way, way.size()),
        GroupSql::conditions(way, way.size()))};
  }

  std::vector<std::string> refresh(const GroupSql::Way& way) const {
    const auto update = [&](const std::string& set, const std::string& follows) {
      return fmt::format("UPDATE {} SET {} WHERE {} AND EXISTS (SELECT 1 FROM {} AS emcee_n WHERE {} AND {})",
                         GroupSql::tables(way, way.size()), set, GroupSql::conditions(way, way.size()), note_table(g_),
                         RowKey{key_}.matches("emcee_n.", sql_.itself().prefix), follows);
    };
    const RowSource row = sql_.itself();
    if (!g_.down_looks_up()) return {update(sql_.set_up_itself(row.prefix), "emcee_n.emcee_follows")};
    const std::string only_down = sql_.only_down_finds(row);
    return {update(sql_.set_up_itself(row.prefix),
                   fmt::format("(emcee_n.emcee_follows = 1 OR (emcee_n.emcee_follows = 3 AND {}))", negate(only_down))),
            update(sql_.set_down_itself(row.prefix),
                   fmt::format("(emcee_n.emcee_follows = 2 OR (emcee_n.emcee_follows = 3 AND {}))", only_down))};
  }

  GroupSql sql_;
  const SyncGroup& g_;
  const schema::Schema& schema_;
  std::vector<schema::QualifiedName> tables_;
  std::vector<Identifier> key_;
};

}  // namespace

Result<LookupScript> lookup_script(const SyncGroup& group, const schema::Schema& schema, const Server& server) {
  LookupScript result;
  if (group.holds_old()) return held_script(group, schema, server);
  if (group.lookups.empty()) return result;
  const LookupTriggers generator(group, schema, server);
  result.before.push_back(generator.note_table_statement());
  const std::vector<schema::QualifiedName> tables = group.lookup_tables();
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const Table* table = schema.find_table(tables[i]);
    if (!table)
      return schema::fail(schema::ErrorCode::report_bug, "a lookup in a table that is not there: " + tables[i].text());
    EMCEE_TRY(check_cascades_into_lookup(group, *table));
    result.tables.push_back(table->name);
    // The note comes last: without it nothing is refreshed, and with it alone nothing is wrong.
    for (const char* time : {"after", "before"})
      for (const char* event : common::kLookupEvents)
        make_trigger(result.create, server, lookup_trigger_name(group, i, time, event),
                     generator.trigger(i, time, event));
  }
  for (const std::string& name : lookup_trigger_names(group))
    result.drop.push_back("DROP TRIGGER IF EXISTS " + quoting().quoted(name));
  result.after.push_back("DROP TABLE IF EXISTS " + note_table(group));
  return result;
}

std::vector<std::string> lookup_trigger_names(const SyncGroup& group) {
  if (group.holds_old()) return held_trigger_names(group);
  return common::lookup_trigger_names(group, [&](std::size_t lookup, const char* time, const char* event) {
    return lookup_trigger_name(group, lookup, time, event);
  });
}

}  // namespace emcee::mysql
