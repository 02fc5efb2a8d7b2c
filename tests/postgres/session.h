// A connection as an application has it: plain libpq, nothing of Emcee.
#pragma once

#include <libpq-fe.h>

#include <optional>
#include <string>
#include <vector>

namespace emcee::postgres_test {

using Field = std::optional<std::string>;  // none: NULL

// What a statement gave.
struct Answer {
  std::string error;     // the server's message; empty where it went well
  std::string sqlstate;  // of the error
  std::vector<std::vector<Field>> rows;
  std::string affected;  // PQcmdTuples
  bool ok() const { return error.empty(); }
};

class Session {
 public:
  // Throws std::runtime_error where it cannot connect.
  explicit Session(const std::string& url);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // One or several statements. `COPY ... FROM STDIN` has its lines behind the first newline.
  Answer run(const std::string& sql);
  // The rows; throws where there is an error.
  std::vector<std::vector<Field>> rows(const std::string& sql);
  void must(const std::string& sql) { rows(sql); }
  // The first field of the first row, "NULL" where it is NULL, "" where there is no row.
  std::string value(const std::string& sql);

 private:
  PGconn* connection_;
};

}  // namespace emcee::postgres_test
