// What a phase shows while it runs: a progress bar on a terminal, plain lines elsewhere, one JSON
// object per event with --json.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "applier/events.h"
#include "cli/output.h"

namespace emcee::cli {

class Progress {
 public:
  explicit Progress(Output& output) : output_(output) {}
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const applier::Event& event);

 private:
  using Clock = std::chrono::steady_clock;

  void show_text(const applier::Event& event);
  void show_batch(const applier::BatchFinished& batch);
  void clear_bar();

  Output& output_;
  std::map<std::pair<std::string, int>, std::string> titles_;  // of the steps that run, by script and number
  bool bar_ = false;                                           // a bar stands on the last line of the terminal
  Clock::time_point drawn_ = Clock::now();
};

}  // namespace emcee::cli
