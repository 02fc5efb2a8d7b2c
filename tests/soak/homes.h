// The rows of the workload whose columns become a row of another table: homes.street becomes homes.address_id, the key
// of a row of addresses that may be of several homes. Both releases have addresses of their own, with keys below 0.
//
// The reference model knows the key of an address as soon as somebody has seen it. Only then can the new release say
// it, so homes whose address nobody has seen share it with nobody.
#pragma once

#include <compare>
#include <variant>

#include "tests/soak/ranges.h"

namespace emcee::soak::homes {

Releases releases(const Server& server);

using Cell = Client::Cell;

enum class Kind : std::uint8_t { home, address };
struct Key {
  Kind kind = Kind::home;
  std::int64_t number = 0;
  auto operator<=>(const Key&) const = default;
};
std::string address_id(std::int64_t number);  // of one that an application makes
std::string sql_text(const Cell& cell);

struct Home {
  Cell name, street = {};
  bool waits = false;     // has no address yet, or one that nobody has seen
  bool linked = false;    // has an address
  Cell address = {};      // its key, once somebody has seen it
  Cell note = "none";     // of the address
  std::size_t homes = 1;  // of the address
  bool operator==(const Home&) const = default;
};
struct Address {
  Cell street, note;
  bool unknown = false;  // a rollback was under way, and homes wrote to it up to some moment
  bool operator==(const Address&) const = default;
};

class Tables {
 public:
  static constexpr bool kRewritten = false;
  using Key = homes::Key;
  using Row = std::variant<Home, Address>;
  struct Seen {
    std::vector<Cell> both, old_values, new_values;
    bool with_old = false, with_new = false;
  };
  using Statement = soak::Statement<Key, Row>;

  explicit Tables(const Server& server) : server_(server) {}

  Statement next(const Draft<Key, Row>& draft, std::size_t range, Stage stage, bool as_new,
                 std::mt19937_64& random) const;
  std::optional<std::map<Key, Seen>> read(Client& client, Stage eyes, const std::vector<Key>& keys) const;
  bool narrow(Row& row, const Seen& seen, Stage stage) const;
  void widen(Row& row, const Row& other) const;
  void enter(Row& row, Stage stage) const;
  std::size_t range_of(const Key& key) const { return static_cast<std::size_t>(key.number / kSpan); }
  std::string text(const Key& key) const;
  std::string text(const Row& row) const;
  std::string text(const Seen& seen) const;

 private:
  const Server& server_;
};

}  // namespace emcee::soak::homes
