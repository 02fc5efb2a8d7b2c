// Error messages, and what statements come to: fixtures/sqlite/parse/.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/parse.h"
#include "tests/sqlite/parse_sources.h"
#include "tests/support/golden.h"

namespace emcee::sqlite {
namespace {

std::string list(const parser::Coverage& coverage) {
  std::string text = fmt::format("modelled {}, verbatim {}\n", coverage.modelled, coverage.verbatim);
  for (const auto& [what, count] : coverage.skipped) text += fmt::format("skipped {} {}\n", count, what);
  for (const schema::Error& warning : coverage.warnings) text += "warning: " + to_text(warning);
  return text;
}

std::string run(const testing::GoldenCase& golden) {
  std::string input = golden.inputs.front();
  if (!input.empty()) input.pop_back();  // the newline that every line of the file has
  const parser::Source source("new.sql", input);
  parser::Coverage coverage;
  if (golden.command == "expression") {
    const auto expression = parse_expression(source);
    return expression ? to_canonical_sql(*expression, quoting()) : to_text(expression.error());
  }
  if (golden.command == "parse") {
    const auto statements = parse(source, false, coverage);
    return statements ? fmt::format("{} statements\n", statements->size()) : to_text(statements.error());
  }
  const auto schema = read({source}, golden.has("lenient"), coverage);
  if (!schema) return to_text(schema.error());
  return print(testing::without_sources(*schema)) + list(coverage);
}

TEST(ParseGolden, Messages) { testing::run_golden("fixtures/sqlite/parse/errors.txt", run); }
TEST(ParseGolden, Builder) { testing::run_golden("fixtures/sqlite/parse/builder.txt", run); }
TEST(ParseGolden, Roles) {
  testing::run_golden("fixtures/sqlite/parse/roles.txt", [](const testing::GoldenCase& golden) {
    const auto expression = parse_expression(parser::Source("map", golden.inputs.front()));
    if (!expression) return to_text(expression.error());
    std::string text;
    for (const schema::Token& token : expression->tokens()) {
      static const char* const kRoles[] = {"keyword", "symbol", "literal", "column", "table", "name", "variable"};
      text += fmt::format("{} {}{}\n", kRoles[static_cast<int>(token.role)],
                          token.qualifier.empty() ? "" : token.qualifier.text() + ".", token.text);
    }
    return text;
  });
}

}  // namespace
}  // namespace emcee::sqlite
