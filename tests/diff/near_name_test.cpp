#include "diff/near_name.h"

#include <gtest/gtest.h>

namespace emcee::diff {
namespace {

TEST(NearName, CountsEdits) {
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("Name", "name"), 0u);
  EXPECT_EQ(edit_distance("tabel", "table"), 1u);
}

TEST(NearName, FindsSlipsAndExtensions) {
  EXPECT_TRUE(similar_names("visibilty", "visibility"));
  EXPECT_TRUE(similar_names("name", "full_name"));
  EXPECT_TRUE(similar_names("userId", "user_id"));
  EXPECT_FALSE(similar_names("id", "visibility_id"));  // too short to mean anything
  EXPECT_FALSE(similar_names("name", "size"));
  EXPECT_FALSE(similar_names("a", "b"));
}

TEST(NearName, HintsAtTheNearest) {
  EXPECT_EQ(did_you_mean("tabel", {"to", "table", "tables"}), "did you mean table?");
  EXPECT_EQ(did_you_mean("tabel", {"from", "to"}), "");
}

}  // namespace
}  // namespace emcee::diff
