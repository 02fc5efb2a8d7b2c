// Rows that all writers of both releases want at the same time, through different tables and columns.
//
// What one of them holds is a register: whoever reads it, by whatever column, gets a value that was written,
// and after whose commit nobody began to write another one. That needs no order of the writes, which only the
// server knows.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "tests/soak/related.h"

namespace emcee::soak::related {

class Registers {
 public:
  Registers(Server& server, Counts& counts) : server_(server), counts_(counts) {}

  void fill();
  void enter(Client& client, Stage stage);
  void write(Client& client, bool as_new, std::mt19937_64& random);
  void compare(Client& client);

 private:
  enum class What : std::uint8_t { name, text, photo, owner, form };
  using Place = std::pair<What, std::int64_t>;
  struct Write {
    Cell value;
    std::int64_t begun = 0, ended = 0;
    bool certain = true;  // false: the reply to its COMMIT was lost
  };
  using Written = std::map<Place, Cell>;  // by one transaction

  Reply attempt(Client& client, bool as_new, std::mt19937_64& random, Written& written);
  Reply write_user(Client& client, std::int64_t id, bool as_new, std::mt19937_64& random, Written& written);
  std::string member_statement(std::int64_t image, std::mt19937_64& random);
  // REQUIRES: no writer is at work.
  void check(Client& client);
  void expect(Place place, const Cell& seen);
  std::optional<Client::Rows> read(Client& client, const std::string& sql);

  Server& server_;
  Counts& counts_;
  Gate gate_;
  Stage stage_ = Stage::old_only;
  std::atomic<bool> migrated_{false};  // every row has both forms
  std::atomic<std::int64_t> clock_{0}, next_value_{0}, next_member_{0};
  std::mutex mutex_;
  std::map<Place, std::vector<Write>> writes_;
};

}  // namespace emcee::soak::related
