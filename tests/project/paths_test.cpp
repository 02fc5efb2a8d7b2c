// The upgrade paths of Backend.AI, as its documentation allows and forbids them.
#include "project/paths.h"

#include <gtest/gtest.h>

#include "schema/result.h"

namespace emcee::project {
namespace {

Project backend() {
  Project project;
  const auto minors = [](const std::string& major, int last) {
    Series series{major, {}, {}};
    for (int minor = 0; minor <= last; ++minor) series.releases.push_back(major + "." + std::to_string(minor));
    return series;
  };
  project.series = {minors("23.03", 11), minors("23.09", 10), minors("24.03", 5)};
  return project;
}

std::vector<std::string> minors_of_2309() { return backend().series[1].releases; }

void expect_forbidden(const std::vector<std::string>& stations, const std::string& way) {
  const auto answer = check_path(backend(), stations);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, schema::ErrorCode::answer_is_no);
  EXPECT_EQ(answer.error().hint, "the shortest way is " + way);
}

TEST(Paths, Allowed) {
  EXPECT_TRUE(check_path(backend(), {"23.09.10", "24.03.0"}));
  EXPECT_TRUE(check_path(backend(), {"23.09.10", "24.03.5"}));
  EXPECT_TRUE(check_path(backend(), {"23.09.9", "23.09.10", "24.03.0"}));
  std::vector<std::string> long_way = minors_of_2309();
  long_way.insert(long_way.begin(), "23.03.11");
  long_way.push_back("24.03.0");
  EXPECT_TRUE(check_path(backend(), long_way));
}

TEST(Paths, ForbiddenWithTheShortestWay) {
  expect_forbidden({"23.09.9", "24.03.0"}, "23.09.9 → 23.09.10 → 24.03.0");
  std::string way;
  for (int minor = 0; minor <= 11; ++minor) way += "23.03." + std::to_string(minor) + " → ";
  expect_forbidden({"23.03.0", "24.03.0"}, way + "23.09.10 → 24.03.0");
}

TEST(Paths, AMinorThatChangesNothingMayBeLeftOut) {
  Project project = backend();
  EXPECT_FALSE(check_path(project, {"24.03.0", "24.03.2"}));
  project.series[2].empty = {"24.03.1"};
  EXPECT_TRUE(check_path(project, {"24.03.0", "24.03.2"}));
  EXPECT_FALSE(check_path(project, {"24.03.0", "24.03.3"}));
}

TEST(Paths, NothingLeadsBack) {
  for (const char* to : {"23.09.9", "23.09.10"}) {
    const auto answer = check_path(backend(), {"23.09.10", to});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, schema::ErrorCode::answer_is_no);
  }
}

TEST(Paths, AnUnknownReleaseIsNamed) {
  const auto answer = check_path(backend(), {"23.09.10", "24.03.9"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, schema::ErrorCode::usage);
  EXPECT_EQ(answer.error().message, "there is no release '24.03.9'");
  EXPECT_FALSE(answer.error().hint.empty());
  EXPECT_FALSE(check_path(Project{}, {"a", "b"}));
}

// Every pair: the shortest way consists of allowed hops, and no hop of it can be left out.
TEST(Paths, TheShortestWayIsAllowedAndShort) {
  const Project project = backend();
  std::vector<std::string> all;
  for (const Series& series : project.series) all.insert(all.end(), series.releases.begin(), series.releases.end());
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      const auto path = shortest_path(project, all[i], all[j]);
      ASSERT_TRUE(path);
      EXPECT_EQ(path->front(), all[i]);
      EXPECT_EQ(path->back(), all[j]);
      EXPECT_TRUE(check_path(project, *path));
      for (std::size_t k = 0; k + 2 < path->size(); ++k)
        EXPECT_FALSE(check_path(project, {(*path)[k], (*path)[k + 2]}));
    }
}

}  // namespace
}  // namespace emcee::project
