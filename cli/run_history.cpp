// emcee history: the whole ledger of a component, as text, JSON, or a page for a change ticket.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "applier/ledger.h"
#include "cli/connect.h"
#include "cli/database.h"
#include "cli/files.h"
#include "cli/history_page.h"
#include "cli/human.h"

namespace emcee::cli {

namespace {

using applier::LedgerRow;
using schema::Result;

// Deterministic: what is in the ledger, in its order, and nothing of the moment.
nlohmann::ordered_json to_json(const std::vector<LedgerRow>& rows, const std::string& component) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const LedgerRow& row : rows)
    list.push_back({{"release", row.key.release},
                    {"script", row.key.script},
                    {"step", row.key.step},
                    {"phase", row.phase},
                    {"title", row.title},
                    {"checksum", row.checksum},
                    {"state", row.state},
                    {"started_at", row.started_at},
                    {"finished_at", row.finished_at},
                    {"rows_done", row.rows_done}});
  return {{"format", 1}, {"component", component}, {"rows", std::move(list)}};
}

std::string to_text(const LedgerRow& row) {
  const bool note = row.phase == applier::kNotePhase;
  const std::string what = note                     ? fmt::format("{} {}", row.key.script, row.title)
                           : row.key.script.empty() ? "release " + row.key.release
                           : row.key.step == 0      ? row.key.script
                                                    : fmt::format("  {:>3} {}", row.key.step, row.title);
  return fmt::format("{:24}  {:12}  {:>14}  {}\n", row.started_at, row.state,
                     row.rows_done == 0 ? "" : counted(row.rows_done, "row"), what);
}

}  // namespace

Result<int> run_history(const HistoryOptions& options, Output& output) {
  EMCEE_ASSIGN(const auto connection, connect(options.db));
  EMCEE_ASSIGN(const auto rows, applier::history(*connection, options.component));
  if (!options.page.empty()) {
    EMCEE_TRY(write_file(options.page, history_page(rows, {connection->name(), options.component, EMCEE_VERSION})));
    output.note("written: " + options.page);
  }
  const std::string json = to_json(rows, options.component).dump(2) + "\n";
  if (!options.file.empty()) {
    EMCEE_TRY(write_file(options.file, json));
    output.note("written: " + options.file);
  }
  if (!options.page.empty() || !options.file.empty()) return 0;
  if (output.json()) {
    output.print(json);
    return 0;
  }
  if (rows.empty())
    output.print(fmt::format("{} has no history of component {}\n", connection->name(), options.component));
  for (const LedgerRow& row : rows) output.print(to_text(row));
  return 0;
}

}  // namespace emcee::cli
