// What the soak asks of a server. A further one is one more file beside this.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace emcee::soak {

enum class Reply {
  done,
  again,    // locked, deadlocked, or the schema has just changed: nothing happened
  refused,  // the statement did not please the server: nothing happened
};

// One session of an application.
class Client {
 public:
  using Cell = std::optional<std::string>;
  virtual ~Client() = default;
  virtual Reply run(const std::string& sql) = 0;
  virtual const std::string& message() const = 0;  // why the last statement was not done
  // Nothing where the server says so; see message().
  virtual std::optional<std::vector<std::vector<Cell>>> query(const std::string& sql) = 0;
};

class Server {
 public:
  virtual ~Server() = default;
  virtual std::string dialect() const = 0;  // as --dialect has it
  virtual std::string url() const = 0;      // of the database, as --db has it
  virtual std::unique_ptr<Client> connect() = 0;
  // INSERT that becomes an UPDATE where the key exists.
  virtual std::string upsert(const std::string& columns, const std::string& values, const std::string& set) const = 0;
  virtual bool has_replace() const = 0;
};

std::unique_ptr<Server> sqlite_server(const std::filesystem::path& folder);

}  // namespace emcee::soak
