// What the sync suite needs of a server. Each server's tests implement it and call the suite
// (sync_suite.h) with their kinds of table.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plan/dialect.h"
#include "plan/sync_model.h"
#include "tests/sync/group_cases.h"

namespace emcee::sync_test {

// One group on one kind of table.
struct SyncCase {
  GroupCase group;
  std::string kind;  // what the server calls this kind of table or setting; part of the test's name
};
inline void PrintTo(const SyncCase& c, std::ostream* out) { *out << c.group.name << " on " << c.kind; }

// A session on a fresh and empty database.
class SyncDatabase {
 public:
  virtual ~SyncDatabase() = default;
  // One statement; the error message, or nothing.
  virtual std::string run(const std::string& sql) = 0;
  virtual std::vector<plan::Values> rows(const std::string& sql) = 0;
  // Whether Emcee's triggers fire for what this session writes.
  virtual void fire(bool on) = 0;
};

// Values for some of the columns, as a statement names them.
struct Assignments {
  std::vector<std::string> columns, values;
  bool names_new = false;  // a column of N is among them
  bool empty() const { return columns.empty(); }
  std::string set_list() const;  // `a = 1, b = 2`
};

// One way to write a row: the key as SQL, and the assignments.
struct Form {
  std::string name;
  std::function<std::string(const std::string& key, const Assignments&)> sql;
};

class SyncServer {
 public:
  virtual ~SyncServer() = default;

  // What the calls that follow are about, where a program tests several servers.
  virtual void choose(const SyncCase&) {}
  virtual std::unique_ptr<SyncDatabase> open() = 0;

  virtual schema::Identifier identifier(const std::string& name) const = 0;
  virtual schema::Fragment parse(const std::string& expression) const = 0;
  virtual std::string literal(const plan::Value& value) const = 0;

  // CREATE TABLE t as it is between expand and contract: `id` and `other` beside the columns of the
  // group, N nullable and without default. `relaxed`: O too is nullable, as for rows that are only
  // computed with.
  virtual std::string create_table(const SyncCase& c, bool relaxed) const = 0;
  // The table that rows are generated in: `k`, its key, and `name`, both VARCHAR(20).
  // The same, with keys that the server counts.
  virtual std::string create_counted_rows() const {
    return "CREATE TABLE r (k BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20))";
  }
  // The first key of a row that waits is looked up.
  virtual bool looks_up_first_keys() const { return false; }
  virtual std::string create_rows() const { return "CREATE TABLE r (k VARCHAR(20) PRIMARY KEY, name VARCHAR(20))"; }
  // Those tables.
  virtual schema::Schema schema_of(const SyncCase& c) const = 0;
  virtual std::string key(const SyncCase& c) const = 0;          // a value of `id`, as SQL
  virtual bool has_key(const SyncCase& c) const = 0;             // `id` is unique
  virtual std::string reset() const { return "DELETE FROM t"; }  // empties the table

  virtual std::vector<std::string> start_sync(const plan::SyncGroup& group, const schema::Schema& schema) const = 0;
  virtual std::vector<plan::RowQuery> verify_queries(const plan::SyncGroup& group,
                                                     const schema::Schema& schema) const = 0;
  // Its statements, in order.
  virtual std::vector<std::string> backfill(const plan::SyncGroup& group, const schema::Schema& schema) const = 0;

  virtual std::vector<Form> inserts() const = 0;
  virtual std::vector<Form> updates() const = 0;
  // An INSERT that gives only the key, and becomes an UPDATE where the row is there.
  virtual std::vector<Form> upserts() const = 0;
  // Takes the place of the row with the same key; none where the server has no such statement.
  virtual std::vector<Form> replaces() const { return {}; }
  // INSERT triggers and constraints see the row of an upsert before the conflict is found.
  virtual bool upsert_inserts_first() const { return false; }
  // Tells the session which release it is; none where it cannot be told.
  virtual std::optional<std::string> announce(plan::Writer) const { return std::nullopt; }
};

}  // namespace emcee::sync_test
