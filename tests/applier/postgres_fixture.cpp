#include "postgres_fixture.h"

#include <map>

namespace emcee::applier {

namespace {

constexpr const char* kPostgresOldSchema = R"(
CREATE TABLE images (id bigint PRIMARY KEY, name text, is_public integer);
CREATE TABLE tags (image bigint REFERENCES images (id) ON DELETE CASCADE, tag text);
)";

constexpr const char* kUp = "CASE is_public WHEN 1 THEN 'public' WHEN 0 THEN 'shared' END";

// N = up(O), or O = down(N) where N is there.
std::string postgres_in_sync(const std::string& row) {
  return fmt::format(
      "({0}visibility IS NOT DISTINCT FROM CASE {0}is_public WHEN 1 THEN 'public' WHEN 0 THEN 'shared' END OR "
      "({0}visibility IS NOT NULL AND {0}is_public IS NOT DISTINCT FROM ({0}visibility = 'public')::integer))",
      row);
}

Json expand_steps() {
  Json add = blank_step(1, "add column images.visibility");
  add["run"] = {"ALTER TABLE images ADD COLUMN visibility text"};
  // A truth value is as good as a number.
  add["probe"] =
      "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'images'::regclass AND attname = 'visibility' "
      "AND NOT attisdropped)";
  add["undo"] = undo({"ALTER TABLE images DROP COLUMN visibility"},
                     "SELECT 'visibility ' || visibility, id FROM images WHERE visibility IN ('private', 'community')");
  Json index = blank_step(2, "add index images_visibility");
  index["transactional"] = false;
  index["run"] = {"DROP INDEX CONCURRENTLY IF EXISTS images_visibility",
                  "CREATE INDEX CONCURRENTLY images_visibility ON images (visibility)"};
  index["probe"] = "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('images_visibility') AND indisvalid";
  index["undo"] = undo({"DROP INDEX images_visibility"});
  return {add, index};
}

Json postgres_sync_step() {
  Json sync = blank_step(1, "keep images.visibility equal to images.is_public", "sync");
  sync["run"] = {
      fmt::format(R"(CREATE FUNCTION emcee_visibility() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF new.visibility IS NOT NULL AND (TG_OP = 'INSERT' OR new.visibility IS DISTINCT FROM old.visibility) THEN
    new.is_public := (new.visibility = 'public')::integer;
  ELSE
    new.visibility := {};
  END IF;
  RETURN new;
END $$)",
                  "CASE new.is_public WHEN 1 THEN 'public' WHEN 0 THEN 'shared' END"),
      fmt::format("CREATE TRIGGER zzz_emcee_visibility BEFORE INSERT OR UPDATE ON images FOR EACH ROW WHEN (NOT {} AND "
                  "current_setting('emcee.bypass', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION emcee_visibility()",
                  postgres_in_sync("new."))};
  sync["probe"] = "SELECT count(*) FROM pg_trigger WHERE tgname = 'zzz_emcee_visibility'";
  sync["undo"] = undo({"DROP TRIGGER zzz_emcee_visibility ON images", "DROP FUNCTION emcee_visibility()"});
  return sync;
}

Json contract_steps() {
  Json stop = blank_step(1, "the triggers go");
  stop["run"] = {"DROP TRIGGER IF EXISTS zzz_emcee_visibility ON images", "DROP FUNCTION IF EXISTS emcee_visibility()"};
  stop["probe"] = "SELECT count(*) = 0 FROM pg_trigger WHERE tgname = 'zzz_emcee_visibility'";
  Json tighten = blank_step(2, "images.visibility becomes NOT NULL");
  tighten["run"] = {"ALTER TABLE images ALTER COLUMN visibility SET DEFAULT 'shared'",
                    "ALTER TABLE images ALTER COLUMN visibility SET NOT NULL"};
  Json drop = blank_step(3, "drop column images.is_public");
  drop["run"] = {"ALTER TABLE images DROP COLUMN is_public"};
  drop["probe"] =
      "SELECT count(*) = 0 FROM pg_attribute WHERE attrelid = 'images'::regclass AND attname = 'is_public' "
      "AND NOT attisdropped";
  return {stop, tighten, drop};
}

}  // namespace

Json postgres_image_plan() {
  Json plan = blank_plan("ocata", "newton");
  plan["dialect"] = "postgres";
  const std::string pending = "visibility IS NULL AND NOT " + postgres_in_sync("");
  const std::string conflict = "visibility IS NOT NULL AND NOT " + postgres_in_sync("");

  Json backfill = blank_step(1, "fill images.visibility", "backfill");
  backfill["backfill"] = {{"table", "images"},       {"table_sql", "images"},
                          {"key", {"id"}},           {"key_sql", {"id"}},
                          {"pending", pending},      {"set", fmt::format("visibility = {}", kUp)},
                          {"bypass_triggers", true}, {"single_update", ""}};
  Json check = blank_step(2, "no NULL in images.visibility", "check");
  check["requirement"] = row_query("visibility: not null", "requirement", "'visibility is NULL'", "visibility IS NULL");

  plan["scripts"] = {blank_script("ocata_expand01", "expand", 1), blank_script("ocata_expand02", "expand", 2),
                     blank_script("ocata_migrate01", "migrate", 1), blank_script("ocata_contract01", "contract", 1)};
  plan["scripts"][0]["steps"] = expand_steps();
  plan["scripts"][1]["steps"] = {postgres_sync_step()};
  plan["scripts"][2]["steps"] = {backfill, check};
  plan["scripts"][3]["steps"] = contract_steps();
  plan["verify"] = {row_query("visibility: pending", "pending", "'pending'", pending),
                    row_query("visibility: in conflict", "conflict", "'in conflict'", conflict)};
  plan["resolve"] = {{"old", {fmt::format("UPDATE images SET visibility = {} WHERE {}", kUp, conflict)}},
                     {"new", {"UPDATE images SET is_public = (visibility = 'public')::integer WHERE " + conflict}}};
  plan["sync_objects"] = {"zzz_emcee_visibility"};
  return plan;
}

void create_postgres_images(const std::string& url, int rows) {
  run_postgres(url,
               fmt::format("{} INSERT INTO images SELECT i, 'image ' || i, (i % 3 = 0)::integer FROM "
                           "generate_series(1, {}) AS i; INSERT INTO tags SELECT id, 'tag' FROM images WHERE id % 5 "
                           "= 0",
                           kPostgresOldSchema, rows));
}

std::string expected_postgres_images(int rows) {
  const PostgresDatabase database;
  create_postgres_images(database.url(), rows);
  run_postgres(
      database.url(),
      "ALTER TABLE images ADD COLUMN visibility text NOT NULL DEFAULT 'shared'; UPDATE images SET visibility = "
      "'public' WHERE is_public = 1; ALTER TABLE images DROP COLUMN is_public; CREATE INDEX images_visibility ON "
      "images (visibility)");
  return postgres_dump(database.url());
}

std::string postgres_dump(const std::string& url) {
  std::string text = testing::postgres_catalogue(url);
  for (const char* table : {"images", "tags"})
    text += run_postgres(url,
                         fmt::format("SELECT string_agg(row::text, E'\\n' ORDER BY row::text) FROM (SELECT to_jsonb(t) "
                                     "AS row FROM {} t) AS rows",
                                     table)) +
            "\n";
  return text;
}

std::string postgres_dump_ledger(const std::string& url) {
  return run_postgres(
      url,
      "SELECT string_agg(concat_ws(' ', release, script, step, state, rows_done, present), E'\\n' ORDER "
      "BY id) FROM emcee.ledger");
}

std::unique_ptr<Connection> open_test_database(const std::string& url, std::chrono::milliseconds lock_timeout) {
  auto connection = open_postgres(url, {.lock_timeout = lock_timeout});
  EXPECT_OK(connection);
  return connection ? std::move(*connection) : nullptr;
}

Bed postgres_bed() {
  static std::map<std::string, std::unique_ptr<PostgresDatabase>> databases;
  return {[] {
            auto database = std::make_unique<PostgresDatabase>();
            const std::string url = database->url();
            databases[url] = std::move(database);
            return url;
          },
          [](const std::string& url) { return open_test_database(url); },
          [](const std::string& url) { databases.erase(url); }};
}

EndSession end_postgres_session(const PostgresDatabase& other) {
  return [&other](Connection& connection) {
    const auto id = connection.query("SELECT pg_backend_pid()");
    ASSERT_OK(id);
    run_postgres(other.url(), fmt::format("SELECT pg_terminate_backend({}, 5000)", to_text(id->front().front())));
  };
}

}  // namespace emcee::applier
