// PostgreSQL: a server of the run's own, and databases made from templates.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "applier/postgres_connection.h"
#include "dialects/postgres/dialect.h"
#include "dialects/postgres/quoting.h"
#include "tests/catalogue/postgres_catalogue.h"
#include "tests/converge/server.h"
#include "tests/servers/postgres_server.h"

namespace emcee::testing {
namespace {

namespace fs = std::filesystem;
using servers::PostgresServer;

class PostgresCopy : public Database {
 public:
  PostgresCopy(PostgresServer& server, std::string name, const std::string& template_name)
      : server_(server), name_(std::move(name)) {
    servers::run_postgres(server_.url("postgres"), fmt::format("CREATE DATABASE {} TEMPLATE {}", name_, template_name));
  }
  ~PostgresCopy() override {
    try {
      close();
      servers::run_postgres(server_.url("postgres"), "DROP DATABASE " + name_ + " WITH (FORCE)");
    } catch (const std::exception&) {  // the server is gone, and with it the database
    }
  }

  const std::string& name() const { return name_; }
  std::string url() const { return server_.url(name_); }
  // A database with a session cannot be a template.
  void close() { session_.reset(); }

  std::unique_ptr<applier::Connection> connect() override {
    auto connection = applier::open_postgres(url());
    if (!connection) stop("open: " + to_text(connection.error()));
    return *std::move(connection);
  }

  // One session for all statements, as an application has.
  std::optional<std::string> run(const std::string& sql) override {
    const auto result = session().execute(sql);
    return result ? std::nullopt : std::optional(result.error().message);
  }
  std::vector<std::string> query(const std::string& sql) override {
    const auto result = session().query(sql);
    if (!result) stop(result.error().message + " in: " + sql.substr(0, 200));
    std::vector<std::string> rows;
    for (const auto& row : *result)
      rows.push_back(std::holds_alternative<std::string>(row.front()) ? std::get<std::string>(row.front()) : "?");
    return rows;
  }

  std::string catalogue() override { return postgres_catalogue(url()); }

  std::optional<std::string> run_script(const fs::path& script) override { return run_client(script, ""); }

  // psql; `first` runs before.
  std::optional<std::string> run_client(const fs::path& script, const std::string& first) const {
    const fs::path log = fs::temp_directory_path() / fmt::format("emcee-psql-{}.log", static_cast<long>(getpid()));
    const std::string command =
        fmt::format("{}/psql -X -q -v ON_ERROR_STOP=1 -d '{}' {} -f '{}' > '{}' 2>&1", servers::postgres_programs(),
                    url(), first.empty() ? "" : fmt::format("-c \"{}\"", first), script.string(), log.string());
    const bool worked = std::system(command.c_str()) == 0;
    std::ostringstream said;
    said << std::ifstream(log).rdbuf();
    fs::remove(log);
    return worked ? std::nullopt : std::optional(said.str());
  }

 private:
  applier::Connection& session() {
    if (!session_) session_ = connect();
    return *session_;
  }

  PostgresServer& server_;
  std::string name_;
  std::unique_ptr<applier::Connection> session_;
};

// A value of a type that has no number in it.
struct Special {
  std::string_view type;
  const char* format;
};
constexpr Special kSpecials[] = {{"date", "'2001-01-{:02}'"},
                                 {"timestamp", "'2001-01-01 00:00:{:02}'"},
                                 {"time", "'00:00:{:02}'"},
                                 {"uuid", "'00000000-0000-0000-0000-{:012}'"},
                                 {"inet", "'10.0.0.{}'"},
                                 {"cidr", "'10.0.0.{}/32'"},
                                 {"macaddr", "'08:00:2b:01:02:{:02}'"},
                                 {"bytea", "'\\x{:02}'"},
                                 {"boolean", "({} > 1)"},
                                 {"point", "'({},1)'"},
                                 {"tsvector", "'word{}'"},
                                 {"hstore", "'a=>{}'"},
                                 {"interval", "'{} days'"},
                                 {"xml", "'<a>{}</a>'"},
                                 {"int4range", "'[{0},{0}]'"},
                                 {"int8range", "'[{0},{0}]'"}};

class Postgres : public Server {
 public:
  Postgres() : dialect_(postgres::make_dialect()) {}

  std::string name() const override { return "postgres"; }
  std::string folder() const override { return "postgres"; }
  std::string client() const override { return "psql"; }
  const plan::Dialect& dialect() const override { return *dialect_; }

  std::unique_ptr<Database> load(const std::string& ddl, const fs::path& folder) override {
    auto database = make("template0");
    std::string first;
    if (std::ifstream about(folder / "about.json"); about) {
      const auto json = nlohmann::json::parse(about);
      first = json.value("run_first", "");
      for (const auto& role : json.value("needs_roles", nlohmann::json::array())) need_role(role.get<std::string>());
    }
    const fs::path file = fs::temp_directory_path() / fmt::format("emcee-load-{}.sql", static_cast<long>(getpid()));
    std::ofstream(file, std::ios::binary) << ddl;
    const auto error = database->run_client(file, first);
    fs::remove(file);
    if (error) stop(error->substr(0, 400));
    return database;
  }

  std::unique_ptr<Database> copy(Database& database) override {
    auto& original = dynamic_cast<PostgresCopy&>(database);
    original.close();
    return make(original.name());
  }

  std::string value(const schema::Column& column, int number) const override {
    const std::string& type = column.type.name;
    if (type.ends_with("[]")) return "'{}'";
    for (const Special& special : kSpecials)
      if (type.rfind(special.type, 0) == 0) return fmt::format(fmt::runtime(special.format), number);
    return fmt::format("'{}'", number);
  }
  std::optional<std::string> long_text(const schema::Column& column) const override {
    const std::string& type = column.type.name;
    if (type != "text" && type != "character varying" && type != "character") return std::nullopt;
    const int length = column.type.arguments.empty() ? 300 : std::atoi(column.type.arguments.front().c_str());
    return fmt::format("'{}'", std::string(static_cast<std::size_t>(std::min(length, 300)), 'x'));
  }
  std::string as_text(const std::string& column) const override {
    return fmt::format("coalesce(quote_literal({}::text), 'NULL')", column);
  }
  bool same_values(const schema::Type& a, const schema::Type& b) const override { return a == b; }

 private:
  std::unique_ptr<PostgresCopy> make(const std::string& template_name) {
    return std::make_unique<PostgresCopy>(server_, fmt::format("run{}", ++count_), template_name);
  }
  void need_role(const std::string& role) {
    servers::run_postgres(server_.url("postgres"),
                          fmt::format("DO $$ BEGIN CREATE ROLE {}; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
                                      postgres::quoting().quoted(role)));
  }

  PostgresServer server_{{"max_locks_per_transaction=1024"}};
  std::unique_ptr<plan::Dialect> dialect_;
  int count_ = 0;
};

}  // namespace

std::unique_ptr<Server> postgres_server() { return std::make_unique<Postgres>(); }

}  // namespace emcee::testing
