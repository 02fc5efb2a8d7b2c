#include "tests/mysql_parse/oracle.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <regex>
#include <sstream>

#include "dialects/mysql/dialect.h"
#include "dialects/mysql/inspect.h"
#include "dialects/mysql/parse.h"
#include "diff/change.h"
#include "diff/diff.h"

namespace emcee::mysql {

using servers::MysqlFlavour;
using servers::MysqlServer;

namespace {

namespace fs = std::filesystem;

struct Ran {
  int status = 0;
  std::string out;
};

Ran run(const std::string& command) {
  Ran ran;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot run " + command);
  std::array<char, 65536> block{};
  for (std::size_t n; (n = fread(block.data(), 1, block.size(), pipe)) > 0;) ran.out.append(block.data(), n);
  ran.status = pclose(pipe);
  return ran;
}

std::string mysqldump(MysqlFlavour flavour) {
  if (flavour == MysqlFlavour::mariadb) return "mariadb-dump";
  if (const char* folder = std::getenv("EMCEE_MYSQL9")) return std::string(folder) + "/bin/mysqldump";
  return "/var/cache/emcee/mysql9/bin/mysqldump";
}

}  // namespace

Server server_of(MysqlFlavour flavour) { return flavour == MysqlFlavour::mariadb ? kMariadb : kMysql; }

Scratch::Scratch(MysqlFlavour flavour)
    : flavour_(flavour),
      server_(MysqlServer::shared(flavour, false)),
      name_(server_.fresh_database()),
      client_(server_.root(name_)) {}

Scratch::~Scratch() { client_.try_sql("DROP DATABASE " + name_); }

std::optional<std::string> Scratch::load(const std::string& text) {
  const fs::path file = fs::temp_directory_path() / fmt::format("emcee-{}-{}.sql", getpid(), name_);
  std::ofstream(file, std::ios::binary) << text;
  // The client of MariaDB speaks to both.
  const Ran ran =
      run(fmt::format("mariadb --no-defaults --default-character-set=utf8mb4 -uroot -S {} {} < {} 2>&1 >/dev/null",
                      server_.socket(), name_, file.string()));
  fs::remove(file);
  if (ran.status == 0) return std::nullopt;
  const std::size_t error = ran.out.find("ERROR ");
  return error == std::string::npos ? ran.out : ran.out.substr(error);
}

std::string Scratch::dump() {
  const std::string options =
      flavour_ == MysqlFlavour::mysql ? "--no-tablespaces --set-gtid-purged=OFF --column-statistics=0" : "";
  const Ran ran = run(fmt::format("{} --no-defaults --no-data --routines --triggers --events {} -uroot -S {} {} 2>&1",
                                  mysqldump(flavour_), options, server_.socket(), name_));
  if (ran.status != 0) throw std::runtime_error("the dump failed: " + ran.out.substr(0, 400));
  return ran.out;
}

std::string Scratch::inspect() {
  std::string ddl;
  for (const auto& row : client_.query(catalogue_query(server_of(flavour_)))) {
    const auto answer = client_.query(*row[0]);
    ddl += *row[2] + ";\n" + answer.at(0).at(std::stoul(*row[1]) - 1).value_or("") + ";\n";
  }
  return ddl;
}

std::string Scratch::show_create() {
  std::string text;
  for (const auto& row :
       client_.query("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND "
                     "table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY table_name")) {
    std::string create = *client_.query("SHOW CREATE TABLE `" + *row[0] + "`").at(0).at(1);
    if (const std::size_t at = create.find(" AUTO_INCREMENT="); at != std::string::npos)
      create.erase(at,
                   create.find(' ', at + 1) == std::string::npos ? std::string::npos : create.find(' ', at + 1) - at);
    text += create + ";\n";
  }
  // MySQL remembers whether a column named its character set; its collation names that as well.
  return std::regex_replace(text, std::regex(" CHARACTER SET \\w+ COLLATE "), " COLLATE ");
}

schema::Result<schema::Schema> read_text(const std::string& sql, MysqlFlavour flavour) {
  parser::Coverage coverage;
  return read({parser::Source("text.sql", sql)}, server_of(flavour), false, coverage);
}

std::string difference(const schema::Schema& a, const schema::Schema& b) {
  std::string text;
  for (const diff::Change& change : diff::diff(a, b).changes) text += diff::describe(change) + "\n";
  if (text.empty() && !(a == b)) text = "not equal, without any change\n";
  return text;
}

}  // namespace emcee::mysql
