// May this account make, drop and run triggers? From facts that every account may read to the answer
// that the server would give: what CREATE TRIGGER, DROP TRIGGER and the application's next write
// would do, with the way out in the words of the server (docs/mysql-privileges.md).
//
// A pure function, tested against real servers over all combinations of rights and settings
// (tests/mysql/privileges_matrix_test.cpp: MariaDB 10.11, MySQL 9.7).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dialects/mysql/grants.h"

namespace emcee::mysql {

struct PrivilegeFacts {
  bool mariadb = false;
  bool super_is_all = true;  // SUPER includes what it was split into: not on MariaDB since 11.0.1
  std::string account;       // CURRENT_USER()
  bool log_bin = false;
  bool trust = false;   // log_bin_trust_function_creators
  bool galera = false;  // a node of a cluster: variables are per node
  Grants session;       // what this session may do, active roles included
  // What a trigger whose DEFINER is this account may do: MariaDB activates no role for it, MySQL the
  // account's default roles.
  Grants definer;
};

// One table that gets triggers, and the columns that their bodies touch.
struct TriggerTable {
  std::string database, table;
  std::vector<std::string> read;  // as NEW. or OLD.
  std::vector<std::string> set;   // as NEW.
  bool all_columns = false;       // whichever there are or will be: rights on some columns are not enough
};

struct Answer {
  unsigned error = 0;                 // of the server; 0: it does it
  std::string reason;                 // empty where it does it
  std::vector<std::string> remedies;  // each by itself is enough
  bool allowed() const { return error == 0; }
};

struct TriggerAnswers {
  Answer create;  // CREATE TRIGGER with this account as DEFINER
  Answer drop;    // DROP TRIGGER
  Answer write;   // a write of the application to the table, when such a trigger is there
};
TriggerAnswers may_use_triggers(const PrivilegeFacts& facts, const TriggerTable& table);

// A write of the application to a table whose triggers insert rows into this one, and look for rows of it.
Answer may_generate(const PrivilegeFacts& facts, const std::string& database, const std::string& table);
// The same where the server counts the keys of these rows (counted_key.h).
Answer may_count(const PrivilegeFacts& facts, const std::string& database, const std::string& table);

// The same, where triggers keep it equal to that table.
Answer may_keep_equal(const PrivilegeFacts& facts, const std::string& database, const std::string& table);

// SET GLOBAL log_bin_trust_function_creators.
bool may_set_trust(const PrivilegeFacts& facts);

}  // namespace emcee::mysql
