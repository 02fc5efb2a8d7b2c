#include "tests/cli/case_database.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sqlite3.h>

#include "tests/catalogue/mysql_catalogue.h"
#include "tests/catalogue/postgres_catalogue.h"
#include "tests/catalogue/sqlite_catalogue.h"
#include "tests/postgres/session.h"
#include "tests/servers/mysql_client.h"
#include "tests/servers/mysql_server.h"
#include "tests/servers/postgres_server.h"

namespace emcee::testing {
namespace {

// `a || '|' || b`
std::string piped(const std::vector<std::string>& expressions) {
  std::vector<std::string> texts;
  for (const std::string& expression : expressions)
    texts.push_back(fmt::format("coalesce(CAST({} AS TEXT), '')", expression));
  return fmt::format("{}", fmt::join(texts, " || '|' || "));
}

// A connection for each call, as the programs of an application that come and go.
class SqliteCase final : public CaseDatabase {
 public:
  explicit SqliteCase(const Sandbox& box) : file_(box.path("app.db").string()) { sql("VACUUM"); }
  std::string url() const override { return "sqlite:" + file_; }
  std::string sql(const std::string& statements) override { return run(*open(), statements); }
  std::string sql_behind_the_triggers(const std::string& statements) override {
    const Database db = open();
    sqlite3_db_config(db.get(), SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    return run(*db, statements);
  }
  std::string catalogue() override { return testing::catalogue(open().get(), true); }
  std::string bars(const std::vector<std::string>& expressions) const override { return piped(expressions); }

 private:
  using Database = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;

  Database open() const {
    sqlite3* db = nullptr;
    sqlite3_open(file_.c_str(), &db);
    sqlite3_busy_timeout(db, 9000);
    return {db, &sqlite3_close};
  }
  // All rows of all statements, a line for each, with bars between the values.
  static std::string run(sqlite3& db, const std::string& statements) {
    std::string lines;
    const auto add_row = [](void* to, int count, char** values, char**) {
      auto& text = *static_cast<std::string*>(to);
      for (int i = 0; i < count; ++i) text += (i > 0 ? "|" : "") + std::string(values[i] != nullptr ? values[i] : "");
      text += '\n';
      return 0;
    };
    if (sqlite3_exec(&db, statements.c_str(), add_row, &lines, nullptr) != SQLITE_OK)
      return fmt::format("error: {} ({})", sqlite3_errmsg(&db), sqlite3_errcode(&db));
    while (!lines.empty() && lines.back() == '\n') lines.pop_back();
    return lines;
  }
  const std::string file_;
};

class PostgresSession final : public CaseSession {
 public:
  explicit PostgresSession(const std::string& url) : session_(url) {}
  std::string sql(const std::string& statements) override {
    const auto answer = session_.run(statements);
    if (!answer.ok()) return fmt::format("error {}: {}", answer.sqlstate, answer.error);
    return answer.rows.empty() ? "" : answer.rows.front().front().value_or("");
  }

 private:
  postgres_test::Session session_;
};

class PostgresCase final : public CaseDatabase {
 public:
  std::string url() const override { return database_.url(); }
  std::unique_ptr<CaseSession> connect() const override { return std::make_unique<PostgresSession>(url()); }
  std::string sql(const std::string& statements) override {
    try {
      const std::string value = servers::run_postgres(url(), statements);
      return value == "NULL" ? "" : value;
    } catch (const std::exception& error) {
      return std::string("error: ") + error.what();
    }
  }
  std::string sql_behind_the_triggers(const std::string& statements) override {
    return sql("SET session_replication_role = replica; " + statements);
  }
  std::string catalogue() override { return postgres_catalogue(url()); }
  std::string bars(const std::vector<std::string>& expressions) const override { return piped(expressions); }

 private:
  servers::PostgresDatabase database_;
};

class MysqlSession final : public CaseSession {
 public:
  explicit MysqlSession(const servers::MysqlLogin& login) : client_(login) {}
  std::string sql(const std::string& statements) override {
    try {
      const auto rows = client_.query(statements);
      return rows.empty() ? "" : rows.back().front().value_or("");
    } catch (const std::exception& error) {
      return error.what();  // `error 1213: ...`
    }
  }

 private:
  servers::MysqlClient client_;
};

class MysqlCase final : public CaseDatabase {
 public:
  explicit MysqlCase(servers::MysqlFlavour flavour)
      : server_(servers::MysqlServer::shared(flavour)),
        database_(server_.fresh_database()),
        client_(server_.root(database_)) {}
  std::string url() const override { return server_.url(database_); }
  std::unique_ptr<CaseSession> connect() const override {
    return std::make_unique<MysqlSession>(server_.root(database_));
  }
  std::string sql(const std::string& statements) override {
    try {
      const auto rows = client_.query(statements);
      return rows.empty() || !rows.back().front() ? "" : *rows.back().front();
    } catch (const std::exception& error) {
      return std::string("error: ") + error.what();
    }
  }
  std::string sql_behind_the_triggers(const std::string& statements) override {
    return sql("SET @emcee_bypass = CONNECTION_ID(); " + statements + "; SET @emcee_bypass = NULL");
  }
  std::string catalogue() override { return mysql_catalogue(client_); }
  std::string bars(const std::vector<std::string>& expressions) const override {
    std::vector<std::string> texts;
    for (const std::string& expression : expressions) texts.push_back(fmt::format("COALESCE({}, '')", expression));
    return fmt::format("CONCAT_WS('|', {})", fmt::join(texts, ", "));
  }

 private:
  servers::MysqlServer& server_;
  std::string database_;
  servers::MysqlClient client_;
};

}  // namespace

std::unique_ptr<CaseDatabase> make_case_database(const std::string& dialect, const Sandbox& box) {
  if (dialect == "sqlite") return std::make_unique<SqliteCase>(box);
  if (dialect == "postgres") return std::make_unique<PostgresCase>();
  return std::make_unique<MysqlCase>(dialect == "mysql" ? servers::MysqlFlavour::mysql
                                                        : servers::MysqlFlavour::mariadb);
}

std::string catalogue_of(const std::string& dialect, const std::string& schema) {
  const Sandbox box;
  const auto fresh = make_case_database(dialect, box);
  if (const std::string refused = fresh->sql(schema); !refused.empty()) throw std::runtime_error(refused);
  return fresh->catalogue();
}

}  // namespace emcee::testing
