// The servers as judges of what is read: texts are loaded through their own clients, and dumped by
// their own tools.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "dialects/mysql/flavour.h"
#include "schema/schema.h"
#include "servers/mysql_server.h"

namespace emcee::mysql {

Server server_of(servers::MysqlFlavour flavour);

// An empty database of the shared server, dropped at the end.
class Scratch {
 public:
  explicit Scratch(servers::MysqlFlavour flavour);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& name() const { return name_; }
  servers::MysqlClient& client() { return client_; }

  // Runs the text through the client, as people do. The client's first error; none where it ran.
  std::optional<std::string> load(const std::string& text);
  // mariadb-dump or mysqldump, without rows.
  std::string dump();
  // What plan::Dialect::catalogue_query gives, put together as `emcee inspect` does it.
  std::string inspect();
  // SHOW CREATE TABLE of all tables, without AUTO_INCREMENT and character sets that a collation names.
  std::string show_create();

 private:
  servers::MysqlFlavour flavour_;
  servers::MysqlServer& server_;
  std::string name_;
  servers::MysqlClient client_;
};

schema::Result<schema::Schema> read_text(const std::string& sql, servers::MysqlFlavour flavour);
// What differs, one line each; empty where nothing does.
std::string difference(const schema::Schema& a, const schema::Schema& b);

}  // namespace emcee::mysql
