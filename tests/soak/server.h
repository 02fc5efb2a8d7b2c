// What the soak asks of a server. A further one is one more file beside this.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace emcee::soak {

enum class Reply : std::uint8_t {
  done,
  again,    // locked, deadlocked, not serializable: nothing happened, and the application tries again
  refused,  // against a constraint or a rule of sync: nothing happened
  lost,     // the connection is gone: nobody knows whether it happened
  failed,   // any other error; an application must never see one
};

inline const char* to_string(Reply reply) {
  constexpr const char* kNames[] = {"done", "again", "refused", "lost", "failed"};
  return kNames[static_cast<std::size_t>(reply)];
}

// One session of an application. It connects anew by itself.
class Client {
 public:
  using Cell = std::optional<std::string>;
  using Rows = std::vector<std::vector<Cell>>;
  virtual ~Client() = default;
  virtual Reply run(const std::string& sql) = 0;
  virtual const std::string& message() const = 0;  // why the last statement was not done
  // Nothing where the server says so; see message().
  virtual std::optional<Rows> query(const std::string& sql) = 0;
};

class Server {
 public:
  virtual ~Server() = default;
  virtual std::string dialect() const = 0;  // as --dialect has it
  // An empty database, in which everything from now on happens.
  virtual void fresh_database() = 0;
  virtual std::string url() const = 0;  // of that database, as --db has it
  virtual std::unique_ptr<Client> connect() = 0;

  // `INSERT INTO table (columns) VALUES (values)` that becomes an UPDATE of these columns where the key, the
  // first of them, exists.
  virtual std::string upsert(const std::string& table, const std::vector<std::string>& columns,
                             const std::vector<std::string>& values) const;
  virtual bool has_replace() const = 0;
  // Statements that begin a transaction that writes; each is one way of it.
  virtual std::vector<std::string> begins() const { return {"BEGIN"}; }
  // Writers pause up to so long after a statement.
  virtual int pause_microseconds() const { return 200; }

  // kill -9 of the server and a new start on the same data; false where there is no such process.
  virtual bool crash() { return false; }
  // False where a replica has other rows of the tables. REQUIRES: nobody writes.
  virtual bool replicas_agree(const std::vector<std::string>& /*tables*/) { return true; }
  // Lines for the report.
  virtual std::string report() { return {}; }
};

// The server is not installed here.
class NotHere : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws NotHere, or std::runtime_error where there is no such server.
std::unique_ptr<Server> open_server(const std::string& name, const std::filesystem::path& folder);

std::unique_ptr<Server> sqlite_server(const std::filesystem::path& folder);
std::unique_ptr<Server> postgres_server();
std::unique_ptr<Server> mysql_server(bool mariadb);
std::unique_ptr<Server> galera_server();

}  // namespace emcee::soak
