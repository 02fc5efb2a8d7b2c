// Rows that stand in the way, counted and listed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "applier/connection.h"
#include "applier/release.h"

namespace emcee::applier {

// How many rows of each kind a message lists.
inline constexpr std::size_t kListedRows = 10;

struct RowFindings {
  RowQuery query;
  std::int64_t count = 0;
  std::vector<Row> rows;  // the first kListedRows
};

// Lines of rows, each value behind a colon: "\n  17: NULL\n  ... and 3 more".
std::string list_rows(const std::vector<Row>& rows, std::int64_t count);

Result<RowFindings> find_rows(Connection& connection, const RowQuery& query);

// As an error, answer_is_no; REQUIRES: at least one of them has rows.
Error to_error(const std::string& message, const std::vector<RowFindings>& findings);

}  // namespace emcee::applier
