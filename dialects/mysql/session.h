// What the statements before tell about the ones that follow.
#pragma once

#include <string>

#include "dialects/mysql/charset.h"
#include "dialects/mysql/flavour.h"
#include "dialects/mysql/lexer.h"

namespace emcee::mysql {

struct Session {
  explicit Session(const Server& s) : server(s), collation(server_collation(s)) {}

  Server server;
  LexMode mode;                     // SET sql_mode
  std::string database;             // USE; empty: the one that nobody named
  std::string collation;            // of the database
  std::string engine = "innodb";    // SET default_storage_engine
  bool explicit_timestamps = true;  // SET explicit_defaults_for_timestamp
};

}  // namespace emcee::mysql
