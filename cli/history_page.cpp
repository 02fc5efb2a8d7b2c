#include "cli/history_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <optional>

#include "cli/human.h"

namespace emcee::cli {

namespace {

using applier::LedgerRow;

// One style for light and dark, screen and print; nothing is loaded from elsewhere.
constexpr const char* kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{0}</title>
<style>
:root {{ color-scheme: light dark; --ink: #1c2330; --faint: #667085; --line: #d5dae3; --expand: #2f6fde; --migrate: #b7791f;
  --contract: #1f8a5b; --paper: #fff; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e6e9ef; --faint: #98a2b3; --line: #344054; --paper: #101520; }} }}
body {{ font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 72rem;
  margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.4rem; }} h2 {{ font-size: 1.15rem; margin-top: 2.2rem; }}
p.facts, td.when, .faint {{ color: var(--faint); }}
table {{ border-collapse: collapse; width: 100%; }}
th {{ text-align: left; font-weight: 600; }}
td:first-child {{ overflow-wrap: anywhere; }}
th, td {{ padding: .28rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }}
td.number {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
td.when {{ white-space: nowrap; font-variant-numeric: tabular-nums; }}
tr.script td {{ font-weight: 600; }}
td.bar {{ width: 26%; }}
table.tables {{ width: auto; margin-bottom: 1.4rem; }}
.track {{ position: relative; height: 1rem; }}
.track i {{ position: absolute; top: .25rem; height: .55rem; border-radius: 2px; min-width: 2px; background: var(--faint); }}
.expand i {{ background: var(--expand); }} .migrate i {{ background: var(--migrate); }}
.contract i {{ background: var(--contract); }}
@media (max-width: 46rem) {{ .when, .bar {{ display: none; }} }}
</style>
</head>
<body>
<h1>{0}</h1>
)";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

// Seconds since 1970 of the ledger's times: 2026-11-21T16:00:00.123Z.
std::optional<double> seconds_of(const std::string& time) {
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0;
  double second = 0;
  if (std::sscanf(time.c_str(), "%d-%u-%uT%u:%u:%lfZ", &year, &month, &day, &hour, &minute, &second) != 6)
    return std::nullopt;
  const std::chrono::sys_days date = std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day);
  return static_cast<double>(date.time_since_epoch().count()) * 86400 + hour * 3600.0 + minute * 60.0 + second;
}

struct Period {
  double begin = 0, end = 0;
};

std::optional<Period> span_of(const LedgerRow& row) {
  const auto begin = seconds_of(row.started_at);
  if (!begin) return std::nullopt;
  return Period{*begin, std::max(*begin, seconds_of(row.finished_at).value_or(*begin))};
}

using Rows = std::vector<LedgerRow>;

class Page {
 public:
  Page(const Rows& rows, const PageFacts& facts) : rows_(rows), facts_(facts) {}

  std::string run() {
    const std::string title = escaped(fmt::format("Upgrades of {}", facts_.component));
    text_ = fmt::format(kHead, title);
    text_ += fmt::format("<p class=\"facts\">{} · emcee {} · times are UTC, by the database's clock</p>\n",
                         escaped(facts_.database), escaped(facts_.version));
    if (rows_.empty()) text_ += "<p>Nothing has been recorded yet.</p>\n";
    std::vector<std::string> releases;
    for (const LedgerRow& row : rows_)
      if (std::find(releases.begin(), releases.end(), row.key.release) == releases.end())
        releases.push_back(row.key.release);
    for (const std::string& release : releases) add_release(release);
    return text_ + "</body>\n</html>\n";
  }

 private:
  void add_release(const std::string& release) {
    std::string from, state, notes;
    std::vector<std::string> scripts;
    for (const LedgerRow& row : rows_) {
      if (row.key.release != release) continue;
      if (row.key.script.empty()) {
        from = row.title;
        state = row.state;
      } else if (row.phase == applier::kNotePhase) {
        notes += fmt::format("<li>{} {}{}{}</li>\n", escaped(row.started_at), escaped(row.key.script),
                             row.title.empty() ? "" : ": ", escaped(row.title));
      } else if (std::find(scripts.begin(), scripts.end(), row.key.script) == scripts.end()) {
        scripts.push_back(row.key.script);
      }
    }
    text_ += fmt::format("<h2>{}{} <span class=\"faint\">{}</span></h2>\n", escaped(release),
                         from.empty() ? "" : " (from " + escaped(from) + ")", escaped(state));
    if (!notes.empty()) text_ += "<ul>\n" + notes + "</ul>\n";
    if (scripts.empty()) return;
    add_tables(release);
    text_ +=
        "<table>\n<tr><th>what</th><th>state</th><th>rows</th><th class=\"when\">began</th><th>took</th><th "
        "class=\"bar\">within its "
        "script</th></tr>\n";
    for (const std::string& script : scripts) add_script(release, script);
    text_ += "</table>\n";
  }

  // Rows per table: what the batches of all scripts changed.
  void add_tables(const std::string& release) {
    constexpr std::string_view kBackfill = "backfill ";
    std::map<std::string, std::int64_t> tables;
    for (const LedgerRow& row : rows_)
      if (row.key.release == release && row.key.step > 0 && row.title.starts_with(kBackfill))
        tables[row.title.substr(kBackfill.size())] += row.rows_done;
    if (tables.empty()) return;
    text_ += "<table class=\"tables\">\n<tr><th>table</th><th>rows changed</th></tr>\n";
    for (const auto& [table, rows] : tables)
      text_ += fmt::format("<tr><td>{}</td><td class=\"number\">{}</td></tr>\n", escaped(table), grouped(rows));
    text_ += "</table>\n";
  }

  void add_script(const std::string& release, const std::string& script) {
    std::optional<Period> whole;
    const auto each = [&](const auto& body) {
      for (const LedgerRow& row : rows_)
        if (row.key.release == release && row.key.script == script) body(row);
    };
    each([&](const LedgerRow& row) {
      const auto span = span_of(row);
      if (!span) return;
      whole = whole ? Period{std::min(whole->begin, span->begin), std::max(whole->end, span->end)} : *span;
    });
    each([&](const LedgerRow& row) { add_row(row, whole); });
  }

  void add_row(const LedgerRow& row, const std::optional<Period>& whole) {
    const bool is_script = row.key.step == 0;
    const auto span = span_of(row);
    std::string bar;
    if (!is_script && span && whole && whole->end > whole->begin) {
      const double length = whole->end - whole->begin;
      bar = fmt::format("<div class=\"track\"><i style=\"left:{:.2f}%;width:{:.2f}%\"></i></div>",
                        100 * (span->begin - whole->begin) / length, 100 * (span->end - span->begin) / length);
    }
    const bool ended = span && !row.finished_at.empty();
    text_ += fmt::format(
        "<tr class=\"{}{}\"><td>{}</td><td>{}</td><td class=\"number\">{}</td><td class=\"when\">{}</td>"
        "<td class=\"number\">{}</td><td class=\"bar\">{}</td></tr>\n",
        escaped(row.phase), is_script ? " script" : "",
        escaped(is_script ? row.key.script : fmt::format("{}. {}", row.key.step, row.title)), escaped(row.state),
        row.rows_done == 0 ? "" : grouped(row.rows_done), escaped(row.started_at),
        ended ? duration(span->end - span->begin) : "", bar);
  }

  const Rows& rows_;
  const PageFacts& facts_;
  std::string text_;
};

}  // namespace

std::string history_page(const Rows& rows, const PageFacts& facts) { return Page(rows, facts).run(); }

}  // namespace emcee::cli
