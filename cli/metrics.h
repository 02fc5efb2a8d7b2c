// Where releases stand, in the text format of Prometheus
// (https://prometheus.io/docs/instrumenting/exposition_formats/): each metric is described once, and has
// a sample per database.
#pragma once

#include <string>

#include "applier/applier.h"
#include "applier/steering.h"

namespace emcee::cli {

class Metrics {
 public:
  void add(const applier::Status& status, const applier::Steering& steering, const applier::Release& release);
  // Empty where nothing was added.
  std::string text() const;

 private:
  std::string state_, paused_, steps_, steps_done_, rows_done_;  // samples
};

}  // namespace emcee::cli
