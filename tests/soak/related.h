// The rows of the workload whose mappings lead from table to table, and the reference model of them.
//
// Another primary key (users.id -> users.internal_id), children that follow it (posts), columns that move
// (users -> profiles), a form that is derived from rows of another table (images, image_members), and rows
// that are made for others, with keys that an expression makes or the server counts (providers, projects and badges).
// The model says what is there as the application means it: a post has an owner, a user has a bio; which columns and
// tables tell it is a matter of the one who looks.
#pragma once

#include <compare>
#include <variant>

#include "plan/sync_model.h"
#include "tests/soak/ranges.h"

namespace emcee::soak::related {

Releases releases(const Server& server);

using Cell = Client::Cell;

enum class Kind : std::uint8_t { user, post, image, member, provider, project };
struct Key {
  Kind kind = Kind::user;
  std::int64_t number = 0;
  auto operator<=>(const Key&) const = default;
};
std::string user_id(std::int64_t number);     // as the tables have it
std::string project_id(std::int64_t number);  // of one that an application makes
std::string sql_text(const Cell& cell);

// --- columns that move

struct Profile {
  Cell about, photo, seen;  // the last one is of the new release alone
  bool operator==(const Profile&) const = default;
};
struct Person {
  Cell bio, photo;  // as users has them
  std::optional<Profile> profile;
  bool operator==(const Person&) const = default;
};
// A batch comes at any time, so it may be more than one thing. No duplicates.
using Persons = std::vector<Person>;
// What a statement assigns of the columns; nothing where it does not name one.
struct Given {
  std::optional<Cell> text, photo, seen;
};
struct PersonStep {
  Persons persons;          // where it is done
  bool may_refuse = false;  // it may be refused
};

PersonStep insert_user(const Given& given, Stage stage);
PersonStep update_user(const Persons& before, const Given& given, Stage stage);
// `upsert`: sets the columns where the row is there.
PersonStep insert_profile(const Persons& before, const Given& given, bool upsert, Stage stage);
PersonStep update_profile(const Persons& before, const Given& given, Stage stage);
PersonStep delete_profile(const Persons& before, Stage stage);
// With what a batch would make of each.
Persons reachable(const Persons& persons, Stage stage);

// --- a form that is derived

using ImageStates = std::vector<plan::GroupRow>;  // is_public / visibility / whether it has members
struct ImageStep {
  ImageStates states;
  bool may_refuse = false;
};
ImageStep insert_image(const plan::Value& is_public, const plan::Value& visibility, Stage stage);
ImageStep update_image(const ImageStates& before, const std::optional<plan::Value>& is_public,
                       const std::optional<plan::Value>& visibility, Stage stage);
ImageStates with_members(const ImageStates& before, bool members, Stage stage);
ImageStates reachable(const ImageStates& states, Stage stage);

// --- rows

struct User {
  Cell name, number;  // the number is not known before somebody has seen it, and stays
  Persons persons;
};
struct Post {
  Cell title;
  std::int64_t owner = 0;
  bool waits = false;  // may not have a number of the owner yet
};
struct Image {
  Cell name;
  ImageStates states;
};
struct Member {
  std::int64_t image = 0;
  bool deleted = false;
};
// The row that is made for a provider.
struct Made {
  bool waits = false;         // may not be there yet
  std::vector<Cell> born_as;  // names that the provider may have had when it was made
  Cell key = {};              // as somebody has seen it; it stays
};
struct Provider {
  Cell name;
  Made project, badge;
};
Provider unmade(const Cell& name);
struct Project {
  Cell name;
};

class Tables {
 public:
  static constexpr bool kRewritten = true;
  using Key = related::Key;
  using Row = std::variant<User, Post, Image, Member, Provider, Project>;
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

}  // namespace emcee::soak::related
