// What a run asks of one kind of server. A further one is one more file beside this.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "applier/connection.h"
#include "plan/dialect.h"

namespace emcee::testing {

// What ends a run; the text says why.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};
[[noreturn]] inline void stop(const std::string& what) { throw Failure(what); }

// A database that lives as long as this.
class Database {
 public:
  virtual ~Database() = default;
  virtual std::unique_ptr<applier::Connection> connect() = 0;
  // Runs SQL as an application does; the server's message where it refuses.
  virtual std::optional<std::string> run(const std::string& sql) = 0;
  // The first column of the result, as text; stops where the server refuses.
  virtual std::vector<std::string> query(const std::string& sql) = 0;
  // Everything the server says of its objects, the same for equal schemas; what Emcee put there is
  // left out.
  virtual std::string catalogue() = 0;
  // Runs a generated script with the server's own client; what the client said where it failed.
  virtual std::optional<std::string> run_script(const std::filesystem::path& script) = 0;
};

// The server is not on this machine, and nothing says that it has to be.
struct Missing : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Server {
 public:
  virtual ~Server() = default;
  virtual std::string name() const = 0;    // of the server
  virtual std::string folder() const = 0;  // of its pairs in the corpus
  virtual std::string client() const = 0;  // `the sqlite3 shell`
  virtual const plan::Dialect& dialect() const = 0;
  // True where a schema that cannot be loaded is one that this server does not take, by its own words.
  virtual bool refuses(const std::string&) const { return false; }
  // What stands before the DDL of a pair, for the server and for our reader: what its database was made with.
  virtual std::string preamble(const std::filesystem::path&) const { return {}; }
  // A fresh database of the schema; stops where the server refuses it. `about`: the folder of the
  // pair, which may say what has to run first.
  virtual std::unique_ptr<Database> load(const std::string& ddl, const std::filesystem::path& about) = 0;
  // Another one with the same contents. Nobody is connected to either.
  virtual std::unique_ptr<Database> copy(Database& database) = 0;

  // A value that fits the column and differs by `number`, as SQL; the text that is as long as one can be,
  // where the column holds texts.
  virtual std::string value(const schema::Column& column, int number) const = 0;
  virtual std::optional<std::string> long_text(const schema::Column& column) const = 0;
  // The column of a row as text that tells every value from every other, and NULL from all.
  virtual std::string as_text(const std::string& column) const = 0;
  // Values of one type stay what they are as the other.
  virtual bool same_values(const schema::Type& a, const schema::Type& b) const = 0;
};

std::unique_ptr<Server> sqlite_server();
std::unique_ptr<Server> postgres_server();
std::unique_ptr<Server> mysql_server();
std::unique_ptr<Server> mariadb_server();

}  // namespace emcee::testing
