#include "project/project.h"

#include <gtest/gtest.h>

namespace emcee::project {
namespace {

std::optional<std::string> environment(const std::string& name) {
  return name == "SHOP_DB" ? std::optional<std::string>("postgresql://shop@db/shop") : std::nullopt;
}

schema::Result<Project> read(const std::string& text) {
  return read_project(parser::Source("conf/emcee.toml", text), environment);
}

std::string refusal(const std::string& text) {
  const auto project = read(text);
  return project ? "it was taken" : schema::to_text(project.error());
}

TEST(Project, ComponentsKeepTheirOrderAndPathsAreThoseOfTheFile) {
  const auto project = read(R"([[component]]
name = "shop"
db = "${SHOP_DB}?sslmode=require"
releases = ["releases/newton", "/srv/ocata"]

[[component]]
name = "cache"
db = "sqlite:cache.db"
)");
  ASSERT_TRUE(project) << schema::to_text(project.error());
  ASSERT_EQ(project->components.size(), 2U);
  EXPECT_EQ(project->components[0].db, "postgresql://shop@db/shop?sslmode=require");
  EXPECT_EQ(project->components[0].releases, (std::vector<std::string>{"conf/releases/newton", "/srv/ocata"}));
  EXPECT_EQ(project->components[1].db, "sqlite:conf/cache.db");
  EXPECT_EQ(project->find("cache"), &project->components[1]);
  EXPECT_EQ(project->find("shoes"), nullptr);
}

TEST(Project, WhatIsWrongIsShownAtItsPlace) {
  EXPECT_EQ(refusal("[[component]]\nname = \"a\"\ndb = \"${OTHER}\"\n"),
            "conf/emcee.toml:3:7: error: the environment has no variable 'OTHER'\n"
            "  db = \"${OTHER}\"\n"
            "        ^\n"
            "hint: export OTHER=…\n");
  EXPECT_EQ(refusal("[[component]]\nname = \"a\"\ndb = \"app.db\"\n[[component]]\nname = \"a\"\ndb = \"b.db\"\n"),
            "conf/emcee.toml:5:9: error: 'a' is there twice\n"
            "  name = \"a\"\n"
            "          ^\n");
  EXPECT_EQ(refusal("[[series]]\nname = \"1\"\nreleases = [\"1.0\"]\nempty = [\"1.1\"]\n"),
            "conf/emcee.toml:4:11: error: '1.1' is no release of series 1\n"
            "  empty = [\"1.1\"]\n"
            "            ^\n");
  EXPECT_NE(refusal("[[component]]\nname = \"a\"\ndatabase = \"app.db\"\n").find("unknown key database"),
            std::string::npos);
  EXPECT_NE(refusal("[[component]]\nname = \"a\"\n").find("db"), std::string::npos);
  EXPECT_NE(refusal("").find("neither a [[component]] nor a [[series]]"), std::string::npos);
  EXPECT_NE(refusal("[[component]\n").find("conf/emcee.toml:1:"), std::string::npos);
  EXPECT_NE(refusal("[[component]]\nname = \"a\"\ndb = \"${A\"\n").find("without its '}'"), std::string::npos);
}

}  // namespace
}  // namespace emcee::project
