// What the releases are, and what is read of their rows.
#include <set>

#include "schema/match.h"
#include "tests/cli/lookup_maps.h"
#include "tests/soak/related.h"

namespace emcee::soak::related {

namespace {

constexpr const char* kMap = R"map(name = "soak"
[[move]]
from = "users"
to = "profiles"
key = { user_id = "id" }
columns = { about = "bio", photo = "photo" }
[[map]]
table = "images"
old = ["is_public"]
new = ["visibility"]
up.visibility = """CASE WHEN is_public = 1 THEN 'public'
  WHEN EXISTS (SELECT 1 FROM image_members AS m WHERE m.image_id = images.id AND m.deleted = 0) THEN 'shared'
  ELSE 'private' END"""
down.is_public = "CASE WHEN visibility = 'public' THEN 1 ELSE 0 END"
lookup = [{ table = "image_members", key = { image_id = "id" } }]
[[fill]]
table = "providers"
column = "project_id"
value = { sqlite = "lower(hex(randomblob(16)))", postgres = "replace(gen_random_uuid()::text, '-', '')", mysql = "replace(uuid(), '-', '')" }
row = { table = "projects", key = "id", values = { name = "name", provider = "id" } }
[[fill]]
table = "providers"
column = "badge_id"
row = { table = "badges", key = "id", values = { name = "name", provider = "id" } }
)map";
// No statement of the workload does what these hazards are about.
constexpr const char* kAccepted[] = {"move_in_one_statement", "lookup_in_one_statement", "row_in_one_statement",
                                     "lookup_in_repeatable_read"};

constexpr const char* kUserPrefix = "u";
constexpr const char* kProjectPrefix = "own";

std::int64_t number_of(const Cell& cell, const std::string& prefix) {
  return std::stoll(cell.value().substr(cell->starts_with(prefix) ? prefix.size() : 0));
}

// How the rows of a kind are read: what both releases see, and each of them.
struct Reading {
  std::string from, key, prefix;
  std::vector<std::string> both, old_columns, new_columns;
  std::string new_from = {};
};
const Reading& reading(Kind kind) {
  static const Reading kReadings[] = {
      {"users AS t",
       "t.id",
       kUserPrefix,
       {"t.name"},
       {"t.bio", "t.photo"},
       {"t.internal_id", "p.user_id", "p.about", "p.photo", "p.seen"},
       " LEFT JOIN profiles AS p ON p.user_id = t.id"},
      {"posts AS t",
       "t.id",
       "",
       {"t.title"},
       {"t.user_id"},
       {"(SELECT u.id FROM users AS u WHERE u.internal_id = t.user_internal_id)", "t.user_internal_id"}},
      {"images AS t", "t.id", "", {"t.name"}, {"t.is_public"}, {"t.visibility"}},
      {"image_members AS t", "t.id", "", {"t.image_id", "t.deleted"}, {}, {}},
      {"providers AS t",
       "t.id",
       "",
       {"t.name"},
       {},
       {"t.project_id", "(SELECT p.id FROM projects AS p WHERE p.id = t.project_id)",
        "(SELECT p.name FROM projects AS p WHERE p.id = t.project_id)", "t.badge_id",
        "(SELECT b.id FROM badges AS b WHERE b.id = t.badge_id)",
        "(SELECT b.name FROM badges AS b WHERE b.id = t.badge_id)",
        "(SELECT count(*) FROM providers AS o WHERE o.badge_id = t.badge_id)"}},
      {"projects AS t", "t.id", kProjectPrefix, {"t.name"}, {}, {}}};
  return kReadings[static_cast<std::size_t>(kind)];
}

bool narrow_row(User& user, const Tables::Seen& seen, Stage) {
  if (user.name != seen.both[0]) return false;
  if (seen.with_new) {
    if (user.number && user.number != seen.new_values[0]) return false;
    user.number = seen.new_values[0];
    if (!user.number) return false;
  }
  std::erase_if(user.persons, [&](const Person& person) {
    if (seen.with_old && (person.bio != seen.old_values[0] || person.photo != seen.old_values[1])) return true;
    if (!seen.with_new) return false;
    if (person.profile.has_value() != seen.new_values[1].has_value()) return true;
    return person.profile && *person.profile != Profile{seen.new_values[2], seen.new_values[3], seen.new_values[4]};
  });
  return !user.persons.empty();
}
bool narrow_row(Post& post, const Tables::Seen& seen, Stage) {
  const Cell owner = user_id(post.owner);
  if (post.title != seen.both[0] || (seen.with_old && seen.old_values[0] != owner)) return false;
  if (!seen.with_new) return true;
  if (!seen.new_values[1]) return post.waits;
  post.waits = false;
  return seen.new_values[0] == owner;
}
bool narrow_row(Image& image, const Tables::Seen& seen, Stage) {
  const auto is = [](const plan::Value& value, const Cell& cell) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return cell == std::to_string(*number);
    const auto* text = std::get_if<std::string>(&value);
    return text ? cell == *text : !cell.has_value();
  };
  std::erase_if(image.states, [&](const plan::GroupRow& state) {
    return (seen.with_old && !is(state.old_values[0], seen.old_values[0])) ||
           (seen.with_new && !is(state.new_values[0], seen.new_values[0]));
  });
  return image.name == seen.both[0] && !image.states.empty();
}
bool narrow_row(Member& member, const Tables::Seen& seen, Stage) {
  return seen.both[0] == std::to_string(member.image) && seen.both[1] == (member.deleted ? "1" : "0");
}
bool narrow_made(Made& made, const Cell& key, const Cell& there, const Cell& name) {
  if (!key) return made.waits;
  made.waits = false;
  if (key != there || (made.key && made.key != key)) return false;
  made.key = key;
  if (key->starts_with(kProjectPrefix)) return true;
  if (std::find(made.born_as.begin(), made.born_as.end(), name) == made.born_as.end()) return false;
  made.born_as = {name};
  return true;
}
bool narrow_row(Provider& provider, const Tables::Seen& seen, Stage) {
  if (provider.name != seen.both[0]) return false;
  if (!seen.with_new) return true;
  const auto& cells = seen.new_values;
  return narrow_made(provider.project, cells[0], cells[1], cells[2]) &&
         narrow_made(provider.badge, cells[3], cells[4], cells[5]) && (!cells[3] || cells[6] == "1");
}
bool narrow_row(Project& project, const Tables::Seen& seen, Stage) { return project.name == seen.both[0]; }

std::string shown(const std::vector<Cell>& cells) {
  std::vector<std::string> texts;
  for (const Cell& cell : cells) texts.push_back(cell.value_or("NULL"));
  return fmt::format("({})", fmt::join(texts, ", "));
}

}  // namespace

std::string user_id(std::int64_t number) { return kUserPrefix + std::to_string(number); }
std::string project_id(std::int64_t number) { return kProjectPrefix + std::to_string(number); }
Provider unmade(const Cell& name) { return {name, {true, {name}}, {true, {name}}}; }
std::string sql_text(const Cell& cell) { return cell ? "'" + *cell + "'" : "NULL"; }

Releases releases(const Server& server) {
  const std::string dialect = server.dialect();
  const std::string number = dialect == "sqlite"     ? "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT"
                             : dialect == "postgres" ? "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
                                                     : "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY";
  const std::string count = dialect == "sqlite" ? "INTEGER" : "BIGINT";
  const std::string images = "CREATE TABLE images (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20), {});";
  const std::string members =
      "CREATE TABLE image_members (id INTEGER NOT NULL PRIMARY KEY, image_id INTEGER NOT NULL, deleted INTEGER DEFAULT "
      "0 NOT NULL, CONSTRAINT members_image FOREIGN KEY (image_id) REFERENCES images (id));";
  const std::string projects =
      "CREATE TABLE projects (id VARCHAR(40) NOT NULL PRIMARY KEY, name VARCHAR(20), provider INTEGER);";
  Releases releases;
  releases.old_schema = {
      "CREATE TABLE users (id VARCHAR(20) NOT NULL PRIMARY KEY, name VARCHAR(20), bio VARCHAR(20), photo VARCHAR(20) "
      "DEFAULT 'none' NOT NULL);",
      "CREATE TABLE posts (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(20), user_id VARCHAR(20) NOT NULL, "
      "CONSTRAINT posts_user FOREIGN KEY (user_id) REFERENCES users (id));",
      fmt::format(fmt::runtime(images), "is_public INTEGER NOT NULL"),
      members,
      projects,
      "CREATE TABLE providers (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20));"};
  releases.new_schema = {
      "CREATE TABLE users (internal_id " + number + ", id VARCHAR(20) NOT NULL UNIQUE, name VARCHAR(20));",
      "CREATE TABLE profiles (user_id VARCHAR(20) NOT NULL PRIMARY KEY, about VARCHAR(20), photo VARCHAR(20) DEFAULT "
      "'none' NOT NULL, seen INTEGER, CONSTRAINT profiles_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE "
      "CASCADE ON UPDATE CASCADE);",
      fmt::format("CREATE TABLE posts (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(20), user_internal_id {} NOT "
                  "NULL, CONSTRAINT posts_author FOREIGN KEY (user_internal_id) REFERENCES users (internal_id));",
                  count),
      fmt::format(fmt::runtime(images), "visibility VARCHAR(9) DEFAULT 'private' NOT NULL"),
      members,
      projects,
      "CREATE TABLE badges (id " + number + ", name VARCHAR(20), provider INTEGER);",
      fmt::format(
          "CREATE TABLE providers (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20), project_id VARCHAR(40) NOT "
          "NULL, badge_id {}, CONSTRAINT providers_project FOREIGN KEY (project_id) REFERENCES projects (id), "
          "CONSTRAINT providers_badge FOREIGN KEY (badge_id) REFERENCES badges (id));",
          count)};
  // What is looked up has to be found.
  const std::string member_index = "CREATE INDEX members_by_image ON image_members (image_id);";
  releases.old_schema.insert(releases.old_schema.end(),
                             {member_index, "CREATE INDEX posts_by_user ON posts (user_id);"});
  releases.new_schema.insert(releases.new_schema.end(),
                             {member_index, "CREATE INDEX posts_by_number ON posts (user_internal_id);",
                              "CREATE INDEX providers_by_badge ON providers (badge_id);"});
  releases.map = std::string(kMap) + testing::kPostsMap;
  for (const char* hazard : kAccepted)
    releases.map += fmt::format("[[accept]]\nhazard = \"{}\"\nreason = \"no statement here does that\"\n", hazard);
  releases.tables = {"users", "profiles", "posts", "images", "image_members", "projects", "badges", "providers"};
  return releases;
}

std::optional<std::map<Key, Tables::Seen>> Tables::read(Client& client, Stage eyes,
                                                        const std::vector<Key>& keys) const {
  std::map<Key, Seen> result;
  for (const Kind kind : {Kind::user, Kind::post, Kind::image, Kind::member, Kind::provider, Kind::project}) {
    const Reading& of = reading(kind);
    std::vector<std::string> ids;
    for (const Key& key : keys)
      if (key.kind == kind) ids.push_back(fmt::format("'{}{}'", of.prefix, key.number));
    if (!keys.empty() && ids.empty()) continue;
    const bool with_old = eyes != Stage::contracted, with_new = eyes != Stage::old_only;
    std::vector<std::string> columns = {of.key};
    const auto add = [&](const std::vector<std::string>& more) {
      columns.insert(columns.end(), more.begin(), more.end());
    };
    add(of.both);
    if (with_old) add(of.old_columns);
    if (with_new) add(of.new_columns);
    const std::string where = keys.empty() ? kind == Kind::project ? " WHERE t.provider IS NULL" : ""
                                           : fmt::format(" WHERE {} IN ({})", of.key, fmt::join(ids, ", "));
    const auto rows = client.query(
        fmt::format("SELECT {} FROM {}{}{}", fmt::join(columns, ", "), of.from, with_new ? of.new_from : "", where));
    if (!rows) return std::nullopt;
    for (const auto& row : *rows) {
      const std::int64_t number = number_of(row[0], of.prefix);
      if (number >= static_cast<std::int64_t>(kRanges) * kSpan) continue;  // not one of a range
      auto cell = row.begin() + 1;
      const auto take = [&](const std::vector<std::string>& what) {
        std::vector<Cell> cells(cell, cell + static_cast<std::ptrdiff_t>(what.size()));
        cell += static_cast<std::ptrdiff_t>(what.size());
        return cells;
      };
      Seen& seen = result[{kind, number}];
      seen.with_old = with_old;
      seen.with_new = with_new;
      seen.both = take(of.both);
      if (with_old) seen.old_values = take(of.old_columns);
      if (with_new) seen.new_values = take(of.new_columns);
    }
  }
  return result;
}

bool Tables::narrow(Row& row, const Seen& seen, Stage stage) const {
  return std::visit(
      [&](auto& known) {
        auto narrowed = known;
        // A batch may have come meanwhile.
        if constexpr (std::is_same_v<decltype(narrowed), User>) narrowed.persons = reachable(known.persons, stage);
        if constexpr (std::is_same_v<decltype(narrowed), Image>) narrowed.states = reachable(known.states, stage);
        if (!narrow_row(narrowed, seen, stage)) return false;
        known = std::move(narrowed);
        return true;
      },
      row);
}

void Tables::widen(Row& row, const Row& other) const {
  const auto add = [](auto& states, const auto& more) {
    for (const auto& state : more)
      if (std::find(states.begin(), states.end(), state) == states.end()) states.push_back(state);
  };
  if (auto* user = std::get_if<User>(&row)) add(user->persons, std::get<User>(other).persons);
  if (auto* image = std::get_if<Image>(&row)) add(image->states, std::get<Image>(other).states);
  if (auto* post = std::get_if<Post>(&row)) post->waits = post->waits || std::get<Post>(other).waits;
  if (auto* provider = std::get_if<Provider>(&row)) {
    const auto& than = std::get<Provider>(other);
    for (const auto& [made, more] : {std::pair(&provider->project, &than.project), {&provider->badge, &than.badge}}) {
      made->waits = made->waits || more->waits;
      add(made->born_as, more->born_as);
    }
  }
}

void Tables::enter(Row& row, Stage stage) const {
  if (stage == Stage::contracted) return;
  // Before `both`, expand has come to some point: some triggers were there, or none.
  if (auto* user = std::get_if<User>(&row)) {
    Persons persons;
    for (Person person : user->persons) {
      if (stage == Stage::old_only) person.profile.reset();
      if (std::find(persons.begin(), persons.end(), person) == persons.end()) persons.push_back(person);
      person.profile = Profile{person.bio, person.photo, std::nullopt};
      if (stage == Stage::both) persons.push_back(person);
    }
    user->persons = std::move(persons);
  }
  if (stage == Stage::both) return;
  if (auto* user = std::get_if<User>(&row)) user->number.reset();
  if (auto* image = std::get_if<Image>(&row)) {
    ImageStates states;
    for (plan::GroupRow state : image->states) {
      state.new_values = {plan::Value()};
      if (std::find(states.begin(), states.end(), state) == states.end()) states.push_back(state);
    }
    image->states = std::move(states);
  }
  if (auto* post = std::get_if<Post>(&row)) post->waits = true;
  if (auto* provider = std::get_if<Provider>(&row)) *provider = unmade(provider->name);
}

std::string Tables::text(const Key& key) const {
  const Reading& of = reading(key.kind);
  return fmt::format("{} {}{}", of.from.substr(0, of.from.find(' ')), of.prefix, key.number);
}

std::string Tables::text(const Seen& seen) const {
  std::vector<Cell> cells = seen.both;
  cells.insert(cells.end(), seen.old_values.begin(), seen.old_values.end());
  cells.insert(cells.end(), seen.new_values.begin(), seen.new_values.end());
  return shown(cells);
}

std::string Tables::text(const Row& row) const {
  const auto waiting = [](bool waits) { return waits ? ", may wait" : ""; };
  return schema::match(
      row,
      [](const User& user) {
        std::string text = fmt::format("{}, number {}", user.name.value_or("NULL"), user.number.value_or("?"));
        for (const Person& person : user.persons) {
          text += " or " + shown({person.bio, person.photo});
          if (person.profile) text += shown({person.profile->about, person.profile->photo, person.profile->seen});
        }
        return text;
      },
      [&](const Post& post) {
        return fmt::format("{} of {}{}", post.title.value_or("NULL"), user_id(post.owner), waiting(post.waits));
      },
      [](const Image& image) {
        std::string text = image.name.value_or("NULL");
        for (const plan::GroupRow& state : image.states) {
          const auto* visibility = std::get_if<std::string>(&state.new_values[0]);
          text += fmt::format(" or ({}, {}, {})", std::get<std::int64_t>(state.old_values[0]),
                              visibility ? *visibility : "NULL", std::get<std::int64_t>(state.shared[0]));
        }
        return text;
      },
      [](const Member& member) { return fmt::format("of {}, deleted {}", member.image, member.deleted); },
      [&](const Provider& provider) {
        const auto of = [&](const Made& made) {
          return fmt::format("{} born as {}{}", made.key.value_or("?"), shown(made.born_as), waiting(made.waits));
        };
        return fmt::format("{}, project {}, badge {}", provider.name.value_or("NULL"), of(provider.project),
                           of(provider.badge));
      },
      [](const Project& project) { return project.name.value_or("NULL"); });
}

}  // namespace emcee::soak::related
