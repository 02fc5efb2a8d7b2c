#include "cli/waits.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/gates.h"
#include "cli/human.h"

namespace emcee::cli {

using schema::Result;

namespace {

constexpr const char* kKind = "waits";

}  // namespace

void Waits::add(const applier::Event& event) {
  const auto* waiting = std::get_if<applier::Waiting>(&event);
  if (waiting == nullptr) return;
  ++times_;
  seconds_ += waiting->seconds;
  reason_ = waiting->reason;
}

Result<void> Waits::record(PhaseCommand command, Target& target) const {
  if (times_ == 0) return {};
  const applier::NotePlace place = place_of(target.release);
  const int number = static_cast<int>(command);
  long long times = times_;
  double seconds = seconds_;
  EMCEE_ASSIGN(const auto notes, applier::read_notes(*target.connection, place));
  for (const applier::Note& note : notes) {
    long long earlier_times = 0;
    double earlier_seconds = 0;
    if (note.kind != kKind || note.number != number) continue;
    if (std::sscanf(note.detail.c_str(), "%lld %lf", &earlier_times, &earlier_seconds) != 2) continue;
    times += earlier_times;
    seconds += earlier_seconds;
  }
  const std::string text = fmt::format("{} waited {}, {:.1f} s in all; the last time: {}", applier::to_string(command),
                                       counted(times, "time"), seconds, reason_);
  return applier::write_note(*target.connection, place,
                             {kKind, number, "done", text, fmt::format("{} {:.3f}", times, seconds), ""},
                             applier_options().tool_version);
}

}  // namespace emcee::cli
