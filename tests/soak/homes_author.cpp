// The statements that both releases send to homes and addresses, and what becomes of them.
#include "tests/soak/homes.h"

namespace emcee::soak::homes {

namespace {

// How many rows of each kind a range has, more or less.
constexpr std::uint64_t kHomes = 60, kAddresses = 15;

class Author {
 public:
  Author(const Server& server, const Draft<Key, Tables::Row>& draft, std::size_t range, Stage stage, bool as_new,
         std::mt19937_64& random)
      : server_(server),
        base_(static_cast<std::int64_t>(range) * kSpan),
        stage_(stage),
        as_new_(as_new),
        random_(random) {
    const auto take = [&](const Key& key, const Tables::Row& row) {
      if (const auto* home = std::get_if<Home>(&row)) homes_[key.number] = *home;
      if (const auto* address = std::get_if<Address>(&row)) addresses_[key.number] = *address;
    };
    for (const auto& [key, row] : draft.base())
      if (!draft.changes().contains(key)) take(key, row);
    for (const auto& [key, row] : draft.changes())
      if (row) take(key, *row);
  }

  Tables::Statement next() {
    const auto homes = homes_;
    const auto addresses = addresses_;
    do {
      homes_ = homes;
      addresses_ = addresses;
      statement_ = {};
      below(3) == 0 ? about_address() : as_new_ ? new_about_home() : old_about_home();
    } while (statement_.sql.empty());
    count_homes();
    add_changes(Kind::home, homes, homes_);
    add_changes(Kind::address, addresses, addresses_);
    return std::move(statement_);
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  std::int64_t any(std::uint64_t rows) { return base_ + static_cast<std::int64_t>(below(rows)); }
  Cell some_text() { return one_in(5) ? Cell() : Cell(fmt::format("s{}", below(8))); }
  void refused() { statement_.refuse(); }

  // --- what becomes of the rows

  void count_homes() {
    std::map<std::string, std::size_t> count;
    for (const auto& [number, home] : homes_)
      if (home.linked && home.address) ++count[*home.address];
    for (auto& [number, home] : homes_) home.homes = home.linked && home.address ? count[*home.address] : 1;
  }
  template <class Row>
  void add_changes(Kind kind, const std::map<std::int64_t, Row>& before, const std::map<std::int64_t, Row>& after) {
    for (const auto& [number, row] : before)
      if (!after.contains(number)) statement_.after.emplace_back(Key{kind, number}, std::nullopt);
    for (const auto& [number, row] : after)
      if (const auto was = before.find(number); was == before.end() || !(was->second == row))
        statement_.after.emplace_back(Key{kind, number}, row);
  }
  static void unlink(Home& home) { home = {home.name, std::nullopt}; }
  // A row of its own, whose key is not known.
  static void gets_address(Home& home) {
    home.waits = false;
    home.linked = true;
    home.address.reset();
  }
  void address_says(const std::string& key, const Cell& street) {
    for (auto& [number, home] : homes_)
      if (home.address == key) home.street = street;
    for (auto& [number, address] : addresses_)
      if (address_id(number) == key) address.street = street;
  }
  void old_says(Home& home, const Cell& street) {
    if (home.street == street) return;
    home.street = street;
    if (stage_ == Stage::old_only) return;
    if (!street) return unlink(home);
    if (!home.linked || home.homes > 1) return gets_address(home);
    if (home.address) address_says(*home.address, street);
  }
  Home made(const Cell& name, const Cell& street) const {
    Home home{name, street};
    if (street && stage_ != Stage::old_only) gets_address(home);
    return home;
  }

  // --- the old release

  void old_about_home() {
    const std::int64_t id = any(kHomes);
    statement_.about = {Kind::home, id};
    const auto found = homes_.find(id);
    const bool there = found != homes_.end();
    const Cell name = some_text(), street = some_text();
    const std::vector<std::string> values = {std::to_string(id), sql_text(name), sql_text(street)};
    const std::uint64_t kind = below(12);
    if (kind == 0 || (!there && kind < 5)) {
      statement_.sql = fmt::format("INSERT INTO homes (id, name, street) VALUES ({})", fmt::join(values, ", "));
      if (there) return refused();
      homes_[id] = made(name, street);
      if (const std::int64_t second = id + 500; one_in(3) && !homes_.contains(second)) {
        statement_.sql += fmt::format(", ({}, 'second', {})", second, sql_text(street));
        homes_[second] = made("second", street);
      }
    } else if (kind < 3 || !there) {
      const bool replaces = server_.has_replace() && one_in(2);
      statement_.sql = replaces
                           ? fmt::format("REPLACE INTO homes (id, name, street) VALUES ({})", fmt::join(values, ", "))
                           : server_.upsert("homes", {"id", "name", "street"}, values);
      if (!there) {
        homes_[id] = made(name, street);
        return;
      }
      found->second.name = name;
      old_says(found->second, street);
      if (!replaces || stage_ == Stage::old_only) return;
      if (!street) unlink(found->second);
      if (found->second.waits) gets_address(found->second);
    } else if (kind == 3) {
      statement_.sql = fmt::format("DELETE FROM homes WHERE id = {}", id);
      homes_.erase(found);
    } else if (kind == 4) {
      give_id(id);
    } else if (kind < 7) {
      update_some(id, street);
    } else {
      const bool named = one_in(3);
      statement_.sql = fmt::format("UPDATE homes SET street = {}{} WHERE id = {}", values[2],
                                   named ? ", name = " + values[1] : "", id);
      if (named) found->second.name = name;
      old_says(found->second, street);
    }
  }
  void give_id(std::int64_t id) {
    const std::int64_t to = any(kHomes);
    statement_.sql = fmt::format("UPDATE homes SET id = {} WHERE id = {}", to, id);
    if (to == id) return;
    if (homes_.contains(to)) return refused();
    auto home = homes_.extract(id);
    home.key() = to;
    homes_.insert(std::move(home));
  }
  // Who of those that share an address keeps it is a matter of their order, so there are none.
  void update_some(std::int64_t first, const Cell& street) {
    std::map<std::string, int> times;
    const auto begin = homes_.lower_bound(first), end = homes_.upper_bound(first + 4);
    for (auto it = begin; it != end; ++it)
      if (it->second.address && ++times[*it->second.address] > 1) return;
    statement_.sql =
        fmt::format("UPDATE homes SET street = {} WHERE id BETWEEN {} AND {}", sql_text(street), first, first + 4);
    for (auto it = begin; it != end; ++it) old_says(it->second, street);
  }

  // --- the new one

  // The key of an address, none, or that of one that is not there; and what it says.
  struct Target {
    Cell key;
    Address says;
    bool there = true;
  };
  Target some_target() {
    std::vector<Target> all;
    for (const auto& [number, home] : homes_)
      if (home.linked && home.address) all.push_back({home.address, {home.street, home.note}});
    for (const auto& [number, address] : addresses_)
      if (!address.unknown) all.push_back({address_id(number), address});
    if (one_in(12) && stage_ != Stage::contracted) return {"987654321", {}, false};
    if (all.empty() || one_in(6)) return {};
    return all[below(all.size())];
  }
  static void point(Home& home, const Target& target) {
    if (!target.key) return unlink(home);
    home = {home.name, target.says.street, false, true, target.key, target.says.note};
  }

  void new_about_home() {
    const std::int64_t id = any(kHomes);
    statement_.about = {Kind::home, id};
    const auto found = homes_.find(id);
    const Target target = some_target();
    const Cell name = some_text();
    const std::string key = target.key.value_or("NULL");
    const std::uint64_t kind = below(10);
    if (found == homes_.end()) {
      const std::vector<std::string> values = {std::to_string(id), sql_text(name), key};
      statement_.sql =
          one_in(3) ? server_.upsert("homes", {"id", "name", "address_id"}, values)
                    : fmt::format("INSERT INTO homes (id, name, address_id) VALUES ({})", fmt::join(values, ", "));
      if (!target.there) return refused();
      point(homes_[id] = {name, {}}, target);
      return;
    }
    Home& home = found->second;
    if (kind == 0) {
      statement_.sql = fmt::format("DELETE FROM homes WHERE id = {}", id);
      homes_.erase(found);
    } else if (kind == 1) {
      give_id(id);
    } else if (kind == 2) {
      statement_.sql = fmt::format("UPDATE homes SET name = {} WHERE id = {}", sql_text(name), id);
      home.name = name;
    } else if (kind < 5 && home.linked && home.address) {
      change_address(*home.address);
    } else {
      if (home.waits && (!target.key || !target.there)) return;  // a batch may have come, or not
      statement_.sql = fmt::format("UPDATE homes SET address_id = {} WHERE id = {}", key, id);
      if (!target.there) return refused();
      // What waits keeps its value.
      if (home.waits && home.street != target.says.street) statement_.may_refuse = true;
      point(home, target);
    }
  }
  void change_address(const std::string& key) {
    const Cell street = some_text(), note = some_text();
    const bool noted = one_in(2);
    statement_.sql = fmt::format("UPDATE addresses SET street = {}{} WHERE id = {}", sql_text(street),
                                 noted ? ", note = " + sql_text(note) : "", key);
    address_says(key, street);
    if (!noted) return;
    for (auto& [number, home] : homes_)
      if (home.address == key) home.note = note;
    for (auto& [number, address] : addresses_)
      if (address_id(number) == key) address.note = note;
  }

  // --- addresses that an application makes

  bool has_homes(const std::string& key) const {
    return std::any_of(homes_.begin(), homes_.end(), [&](const auto& home) { return home.second.address == key; });
  }
  void about_address() {
    const std::int64_t number = any(kAddresses);
    statement_.about = {Kind::address, number};
    const std::string key = address_id(number);
    const Cell street = some_text(), note = some_text();
    const auto found = addresses_.find(number);
    if (found == addresses_.end()) {
      statement_.sql = fmt::format("INSERT INTO addresses (id, street, note) VALUES ({}, {}, {})", key,
                                   sql_text(street), sql_text(note));
      addresses_[number] = {street, note};
      return;
    }
    if (found->second.unknown) {
      statement_.sql = fmt::format("UPDATE addresses SET note = note WHERE id = {}", key);
      return;
    }
    const std::uint64_t kind = below(6);
    if (kind > 1) return change_address(key);
    // In contract the triggers go before the foreign key comes.
    const bool used = has_homes(key);
    if (used && stage_ == Stage::contracted) return;
    if (kind == 0) {
      statement_.sql = fmt::format("DELETE FROM addresses WHERE id = {}", key);
      if (used) return refused();
      addresses_.erase(found);
    } else {
      const std::int64_t to = any(kAddresses);
      statement_.sql = fmt::format("UPDATE addresses SET id = {} WHERE id = {}", address_id(to), key);
      if (to == number) return;
      if (used || addresses_.contains(to)) return refused();
      addresses_[to] = found->second;
      addresses_.erase(found);
    }
  }

  const Server& server_;
  std::map<std::int64_t, Home> homes_;
  std::map<std::int64_t, Address> addresses_;
  const std::int64_t base_;
  const Stage stage_;
  const bool as_new_;
  std::mt19937_64& random_;
  Tables::Statement statement_;
};

}  // namespace

Tables::Statement Tables::next(const Draft<Key, Row>& draft, std::size_t range, Stage stage, bool as_new,
                               std::mt19937_64& random) const {
  return Author(server_, draft, range, stage, as_new, random).next();
}

}  // namespace emcee::soak::homes
