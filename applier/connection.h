// What the applier asks of a database. One of the two open interfaces of Emcee (the other is
// plan::Dialect): a server is supported by one class that implements it.
//
// Errors carry the code of the reader's next action:
//   look_at_server   full disk, damaged file, failed statement; SQLite: locked for longer than the timeout
//   try_again        a server: locked for longer than the timeout, chosen as victim of a deadlock,
//                    disconnected. The transaction is over; the next one connects again
//   grant_privilege  read-only file or session, missing right
//   interrupted      the stop flag was set while a statement ran
//   wrong_order      lock_runner: another applier works on this database
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "applier/value.h"
#include "schema/ledger_sql.h"
#include "schema/result.h"

namespace emcee::applier {

using schema::Error;
using schema::ErrorCode;
using schema::Result;

// No limit on the number of rows.
inline constexpr std::size_t kAllRows = SIZE_MAX;

// A session of a program that works with the database.
struct ClientSession {
  std::string id;       // as the server counts them
  std::string user;     // its account
  std::string program;  // as it names itself: application_name, program_name; empty where it does not
  std::string doing;    // for people: where it comes from, and what it does
};

// A column of a key, as batches walk it.
struct KeyPart {
  std::string column;            // what the index holds, as SQL: rows are ordered by it and compared with it
  std::string read;              // what is selected: its value, or what stands for it in a cursor
  std::string parameter = "{}";  // what it is compared with; {} is the place of the parameter
};

// How busy a server may be when a batch begins. 0: however busy it is.
struct LoadLimits {
  std::int64_t running = 0;  // statements of other sessions that run
  // MariaDB, MySQL: transactions whose old versions of rows wait for purge (history list length).
  std::int64_t history = 1'000'000;
};

class Connection {
 public:
  virtual ~Connection() = default;

  // `sqlite`; must equal the plan's dialect.
  virtual std::string_view dialect() const = 0;
  // What messages call the database; no password.
  virtual std::string name() const = 0;
  virtual const schema::LedgerDialect& ledger() const = 0;

  // Runs one or several statements; rows that they give are ignored.
  virtual Result<void> execute(std::string_view sql) = 0;
  // Runs the DDL of a whole schema, as the dialect prints it for the server's client.
  virtual Result<void> create_schema(std::string_view ddl) { return execute(ddl); }
  // Runs one statement and tells how many rows it changed itself, triggers not counted.
  virtual Result<std::int64_t> change(std::string_view sql, const Row& parameters) = 0;
  // The first `limit` rows of one query. REQUIRES: with a limit, a SELECT.
  virtual Result<std::vector<Row>> query(std::string_view sql, const Row& parameters = {},
                                         std::size_t limit = kAllRows) = 0;

  // A transaction that may write. `begin` waits for the write lock, so that nothing which was read
  // inside can change before `commit`. After a failed `commit` the transaction is rolled back.
  virtual Result<void> begin() = 0;
  virtual Result<void> commit() = 0;
  virtual void rollback() = 0;

  virtual Result<bool> table_exists(std::string_view table) = 0;

  // Whether triggers fire for what this connection writes; other connections are not affected.
  virtual Result<void> fire_triggers(bool fire) = 0;

  // How to walk these columns so that each value survives the text of a cursor and is compared as
  // the index orders it. By default a column is read and compared as it is.
  virtual Result<std::vector<KeyPart>> key_parts(const std::string& table_sql, const std::vector<std::string>& key_sql);
  // `("a", "b") > (?1, ?2)` in a form that the server answers by a range of the key's index.
  // `first` is the number of the first parameter, counted from 1; `op` is > or <=.
  virtual std::string key_comparison(const std::vector<KeyPart>& key, std::string_view op, std::size_t first) const = 0;
  // A query for the key of the n-th row, counted from 1, that meets the condition, in the order of
  // the key; without a row where there are fewer. Any row so far on will do: batches lie between
  // the keys that it gives.
  virtual std::string nth_key(const std::string& table_sql, const std::vector<KeyPart>& key,
                              const std::string& condition, std::int64_t n) const;
  // How many rows a table has, about: for progress.
  virtual Result<std::int64_t> row_count(const std::string& table_sql);
  // True where a change of the table's rows can commit together with others: MyISAM has no transactions.
  virtual Result<bool> has_transactions(std::string_view) { return true; }
  // Before the first batch of a table: statistics, where the server needs them to find the way along the key.
  virtual Result<void> prepare_walk(const std::string& /*table_sql*/) { return {}; }
  // After the last batch: what the server believes of columns that were NULL until then is not true any more.
  virtual Result<void> finish_walk(const std::string& /*table_sql*/) { return {}; }
  // `begin` for a batch, which reads a range of the key and nothing else.
  virtual Result<void> begin_batch() { return begin(); }
  // Errors: look_at_server where this statement of a batch would read the whole table. REQUIRES: within a batch.
  virtual Result<void> refuse_scan(std::string_view /*sql*/, const Row& /*parameters*/) { return {}; }
  // Who gets what this server writes and is more than `bytes` of it behind: standbys, readers of its log. For
  // people; empty where nobody is, or nobody can be seen.
  virtual Result<std::string> followers_behind(std::int64_t /*bytes*/) { return std::string(); }
  // What the server is too busy with for a batch, for people; empty where it is not, or this user cannot see it.
  virtual Result<std::string> busy(const LoadLimits& /*limits*/) { return std::string(); }
  // True where another connection may have committed since the last call.
  virtual Result<bool> others_wrote() { return true; }
  // True where a batch keeps out everybody who writes, not only those who want its rows: where
  // others write, batches have to leave room.
  virtual bool locks_all_writers() const { return false; }

  // Everybody else who is connected to this database. `programs`: the names of programs are needed.
  // Errors: grant_privilege where the server hides sessions of others; look_at_server where it does not
  // know the names of programs; usage where the database is a file, which has no sessions.
  virtual Result<std::vector<ClientSession>> other_sessions(bool programs);

  // One applier at a time per database. The lock ends with unlock_runner, and with the process,
  // however that ends.
  virtual Result<void> lock_runner() = 0;
  virtual void unlock_runner() = 0;

  // From now on statements end with `interrupted` soon after the flag is set; null: never.
  // REQUIRES: the flag outlives its use here.
  virtual void watch(const std::atomic<bool>* stop) = 0;
};

// Lets a connection watch a flag for as long as this lives.
class Watch {
 public:
  Watch(Connection& connection, const std::atomic<bool>* stop) : connection_(connection) { connection_.watch(stop); }
  ~Watch() { connection_.watch(nullptr); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  Connection& connection_;
};

}  // namespace emcee::applier
