#include "dialects/sqlite/lookup_triggers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/common/lookup_names.h"
#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/group_sql.h"

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
    std::vector<std::string> columns;
    for (std::size_t i = 0; i < key_.size(); ++i) columns.push_back(note_column(i));
    std::vector<std::string> result{fmt::format("CREATE TABLE {} ({})", note_table(g_), fmt::join(columns, ", "))};
    for (std::size_t i = 0; i < g_.lookups.size(); ++i)
      for (const std::string event : common::kLookupEvents) {
        result.push_back(trigger(i, "before", event, before(i, event)));
        result.push_back(trigger(i, "after", event, after()));
      }
    return result;
  }

 private:
  static std::string note_column(std::size_t i) { return fmt::format("k{}", i + 1); }

  std::string trigger(std::size_t lookup, const char* time, const std::string& event,
                      const std::vector<std::string>& body) const {
    std::string on = schema::to_upper(event);
    if (event == "update") on += columns_of(lookup);
    return fmt::format("CREATE TRIGGER {} {} {} ON {} BEGIN\n  {};\nEND",
                       quoting()(Identifier(lookup_trigger_name(g_, lookup, time, event.c_str()))),
                       schema::to_upper(time), on, quoting()(g_.lookups[lookup].table), fmt::join(body, ";\n  "));
  }

  // ` OF a, b`; nothing where one is computed: it changes without being named.
  std::string columns_of(std::size_t lookup) const {
    std::vector<std::string> names;
    const Table& table = *schema_.find_table(g_.lookups[lookup].table);
    for (const Identifier& name : g_.lookups[lookup].columns) {
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
    return fmt::format("INSERT INTO {} SELECT {} FROM {}{} WHERE {}{} AND ({})", note_table(g_),
                       fmt::join(key_of(sql_.itself().prefix), ", "), tables, GroupSql::tables(way, way.size()),
                       conditions, GroupSql::conditions(way, way.size()), sql_.follows(sql_.itself()));
  }

  std::vector<std::string> before(std::size_t lookup, const std::string& event) const {
    std::vector<std::string> result{fmt::format("DELETE FROM {}", note_table(g_))};
    if (event != "insert") result.push_back(note(lookup, "OLD."));
    if (event != "delete") {
      result.push_back(note(lookup, "NEW."));
      // OR REPLACE takes rows away without telling their triggers.
      if (const std::string replaced = same_key(lookup); !replaced.empty())
        result.push_back(
            note(lookup, "emcee_r.", quoting()(g_.lookups[lookup].table) + " AS emcee_r, ", replaced + " AND "));
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
    std::vector<std::string> columns;
    for (std::size_t i = 0; i < key_.size(); ++i) columns.push_back(note_column(i));
    const std::string key = fmt::format("{}", fmt::join(key_of(sql_.itself().prefix), ", "));
    const std::string noted = fmt::format("{} IN (SELECT {} FROM {})", key_.size() == 1 ? key : "(" + key + ")",
                                          fmt::join(columns, ", "), note_table(g_));
    std::vector<std::string> names;
    for (const auto& c : g_.new_columns) names.push_back(c.name.text());
    const std::string message =
        sql_.message(fmt::format("emcee: {} of {} could not follow", fmt::join(names, ", "), g_.table.text()));
    const std::string table = quoting()(g_.table);
    return {fmt::format("UPDATE {} SET {} WHERE {}", table, sql_.set_up_itself(""), noted),
            fmt::format("SELECT RAISE(ABORT, {}) FROM {} WHERE {} AND NOT ({})", message, table, noted,
                        sql_.new_is_up(sql_.itself())),
            fmt::format("DELETE FROM {}", note_table(g_))};
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
  if (group.lookups.empty()) return {};
  return LookupTriggers(group, schema).create();
}

std::vector<std::string> drop_lookups(const SyncGroup& group) {
  std::vector<std::string> result;
  if (group.lookups.empty()) return result;
  for (const std::string& name : lookup_trigger_names(group))
    result.push_back("DROP TRIGGER IF EXISTS " + quoting()(Identifier(name)));
  result.push_back("DROP TABLE IF EXISTS " + note_table(group));
  return result;
}

std::vector<std::string> lookup_trigger_names(const SyncGroup& group) {
  return common::lookup_trigger_names(group, [&](std::size_t lookup, const char* time, const char* event) {
    return lookup_trigger_name(group, lookup, time, event);
  });
}

}  // namespace emcee::sqlite
