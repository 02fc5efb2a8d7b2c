// What tests that draw statements draw them from.
#pragma once

#include <gtest/gtest.h>

namespace emcee::testing {

// The same in every run, so that a failure can be seen again; --gtest_random_seed=N gives another one.
// UnitTest::random_seed() is the clock where the flag is not given, shuffled or not (GoogleTest 1.12.1, RunAllTests).
inline unsigned seed() { return 20261122U + static_cast<unsigned>(GTEST_FLAG_GET(random_seed)); }

}  // namespace emcee::testing
