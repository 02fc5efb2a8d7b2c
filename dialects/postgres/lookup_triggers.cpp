#include "dialects/postgres/lookup_triggers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/postgres/group_sql.h"
#include "dialects/postgres/plpgsql.h"
#include "dialects/postgres/quoting.h"
#include "dialects/postgres/stored_type.h"
#include "dialects/postgres/sync_tables.h"

namespace emcee::postgres {

using plan::SyncGroup;
using schema::ErrorCode;
using schema::Identifier;
using schema::Result;
using schema::Table;

namespace {

// `zzz`: triggers run in the order of their names, and these see the row as it is stored.
std::string lookup_trigger_name(const SyncGroup& group, std::size_t lookup, const char* what) {
  return bounded_name(fmt::format("zzz_emcee_{}_lookup{}_{}", group.name, lookup + 1, what));
}
std::string lookup_object(const SyncGroup& group, const std::string& what) {
  return "emcee." + quoting()(Identifier(bounded_name(fmt::format("{}_{}", group.name, what))));
}
std::string note_function(const SyncGroup& group, std::size_t lookup) {
  return lookup_object(group, fmt::format("lookup{}", lookup + 1));
}
std::string refresh_function(const SyncGroup& group) { return lookup_object(group, "refresh"); }
std::string note_table(const SyncGroup& group) { return lookup_object(group, "lookup"); }

class LookupTriggers {
 public:
  LookupTriggers(const SyncGroup& group, const schema::Schema& schema)
      : sql_(group, *schema.find_table(group.table)),
        g_(sql_.group()),
        t_(sql_.table()),
        schema_(schema),
        key_(t_.key_columns()) {}

  std::vector<std::string> create() const {
    std::vector<std::string> result = note_table_statements();
    result.push_back(create_function({refresh_function(g_), settings(), {}, refresh()}, false));
    for (std::size_t i = 0; i < g_.lookups.size(); ++i) {
      result.push_back(create_function({note_function(g_, i), settings(), {}, note(i)}, false));
      for (std::string& statement : triggers(i)) result.push_back(std::move(statement));
    }
    return result;
  }

 private:
  static std::string note_column(std::size_t i) { return fmt::format("k{}", i + 1); }
  std::vector<std::string> key_of(const std::string& prefix) const {
    std::vector<std::string> result;
    for (const Identifier& name : key_) result.push_back(prefix + quoting()(name));
    return result;
  }

  // What the expressions name is looked up where the schema looks it up, and nowhere else.
  std::vector<std::string> settings() const {
    std::string path = "pg_catalog";
    if (!t_.name.schema.empty() && t_.name.schema.text() != "public") path += ", " + quoting()(t_.name.schema);
    return {"SECURITY DEFINER", "SET search_path TO " + path + ", public, pg_temp"};
  }

  // Rows of it live as long as a statement; after a crash of the server there is none.
  std::vector<std::string> note_table_statements() const {
    std::vector<std::string> columns, key{"session"};
    for (std::size_t i = 0; i < key_.size(); ++i) {
      columns.push_back(fmt::format("{} AS {}", quoting()(key_[i]), note_column(i)));
      key.push_back(note_column(i));
    }
    return {fmt::format("CREATE UNLOGGED TABLE {} AS SELECT 0 AS session, {}, false AS follows FROM {} WITH NO DATA",
                        note_table(g_), fmt::join(columns, ", "), quoting()(t_.name)),
            fmt::format("ALTER TABLE {} ADD PRIMARY KEY ({})", note_table(g_), fmt::join(key, ", "))};
  }

  // --- before a row of the lookup is written ----------------------------------------------------

  Block note(std::size_t lookup) const {
    Block all, removed, written;
    all.add(note_rows(quoting()(t_.name), "")).add("RETURN NULL");
    note_way(removed, lookup, "OLD.");
    note_way(written, lookup, "NEW.");
    Block body;
    body.when("TG_OP = 'TRUNCATE'", all);
    body.when("TG_OP <> 'INSERT'", removed);
    body.when(fmt::format("TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND ({})", way_changed(lookup)), written);
    return body.when("TG_OP = 'DELETE'", Block().add("RETURN OLD"));
  }

  // Locks what lies between, from the row of the lookup on, then the rows that read it; a statement each, since
  // one that had to wait goes by what was there before. Whoever reads a row on the way holds it FOR SHARE.
  void note_way(Block& block, std::size_t lookup, const std::string& at_lookup) const {
    const auto way = sql_.way(lookup, at_lookup, sql_.itself().prefix);
    for (std::size_t end = 1; end <= way.size(); ++end) {
      const std::string order = fmt::format(" ORDER BY {}", fmt::join(key_of(sql_.itself().prefix), ", "));
      block.add(fmt::format("PERFORM 1 FROM {} WHERE {}{} FOR NO KEY UPDATE OF {}", GroupSql::tables(way, end),
                            GroupSql::conditions(way, end), end == way.size() ? order : "", way[end - 1].name));
    }
    block.add(note_rows(GroupSql::tables(way, way.size()), " WHERE " + GroupSql::conditions(way, way.size())));
  }

  // The first write of a statement to a row decides: what it was before the statement.
  std::string note_rows(const std::string& tables, const std::string& where) const {
    return fmt::format("INSERT INTO {} SELECT pg_catalog.pg_backend_pid(), {}, {} FROM {}{} ON CONFLICT DO NOTHING",
                       note_table(g_), fmt::join(key_of(sql_.itself().prefix), ", "), sql_.follows(sql_.itself()),
                       tables, where);
  }

  // --- when the statement is through --------------------------------------------------------------

  Block refresh() const {
    std::vector<std::string> set, same;
    for (std::size_t i = 0; i < g_.new_columns.size(); ++i) {
      const std::string column = quoting()(g_.new_columns[i].name);
      set.push_back(fmt::format("{0} = CASE WHEN noted.follows THEN {1} ELSE {2}{0} END", column,
                                sql_.up(i, sql_.itself()), sql_.itself().prefix));
    }
    for (std::size_t i = 0; i < key_.size(); ++i)
      same.push_back(fmt::format("{}{} = noted.{}", sql_.itself().prefix, quoting()(key_[i]), note_column(i)));
    Block block;
    for (const std::string& hold : sql_.holds(fmt::format(", {} AS noted", note_table(g_)),
                                              {"noted.session = pg_catalog.pg_backend_pid()", all_of(same)}))
      block.add(hold);
    return block.add(fmt::format(
        "WITH noted AS (DELETE FROM {} WHERE session = pg_catalog.pg_backend_pid() RETURNING *) UPDATE {} SET {} "
        "FROM noted WHERE {}",
        note_table(g_), quoting()(t_.name), fmt::join(set, ", "), all_of(same)));
  }

  // --- triggers -----------------------------------------------------------------------------------

  std::string changed(std::size_t lookup, const std::vector<Identifier>& columns) const {
    const Table& table = *schema_.find_table(g_.lookups[lookup].table);
    std::vector<std::string> terms;
    for (const Identifier& name : columns)
      terms.push_back(
          differ(stored_type(table.find_column(name)->type), "NEW." + quoting()(name), "OLD." + quoting()(name)));
    return any_of(terms);
  }
  std::string way_changed(std::size_t lookup) const {
    std::vector<Identifier> columns;
    for (const auto& pair : g_.lookups[lookup].key) columns.push_back(pair.column);
    return changed(lookup, columns);
  }

  std::vector<std::string> triggers(std::size_t i) const {
    const auto create = [&](const char* what, const std::string& when, const std::string& function) {
      return fmt::format("CREATE TRIGGER {} {}\nEXECUTE FUNCTION {}()",
                         quoting()(Identifier(lookup_trigger_name(g_, i, what))),
                         fmt::format(fmt::runtime(when), quoting()(g_.lookups[i].table)), function);
    };
    return {create("write", "BEFORE INSERT OR DELETE ON {} FOR EACH ROW", note_function(g_, i)),
            fmt::format("CREATE TRIGGER {} BEFORE UPDATE ON {} FOR EACH ROW WHEN ({})\nEXECUTE FUNCTION {}()",
                        quoting()(Identifier(lookup_trigger_name(g_, i, "update"))), quoting()(g_.lookups[i].table),
                        changed(i, g_.lookups[i].columns), note_function(g_, i)),
            create("truncate", "BEFORE TRUNCATE ON {} FOR EACH STATEMENT", note_function(g_, i)),
            create("refresh", "AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {} FOR EACH STATEMENT",
                   refresh_function(g_))};
  }

  GroupSql sql_;
  const SyncGroup& g_;
  const Table& t_;
  const schema::Schema& schema_;
  std::vector<Identifier> key_;
};

Result<void> check_lookup_tables(const SyncGroup& group, const schema::Schema& schema) {
  for (const plan::Lookup& lookup : group.lookups) {
    const Table* table = schema.find_table(lookup.table);
    if (!table)
      return schema::fail(ErrorCode::report_bug, "a lookup in a table that is not there: " + lookup.table.text());
    const auto& options = table->options.other;
    if (sync_tables(lookup.table, schema).size() > 1 || options.contains("partition_by") ||
        options.contains("partition_of") || options.contains("inherits"))
      return schema::fail(ErrorCode::add_to_map,
                          fmt::format("map {}: {} is partitioned or has children, and what is written to one of them "
                                      "by its own name cannot be followed",
                                      group.name, lookup.table.text()),
                          "keep the looked-up value in a column of " + group.table.text());
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> create_lookups(const SyncGroup& group, const schema::Schema& schema) {
  if (group.lookups.empty()) return std::vector<std::string>{};
  EMCEE_TRY(check_lookup_tables(group, schema));
  return LookupTriggers(group, schema).create();
}

std::vector<std::string> drop_lookups(const SyncGroup& group) {
  std::vector<std::string> result;
  if (group.lookups.empty()) return result;
  for (std::size_t i = 0; i < group.lookups.size(); ++i) {
    for (const std::string& name : lookup_trigger_names(group, i))
      result.push_back(fmt::format("DROP TRIGGER IF EXISTS {} ON {}", quoting()(Identifier(name)),
                                   quoting()(group.lookups[i].table)));
    result.push_back(fmt::format("DROP FUNCTION IF EXISTS {}()", note_function(group, i)));
  }
  result.push_back(fmt::format("DROP FUNCTION IF EXISTS {}()", refresh_function(group)));
  result.push_back(fmt::format("DROP TABLE IF EXISTS {}", note_table(group)));
  return result;
}

std::vector<std::string> lookup_trigger_names(const SyncGroup& group, std::size_t lookup) {
  std::vector<std::string> result;
  for (const char* what : {"write", "update", "truncate", "refresh"})
    result.push_back(lookup_trigger_name(group, lookup, what));
  return result;
}

}  // namespace emcee::postgres
