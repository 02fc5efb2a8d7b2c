#include "mysql_client.h"

#include <fmt/format.h>
#include <mysql.h>

#include <stdexcept>

namespace emcee::servers {

void MysqlClient::Close::operator()(st_mysql* mysql) const { mysql_close(mysql); }

MysqlClient::MysqlClient(const MysqlLogin& login) : mysql_(mysql_init(nullptr)) {
  mysql_options(mysql_.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  unsigned local = 1;
  mysql_options(mysql_.get(), MYSQL_OPT_LOCAL_INFILE, &local);
  const auto* database = login.database.empty() ? nullptr : login.database.c_str();
  if (mysql_real_connect(mysql_.get(), nullptr, login.user.c_str(), login.password.c_str(), database, 0,
                         login.socket.c_str(), CLIENT_MULTI_STATEMENTS) == nullptr)
    throw std::runtime_error(
        fmt::format("{}: {} ({})", login.user, mysql_error(mysql_.get()), mysql_errno(mysql_.get())));
}

unsigned MysqlClient::send(const std::string& sql, Rows* rows) {
  message_.clear();
  unsigned error = mysql_real_query(mysql_.get(), sql.data(), sql.size()) == 0 ? 0 : mysql_errno(mysql_.get());
  affected_rows_ = 0;
  while (error == 0) {
    if (MYSQL_RES* result = mysql_store_result(mysql_.get()); result != nullptr) {
      const unsigned columns = mysql_num_fields(result);
      while (const MYSQL_ROW row = rows != nullptr ? mysql_fetch_row(result) : nullptr) {
        const unsigned long* sizes = mysql_fetch_lengths(result);
        std::vector<Cell>& cells = rows->emplace_back();
        for (unsigned i = 0; i < columns; ++i)
          cells.push_back(row[i] == nullptr ? Cell() : Cell(std::string(row[i], sizes[i])));
      }
      mysql_free_result(result);
    } else if (mysql_errno(mysql_.get()) != 0) {
      error = mysql_errno(mysql_.get());
      break;
    } else {
      affected_rows_ += static_cast<std::int64_t>(mysql_affected_rows(mysql_.get()));
      insert_id_ = mysql_insert_id(mysql_.get());
    }
    const int more = mysql_next_result(mysql_.get());
    if (more < 0) break;
    if (more > 0) error = mysql_errno(mysql_.get());
  }
  if (error != 0) message_ = mysql_error(mysql_.get());
  return error;
}

unsigned MysqlClient::try_sql(const std::string& sql) { return send(sql, nullptr); }

void MysqlClient::run(const std::string& sql) {
  if (const unsigned error = try_sql(sql); error != 0)
    throw std::runtime_error(fmt::format("error {}: {}\n  {}", error, message_, sql));
}

MysqlClient::Rows MysqlClient::query(const std::string& sql) {
  Rows rows;
  if (const unsigned error = send(sql, &rows); error != 0)
    throw std::runtime_error(fmt::format("error {}: {}\n  {}", error, message_, sql));
  return rows;
}

std::string MysqlClient::value(const std::string& sql) {
  const Rows rows = query(sql);
  return rows.empty() || rows.front().empty() || !rows.front().front() ? "NULL" : *rows.front().front();
}

std::uint64_t MysqlClient::connection_id() const { return mysql_thread_id(mysql_.get()); }

}  // namespace emcee::servers
