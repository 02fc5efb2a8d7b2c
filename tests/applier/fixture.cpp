#include "fixture.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <fstream>

#include "schema/checksum.h"

namespace emcee::applier {

TempDir::TempDir() {
  // In memory where there is such a folder: thousands of commits wait for no disk.
  const bool in_memory = std::filesystem::is_directory("/dev/shm");
  std::string name =
      ((in_memory ? "/dev/shm" : std::filesystem::temp_directory_path()) / std::filesystem::path("emcee-XXXXXX"))
          .string();
  path_ = mkdtemp(name.data());
}
TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
  std::filesystem::remove_all(path_, ignored);
}

Json blank_step(int number, const std::string& title, const std::string& kind) {
  return {{"number", number},
          {"title", title},
          {"kind", kind},
          {"reasons", Json::array()},
          {"hazards", Json::array()},
          {"lock", {{"time", "instant"}, {"what", "the write lock of the database"}}},
          {"transactional", true},
          {"before", Json::array()},
          {"run", Json::array()},
          {"after", Json::array()},
          {"verify", Json::array()},
          {"probe", ""},
          {"undo", nullptr}};
}

Json blank_script(const std::string& name, const std::string& phase, int number) {
  return {{"name", name},   {"phase", phase},      {"number", number},
          {"checksum", ""}, {"file_checksum", ""}, {"steps", Json::array()}};
}

Json blank_plan(const std::string& release, const std::string& from) {
  return {{"format", 1},
          {"tool", "0.1.0"},
          {"dialect", "sqlite"},
          {"component", "main"},
          {"release", release},
          {"from", from},
          {"schemas", {{"old", ""}, {"new", ""}}},
          {"scripts",
           {blank_script(release + "_expand01", "expand", 1), blank_script(release + "_migrate01", "migrate", 1),
            blank_script(release + "_contract01", "contract", 1)}},
          {"verify", Json::array()},
          {"resolve", {{"old", Json::array()}, {"new", Json::array()}}},
          {"sync_objects", Json::array()},
          {"hazards", Json::array()},
          {"choices", Json::array()},
          {"notes", Json::array()}};
}

namespace {

constexpr const char* kOldSchema = R"(
CREATE TABLE images (id INTEGER PRIMARY KEY, name TEXT, is_public INTEGER);
CREATE TABLE tags (image INTEGER REFERENCES images (id) ON DELETE CASCADE, tag TEXT);
CREATE INDEX tags_image ON tags (image);
)";

constexpr const char* kNewImages =
    "CREATE TABLE images (id INTEGER PRIMARY KEY, name TEXT, visibility TEXT NOT NULL DEFAULT 'shared')";

// N = up(O), or O = down(N) where N is there.
std::string sqlite_in_sync(const std::string& row) {
  return fmt::format(
      "({0}visibility IS CASE {0}is_public WHEN 1 THEN 'public' WHEN 0 THEN 'shared' END "
      "OR ({0}visibility IS NOT NULL AND {0}is_public IS ({0}visibility = 'public')))",
      row);
}

std::string trigger_probe(int count) {
  return fmt::format(
      "SELECT count(*) = {} FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'emcee_visibility_*'", count);
}

}  // namespace

Json undo(std::vector<std::string> run, const std::string& loses) {
  return {
      {"before", Json::array()}, {"run", run}, {"after", Json::array()}, {"verify", Json::array()}, {"loses", loses}};
}

Json row_query(const std::string& name, const std::string& kind, const std::string& what, const std::string& rows) {
  return {{"name", name},
          {"kind", kind},
          {"table", "images"},
          {"sql", "SELECT id, " + what + " FROM images WHERE " + rows},
          {"count", "SELECT count(*) FROM images WHERE " + rows},
          {"hint", "look at them"}};
}

Options small_batches() {
  Options options;
  options.batch = 7;
  options.sleep = std::chrono::milliseconds(0);
  return options;
}

int stride() { return getenv("EMCEE_EXHAUSTIVE") != nullptr ? 1 : 3; }

bool shown(const Result<Outcome>& result) {
  if (!result) fmt::print(stderr, "{}", schema::to_text(result.error()));
  return result.has_value();
}

Json image_plan() {
  Json plan = blank_plan("ocata", "newton");
  const std::string up = "CASE is_public WHEN 1 THEN 'public' WHEN 0 THEN 'shared' END";
  const std::string pending = fmt::format("visibility IS NULL AND NOT {}", sqlite_in_sync(""));

  Json add = blank_step(1, "add column images.visibility");
  add["run"] = {"ALTER TABLE images ADD COLUMN visibility TEXT"};
  add["probe"] = "SELECT count(*) FROM pragma_table_info('images') WHERE name = 'visibility'";
  add["undo"] = undo({"ALTER TABLE images DROP COLUMN visibility"},
                     "SELECT 'visibility ' || visibility, id FROM images WHERE visibility IN ('private', 'community')");
  Json index = blank_step(2, "add index images_visibility");
  index["run"] = {"CREATE INDEX images_visibility ON images (visibility)"};
  index["probe"] = "SELECT count(*) FROM sqlite_master WHERE name = 'images_visibility'";
  index["undo"] = undo({"DROP INDEX images_visibility"});

  Json sync = blank_step(1, "keep images.visibility equal to images.is_public", "sync");
  sync["run"] = {
      fmt::format("CREATE TRIGGER emcee_visibility_insert AFTER INSERT ON images WHEN NOT {} BEGIN UPDATE images SET "
                  "visibility = coalesce(visibility, {}), is_public = CASE WHEN new.visibility IS NULL THEN is_public "
                  "ELSE new.visibility = 'public' END WHERE id = new.id; END",
                  sqlite_in_sync("new."), up),
      fmt::format("CREATE TRIGGER emcee_visibility_old AFTER UPDATE OF is_public ON images WHEN new.is_public IS NOT "
                  "old.is_public AND new.visibility IS old.visibility AND NOT {} BEGIN UPDATE images SET visibility = "
                  "{} WHERE id = new.id; END",
                  sqlite_in_sync("new."), up),
      fmt::format("CREATE TRIGGER emcee_visibility_new AFTER UPDATE OF visibility ON images WHEN new.visibility IS NOT "
                  "old.visibility AND NOT {} BEGIN UPDATE images SET is_public = new.visibility = 'public' WHERE id = "
                  "new.id; END",
                  sqlite_in_sync("new."))};
  sync["probe"] = trigger_probe(3);
  sync["undo"] = undo({"DROP TRIGGER emcee_visibility_insert", "DROP TRIGGER emcee_visibility_old",
                       "DROP TRIGGER emcee_visibility_new"});

  Json backfill = blank_step(1, "fill images.visibility", "backfill");
  backfill["backfill"] = {{"table", "images"},       {"table_sql", "\"images\""}, {"key", {"id"}},
                          {"key_sql", {"\"id\""}},   {"pending", pending},        {"set", "visibility = " + up},
                          {"bypass_triggers", true}, {"single_update", ""}};
  const std::string nulls = "FROM images WHERE visibility IS NULL";
  Json check = blank_step(2, "no NULL in images.visibility", "check");
  check["requirement"] = {{"name", "visibility: not null"},
                          {"kind", "requirement"},
                          {"table", "images"},
                          {"sql", "SELECT id, 'visibility is NULL' " + nulls},
                          {"count", "SELECT count(*) " + nulls},
                          {"hint", "give these rows a visibility"}};

  Json stop = blank_step(1, "the triggers go");
  stop["run"] = {"DROP TRIGGER IF EXISTS emcee_visibility_insert", "DROP TRIGGER IF EXISTS emcee_visibility_old",
                 "DROP TRIGGER IF EXISTS emcee_visibility_new"};
  stop["probe"] = trigger_probe(0);
  Json rebuild = blank_step(2, "drop column images.is_public, images.visibility becomes NOT NULL");
  std::string renamed = kNewImages;
  renamed.replace(renamed.find("images"), 6, "emcee_new_images");
  rebuild["before"] = {"PRAGMA foreign_keys = OFF", "PRAGMA legacy_alter_table = ON"};
  rebuild["run"] = {renamed,
                    "INSERT INTO emcee_new_images (id, name, visibility) SELECT id, name, visibility FROM images",
                    "DROP TABLE images", "ALTER TABLE emcee_new_images RENAME TO images",
                    "CREATE INDEX images_visibility ON images (visibility)"};
  rebuild["after"] = {"PRAGMA legacy_alter_table = OFF"};
  rebuild["verify"] = {"SELECT * FROM pragma_foreign_key_check",
                       "SELECT * FROM pragma_integrity_check WHERE integrity_check <> 'ok'"};
  rebuild["probe"] = "SELECT count(*) = 0 FROM pragma_table_info('images') WHERE name = 'is_public'";

  plan["scripts"] = {blank_script("ocata_expand01", "expand", 1), blank_script("ocata_expand02", "expand", 2),
                     blank_script("ocata_migrate01", "migrate", 1), blank_script("ocata_contract01", "contract", 1),
                     blank_script("ocata_contract02", "contract", 2)};
  plan["scripts"][0]["steps"] = {add, index};
  plan["scripts"][1]["steps"] = {sync};
  plan["scripts"][2]["steps"] = {backfill, check};
  plan["scripts"][3]["steps"] = {stop, rebuild};

  const std::string conflict = fmt::format("visibility IS NOT NULL AND NOT {}", sqlite_in_sync(""));
  plan["verify"] = {
      {{"name", "visibility: pending"},
       {"kind", "pending"},
       {"table", "images"},
       {"sql", "SELECT id, 'pending' FROM images WHERE " + pending},
       {"count", "SELECT count(*) FROM images WHERE " + pending},
       {"hint", "run `emcee migrate`"}},
      {{"name", "visibility: in conflict"},
       {"kind", "conflict"},
       {"table", "images"},
       {"sql",
        "SELECT id, 'is_public is ' || is_public || ', visibility is ' || visibility FROM images WHERE " + conflict},
       {"count", "SELECT count(*) FROM images WHERE " + conflict},
       {"hint", "run `emcee verify --resolve old|new`"}}};
  plan["resolve"] = {{"old", {fmt::format("UPDATE images SET visibility = {} WHERE {}", up, conflict)}},
                     {"new", {"UPDATE images SET is_public = visibility = 'public' WHERE " + conflict}}};
  plan["sync_objects"] = {"emcee_visibility_insert", "emcee_visibility_old", "emcee_visibility_new"};
  return plan;
}

void create_images(const std::string& file, int rows) {
  run_sql(file,
          fmt::format("{} INSERT INTO images (id, name, is_public) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT "
                      "i + 1 FROM n WHERE i < {}) SELECT i, 'image ' || i, i % 3 = 0 FROM n WHERE {} > 0; INSERT INTO "
                      "tags SELECT id, 'tag' FROM images WHERE id % 5 = 0;",
                      kOldSchema, rows, rows));
}

std::string expected_images(int rows) {
  TempDir folder;
  const std::string file = folder.file("expected.db");
  create_images(file, rows);
  run_sql(file, fmt::format("CREATE TEMP TABLE old AS SELECT * FROM images; DROP TABLE images; {}; CREATE INDEX "
                            "images_visibility ON images (visibility); INSERT INTO images SELECT id, name, "
                            "iif(is_public, 'public', 'shared') FROM old;",
                            kNewImages));
  return dump(file);
}

Json sealed(Json plan) {
  for (Json& script : plan["scripts"]) {
    script["checksum"] = schema::checksum(script["steps"].dump());
    script["file_checksum"] = schema::checksum("-- " + script.value("name", "") + "\n");
  }
  return plan;
}

Release release_of(const Json& plan) {
  auto release = parse_release(sealed(plan).dump(2));
  EXPECT_OK(release);
  return release ? *release : Release{};
}

void write_release(const std::filesystem::path& directory, Json plan) {
  std::filesystem::create_directories(directory);
  plan = sealed(plan);
  for (const Json& script : plan["scripts"]) {
    const std::string name = script["name"];
    std::ofstream(directory / (name + ".sql")) << "-- " + name + "\n";
  }
  std::ofstream(directory / "plan.json") << plan.dump(2);
}

std::unique_ptr<Connection> open_file(const std::string& file, std::chrono::milliseconds timeout) {
  auto connection = open_sqlite(file, {.create = true, .busy_timeout = timeout});
  EXPECT_OK(connection);
  return connection ? std::move(*connection) : nullptr;
}

std::string run_sql(const std::string& file, const std::string& sql) {
  auto connection = open_file(file);
  if (!connection) return "no connection";
  const std::size_t last = sql.find_last_not_of("; \n");
  const std::size_t begin = sql.rfind(';', last);
  if (begin != std::string::npos || sql.find("SELECT") != 0) {
    const auto done = connection->execute(sql);
    EXPECT_OK(done);
    return "";
  }
  const auto rows = connection->query(sql, {}, 1);
  EXPECT_OK(rows);
  return rows && !rows->empty() ? to_text(rows->front().front()) : "NULL";
}

std::string dump(const std::string& file) {
  auto connection = open_file(file);
  std::string text;
  const auto objects = connection->query(
      "SELECT name, type, sql FROM sqlite_master WHERE tbl_name <> 'emcee_ledger' ORDER BY type, name");
  EXPECT_OK(objects);
  for (const Row& object : *objects) {
    std::string sql = to_text(object[2]);
    std::erase(sql, '"');  // RENAME quotes the name
    text += sql + "\n";
    if (to_text(object[1]) != "table") continue;
    const auto rows = connection->query(fmt::format("SELECT * FROM \"{}\" ORDER BY 1, 2", to_text(object[0])));
    EXPECT_OK(rows);
    for (const Row& row : *rows) {
      for (const Value& value : row) text += to_text(value) + "|";
      text += "\n";
    }
  }
  return text;
}

std::string dump_ledger(const std::string& file) {
  auto connection = open_file(file);
  const auto rows =
      connection->query("SELECT release, script, step, state, rows_done, present FROM emcee_ledger ORDER BY id");
  if (!rows) return "none\n";
  std::string text;
  for (const Row& row : *rows)
    text += fmt::format("{} {} {} {} {} {}\n", to_text(row[0]), to_text(row[1]), to_text(row[2]), to_text(row[3]),
                        to_text(row[4]), to_text(row[5]));
  return text;
}

Result<Outcome> upgrade(Connection& connection, const Release& release, const Options& options) {
  EMCEE_TRY(expand(connection, release, options));
  EMCEE_TRY(migrate(connection, release, options));
  return contract(connection, release, options);
}

void expect_steering(Connection& connection, const Release& release) {
  const auto read = [&] { return read_steering(connection, {release.component, release.name}); };
  const auto write = [&](const Steering& steering) {
    EXPECT_OK(write_steering(connection, {release.component, release.name}, steering, "test"));
  };
  const auto none = read();
  ASSERT_OK(none);
  EXPECT_FALSE(none->any());
  ASSERT_OK(expand(connection, release, {}));
  write({true, "it's \\ noon", 20, std::chrono::milliseconds(1), {}});
  const auto paused = read();
  ASSERT_OK(paused);
  EXPECT_TRUE(paused->paused);
  EXPECT_EQ(paused->reason, "it's \\ noon");
  EXPECT_EQ(paused->batch, 20);
  EXPECT_EQ(paused->sleep, std::chrono::milliseconds(1));
  EXPECT_TRUE(paused->since.ends_with('Z')) << paused->since;

  write({false, {}, 20, {}, {}});
  std::int64_t batches = 0;
  Options options;
  options.events = [&](const Event& event) { batches += std::holds_alternative<BatchFinished>(event) ? 1 : 0; };
  ASSERT_OK(migrate(connection, release, options));
  EXPECT_EQ(batches, 3);
  write({});
  EXPECT_FALSE(read()->any());
  ASSERT_OK(contract(connection, release, {}));
}

}  // namespace emcee::applier
