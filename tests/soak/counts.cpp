#include "tests/soak/counts.h"

#include <fmt/format.h>

namespace emcee::soak {

void Counts::report(const std::string& what) {
  if (++wrong <= 50) fmt::print(stderr, "soak: {}\n", what);
}

void Counts::tried_again(const std::string& message) {
  ++traffic().again;
  const std::lock_guard lock(mutex_);
  ++reasons_[message.substr(0, message.find('\n'))];
}

std::map<std::string, std::int64_t> Counts::reasons() const {
  const std::lock_guard lock(mutex_);
  return reasons_;
}

}  // namespace emcee::soak
