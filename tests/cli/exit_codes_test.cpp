// docs/exit-codes.md says what the code does.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "applier/applier.h"
#include "cli/output.h"

namespace emcee::cli {
namespace {

using schema::ErrorCode;

constexpr ErrorCode kCodes[] = {
    ErrorCode::usage,          ErrorCode::fix_text,      ErrorCode::fix_schema,  ErrorCode::add_to_map,
    ErrorCode::answer_is_no,   ErrorCode::accept_hazard, ErrorCode::wrong_order, ErrorCode::grant_privilege,
    ErrorCode::look_at_server, ErrorCode::interrupted,   ErrorCode::report_bug,
};

// The rows of a table whose first cell is a number, by that number: the other cells.
using Table = std::map<int, std::string>;

std::pair<Table, Table> documented() {
  std::ifstream file(std::string(EMCEE_SOURCE_DIR) + "/docs/exit-codes.md");
  std::pair<Table, Table> tables;
  bool of_check = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "## `check`") of_check = true;
    if (line.size() < 3 || line[0] != '|' || line[2] < '0' || line[2] > '9') continue;
    (of_check ? tables.second : tables.first)[std::stoi(line.substr(2))] = line;
  }
  return tables;
}

TEST(ExitCodes, EveryErrorStandsInTheRowOfItsCode) {
  const Table table = documented().first;
  ASSERT_EQ(table.size(), 8U);
  for (const ErrorCode code : kCodes) {
    const std::string word = "`" + std::string(to_string(code)) + "`";
    for (const auto& [number, row] : table)
      EXPECT_EQ(row.find(word) != std::string::npos, number == schema::exit_code(code)) << word << " in: " << row;
  }
}

TEST(ExitCodes, StatesOfCheckAreThoseOfTheTable) {
  const Table table = documented().second;
  ASSERT_EQ(table.size(), 5U);
  for (const auto& [number, row] : table) {
    const int glance = applier::to_glance(static_cast<applier::State>(number));
    const std::string begin = "| " + std::to_string(number) + " | " + std::to_string(glance) + " |";
    EXPECT_EQ(row.substr(0, begin.size()), begin);
  }
}

}  // namespace
}  // namespace emcee::cli
