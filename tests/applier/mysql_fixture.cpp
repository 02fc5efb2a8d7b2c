#include "mysql_fixture.h"

#include "tests/catalogue/mysql_catalogue.h"

namespace emcee::applier {

using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

namespace {

std::string up(const std::string& row) {
  return fmt::format("CASE {}is_public WHEN 1 THEN 'public' WHEN 0 THEN 'shared' END", row);
}

// N = up(O), or O = down(N) where N is there.
std::string mysql_in_sync(const std::string& row) {
  return fmt::format(
      "(({0}visibility <=> {1}) OR (({0}visibility IS NOT NULL) AND ({0}is_public <=> ({0}visibility = 'public'))))",
      row, up(row));
}

Json ddl(int number, const std::string& title, std::vector<std::string> run, const std::string& probe,
         const std::string& kind = "ddl") {
  Json step = blank_step(number, title, kind);
  step["transactional"] = false;
  step["run"] = run;
  step["probe"] = probe;
  return step;
}

std::string column_probe(const std::string& column, const std::string& condition) {
  return fmt::format(
      "SELECT {} FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'images' AND "
      "COLUMN_NAME = '{}'",
      condition, column);
}

constexpr const char* kTriggerProbe =
    "SELECT count(*) {} FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() AND TRIGGER_NAME IN "
    "('emcee_visibility_i', 'emcee_visibility_u')";
const std::vector<std::string> kDropTriggers = {"DROP TRIGGER IF EXISTS emcee_visibility_i",
                                                "DROP TRIGGER IF EXISTS emcee_visibility_u"};

Json mysql_sync_step() {
  const std::string body =
      "IF NOT (@emcee_bypass <=> CONNECTION_ID()) AND NOT " + mysql_in_sync("NEW.") +
      " THEN IF {} THEN SET NEW.is_public = (NEW.visibility = 'public'); ELSE SET NEW.visibility = " + up("NEW.") +
      "; END IF; END IF";
  std::vector<std::string> run = kDropTriggers;
  run.push_back("CREATE TRIGGER emcee_visibility_i BEFORE INSERT ON images FOR EACH ROW " +
                fmt::format(fmt::runtime(body), "(NEW.visibility IS NOT NULL)"));
  run.push_back(
      "CREATE TRIGGER emcee_visibility_u BEFORE UPDATE ON images FOR EACH ROW " +
      fmt::format(fmt::runtime(body), "(NEW.visibility IS NOT NULL) AND NOT (NEW.visibility <=> OLD.visibility)"));
  Json step = ddl(1, "keep images.visibility equal to images.is_public", run,
                  fmt::format(fmt::runtime(kTriggerProbe), "= 2"), "sync");
  step["undo"] = undo(kDropTriggers);
  return step;
}

}  // namespace

Json mysql_image_plan(MysqlFlavour flavour) {
  Json plan = blank_plan("ocata", "newton");
  plan["dialect"] = servers::to_string(flavour);
  const std::string pending = "visibility IS NULL AND NOT " + mysql_in_sync("");
  const std::string conflict = "visibility IS NOT NULL AND NOT " + mysql_in_sync("");

  Json add = ddl(1, "add column images.visibility", {"ALTER TABLE images ADD COLUMN visibility VARCHAR(20)"},
                 column_probe("visibility", "count(*)"));
  add["undo"] = undo({"ALTER TABLE images DROP COLUMN visibility"},
                     "SELECT concat('visibility ', visibility), id FROM images WHERE visibility IN ('private', "
                     "'community')");
  Json index = ddl(2, "add index images_visibility", {"CREATE INDEX images_visibility ON images (visibility)"},
                   "SELECT count(*) > 0 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND "
                   "INDEX_NAME = 'images_visibility'");
  index["undo"] = undo({"DROP INDEX images_visibility ON images"});

  Json backfill = blank_step(1, "fill images.visibility", "backfill");
  backfill["backfill"] = {{"table", "images"},       {"table_sql", "`images`"}, {"key", {"id"}},
                          {"key_sql", {"`id`"}},     {"pending", pending},      {"set", "visibility = " + up("")},
                          {"bypass_triggers", true}, {"single_update", ""}};
  Json check = blank_step(2, "no NULL in images.visibility", "check");
  check["requirement"] = row_query("visibility: not null", "requirement", "'visibility is NULL'", "visibility IS NULL");

  const Json stop = ddl(1, "the triggers go", kDropTriggers, fmt::format(fmt::runtime(kTriggerProbe), "= 0"));
  const Json tighten = ddl(2, "images.visibility becomes NOT NULL",
                           {"ALTER TABLE images MODIFY COLUMN visibility VARCHAR(20) NOT NULL DEFAULT 'shared'"},
                           column_probe("visibility", "IS_NULLABLE = 'NO'"));
  const Json drop = ddl(3, "drop column images.is_public", {"ALTER TABLE images DROP COLUMN is_public"},
                        column_probe("is_public", "count(*) = 0"));

  plan["scripts"] = {blank_script("ocata_expand01", "expand", 1), blank_script("ocata_expand02", "expand", 2),
                     blank_script("ocata_migrate01", "migrate", 1), blank_script("ocata_contract01", "contract", 1)};
  plan["scripts"][0]["steps"] = {add, index};
  plan["scripts"][1]["steps"] = {mysql_sync_step()};
  plan["scripts"][2]["steps"] = {backfill, check};
  plan["scripts"][3]["steps"] = {stop, tighten, drop};
  plan["verify"] = {row_query("visibility: pending", "pending", "'pending'", pending),
                    row_query("visibility: in conflict", "conflict", "'in conflict'", conflict)};
  plan["resolve"] = {{"old", {fmt::format("UPDATE images SET visibility = {} WHERE {}", up(""), conflict)}},
                     {"new", {"UPDATE images SET is_public = (visibility = 'public') WHERE " + conflict}}};
  plan["sync_objects"] = {"emcee_visibility_i", "emcee_visibility_u"};
  return plan;
}

std::string create_mysql_images(MysqlServer& server, int rows) {
  const std::string database = server.fresh_database();
  MysqlClient client(server.root(database));
  client.run(fmt::format(
      "CREATE TABLE images (id BIGINT PRIMARY KEY, name TEXT, is_public INT); CREATE TABLE tags (image BIGINT, tag "
      "VARCHAR(20), FOREIGN KEY (image) REFERENCES images (id) ON DELETE CASCADE); SET SESSION {} = 100000; INSERT "
      "INTO images WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {}) SELECT n, "
      "concat('image ', n), n % 3 = 0 FROM s; INSERT INTO tags SELECT id, 'tag' FROM images WHERE id % 5 = 0",
      server.flavour() == MysqlFlavour::mariadb ? "max_recursive_iterations" : "cte_max_recursion_depth", rows));
  return server.url(database);
}

MysqlClient mysql_client(MysqlServer& server, const std::string& url) {
  const std::size_t path = url.rfind('/', url.find('?')) + 1;
  return MysqlClient(server.root(url.substr(path, url.find('?') - path)));
}

std::string mysql_dump(MysqlServer& server, const std::string& url) {
  MysqlClient client = mysql_client(server, url);
  std::string text = testing::mysql_catalogue(client);
  const bool old = client.value(
                       "SELECT count(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND "
                       "COLUMN_NAME = 'is_public'") == "1";
  for (const std::string& query : {std::string("SELECT * FROM tags ORDER BY image"),
                                   old ? std::string("SELECT id, name, is_public FROM images ORDER BY id")
                                       : std::string("SELECT id, name, visibility FROM images ORDER BY id")})
    for (const auto& row : client.query(query)) {
      for (const auto& cell : row) text += cell.value_or("NULL") + " ";
      text += "\n";
    }
  return text;
}

std::string mysql_dump_ledger(MysqlServer& server, const std::string& url) {
  return mysql_client(server, url)
      .value(
          "SELECT group_concat(concat_ws(' ', `release`, script, step, state, rows_done, present) ORDER BY id "
          "SEPARATOR '\\n') FROM emcee_ledger");
}

std::string expected_mysql_images(MysqlServer& server, int rows) {
  const std::string url = create_mysql_images(server, rows);
  mysql_client(server, url)
      .run(
          "ALTER TABLE images ADD COLUMN visibility VARCHAR(20) NOT NULL DEFAULT 'shared'; UPDATE images SET "
          "visibility = 'public' WHERE is_public = 1; ALTER TABLE images DROP COLUMN is_public; CREATE INDEX "
          "images_visibility ON images (visibility)");
  return mysql_dump(server, url);
}

}  // namespace emcee::applier
