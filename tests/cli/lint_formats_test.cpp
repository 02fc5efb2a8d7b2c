// What lint writes for CI systems has the structure that their schemas ask for, whatever the schemas
// it looked at are called and hold.
//
//   SARIF 2.1.0     https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
//   code quality    https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
//   JUnit           https://github.com/jenkinsci/xunit-plugin (junit-10.xsd)
#include <gtest/gtest.h>

#include <boost/property_tree/xml_parser.hpp>
#include <nlohmann/json.hpp>

#include <regex>
#include <set>
#include <sstream>

#include "tests/cli/sandbox.h"

namespace emcee::testing {
namespace {

using nlohmann::json;

struct Input {
  const char* name;
  const char* arguments;
  std::size_t issues;  // findings that a format without passed checks lists
  std::size_t failing;
};

// Findings of every level, odd names, invalid UTF-8, one text twice, faults of a directory, nothing.
const Input kInputs[] = {
    {"Mixed", "old.sql ./sub/../new.sql --policy rolling", 7, 2},
    {"AddOnly", "old.sql new.sql --allow allow.toml", 7, 3},
    {"OddPath", "old.sql 'sub/a b#%:ü.sql'", 1, 1},
    {"NotUtf8", "old.sql latin1.sql", 3, 1},
    {"Releases", "releases", 2, 2},
    {"Nothing", "old.sql old.sql", 0, 0},
};

class LintFormats : public ::testing::TestWithParam<Input> {
 protected:
  LintFormats() {
    box_.shell("mkdir -p sub releases/a releases/b");
    box_.write("old.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY, fax TEXT, a VARCHAR(9) NOT NULL);\n");
    box_.write("new.sql",
               "CREATE TABLE users (id INTEGER PRIMARY KEY, \"ä<&\"\" ]]>\" TEXT NOT NULL, plain TEXT, a VARCHAR(3));\n"
               "CREATE TABLE posts (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES users (id));\n");
    box_.write("sub/a b#%:ü.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY, a VARCHAR(9) NOT NULL);\n");
    box_.write("latin1.sql",
               "CREATE TABLE users (id INTEGER PRIMARY KEY, fax TEXT, a VARCHAR(9) NOT NULL, \"\xE4\x01\" TEXT,"
               " \"\xF6\" TEXT NOT NULL, \"\xFC\" TEXT);\n");
    box_.write("allow.toml",
               "[[allow]]\nrule = \"narrow-type\"\nobject = \"users.a\"\nreason = \"r\"\nexpires = \"ocata\"\n");
    box_.write("releases/a/release.toml", "name = \"a\"\n");
    box_.write("releases/b/release.toml", "name = \"b\"\n");
  }

  std::string lint(const std::string& format) {
    const cli::ProgramResult result = box_.emcee(std::string("lint ") + GetParam().arguments + " --format " + format);
    EXPECT_EQ(result.status, GetParam().failing == 0 ? 0 : 1) << result.err;
    return result.out;
  }

  Sandbox box_;
};

// An object with these keys and perhaps those others.
void expect_keys(const json& object, const std::set<std::string>& required, const std::set<std::string>& optional) {
  ASSERT_TRUE(object.is_object()) << object;
  for (const std::string& key : required) EXPECT_TRUE(object.contains(key)) << key << " is missing in " << object;
  for (const auto& [key, value] : object.items())
    EXPECT_TRUE(required.count(key) + optional.count(key)) << key << " is unknown in " << object;
}

bool is_text(const json& value) { return value.is_string() && !value.get_ref<const std::string&>().empty(); }
bool is_positive(const json& value) { return value.is_number_unsigned() && value.get<std::size_t>() > 0; }

TEST_P(LintFormats, Sarif) {
  const json log = json::parse(lint("sarif"));
  expect_keys(log, {"version", "runs"}, {"$schema"});
  EXPECT_EQ(log["version"], "2.1.0");
  ASSERT_EQ(log["runs"].size(), 1U);
  const json& run = log["runs"][0];
  expect_keys(run, {"tool", "results"}, {"columnKind"});
  EXPECT_EQ(run["columnKind"], "unicodeCodePoints");
  expect_keys(run["tool"], {"driver"}, {});
  const json& driver = run["tool"]["driver"];
  expect_keys(driver, {"name"}, {"version", "rules"});
  EXPECT_TRUE(is_text(driver["name"]));
  std::set<json> rules;
  for (const json& rule : driver["rules"]) {
    expect_keys(rule, {"id"}, {});
    EXPECT_TRUE(is_text(rule["id"]) && rules.insert(rule["id"]).second) << "rules are unique: " << rule;
  }
  std::size_t failing = 0;
  for (const json& result : run["results"]) {
    expect_keys(result, {"message"}, {"ruleId", "level", "locations"});
    expect_keys(result["message"], {"text"}, {});
    EXPECT_TRUE(is_text(result["message"]["text"]));
    EXPECT_EQ(rules.count(result["ruleId"]), 1U) << result;
    EXPECT_TRUE((std::set<json>{"note", "warning", "error"}.count(result["level"]))) << result;
    failing += result["level"] == "error";
    ASSERT_EQ(result["locations"].size(), 1U);
    expect_keys(result["locations"][0], {"physicalLocation"}, {});
    const json& place = result["locations"][0]["physicalLocation"];
    expect_keys(place, {"artifactLocation"}, {"region"});
    // https://www.rfc-editor.org/rfc/rfc3986#appendix-A: path-noscheme, with what it may hold unescaped.
    EXPECT_TRUE(std::regex_match(place["artifactLocation"]["uri"].get<std::string>(),
                                 std::regex("([A-Za-z0-9._~/-]|%[0-9A-F]{2})+")))
        << place;
    if (!place.contains("region")) continue;
    expect_keys(place["region"], {"startLine"}, {"startColumn"});
    EXPECT_TRUE(is_positive(place["region"]["startLine"]) && is_positive(place["region"]["startColumn"])) << place;
  }
  EXPECT_EQ(run["results"].size(), GetParam().issues);
  EXPECT_EQ(failing, GetParam().failing);
}

TEST_P(LintFormats, Gitlab) {
  const json issues = json::parse(lint("gitlab"));
  ASSERT_TRUE(issues.is_array());
  std::set<json> fingerprints;
  std::size_t failing = 0;
  for (const json& issue : issues) {
    expect_keys(issue, {"description", "check_name", "fingerprint", "severity", "location"}, {});
    EXPECT_TRUE(is_text(issue["description"]) && is_text(issue["check_name"])) << issue;
    EXPECT_TRUE(fingerprints.insert(issue["fingerprint"]).second) << "fingerprints are unique: " << issue;
    EXPECT_TRUE((std::set<json>{"info", "minor", "major", "critical", "blocker"}.count(issue["severity"]))) << issue;
    failing += issue["severity"] == "major";
    expect_keys(issue["location"], {"path", "lines"}, {});
    const auto path = issue["location"]["path"].get<std::string>();
    EXPECT_FALSE(path.starts_with("./") || path.find("/..") != std::string::npos) << path;
    expect_keys(issue["location"]["lines"], {"begin"}, {});
    EXPECT_TRUE(is_positive(issue["location"]["lines"]["begin"])) << issue;
  }
  EXPECT_EQ(issues.size(), GetParam().issues);
  EXPECT_EQ(failing, GetParam().failing);
}

TEST_P(LintFormats, Junit) {
  const std::string text = lint("junit");
  EXPECT_NO_THROW(json(text).dump()) << "not UTF-8";
  for (const char c : text) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t');
  std::istringstream stream(text);
  boost::property_tree::ptree tree;
  ASSERT_NO_THROW(boost::property_tree::read_xml(stream, tree)) << text;
  ASSERT_EQ(tree.size(), 1U);
  const auto& suites = tree.get_child("testsuites");
  const auto& suite = suites.get_child("testsuite");
  EXPECT_FALSE(suite.get<std::string>("<xmlattr>.name").empty());
  std::size_t tests = 0, failures = 0;
  for (const auto& [tag, node] : suite) {
    if (tag == "<xmlattr>") continue;
    EXPECT_EQ(tag, "testcase");
    ++tests;
    EXPECT_FALSE(node.get<std::string>("<xmlattr>.name").empty());
    EXPECT_FALSE(node.get<std::string>("<xmlattr>.classname").empty());
    for (const auto& [child, content] : node) {
      EXPECT_TRUE(child == "<xmlattr>" || child == "failure" || child == "system-out") << child;
      if (child != "failure") continue;
      ++failures;
      EXPECT_FALSE(content.get<std::string>("<xmlattr>.message").empty());
      EXPECT_FALSE(content.get<std::string>("<xmlattr>.type").empty());
    }
  }
  for (const auto* counted : {&suites, &suite}) {
    EXPECT_EQ(counted->get<std::size_t>("<xmlattr>.tests"), tests);
    EXPECT_EQ(counted->get<std::size_t>("<xmlattr>.failures"), failures);
  }
  EXPECT_EQ(failures, GetParam().failing);
}

INSTANTIATE_TEST_SUITE_P(Inputs, LintFormats, ::testing::ValuesIn(kInputs),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace emcee::testing
