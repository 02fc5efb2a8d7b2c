// PostgreSQL: what a write of the application costs while sync is on, and what the backfill costs.
// Bulk statements over 100,000 rows on a server of its own (fsync off); every iteration is rolled
// back. Run with --benchmark_enable_random_interleaving, and compare the ratios.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "dialects/postgres/row_queries.h"
#include "dialects/postgres/sync_triggers.h"
#include "dialects/sqlite/parse.h"
#include "tests/postgres/session.h"
#include "tests/servers/postgres_server.h"

namespace emcee {
namespace {

constexpr int kRows = 100000;

enum class Triggers { none, by_hand, recompute, emcee };

schema::Identifier id(const char* name) { return schema::Identifier(name); }

schema::Schema make_schema() {
  schema::Table table;
  table.name.name = id("t");
  for (const char* name : {"id", "a", "b", "other"}) {
    schema::Column column;
    column.name = id(name);
    column.type.text = column.type.name =
        std::string(name) == "id" || std::string(name) == "other" ? "integer" : "text";
    table.columns.push_back(column);
  }
  table.primary_key = schema::PrimaryKey{{}, {{schema::Fragment::column(id("id")), {}}}};
  schema::SchemaParts parts;
  parts.tables = {table};
  return *schema::Schema::make(parts);
}

plan::SyncGroup make_group() {
  plan::SyncGroup group;
  group.name = "ab";
  group.table.name = id("t");
  group.old_columns.push_back({id("a"), *sqlite::parse_expression(parser::Source("", "lower(b)")), {}, false});
  group.new_columns.push_back({id("b"), *sqlite::parse_expression(parser::Source("", "upper(a)")), {}, false});
  return group;
}

// What a careful person writes by hand, with the same meaning: byte for byte, in sync, pending rows.
constexpr const char* kByHand = R"(
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.b IS NOT NULL THEN NEW.a := lower(NEW.b); ELSE NEW.b := upper(NEW.a); END IF;
  ELSIF NEW.b COLLATE "C" IS DISTINCT FROM OLD.b COLLATE "C" THEN
    IF NEW.b COLLATE "C" IS DISTINCT FROM upper(NEW.a) AND (NEW.b IS NULL OR NEW.a COLLATE "C" IS DISTINCT FROM lower(NEW.b))
    THEN NEW.a := lower(NEW.b); END IF;
  ELSIF NEW.b COLLATE "C" IS DISTINCT FROM upper(NEW.a) AND (NEW.b IS NULL OR NEW.a COLLATE "C" IS DISTINCT FROM lower(NEW.b))
  THEN NEW.b := upper(NEW.a); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER i BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
CREATE TRIGGER u BEFORE UPDATE ON t FOR EACH ROW WHEN (NEW.a COLLATE "C" IS DISTINCT FROM OLD.a COLLATE "C" OR
  NEW.b COLLATE "C" IS DISTINCT FROM OLD.b COLLATE "C") EXECUTE FUNCTION f())";

// What the best-known tool of the field does: one trigger per direction, each on every write, told
// apart by the search_path, recomputing.
constexpr const char* kRecompute = R"(
CREATE FUNCTION up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE latest text; path text;
BEGIN
  SELECT current_setting INTO path FROM current_setting('search_path');
  IF path <> 'public_new' THEN NEW.b := upper(NEW.a); END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION down() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE latest text; path text;
BEGIN
  SELECT current_setting INTO path FROM current_setting('search_path');
  IF path = 'public_new' THEN NEW.a := lower(NEW.b); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER u BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION up();
CREATE TRIGGER d BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION down())";

class Database {
 public:
  Database(Triggers triggers, bool migrated) : session_(database_.url()) {
    session_.must(
        "CREATE SCHEMA emcee; CREATE TABLE t (id integer PRIMARY KEY, a text, b text, other integer) WITH "
        "(fillfactor = 50)");
    session_.must(fmt::format("INSERT INTO t SELECT i, 'value' || i, {}, i FROM generate_series(1, {}) i",
                              migrated ? "'VALUE' || i" : "NULL", kRows));
    if (triggers == Triggers::by_hand) session_.must(kByHand);
    if (triggers == Triggers::recompute) session_.must(kRecompute);
    if (triggers == Triggers::emcee) {
      const auto statements = postgres::create_sync(make_group(), make_schema());
      for (const std::string& statement : *statements) session_.must(statement);
    }
    session_.must("VACUUM ANALYZE t");
    session_.must("CHECKPOINT");
  }
  postgres_test::Session& session() { return session_; }

 private:
  servers::PostgresDatabase database_;
  postgres_test::Session session_;
};

void write(benchmark::State& state, Triggers triggers, const std::string& statement) {
  Database db(triggers, true);
  for (auto _ : state) {
    db.session().must("BEGIN");
    db.session().must(statement);
    state.PauseTiming();
    db.session().must("ROLLBACK");
    db.session().must("VACUUM t");
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}

// One UPDATE, or batches of that many rows that do not fire the triggers.
void backfill(benchmark::State& state, Triggers triggers, int batch) {
  const auto backfill = postgres::render_backfill({make_group().table, {make_group()}}, make_schema());
  for (auto _ : state) {
    state.PauseTiming();
    Database db(triggers, false);
    if (batch > 0) db.session().must("SET emcee.bypass = 'on'");
    state.ResumeTiming();
    if (batch == 0) db.session().must("UPDATE t SET b = upper(a)");
    for (int first = 1; batch > 0 && first <= kRows; first += batch)
      db.session().must(fmt::format("UPDATE t SET {} WHERE id >= {} AND id < {} AND ({}) IS TRUE", backfill.assignments,
                                    first, first + batch, backfill.pending));
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}

#define EMCEE_WRITES(name, statement)                                                                        \
  BENCHMARK_CAPTURE(write, name##_none, Triggers::none, statement)->Unit(benchmark::kMillisecond);           \
  BENCHMARK_CAPTURE(write, name##_by_hand, Triggers::by_hand, statement)->Unit(benchmark::kMillisecond);     \
  BENCHMARK_CAPTURE(write, name##_recompute, Triggers::recompute, statement)->Unit(benchmark::kMillisecond); \
  BENCHMARK_CAPTURE(write, name##_emcee, Triggers::emcee, statement)->Unit(benchmark::kMillisecond)
EMCEE_WRITES(old_column, "UPDATE t SET a = a || 'x'");
EMCEE_WRITES(new_column, "UPDATE t SET b = b || 'X'");
EMCEE_WRITES(other_column, "UPDATE t SET other = other + 1");
EMCEE_WRITES(insert, fmt::format("INSERT INTO t (id, a) SELECT id + {}, a FROM t", kRows));
BENCHMARK_CAPTURE(backfill, one_update_no_triggers, Triggers::none, 0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(backfill, one_update_with_triggers, Triggers::emcee, 0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(backfill, batches_of_1000, Triggers::emcee, 1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(backfill, batches_of_10000, Triggers::emcee, 10000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace emcee
