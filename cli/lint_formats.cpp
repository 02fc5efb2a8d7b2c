#include "cli/lint_formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "schema/checksum.h"

namespace emcee::cli {

namespace {

using nlohmann::ordered_json;
using schema::Position;

std::string place(const std::optional<Position>& position) {
  return position ? fmt::format("{}:{}:{}: ", position->file, position->line, position->column) : std::string();
}

void print_text(const LintReport& report, Output& output) {
  for (const LintFinding& f : report.findings) {
    if (f.level == LintLevel::none) continue;
    const Style style = f.level == LintLevel::error ? Style::bad : Style::caution;
    output.print(
        fmt::format("{}{}: {}: {}\n", place(f.position), output.paint(style, to_string(f.level)), f.rule, f.message()));
    if (!f.way_out.empty()) output.print(fmt::format("  way out: {}\n", f.way_out));
  }
  output.print(report.summary() + "\n");
}

void print_json(const LintReport& report, Output& output) {
  nlohmann::json findings = nlohmann::json::array();
  for (const LintFinding& f : report.findings) {
    nlohmann::json finding = {{"level", to_string(f.level)},
                              {"fails", f.level == LintLevel::error},
                              {"rule", f.rule},
                              {"object", f.object},
                              {"text", f.text},
                              {"why", f.why},
                              {"way_out", f.way_out}};
    if (!f.verdict.empty()) finding["verdict"] = f.verdict;
    if (!f.operation.empty()) finding["operation"] = f.operation;
    if (f.position)
      finding["position"] = {{"file", f.position->file}, {"line", f.position->line}, {"column", f.position->column}};
    findings.push_back(std::move(finding));
  }
  const std::size_t failing = report.count(LintLevel::error);
  output.document({{"policy", report.policy}, {"passes", failing == 0}, {"failing", failing}, {"findings", findings}});
}

std::string escape_github(std::string_view text, bool property) {
  std::string escaped;
  for (const char c : text) {
    if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
      escaped += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    else
      escaped += c;
  }
  return escaped;
}

void print_github(const LintReport& report, Output& output) {
  for (const LintFinding& f : report.findings) {
    if (f.level == LintLevel::none) continue;
    std::string properties = "title=" + escape_github(f.rule, true);
    if (f.position)
      properties += fmt::format(",file={},line={},col={}", escape_github(f.position->file, true), f.position->line,
                                f.position->column);
    std::string message = f.message();
    if (!f.way_out.empty()) message += "\nway out: " + f.way_out;
    const std::string_view word = f.level == LintLevel::note ? "notice" : to_string(f.level);
    output.print(fmt::format("::{} {}::{}\n", word, properties, escape_github(message, false)));
  }
  output.note(report.summary());
}

std::string dump(const ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::detail::error_handler_t::replace) + "\n";
}

// As CI systems match it against the files of the repository: `./a/../new.sql` is new.sql.
std::string file_of(const LintFinding& finding, const LintReport& report) {
  const std::string file = finding.position ? finding.position->file : report.source;
  const std::string normal = std::filesystem::path(file).lexically_normal().string();
  return file.find("://") == std::string::npos ? normal : file;
}
std::size_t line_of(const LintFinding& finding) { return finding.position ? finding.position->line : 1; }

void print_gitlab(const LintReport& report, Output& output) {
  ordered_json issues = ordered_json::array();
  std::map<std::string, int> seen;
  for (const LintFinding& f : report.findings) {
    if (f.level == LintLevel::none) continue;
    const char* severity = f.level == LintLevel::error ? "major" : f.level == LintLevel::warning ? "minor" : "info";
    // The same finding has the same fingerprint, wherever its line has moved; no two have one.
    std::string identity = f.rule + "\n" + f.object + "\n" + f.text;
    if (const int before = seen[identity]++) identity += fmt::format("\n{}", before);
    issues.push_back({{"description", f.message()},
                      {"check_name", f.rule},
                      {"fingerprint", schema::checksum(identity)},
                      {"severity", severity},
                      {"location", {{"path", file_of(f, report)}, {"lines", {{"begin", line_of(f)}}}}}});
  }
  output.print(dump(issues));
}

// A path as a relative reference (RFC 3986, section 4.2): no byte that means something else there.
std::string uri_of(const std::string& path) {
  std::string uri;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) != 0 || std::string_view("-._~/").find(c) != std::string_view::npos;
    uri += plain && byte < 0x80 ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned>(byte));
  }
  return uri;
}

// The column in characters: a position counts bytes.
std::size_t character_column(const Position& position) {
  const std::string_view before = std::string_view(position.line_text).substr(0, position.column - 1);
  return 1 + static_cast<std::size_t>(std::count_if(before.begin(), before.end(), [](char c) {
           return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
         }));
}

void print_sarif(const LintReport& report, Output& output) {
  std::set<std::string> ids;
  ordered_json results = ordered_json::array();
  for (const LintFinding& f : report.findings) {
    if (f.level == LintLevel::none) continue;
    ids.insert(f.rule);
    std::string message = f.message();
    if (!f.way_out.empty()) message += "\nWay out: " + f.way_out;
    ordered_json location = {{"artifactLocation", {{"uri", uri_of(file_of(f, report))}}}};
    if (f.position)
      location["region"] = {{"startLine", f.position->line}, {"startColumn", character_column(*f.position)}};
    results.push_back({{"ruleId", f.rule},
                       {"level", to_string(f.level)},
                       {"message", {{"text", message}}},
                       {"locations", ordered_json::array({{{"physicalLocation", location}}})}});
  }
  ordered_json rules = ordered_json::array();
  for (const std::string& id : ids) rules.push_back({{"id", id}});
  const ordered_json driver = {{"name", "emcee"}, {"version", EMCEE_VERSION}, {"rules", rules}};
  output.print(dump(
      {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
       {"version", "2.1.0"},
       {"runs", ordered_json::array(
                    {{{"tool", {{"driver", driver}}}, {"columnKind", "unicodeCodePoints"}, {"results", results}}})}}));
}

// Without a byte that is no UTF-8.
std::string valid_utf8(std::string_view text) {
  return ordered_json::parse(dump(ordered_json(text))).get<std::string>();
}

std::string escape_xml(std::string_view text) {
  std::string escaped;
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\n':
        escaped += "&#10;";
        break;
      default:
        // XML 1.0 has no other control characters, not even escaped.
        escaped += static_cast<unsigned char>(c) < 0x20 && c != '\t' ? '?' : c;
    }
  }
  return escaped;
}

void print_junit(const LintReport& report, Output& output) {
  const std::string counts =
      fmt::format("tests=\"{}\" failures=\"{}\"", report.findings.size(), report.count(LintLevel::error));
  output.print(
      fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {0}>\n  <testsuite name=\"emcee "
                  "lint, policy {1}\" {0}>\n",
                  counts, escape_xml(report.policy)));
  for (const LintFinding& f : report.findings) {
    const std::string head =
        fmt::format("    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\"", escape_xml(f.rule),
                    escape_xml(f.text), escape_xml(file_of(f, report)), line_of(f));
    if (f.level == LintLevel::error)
      output.print(fmt::format("{}>\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n", head,
                               escape_xml(f.rule), escape_xml(f.message()), escape_xml(f.way_out)));
    else if (f.level != LintLevel::none)
      output.print(fmt::format("{}>\n      <system-out>{}</system-out>\n    </testcase>\n", head,
                               escape_xml(fmt::format("{}: {}", to_string(f.level), f.message()))));
    else
      output.print(head + "/>\n");
  }
  output.print("  </testsuite>\n</testsuites>\n");
}

}  // namespace

std::string_view to_string(LintLevel level) {
  switch (level) {
    case LintLevel::none:
      return "none";
    case LintLevel::note:
      return "note";
    case LintLevel::warning:
      return "warning";
    case LintLevel::error:
      return "error";
  }
  return "";
}

std::size_t LintReport::count(LintLevel level) const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(), [&](const LintFinding& f) { return f.level == level; }));
}

std::string LintReport::summary() const {
  const std::size_t failing = count(LintLevel::error);
  return fmt::format("{} {}{}, {} against policy {}", findings.size(), unit, findings.size() == 1 ? "" : "s",
                     failing == 0 ? "none" : std::to_string(failing), policy);
}

const std::vector<std::string>& lint_format_names() {
  static const std::vector<std::string> names = {"text", "json", "github", "gitlab", "sarif", "junit"};
  return names;
}

void print_report(const LintReport& report, LintFormat format, Output& output) {
  switch (format) {
    case LintFormat::text:
      return print_text(report, output);
    case LintFormat::json:
      return print_json(report, output);
    case LintFormat::github:
      return print_github(report, output);
    case LintFormat::gitlab:
      return print_gitlab(report, output);
    case LintFormat::sarif:
      return print_sarif(report, output);
    case LintFormat::junit:
      return print_junit(report, output);
  }
}

}  // namespace emcee::cli
