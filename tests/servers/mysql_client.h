// A plain client of MySQL and MariaDB for tests: what an application sees, apart from all code of
// Emcee.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct st_mysql;

namespace emcee::servers {

struct MysqlLogin {
  std::string socket;
  std::string user = "root";
  std::string password;
  std::string database;
};

class MysqlClient {
 public:
  using Cell = std::optional<std::string>;  // nullopt: NULL
  using Rows = std::vector<std::vector<Cell>>;

  // Throws std::runtime_error where the server refuses.
  explicit MysqlClient(const MysqlLogin& login);

  // Runs one statement or several. 0, or the server's number of the first error; see message().
  unsigned try_sql(const std::string& sql);
  const std::string& message() const { return message_; }
  // The same; an error is thrown.
  void run(const std::string& sql);
  // The rows of one query. Throws.
  Rows query(const std::string& sql);
  // Its first value; NULL and no row at all: "NULL".
  std::string value(const std::string& sql);

  // Of the last statement, as the API tells applications.
  std::int64_t affected_rows() const { return affected_rows_; }
  std::uint64_t insert_id() const { return insert_id_; }
  std::uint64_t connection_id() const;
  st_mysql* handle() const { return mysql_.get(); }

 private:
  struct Close {
    void operator()(st_mysql* mysql) const;
  };
  unsigned send(const std::string& sql, Rows* rows);

  std::unique_ptr<st_mysql, Close> mysql_;
  std::string message_;
  std::int64_t affected_rows_ = 0;
  std::uint64_t insert_id_ = 0;
};

}  // namespace emcee::servers
