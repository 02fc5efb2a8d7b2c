#include "applier/steering.h"

#include <fmt/format.h>

#include <charconv>

namespace emcee::applier {

namespace {

std::string text_of(const std::optional<std::int64_t>& number) { return number ? std::to_string(*number) : "-"; }

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

}  // namespace

Result<Steering> read_steering(Connection& connection, const NotePlace& place) {
  EMCEE_ASSIGN(const auto notes, read_notes(connection, place));
  Steering steering;
  for (const Note& note : notes) {
    if (note.kind != kSteering) continue;
    steering.paused = note.state == "paused";
    steering.reason = note.text;
    steering.since = note.since;
    const std::size_t space = note.detail.find(' ');  // `1000 50`
    if (space == std::string::npos) continue;
    steering.batch = number_of(std::string_view(note.detail).substr(0, space));
    if (const auto sleep = number_of(std::string_view(note.detail).substr(space + 1)))
      steering.sleep = std::chrono::milliseconds(*sleep);
  }
  return steering;
}

Result<void> write_steering(Connection& connection, const NotePlace& place, const Steering& steering,
                            const std::string& tool_version) {
  if (!steering.any()) return remove_note(connection, place, kSteering);
  const auto sleep = steering.sleep ? std::optional<std::int64_t>(steering.sleep->count()) : std::nullopt;
  return write_note(connection, place,
                    {kSteering, 0, steering.paused ? "paused" : "throttled", steering.reason,
                     fmt::format("{} {}", text_of(steering.batch), text_of(sleep)), ""},
                    tool_version);
}

}  // namespace emcee::applier
