#include "dialects/sqlite/lookup_triggers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/common/lookup_names.h"
#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/group_sql.h"
#include "dialects/sqlite/held_triggers.h"

namespace emcee::sqlite {

using plan::SyncGroup;
using schema::Identifier;
using schema::Table;

namespace {

std::string lookup_trigger_name(const SyncGroup& group, std::size_t lookup, const char* time, const char* event) {
  return fmt::format("emcee_{}_lookup{}_{}_{}", group.name, lookup + 1, time, event);
}
std::string note_table(const SyncGroup& group) {
  return quoting()(Identifier(fmt::format("emcee_{}_lookup", group.name)));
}

class LookupTriggers {
 public:
  LookupTriggers(const SyncGroup& group, const schema::Schema& schema)
      : sql_(group, *schema.find_table(group.table)), g_(group), schema_(schema), key_(sql_.table().key_columns()) {}

  std::vector<std::string> create() const {
    std::vector<std::string> columns = note_columns();
    if (g_.down_looks_up()) columns.emplace_back("state");
    std::vector<std::string> result{fmt::format("CREATE TABLE {} ({})", note_table(g_), fmt::join(columns, ", "))};
    const std::vector<schema::QualifiedName> tables = g_.lookup_tables();
    for (std::size_t i = 0; i < tables.size(); ++i)
      for (const std::string event : common::kLookupEvents) {
        result.push_back(trigger(i, "before", event, before(tables[i], event)));
        result.push_back(trigger(i, "after", event, after()));
      }
    return result;
  }

 private:
  std::vector<std::string> note_columns() const {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < key_.size(); ++i) result.push_back(fmt::format("k{}", i + 1));
    return result;
  }

  std::string trigger(std::size_t i, const char* time, const std::string& event,
                      const std::vector<std::string>& body) const {
    const schema::QualifiedName table = g_.lookup_tables()[i];
    std::string on = schema::to_upper(event);
    if (event == "update") on += columns_of(table);
    return fmt::format("CREATE TRIGGER {} {} {} ON {} BEGIN\n  {};\nEND",
                       quoting()(Identifier(lookup_trigger_name(g_, i, time, event.c_str()))), schema::to_upper(time),
                       on, quoting()(table), fmt::join(body, ";\n  "));
  }

  // ` OF a, b`; nothing where one is computed: it changes without being named.
  std::string columns_of(const schema::QualifiedName& looked_up) const {
    std::vector<std::string> names;
    const Table& table = *schema_.find_table(looked_up);
    for (const Identifier& name : g_.columns_read(looked_up)) {
      const schema::Column* column = table.find_column(name);
      if (!column || column->generated) return {};
      names.push_back(quoting()(name));
    }
    return fmt::format(" OF {}", fmt::join(names, ", "));
  }

  // Notes the rows that read the row of the lookup, and follow. `tables`, `conditions`: where that row is neither OLD
  // nor NEW.
  std::string note(std::size_t lookup, const std::string& at_lookup, const std::string& tables = {},
                   const std::string& conditions = {}) const {
    const auto way = sql_.way(lookup, at_lookup, sql_.itself().prefix);
    std::vector<std::string> values = key_of(sql_.itself().prefix);
    if (g_.down_looks_up()) values.push_back(sql_.follow_state(sql_.itself(), sql_.follows(sql_.itself())));
    const std::string follows = g_.down_looks_up()
                                    ? common::any_of({sql_.follows(sql_.itself()), sql_.followed(sql_.itself())})
                                    : sql_.follows(sql_.itself());
    return fmt::format("INSERT INTO {} SELECT {} FROM {}{} WHERE {}{} AND ({})", note_table(g_),
                       fmt::join(values, ", "), tables, GroupSql::tables(way, way.size()), conditions,
                       GroupSql::conditions(way, way.size()), follows);
  }

  std::vector<std::string> before(const schema::QualifiedName& table, const std::string& event) const {
    std::vector<std::string> result{fmt::format("DELETE FROM {}", note_table(g_))};
    for (const std::size_t lookup : g_.lookups_in(table)) {
      if (event != "insert") result.push_back(note(lookup, "OLD."));
      if (event == "delete") continue;
      // Foreign keys may be off, and hold nothing then; what `down` goes by, our triggers hold.
      const bool comes_first = g_.lookups[lookup].down && g_.lookups[lookup].comes_first();
      if (event != "insert" || !comes_first) result.push_back(note(lookup, "NEW."));
      // OR REPLACE takes rows away without telling their triggers.
      if (const std::string replaced = same_key(lookup); !replaced.empty())
        result.push_back(note(lookup, "emcee_r.", quoting()(table) + " AS emcee_r, ", replaced + " AND "));
    }
    return result;
  }

  // Rows of the lookup that share a key with NEW.
  std::string same_key(std::size_t lookup) const {
    const Table& table = *schema_.find_table(g_.lookups[lookup].table);
    std::vector<std::string> keys;
    const auto add = [&](const std::vector<schema::KeyPart>& parts) {
      std::vector<std::string> equal;
      for (const schema::KeyPart& part : parts)
        if (const auto column = part.expression.as_column())
          equal.push_back(fmt::format("emcee_r.{0} = NEW.{0}", quoting()(*column)));
      if (equal.size() == parts.size() && !equal.empty()) keys.push_back(common::all_of(equal));
    };
    if (table.primary_key) add(table.primary_key->parts);
    for (const auto& unique : table.uniques) add(unique.parts);
    for (const auto& index : table.indexes)
      if (index.unique) add(index.parts);
    return keys.empty() ? std::string() : "(" + common::any_of(keys) + ")";
  }

  // Under OR IGNORE an update that a constraint refuses would disappear without a word.
  std::vector<std::string> after() const {
    const std::string key = fmt::format("{}", fmt::join(key_of(sql_.itself().prefix), ", "));
    const auto noted_as = [&](const std::string& where) {
      return fmt::format("{} IN (SELECT {} FROM {}{})", key_.size() == 1 ? key : "(" + key + ")",
                         fmt::join(note_columns(), ", "), note_table(g_), where);
    };
    std::vector<std::string> names;
    for (const auto& c : g_.new_columns) names.push_back(c.name.text());
    const std::string message =
        sql_.message(fmt::format("emcee: {} of {} could not follow", fmt::join(names, ", "), g_.table.text()));
    const std::string table = quoting()(g_.table), clear = fmt::format("DELETE FROM {}", note_table(g_));
    const auto refuse = [&](const std::string& noted, const std::string& holds) {
      return fmt::format("SELECT RAISE(ABORT, {}) FROM {} WHERE {} AND NOT ({})", message, table, noted, holds);
    };
    if (!g_.down_looks_up()) {
      const std::string noted = noted_as("");
      return {fmt::format("UPDATE {} SET {} WHERE {}", table, sql_.set_up_itself(""), noted),
              refuse(noted, sql_.new_is_up(sql_.itself())), clear};
    }
    const std::string by_up = noted_as(" WHERE state = 1"), by_down = noted_as(" WHERE state = 2"),
                      by_both = noted_as(" WHERE state = 3");
    const std::string only_down = sql_.only_down_finds(sql_.itself());
    const std::string new_follows = common::any_of({by_up, common::all_of({by_both, negate(only_down)})});
    const std::string old_follows = common::any_of({by_down, common::all_of({by_both, only_down})});
    return {fmt::format("UPDATE {} SET {} WHERE {}", table, sql_.set_up_itself(""), new_follows),
            fmt::format("UPDATE {} SET {} WHERE {}", table, sql_.set_down_itself(""), old_follows),
            refuse(noted_as(" WHERE state <> 2"), sql_.in_sync(sql_.itself())),
            refuse(by_down, sql_.old_is_down(sql_.itself())), clear};
  }

  std::vector<std::string> key_of(const std::string& prefix) const {
    std::vector<std::string> result;
    for (const Identifier& name : key_) result.push_back(prefix + quoting()(name));
    return result;
  }

  GroupSql sql_;
  const SyncGroup& g_;
  const schema::Schema& schema_;
  std::vector<Identifier> key_;
};

}  // namespace

std::vector<std::string> create_lookups(const SyncGroup& group, const schema::Schema& schema) {
  if (group.holds_old()) return create_held(group, schema);
  if (group.lookups.empty()) return {};
  return LookupTriggers(group, schema).create();
}

std::vector<std::string> drop_lookups(const SyncGroup& group) {
  std::vector<std::string> result;
  if (group.holds_old()) return drop_held(group);
  if (group.lookups.empty()) return result;
  for (const std::string& name : lookup_trigger_names(group))
    result.push_back("DROP TRIGGER IF EXISTS " + quoting()(Identifier(name)));
  result.push_back("DROP TABLE IF EXISTS " + note_table(group));
  return result;
}

std::vector<std::string> lookup_trigger_names(const SyncGroup& group) {
  if (group.holds_old()) return held_trigger_names(group);
  return common::lookup_trigger_names(group, [&](std::size_t lookup, const char* time, const char* event) {
    return lookup_trigger_name(group, lookup, time, event);
  });
}

}  // namespace emcee::sqlite
