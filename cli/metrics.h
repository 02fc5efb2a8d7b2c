// Where a release stands, in the text format of Prometheus
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
#pragma once

#include <string>

#include "applier/applier.h"
#include "applier/steering.h"

namespace emcee::cli {

std::string metrics_text(const applier::Status& status, const applier::Steering& steering,
                         const applier::Release& release);

}  // namespace emcee::cli
