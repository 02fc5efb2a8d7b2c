// Phases that stop between their steps, and commands that are killed.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "applier/applier.h"
#include "applier/release.h"
#include "cli/connect.h"
#include "tests/cli/sandbox.h"

namespace emcee::testing {

// A phase of the release in rel/, with `between` after each of its steps.
template <class Phase, class Between>
void step_by_step(const Phase& phase, const Sandbox& box, const std::string& url, const Between& between) {
  const auto release = applier::read_release(box.path("rel"));
  ASSERT_TRUE(release) << release.error().message;
  const auto connection = cli::connect(url);
  ASSERT_TRUE(connection) << connection.error().message;
  applier::Options options;
  options.events = [&](const applier::Event& event) {
    if (std::holds_alternative<applier::StepFinished>(event)) between();
  };
  const auto outcome = phase(**connection, *release, options);
  ASSERT_TRUE(outcome) << outcome.error().message;
}

// A command on the release in rel/, killed after so many seconds; a migrate goes row by row.
inline void kill_after(double seconds, const std::string& command, const Sandbox& box, const std::string& url) {
  box.shell(
      fmt::format("emcee {} --db '{}' --plan rel --batch 1 >/dev/null 2>&1 & sleep {:.3f}; kill -9 $! 2>/dev/null; "
                  "wait $! 2>/dev/null",
                  command, url, seconds));
}

}  // namespace emcee::testing
