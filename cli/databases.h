// The databases that emcee can open: one entry each, with all that a command asks of its kind.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "applier/connection.h"
#include "cli/doctor.h"
#include "schema/schema.h"

namespace emcee::cli {

struct OpenOptions {
  std::optional<std::chrono::milliseconds> lock_timeout;  // none: the connection's own
  bool create = false;                                    // a file that is not there
  // A server that cannot be reached is tried so often again.
  std::int64_t retries = 0;
  std::chrono::milliseconds retry_interval{1000};
  std::function<void(const std::string& reason)> wait;  // told before each wait; may be empty
};

// An empty database on the same server, or of the same kind; it goes away with this.
class Scratch {
 public:
  Scratch(std::string url, std::function<void()> remove) : url_(std::move(url)), remove_(std::move(remove)) {}
  ~Scratch() { remove_(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& url() const { return url_; }

 private:
  std::string url_;
  std::function<void()> remove_;
};

struct Database {
  std::string_view dialect;               // as plans name it
  std::vector<std::string_view> schemes;  // of its URLs
  std::string_view example;               // of a URL

  schema::Result<std::unique_ptr<applier::Connection>> (*open)(const std::string& url, const OpenOptions& options);
  // Errors: grant_privilege where this user cannot make one.
  schema::Result<std::unique_ptr<Scratch>> (*make_scratch)(const std::string& url);
  schema::Result<std::vector<Symptom>> (*examine)(applier::Connection& connection, const Examination& examination);
  // Settings of the server that a phase changes for its own time, where `allowed`; they are set back
  // when the result goes away. What a command that died has left is set back first. Null: none.
  schema::Result<std::shared_ptr<void>> (*borrow_settings)(applier::Connection& connection, bool allowed) = nullptr;
  bool examines_schema = true;  // `examine` asks for the live schema
  // Statements of other sessions within this time (old_statements.h); null: a file, which knows of none.
  schema::Result<std::set<std::string>> (*watch_statements)(applier::Connection& connection,
                                                            std::chrono::milliseconds time) = nullptr;
  // A query that gives a line for each object which another role owns than the schema says; empty where it says
  // nothing. Null: nobody owns anything.
  std::string (*wrong_owners_query)(const schema::Schema& schema) = nullptr;
};

const std::vector<Database>& databases();
// By the scheme of the URL, or the name of the dialect; null where it is none of ours.
const Database* find_database(std::string_view url);
const Database* find_database_of(std::string_view dialect);

// Stores that applications name in the same place, and that have no schema: there is nothing to upgrade.
bool is_schemaless(std::string_view url);

}  // namespace emcee::cli
