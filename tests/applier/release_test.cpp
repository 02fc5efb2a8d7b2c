#include "applier/release.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "fixture.h"

namespace emcee::applier {
namespace {

std::string text_of_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A plan in which every object of the schema occurs.
Json full_plan() {
  Json plan = image_plan();
  const Json hazard = {{"code", "lossy_map"}, {"object", "images.visibility"}, {"message", "m"}};
  plan["hazards"] = {hazard};
  plan["choices"] = {{{"object", "o"}, {"text", "t"}}};
  plan["scripts"][0]["steps"][0]["hazards"] = {hazard};
  const Json column = {{"name", "is_public"}, {"sql", "\"is_public\""}};
  Json new_column = column;
  new_column["not_null"] = true;
  plan["scripts"][2]["steps"][0]["backfill"]["conversion"] = {{"map", "visibility"},
                                                              {"program", {"convert"}},
                                                              {"key", Json::array({column})},
                                                              {"old", Json::array({column})},
                                                              {"new", Json::array({new_column})}};
  return plan;
}

TEST(PlanFile, IsReadWhole) {
  const Release release = release_of(full_plan());
  EXPECT_EQ(release.name, "ocata");
  EXPECT_EQ(release.from, "newton");
  ASSERT_EQ(release.scripts.size(), 5);
  EXPECT_EQ(release.scripts[2].phase, Phase::migrate);
  const Step& backfill = release.scripts[2].steps[0];
  EXPECT_EQ(backfill.kind, StepKind::backfill);
  ASSERT_TRUE(backfill.backfill.has_value());
  EXPECT_EQ(backfill.backfill->key_sql, std::vector<std::string>{"\"id\""});
  EXPECT_FALSE(backfill.undo.has_value());
  EXPECT_TRUE(release.scripts[0].steps[0].undo.has_value());
  EXPECT_EQ(release.scripts[0].steps[0].hazards[0].code, "lossy_map");
}

// The places at which an object of a definition stands in full_plan.
struct Place {
  const char* definition;  // of plan.schema.json; empty: the plan itself
  const char* pointer;
};
const Place kPlaces[] = {{"", ""},
                         {"schemas", "/schemas"},
                         {"resolve", "/resolve"},
                         {"hazard", "/hazards/0"},
                         {"hazard", "/scripts/0/steps/0/hazards/0"},
                         {"choice", "/choices/0"},
                         {"row_query", "/verify/0"},
                         {"row_query", "/scripts/2/steps/1/requirement"},
                         {"script", "/scripts/0"},
                         {"step", "/scripts/0/steps/0"},
                         {"lock", "/scripts/0/steps/0/lock"},
                         {"undo", "/scripts/0/steps/0/undo"},
                         {"backfill", "/scripts/2/steps/0/backfill"},
                         {"conversion", "/scripts/2/steps/0/backfill/conversion"},
                         {"conversion_column", "/scripts/2/steps/0/backfill/conversion/key/0"},
                         {"new_column", "/scripts/2/steps/0/backfill/conversion/new/0"}};

bool requires_key(const Json& definition, const std::string& key) {
  for (const Json& each : definition["required"])
    if (each == key) return true;
  return false;
}

// The published schema and the reader ask for the same keys.
TEST(PlanFile, NeedsWhatTheSchemaRequires) {
  const Json schema = Json::parse(text_of_file(std::filesystem::path(EMCEE_SOURCE_DIR) / "docs/plan.schema.json"));
  for (const Place& place : kPlaces) {
    const Json& definition = *place.definition == '\0' ? schema : schema["$defs"][place.definition];
    for (const auto& [key, property] : definition["properties"].items()) {
      Json plan = full_plan();
      Json& object = plan[Json::json_pointer(place.pointer)];
      if (!object.contains(key)) {
        EXPECT_FALSE(requires_key(definition, key)) << place.pointer << " lacks " << key;
        continue;
      }
      object.erase(key);
      plan = key == "scripts" || key == "steps" ? plan : sealed(plan);
      if (key == "checksum") plan["scripts"][0].erase("checksum");
      if (key == "file_checksum") plan["scripts"][0].erase("file_checksum");
      const auto release = parse_release(plan.dump());
      EXPECT_EQ(release.has_value(), !requires_key(definition, key)) << place.pointer << "/" << key;
      if (!release) {
        EXPECT_EQ(release.error().code, ErrorCode::fix_text) << release.error().message;
        EXPECT_NE(release.error().message.find(key), std::string::npos) << release.error().message;
      }
    }
  }
}

TEST(PlanFile, MistakesAreNamedWithTheirPlace) {
  struct Case {
    const char* pointer;
    Json value;
    const char* message;
  };
  const Case cases[] = {
      {"/format", 2, "plan.json has format 2, this Emcee reads 1"},
      {"/format", "1", "plan.json: format: expected a whole number, not negative"},
      {"/release", 7, "plan.json: release: expected a string"},
      {"/release", std::string("a\0b", 3), "plan.json: release: expected a string without NUL"},
      {"/scripts", Json::object(), "plan.json: scripts: expected an array"},
      {"/scripts/1", 5, "plan.json: scripts[1]: expected an object"},
      {"/scripts/1/phase", "shrink", "plan.json: scripts[1].phase: expected one of expand, migrate, contract"},
      {"/scripts/0/steps/1/kind", "magic",
       "plan.json: scripts[0].steps[1].kind: expected one of ddl, sync, backfill, check"},
      {"/scripts/0/steps/1/run",
       {"SELECT 1", 2},
       "plan.json: scripts[0].steps[1].run: expected strings only, without NUL"},
      {"/scripts/0/steps/1/transactional", "yes",
       "plan.json: scripts[0].steps[1].transactional: expected true or false"},
      {"/scripts/0/steps/1/number", 3, "plan.json: ocata_expand01 has step 3 where step 2 belongs"},
      {"/scripts/0/steps/1/number", -1, "plan.json: scripts[0].steps[1].number: expected a whole number, not negative"},
      {"/scripts/1/name", "ocata_expand01", "plan.json: two scripts are called ocata_expand01"},
      {"/scripts/1/name", "../etc/passwd", "plan.json: '../etc/passwd' is no name for a script"},
      {"/scripts/0/phase", "contract", "plan.json: ocata_expand02 stands behind a later phase"},
      {"/scripts/2/phase", "contract", "plan.json: there is no script to migrate"},
  };
  for (const Case& each : cases) {
    Json plan = full_plan();
    plan[Json::json_pointer(each.pointer)] = each.value;
    if (std::string(each.pointer) != "/scripts" && std::string(each.pointer) != "/scripts/1") plan = sealed(plan);
    const auto release = parse_release(plan.dump());
    ASSERT_FALSE(release) << each.message;
    EXPECT_EQ(release.error().message, each.message);
    EXPECT_EQ(release.error().code, ErrorCode::fix_text);
  }
}

TEST(PlanFile, NonsenseIsAnError) {
  const std::string whole = sealed(full_plan()).dump();
  for (const std::string& text :
       {std::string(), std::string("nonsense"), std::string("[]"), std::string("\"text\""), std::string("null"),
        whole.substr(0, whole.size() / 2), "{\"format\": \"\xff\"}" + std::string(), std::string(1'000'000, '['),
        "{\"format\":1,\"a\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}"}) {
    const auto release = parse_release(text);
    ASSERT_FALSE(release);
    EXPECT_EQ(release.error().code, ErrorCode::fix_text);
  }
}

class ReleaseDirectory : public ::testing::Test {
 protected:
  void SetUp() override { write_release(folder.path(), full_plan()); }
  void refused(const std::string& message) {
    const auto release = read_release(folder.path());
    ASSERT_FALSE(release);
    EXPECT_EQ(release.error().code, ErrorCode::wrong_order);
    EXPECT_NE(release.error().message.find(message), std::string::npos) << release.error().message;
  }
  TempDir folder;
};

TEST_F(ReleaseDirectory, IsReadWithItsScripts) { EXPECT_OK(read_release(folder.path())); }

TEST_F(ReleaseDirectory, AChangedFileIsRefused) {
  std::ofstream(folder.file("ocata_expand02.sql"), std::ios::app) << " ";
  refused("changed script: ocata_expand02.sql does not match its checksum");
}

TEST_F(ReleaseDirectory, AMissingFileIsRefused) {
  std::filesystem::remove(folder.file("ocata_migrate01.sql"));
  refused("ocata_migrate01.sql: cannot be read");
}

TEST_F(ReleaseDirectory, ChangedStepsAreRefused) {
  std::string text = text_of_file(folder.path() / "plan.json");
  const std::string from = "CREATE INDEX images_visibility ON images (visibility)";
  text.replace(text.find(from), from.size(), "DROP TABLE images");
  std::ofstream(folder.path() / "plan.json") << text;
  refused("changed script: the steps of ocata_expand01 do not match its checksum");
}

TEST_F(ReleaseDirectory, MustBeThere) {
  const auto release = read_release(folder.path() / "none");
  ASSERT_FALSE(release);
  EXPECT_EQ(release.error().code, ErrorCode::usage);
}

// An empty .sql file is a file like any other.
TEST_F(ReleaseDirectory, AnEmptyFileIsNotAMissingOne) {
  std::ofstream(folder.file("ocata_contract02.sql"), std::ios::trunc) << "";
  refused("changed script: ocata_contract02.sql");
}

}  // namespace
}  // namespace emcee::applier
