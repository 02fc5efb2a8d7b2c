#include "cli/coverage.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "cli/human.h"

namespace emcee::cli {

void note_coverage(const std::string& source, const parser::Coverage& coverage, Output& output) {
  for (const schema::Error& warning : coverage.warnings) {
    std::string text = schema::to_text(warning);
    if (const auto at = text.find("error:"); at != std::string::npos) text.replace(at, 6, "warning: left out:");
    if (text.ends_with('\n')) text.pop_back();
    output.note(text);
  }
  if (coverage.verbatim == 0 && coverage.skipped.empty() && coverage.warnings.empty()) return;
  std::string text =
      fmt::format("{}: {} modelled", source, counted(static_cast<std::int64_t>(coverage.modelled), "statement"));
  if (coverage.verbatim != 0) text += fmt::format(", {} carried verbatim", coverage.verbatim);
  if (!coverage.skipped.empty()) {
    const char* separator = ", skipped: ";
    for (const auto& [what, count] : coverage.skipped)
      text += fmt::format("{}{} {}", std::exchange(separator, ", "), count, what);
  }
  if (!coverage.warnings.empty()) text += fmt::format(", {} left out", coverage.warnings.size());
  output.note(text);
}

nlohmann::json coverage_json(const parser::Coverage& coverage) {
  nlohmann::json skipped = nlohmann::json::object();
  for (const auto& [what, count] : coverage.skipped) skipped[what] = count;
  return {{"modelled", coverage.modelled},
          {"verbatim", coverage.verbatim},
          {"skipped", skipped},
          {"left_out", coverage.warnings.size()}};
}

}  // namespace emcee::cli
