#include "dialects/postgres/lookup_triggers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/postgres/group_sql.h"
#include "dialects/postgres/held_triggers.h"
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
std::string lookup_trigger_name(const SyncGroup& group, std::size_t table, const char* what) {
  return bounded_name(fmt::format("zzz_emcee_{}_lookup{}_{}", group.name, table + 1, what));
}
std::string lookup_object(const SyncGroup& group, const std::string& what) {
  return "emcee." + quoting()(Identifier(bounded_name(fmt::format("{}_{}", group.name, what))));
}
std::string note_function(const SyncGroup& group, std::size_t table) {
  return lookup_object(group, fmt::format("lookup{}", table + 1));
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
        tables_(group.lookup_tables()),
        key_(t_.key_columns()) {}

  std::vector<std::string> create() const {
    std::vector<std::string> result = note_table_statements();
    result.push_back(create_function({refresh_function(g_), settings(), {}, refresh()}, false));
    for (std::size_t i = 0; i < tables_.size(); ++i) {
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
    const char* follows = g_.down_looks_up() ? "0 AS state" : "false AS follows";
    return {fmt::format("CREATE UNLOGGED TABLE {} AS SELECT 0 AS session, {}, {} FROM {} WITH NO DATA", note_table(g_),
                        fmt::join(columns, ", "), follows, quoting()(t_.name)),
            fmt::format("ALTER TABLE {} ADD PRIMARY KEY ({})", note_table(g_), fmt::join(key, ", "))};
  }

  // --- before a row of the lookup is written ----------------------------------------------------

  Block note(std::size_t table) const {
    const std::vector<std::size_t> lookups = g_.lookups_in(tables_[table]);
    Block all, removed;
    all.add(note_rows(quoting()(t_.name), "")).add("RETURN NULL");
    for (const std::size_t lookup : lookups) note_way(removed, lookup, "OLD.");
    Block body;
    body.when("TG_OP = 'TRUNCATE'", all);
    body.when("TG_OP <> 'INSERT'", removed);
    for (const std::size_t lookup : lookups) {
      Block written;
      note_way(written, lookup, "NEW.");
      const std::string moved = fmt::format("TG_OP = 'UPDATE' AND ({})", way_changed(lookup));
      body.when(g_.lookups[lookup].comes_first() ? moved : "TG_OP = 'INSERT' OR " + moved, written);
    }
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
                       note_table(g_), fmt::join(key_of(sql_.itself().prefix), ", "),
                       sql_.follow_state(sql_.itself(), sql_.follows(sql_.itself())), tables, where);
  }

  // --- when the statement is through --------------------------------------------------------------

  Block refresh() const {
    std::vector<std::string> set, same;
    const auto follow = [&](const Identifier& name, const std::string& when, const std::string& value) {
      const std::string column = quoting()(name);
      set.push_back(
          fmt::format("{0} = CASE WHEN {1} THEN {2} ELSE {3}{0} END", column, when, value, sql_.itself().prefix));
    };
    const RowSource row = sql_.itself();
    const std::string by_down = sql_.only_down_finds(row);
    const std::string new_follows =
        !g_.down_looks_up() ? "noted.follows" : fmt::format("noted.state = 1 OR noted.state = 3 AND NOT ({})", by_down);
    for (std::size_t i = 0; i < g_.new_columns.size(); ++i)
      follow(g_.new_columns[i].name, new_follows, sql_.up(i, row));
    if (g_.down_looks_up())
      for (std::size_t i = 0; i < g_.old_columns.size(); ++i)
        follow(g_.old_columns[i].name, fmt::format("noted.state = 2 OR noted.state = 3 AND ({})", by_down),
               sql_.down(i, row));
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

  std::string changed(const schema::QualifiedName& looked_up, const std::vector<Identifier>& columns) const {
    const Table& table = *schema_.find_table(looked_up);
    std::vector<std::string> terms;
    for (const Identifier& name : columns)
      terms.push_back(
          differ(stored_type(table.find_column(name)->type), "NEW." + quoting()(name), "OLD." + quoting()(name)));
    return any_of(terms);
  }
  std::string way_changed(std::size_t lookup) const {
    std::vector<Identifier> columns;
    for (const auto& pair : g_.lookups[lookup].key) columns.push_back(pair.column);
    return changed(g_.lookups[lookup].table, columns);
  }

  std::vector<std::string> triggers(std::size_t i) const {
    const auto create = [&](const char* what, const std::string& when, const std::string& function) {
      return fmt::format("CREATE TRIGGER {} {}\nEXECUTE FUNCTION {}()",
                         quoting()(Identifier(lookup_trigger_name(g_, i, what))),
                         fmt::format(fmt::runtime(when), quoting()(tables_[i])), function);
    };
    return {create("write", "BEFORE INSERT OR DELETE ON {} FOR EACH ROW", note_function(g_, i)),
            fmt::format("CREATE TRIGGER {} BEFORE UPDATE ON {} FOR EACH ROW WHEN ({})\nEXECUTE FUNCTION {}()",
                        quoting()(Identifier(lookup_trigger_name(g_, i, "update"))), quoting()(tables_[i]),
                        changed(tables_[i], g_.columns_read(tables_[i])), note_function(g_, i)),
            create("truncate", "BEFORE TRUNCATE ON {} FOR EACH STATEMENT", note_function(g_, i)),
            create("refresh", "AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {} FOR EACH STATEMENT",
                   refresh_function(g_))};
  }

  GroupSql sql_;
  const SyncGroup& g_;
  const Table& t_;
  const schema::Schema& schema_;
  std::vector<schema::QualifiedName> tables_;
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
  if (group.holds_old()) return create_held(group, schema);
  if (group.lookups.empty()) return std::vector<std::string>{};
  EMCEE_TRY(check_lookup_tables(group, schema));
  return LookupTriggers(group, schema).create();
}

std::vector<std::string> drop_lookups(const SyncGroup& group) {
  std::vector<std::string> result;
  if (group.holds_old()) return drop_held(group);
  if (group.lookups.empty()) return result;
  const std::vector<schema::QualifiedName> tables = group.lookup_tables();
  for (std::size_t i = 0; i < tables.size(); ++i) {
    for (const std::string& name : lookup_trigger_names(group, i))
      result.push_back(
          fmt::format("DROP TRIGGER IF EXISTS {} ON {}", quoting()(Identifier(name)), quoting()(tables[i])));
    result.push_back(fmt::format("DROP FUNCTION IF EXISTS {}()", note_function(group, i)));
  }
  result.push_back(fmt::format("DROP FUNCTION IF EXISTS {}()", refresh_function(group)));
  result.push_back(fmt::format("DROP TABLE IF EXISTS {}", note_table(group)));
  return result;
}

std::vector<std::string> lookup_trigger_names(const SyncGroup& group, std::size_t table) {
  std::vector<std::string> result;
  for (const char* what : {"write", "update", "truncate", "refresh"})
    result.push_back(lookup_trigger_name(group, table, what));
  return result;
}

}  // namespace emcee::postgres
