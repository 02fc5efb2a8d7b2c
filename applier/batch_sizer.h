// How many rows the next batch covers, so that it keeps writers out for about the target time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace emcee::applier {

class BatchSizer {
 public:
  // `fixed`: every batch has this size.
  BatchSizer(std::optional<std::int64_t> fixed, double target_seconds)
      : size_(std::max<std::int64_t>(fixed.value_or(kFirst), 1)), fixed_(fixed), target_(target_seconds) {}

  std::int64_t size() const { return size_; }

  // The last batch covered `rows` in `seconds`. `crowded`: others write, batches should be short.
  void measured(std::int64_t rows, double seconds, bool crowded) {
    if (fixed_ || rows <= 0) return;
    const double target = crowded ? target_ / kCrowded : target_;
    const double wanted = static_cast<double>(rows) * target / std::max(seconds, 1e-6);
    // One slow or fast batch says little about the next.
    const double bounded =
        std::clamp(wanted, static_cast<double>(size_) / kMaxShrink, static_cast<double>(size_) * kMaxGrowth);
    size_ = std::clamp(static_cast<std::int64_t>(bounded), kSmallest, kLargest);
  }

 private:
  static constexpr std::int64_t kFirst = 1000;
  static constexpr std::int64_t kSmallest = 10;
  static constexpr std::int64_t kLargest = 1'000'000;
  static constexpr double kMaxGrowth = 4;
  static constexpr double kMaxShrink = 8;
  static constexpr double kCrowded = 4;

  std::int64_t size_;
  std::optional<std::int64_t> fixed_;
  double target_;
};

}  // namespace emcee::applier
