// MariaDB and MySQL: a server of the run's own, with its binary log on as it is shipped.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "applier/mysql_connection.h"
#include "dialects/mysql/dialect.h"
#include "dialects/mysql/quoting.h"
#include "dialects/mysql/stored_value.h"
#include "servers/mysql_server.h"
#include "tests/catalogue/mysql_catalogue.h"
#include "tests/converge/server.h"

namespace emcee::testing {
namespace {

namespace fs = std::filesystem;
using mysql::Storage;
using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

fs::path scratch(const char* suffix) {
  return fs::temp_directory_path() / fmt::format("emcee-mysql-{}.{}", static_cast<long>(getpid()), suffix);
}

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Runs a shell command; what it said where it failed.
std::optional<std::string> shell(const std::string& command) {
  const fs::path log = scratch("log");
  const bool worked = std::system(fmt::format("({}) 2> '{}'", command, log.string()).c_str()) == 0;
  std::string said = read(log);
  fs::remove(log);
  return worked ? std::nullopt : std::optional(said);
}

class MysqlDatabase : public Database {
 public:
  MysqlDatabase(MysqlServer& server, std::string name) : server_(server), name_(std::move(name)) {}
  ~MysqlDatabase() override {
    try {
      MysqlClient(server_.root()).run("DROP DATABASE " + mysql::quoting().quoted(name_));
    } catch (const std::exception&) {  // the server is gone, and with it the database
    }
  }

  const std::string& name() const { return name_; }
  // `mysql` or `mysqldump` of this server, with what it takes to log in.
  std::string program(const std::string& name) const {
    return fmt::format("{} --no-defaults --socket='{}' --user=root", servers::mysql_program(server_.flavour(), name),
                       server_.socket());
  }

  std::unique_ptr<applier::Connection> connect() override {
    auto connection = applier::open_mysql(server_.url(name_), {});
    if (!connection) stop("open: " + to_text(connection.error()));
    return *std::move(connection);
  }
  std::optional<std::string> run(const std::string& sql) override {
    MysqlClient& client = session();
    return client.try_sql(sql) == 0 ? std::nullopt : std::optional(client.message());
  }
  std::vector<std::string> query(const std::string& sql) override {
    std::vector<std::string> rows;
    try {
      for (const auto& row : session().query(sql)) rows.push_back(row.at(0).value_or("NULL"));
    } catch (const std::runtime_error& error) {
      stop(std::string(error.what()) + " in: " + sql.substr(0, 200));
    }
    return rows;
  }
  std::string catalogue() override {
    MysqlClient client(server_.root(name_));
    return mysql_catalogue(client);
  }
  std::optional<std::string> run_script(const fs::path& script) override {
    return shell(fmt::format("{} --comments --default-character-set=utf8mb4 '{}' < '{}' > /dev/null", program("mysql"),
                             name_, script.string()));
  }

 private:
  // An application has one session for all its statements.
  MysqlClient& session() {
    if (!session_) session_ = std::make_unique<MysqlClient>(server_.root(name_));
    return *session_;
  }

  MysqlServer& server_;
  std::string name_;
  std::unique_ptr<MysqlClient> session_;
};

class MysqlKind : public Server {
 public:
  explicit MysqlKind(MysqlFlavour flavour)
      : flavour_(flavour),
        of_(flavour == MysqlFlavour::mariadb ? mysql::kMariadb : mysql::kMysql),
        dialect_(flavour == MysqlFlavour::mariadb ? mysql::make_mariadb() : mysql::make_mysql()) {
    if (const auto missing = MysqlServer::missing(flavour)) {
      if (MysqlServer::required(flavour)) stop(*missing);
      throw Missing(*missing);
    }
  }

  std::string name() const override { return std::string(servers::to_string(flavour_)); }
  std::string folder() const override { return "mysql"; }
  std::string client() const override { return fmt::format("the {} client", name()); }
  const plan::Dialect& dialect() const override { return *dialect_; }

  // Tables of one byte per character: more of them would not fit into a row, or a key of MyISAM.
  std::string preamble(const fs::path& folder) const override {
    for (const char* project : {"/piwigo/", "/powerdns/"})
      if (folder.string().find(project) != std::string::npos) return "ALTER DATABASE CHARACTER SET latin1;\n";
    return {};
  }
  // Much of the corpus is older than MySQL 9: what it no longer takes is not ours to upgrade.
  bool refuses(const std::string& message) const override {
    return flavour_ == MysqlFlavour::mysql && message.rfind("ERROR 1", 0) == 0;
  }
  // By the client, which knows DELIMITER. It keeps the comments of routines only where it is told to, and behind
  // one of them it no longer knows DELIMITER, nor `--x` for another.
  std::unique_ptr<Database> load(const std::string& ddl, const fs::path& about) override {
    const fs::path file = scratch("sql");
    std::ofstream(file) << mode() << first(about) << ddl;
    std::unique_ptr<MysqlDatabase> database;
    std::optional<std::string> error;
    for (const char* comments : {"--comments", ""}) {
      database = fresh();
      error = shell(fmt::format("{} {} --default-character-set=utf8mb4 '{}' < '{}' > /dev/null",
                                database->program("mysql"), comments, database->name(), file.string()));
      if (!error) break;
    }
    fs::remove(file);
    if (error) stop(*error);
    return database;
  }
  std::unique_ptr<Database> copy(Database& database) override {
    auto& from = dynamic_cast<MysqlDatabase&>(database);
    auto to = fresh();
    to->run("ALTER DATABASE COLLATE " + from.query("SELECT @@collation_database").front());
    const fs::path dump = scratch("dump");
    const auto error =
        shell(fmt::format("{} --routines --triggers --events --hex-blob {} '{}' > '{}' && {} --comments '{}' < '{}'",
                          from.program("mysqldump"), flavour_ == MysqlFlavour::mysql ? "--set-gtid-purged=OFF" : "",
                          from.name(), dump.string(), to->program("mysql"), to->name(), dump.string()));
    fs::remove(dump);
    if (error) stop(*error);
    return to;
  }

  std::string value(const schema::Column& column, int number) const override {
    switch (mysql::storage(column.type, of_)) {
      case Storage::chars:
      case Storage::text:
      case Storage::binary:
      case Storage::bytes:
        return column.type.name.find("json") != std::string::npos ? fmt::format("'[{}]'", number)
                                                                  : fmt::format("'{}'", number);
      case Storage::json:
        return fmt::format("'[{}]'", number);
      case Storage::date:
        return fmt::format("'2020-01-{:02}'", 1 + number % 28);
      case Storage::datetime:
      case Storage::timestamp:
        return fmt::format("'2020-01-{:02} 10:00:{:02}'", 1 + number % 28, number % 60);
      case Storage::time:
        return fmt::format("'10:00:{:02}'", number % 60);
      case Storage::bit:
        return fmt::format("{}", number % 2);
      case Storage::enumeration:
      case Storage::set:
        return column.type.arguments.empty() ? "1" : column.type.arguments.front();
      case Storage::integer:
      case Storage::decimal:
      case Storage::real32:
      case Storage::real64:
        return std::to_string(number);
      case Storage::other:
        break;
    }
    return "NULL";
  }
  std::optional<std::string> long_text(const schema::Column& column) const override {
    const Storage storage = mysql::storage(column.type, of_);
    if (storage != Storage::text && storage != Storage::chars) return std::nullopt;
    const auto& arguments = column.type.arguments;
    const int length = arguments.empty() ? 250 : std::min(std::atoi(arguments.front().c_str()), 250);
    return fmt::format("'{}'", std::string(static_cast<std::size_t>(length), 'x'));
  }
  std::string as_text(const std::string& column) const override {
    return fmt::format("COALESCE(HEX(CAST({} AS BINARY)), 'NULL')", column);
  }
  bool same_values(const schema::Type& a, const schema::Type& b) const override {
    const Storage x = mysql::storage(a, of_), y = mysql::storage(b, of_);
    const auto is_text = [](Storage s) { return s == Storage::text || s == Storage::chars; };
    return x == y ? x != Storage::enumeration && x != Storage::set && x != Storage::bit && x != Storage::binary &&
                        x != Storage::decimal
                  : is_text(x) && is_text(y);
  }

 private:
  std::unique_ptr<MysqlDatabase> fresh() {
    auto& server = MysqlServer::shared(flavour_);
    return std::make_unique<MysqlDatabase>(server, server.fresh_database());
  }
  // Half of the corpus has defaults like 0000-00-00, which MySQL takes from those who ask for it.
  std::string mode() const {
    return flavour_ == MysqlFlavour::mysql ? "SET sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION';\n" : "";
  }
  static std::string first(const fs::path& about) {
    const fs::path file = about / "about.json";
    if (!fs::exists(file)) return {};
    const auto json = nlohmann::json::parse(std::ifstream(file));
    return json.contains("run_first") ? json["run_first"].get<std::string>() + ";\n" : std::string();
  }

  MysqlFlavour flavour_;
  mysql::Server of_;
  std::unique_ptr<plan::Dialect> dialect_;
};

}  // namespace

std::unique_ptr<Server> mysql_server() { return std::make_unique<MysqlKind>(MysqlFlavour::mysql); }
std::unique_ptr<Server> mariadb_server() { return std::make_unique<MysqlKind>(MysqlFlavour::mariadb); }

}  // namespace emcee::testing
