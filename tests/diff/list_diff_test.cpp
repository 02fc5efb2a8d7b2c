#include "diff/list_diff.h"

#include <gtest/gtest.h>
#include <string>

namespace emcee::diff {
namespace {

struct Item {
  std::string name;
};

std::string show(const ListDiff<Item>& difference) {
  std::string text;
  for (const Item* item : difference.removed) text += "-" + item->name;
  for (const Item* item : difference.added) text += "+" + item->name;
  for (const auto& [before, after] : difference.persisted) text += "=" + before->name + after->name;
  return text;
}

TEST(ListDiff, KeepsTheOrderOfEachSide) {
  const std::vector<Item> before{{"c"}, {"a"}, {"x"}, {"b"}}, after{{"y"}, {"b"}, {"a"}, {"z"}};
  EXPECT_EQ(show(diff_by_name(before, after)), "-c-x+y+z=bb=aa");
}

TEST(ListDiff, PairsEqualElementsOneToOne) {
  const std::vector<Item> three{{"a"}, {"a"}, {"a"}}, two{{"a"}, {"a"}};
  EXPECT_EQ(show(diff_by_name(three, two)), "-a=aa=aa");
  EXPECT_EQ(show(diff_by_name(two, three)), "+a=aa=aa");
}

TEST(ListDiff, DoesNotTakeEqualHashesForEqualElements) {
  const std::vector<Item> before{{"a"}, {"b"}}, after{{"b"}, {"c"}};
  const auto difference = diff_lists<Item>(
      pointers(before), pointers(after), [](const Item&) { return std::size_t{1}; },
      [](const Item& a, const Item& b) { return a.name == b.name; });
  EXPECT_EQ(show(difference), "-a+c=bb");
}

}  // namespace
}  // namespace emcee::diff
