// One statement on a connection of libmariadb: values in, rows out.
#pragma once

#include <errmsg.h>
#include <mysql.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "applier/value.h"

namespace emcee::applier {

struct CloseMysql {
  void operator()(MYSQL* mysql) const { mysql_close(mysql); }
};
using MysqlHandle = std::unique_ptr<MYSQL, CloseMysql>;

// What the server said; number 0: no error.
struct MysqlFailure {
  unsigned number = 0;
  std::string message;
  explicit operator bool() const { return number != 0; }
};

struct MysqlRows {
  std::vector<Row> rows;
  std::int64_t affected = 0;  // rows that the statement changed itself
};

// Numbered parameters (?1, ?2, each any number of times) become the server's own, which have no
// number: `sql` with each replaced by ?, and which parameter, from 0, stands in which place. What
// looks like one in strings, quoted names and comments is left alone.
// REQUIRES: the session's sql_mode has neither ANSI_QUOTES nor NO_BACKSLASH_ESCAPES.
struct MysqlParameters {
  std::string sql;
  std::vector<std::size_t> places;
};
MysqlParameters place_parameters(std::string_view sql);

// Runs one statement, prepared; at most `limit` rows are kept. Numbers come as numbers (an unsigned
// one above 2^63 as text), BIT as a number, times and decimals as text, binary strings as blobs.
MysqlFailure run_prepared(MYSQL& mysql, std::string_view sql, const Row& parameters, std::size_t limit,
                          MysqlRows& result);
// Runs one statement or several; rows are dropped.
MysqlFailure run_text(MYSQL& mysql, std::string_view sql);

// A schema as the client reads it has programs between DELIMITER lines; to the server a program ends where its
// grammar says so.
std::string without_delimiters(std::string_view text);

}  // namespace emcee::applier
