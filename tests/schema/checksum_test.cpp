#include "schema/checksum.h"

#include <gtest/gtest.h>

namespace emcee::schema {
namespace {

// Known answers, so that another version of the library cannot change what is in ledgers.
TEST(Checksum, IsXxh3OfThe128BitsInCanonicalOrder) {
  EXPECT_EQ(checksum(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(checksum("abc"), "06b05ab6733a618578af5f94892f3950");
}

TEST(Checksum, DependsOnEveryByte) {
  EXPECT_NE(checksum("steps "), checksum("steps"));
  EXPECT_NE(checksum(std::string_view("a\0b", 3)), checksum(std::string_view("a\0c", 3)));
}

}  // namespace
}  // namespace emcee::schema
