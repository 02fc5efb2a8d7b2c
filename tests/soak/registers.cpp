#include "tests/soak/registers.h"

#include <stdexcept>

namespace emcee::soak::related {

namespace {

constexpr std::int64_t kHot = static_cast<std::int64_t>(kRanges) * kSpan;  // behind the ranges
constexpr std::int64_t kUsers = 8, kPosts = 12, kImages = 12;

std::string hot_user(std::int64_t i) { return user_id(kHot + i); }
// The form of these is derived from is_public and their members; that of the others is chosen by the new release.
bool is_derived(std::int64_t image) { return image % 2 == 0; }

}  // namespace

void Registers::fill() {
  const auto client = server_.connect();
  const auto run = [&](const std::string& sql) {
    if (client->run(sql) != Reply::done) throw std::runtime_error(client->message());
  };
  for (std::int64_t i = 0; i < kUsers; ++i) {
    run(fmt::format("INSERT INTO users (id, name, bio, photo) VALUES ('{}', 'n', 'b', 'p')", hot_user(i)));
    writes_[{What::name, i}] = {{"n"}};
    writes_[{What::text, i}] = {{"b"}};
    writes_[{What::photo, i}] = {{"p"}};
  }
  for (std::int64_t i = 0; i < kPosts; ++i) {
    run(fmt::format("INSERT INTO posts (id, user_id) VALUES ({}, '{}')", kHot + i, hot_user(0)));
    writes_[{What::owner, i}] = {{hot_user(0)}};
  }
  for (std::int64_t i = 0; i < kImages; ++i) {
    run(fmt::format("INSERT INTO images (id, is_public) VALUES ({}, 0)", kHot + i));
    if (is_derived(i)) writes_[{What::form, i}] = {{"0"}};
  }
}

void Registers::enter(Client& client, Stage stage) {
  const auto lock = gate_.close();
  check(client);
  stage_ = stage;
  migrated_ = stage == Stage::contracted;
  // What the new release has chosen goes with its column.
  if (stage == Stage::old_only)
    for (std::int64_t i = 0; i < kImages; ++i)
      if (!is_derived(i)) writes_.erase({What::form, i});
}

void Registers::compare(Client& client) {
  const auto lock = gate_.close();
  check(client);
}

// Members of images that are wanted by others at the same time.
std::string Registers::member_statement(std::int64_t image, std::mt19937_64& random) {
  switch (random() % 4) {
    case 0:
      return fmt::format("DELETE FROM image_members WHERE image_id = {}", kHot + image);
    case 1:
      return fmt::format("UPDATE image_members SET deleted = {} WHERE image_id = {}", random() % 2, kHot + image);
    default:
      return fmt::format("INSERT INTO image_members (id, image_id) VALUES ({}, {})", kHot + ++next_member_,
                         kHot + image);
  }
}

// A user's own columns, or those of the profile.
Reply Registers::write_user(Client& client, std::int64_t id, bool as_new, std::mt19937_64& random, Written& written) {
  const std::string value = fmt::format("w{}", ++next_value_), user = hot_user(id);
  const std::uint64_t which = 1 + random() % 3;
  if (random() % 4 == 0) {
    const Reply reply = client.run(fmt::format("UPDATE users SET name = '{}' WHERE id = '{}'", value, user));
    if (reply == Reply::done) written[{What::name, id}] = value;
    return reply;
  }
  std::string set;
  if (which & 1) set += fmt::format("{} = '{}'", as_new ? "about" : "bio", value);
  if (which & 2) set += fmt::format("{}photo = '{}'", set.empty() ? "" : ", ", value);
  const auto noted = [&] {
    if (which & 1) written[{What::text, id}] = value;
    if (which & 2) written[{What::photo, id}] = value;
  };
  if (!as_new) {
    const Reply reply = client.run(fmt::format("UPDATE users SET {} WHERE id = '{}'", set, user));
    if (reply == Reply::done) noted();
    return reply;
  }
  // A row that waits for the backfill has no profile to change yet: all of it is given.
  const bool whole = !migrated_ || random() % 3 == 0;
  const bool remove = migrated_ && random() % 8 == 0;
  if (remove) {
    const Reply reply = client.run(fmt::format("DELETE FROM profiles WHERE user_id = '{}'", user));
    if (reply != Reply::done) return reply;
    written[{What::text, id}] = std::nullopt;
    written[{What::photo, id}] = "none";
  }
  if (remove || whole) {
    const Reply reply = client.run(
        server_.upsert("profiles", {"user_id", "about", "photo"}, {sql_text(user), sql_text(value), sql_text(value)}));
    if (reply == Reply::done) written[{What::text, id}] = written[{What::photo, id}] = value;
    return reply;
  }
  const Reply reply = client.run(fmt::format("UPDATE profiles SET {} WHERE user_id = '{}'", set, user));
  if (reply == Reply::done) noted();
  return reply;
}

Reply Registers::attempt(Client& client, bool as_new, std::mt19937_64& random, Written& written) {
  const std::uint64_t statements = 1 + random() % 3;
  if (const Reply begun = client.run(server_.begins().front()); begun != Reply::done) return begun;
  for (std::uint64_t i = 0; i < statements; ++i) {
    const auto below = [&](std::int64_t n) {
      return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
    };
    Reply reply = Reply::done;
    switch (random() % 4) {
      case 0: {
        const std::int64_t post = below(kPosts);
        const std::string user = hot_user(below(kUsers));
        reply = client.run(
            as_new
                ? fmt::format("UPDATE posts SET user_internal_id = (SELECT u.internal_id FROM users AS u WHERE u.id = "
                              "'{}') WHERE id = {}",
                              user, kHot + post)
                : fmt::format("UPDATE posts SET user_id = '{}' WHERE id = {}", user, kHot + post));
        if (reply == Reply::done) written[{What::owner, post}] = user;
        break;
      }
      case 1: {
        const std::int64_t image = below(kImages);
        if (is_derived(image) == as_new) {
          reply = client.run(member_statement(image, random));
          break;
        }
        const std::string value = as_new ? (random() % 2 ? "public" : "community") : random() % 2 ? "1" : "0";
        reply = client.run(fmt::format("UPDATE images SET {} = '{}' WHERE id = {}", as_new ? "visibility" : "is_public",
                                       value, kHot + image));
        if (reply == Reply::done) written[{What::form, image}] = value;
        break;
      }
      case 2:
        reply = client.run(member_statement(below(kImages), random));
        break;
      default:
        reply = write_user(client, below(kUsers), as_new, random, written);
    }
    if (reply == Reply::done) continue;
    written.clear();
    if (reply == Reply::refused || reply == Reply::failed)
      counts_.report("a statement on contested rows failed: " + client.message());
    if (reply != Reply::lost) client.run("ROLLBACK");
    return reply;
  }
  return client.run("COMMIT");
}

void Registers::write(Client& client, bool as_new, std::mt19937_64& random) {
  const auto lock = gate_.enter();
  if (stage_ != Stage::both) as_new = stage_ == Stage::contracted;
  Written written;
  const std::int64_t begun = ++clock_;
  const Reply reply = attempt(client, as_new, random, written);
  const std::int64_t ended = ++clock_;
  if (reply == Reply::again) {
    counts_.tried_again(client.message());
    client.run("ROLLBACK");
    return;
  }
  if (reply == Reply::refused || reply == Reply::failed) return;
  if (reply == Reply::lost) ++counts_.lost;
  Traffic& traffic = counts_.traffic();
  (as_new ? traffic.new_writes : traffic.old_writes) += static_cast<std::int64_t>(written.size());
  ++counts_.transactions;
  const std::lock_guard guard(mutex_);
  for (const auto& [place, value] : written) writes_[place].push_back({value, begun, ended, reply == Reply::done});
}

std::optional<Client::Rows> Registers::read(Client& client, const std::string& sql) {
  auto rows = client.query(sql);
  for (int i = 0; i < 500 && !rows; ++i) {  // locked, or about to start again
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    rows = client.query(sql);
  }
  if (!rows) counts_.report("cannot read the contested rows: " + client.message());
  return rows;
}

void Registers::expect(Place place, const Cell& seen) {
  std::vector<Write>& writes = writes_[place];
  std::int64_t last_begun = -1;
  for (const Write& write : writes)
    if (write.certain) last_begun = std::max(last_begun, write.begun);
  ++counts_.compared;
  const bool admissible = std::any_of(writes.begin(), writes.end(), [&](const Write& write) {
    return write.value == seen && (!write.certain || write.ended >= last_begun);
  });
  if (!admissible) {
    static constexpr const char* kNames[] = {"name of user", "bio of user", "photo of user", "owner of post",
                                             "form of image"};
    std::string text;
    for (const Write& write : writes)
      if (write.ended >= last_begun) text += " or " + write.value.value_or("NULL");
    counts_.report(fmt::format("contested {} {} is {}, and nobody wrote that last:{}",
                               kNames[static_cast<int>(place.first)], place.second, seen.value_or("NULL"), text));
  }
  writes = {{seen}};
}

void Registers::check(Client& client) {
  const bool with_old = stage_ != Stage::contracted, with_new = stage_ != Stage::old_only;
  bool migrated = with_new;
  const auto number = [](const Cell& cell, std::size_t prefix) { return std::stoll(cell->substr(prefix)) - kHot; };
  // What the old and the new columns say has to be the same, unless the row still waits.
  const auto both = [&](const Place& place, const Cell& old_value, const Cell& new_value, bool waits) {
    if (with_old) expect(place, old_value);
    if (with_new && !waits) expect(place, new_value);
    if (waits && migrated_) counts_.report("a contested row waits that had been migrated");
    migrated = migrated && !waits;
  };
  const auto users =
      read(client, fmt::format("SELECT u.id, u.name, {}, {} FROM users AS u {} WHERE u.id LIKE 'u{}______'",
                               with_old ? "u.bio, u.photo" : "NULL, NULL",
                               with_new ? "p.user_id, p.about, p.photo" : "NULL, NULL, NULL",
                               with_new ? "LEFT JOIN profiles AS p ON p.user_id = u.id" : "", kHot / kSpan));
  const auto posts =
      read(client,
           fmt::format(
               "SELECT p.id, {}, {} FROM posts AS p WHERE p.id >= {}", with_old ? "p.user_id" : "NULL",
               with_new ? "(SELECT u.id FROM users AS u WHERE u.internal_id = p.user_internal_id), p.user_internal_id"
                        : "NULL, NULL",
               kHot));
  const auto images = read(
      client, fmt::format("SELECT i.id, {}, {}, (SELECT count(*) FROM image_members AS m WHERE m.image_id = i.id AND "
                          "m.deleted = 0) FROM images AS i WHERE i.id >= {}",
                          with_old ? "i.is_public" : "NULL", with_new ? "i.visibility" : "NULL", kHot));
  if (!users || !posts || !images) return;
  if (users->size() != kUsers || posts->size() != kPosts || images->size() != kImages)
    return counts_.report("contested rows are missing");
  for (const auto& row : *users) {
    const std::int64_t id = number(row[0], 1);
    expect({What::name, id}, row[1]);
    const bool waits = with_new && !row[4];
    both({What::text, id}, row[2], row[5], waits);
    both({What::photo, id}, row[3], row[6], waits);
  }
  for (const auto& row : *posts) both({What::owner, number(row[0], 0)}, row[1], row[2], with_new && !row[3]);
  for (const auto& row : *images) {
    const std::int64_t id = number(row[0], 0);
    const Cell &is_public = row[1], &visibility = row[2];
    const bool waits = with_new && !visibility;
    migrated = migrated && !waits;
    if (is_derived(id)) {
      if (with_old) expect({What::form, id}, is_public);
      if (!with_old || !with_new || waits) continue;
      const std::string derived = is_public == "1" ? "public" : row[3] == "0" ? "private" : "shared";
      if (visibility != derived)
        counts_.report(fmt::format("contested image {} is {}, {} with {} members", id, is_public.value_or("NULL"),
                                   visibility.value_or("NULL"), row[3].value_or("NULL")));
    } else if (with_new && writes_.contains({What::form, id})) {
      expect({What::form, id}, visibility);
      if (with_old && is_public != (visibility == "public" ? "1" : "0"))
        counts_.report(fmt::format("contested image {} is {} and {}", id, is_public.value_or("NULL"),
                                   visibility.value_or("NULL")));
    }
  }
  migrated_ = migrated;
}

}  // namespace emcee::soak::related
