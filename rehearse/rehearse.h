// Two releases on a scratch database: a seeded random workload while the plan of an upgrade is carried
// out, every row held against the reference model of sync. What fails is shrunk to a few statements.
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "rehearse/run.h"

namespace emcee::rehearse {

struct Options {
  double seconds = 5;          // new rounds begin as long as this
  int rounds = 0;              // and no more than so many; 0: as many as there is time for
  std::uint64_t seed = 1;      // of the first round; the next one has the next number
  double shrink_seconds = 20;  // what fails is made shorter for so long; what is left then is short enough to read
  const std::atomic<bool>* stop = nullptr;
};

struct Report {
  std::vector<std::string> tables;   // that were written
  std::vector<std::string> skipped;  // that could not be, and why
  int rounds = 0;
  Tally tally;
  std::optional<Failure> failure;
  std::uint64_t seed = 0;  // of the round that failed, else of the first
};

// `plan` is the plan that the release was made from. Errors: those of Connection and of making
// databases; interrupted.
Result<Report> rehearse(const applier::Release& release, const plan::Plan& plan, const plan::Dialect& dialect,
                        const MakeDatabase& make_database, const Options& options);

}  // namespace emcee::rehearse
