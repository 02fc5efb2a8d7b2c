// The statements that both releases send to the tables of the workload.
#include "tests/soak/related.h"

namespace emcee::soak::related {

namespace {

using RowDraft = Draft<Key, Tables::Row>;
using Change = Tables::Statement;
using Assigned = std::vector<std::pair<std::string, std::string>>;  // column and value, as SQL

// How many rows of each kind a range has, more or less.
constexpr std::int64_t kRows[] = {50, 120, 40, 80, 1'000'000, 30};

std::string names(const Assigned& assigned) {
  std::string text;
  for (const auto& [name, value] : assigned) text += (text.empty() ? "" : ", ") + name;
  return text;
}
std::string values(const Assigned& assigned) {
  std::string text;
  for (const auto& [name, value] : assigned) text += (text.empty() ? "" : ", ") + value;
  return text;
}
std::string set_list(const Assigned& assigned) {
  std::string text;
  for (const auto& [name, value] : assigned) text += (text.empty() ? "" : ", ") + name + " = " + value;
  return text;
}
std::string insert(const std::string& table, const Assigned& assigned) {
  return fmt::format("INSERT INTO {} ({}) VALUES ({})", table, names(assigned), values(assigned));
}

class Author {
 public:
  Author(const Server& server, const RowDraft& draft, std::size_t range, Stage stage, bool as_new,
         std::mt19937_64& random)
      : server_(server),
        draft_(draft),
        base_(static_cast<std::int64_t>(range) * kSpan),
        stage_(stage),
        as_new_(as_new),
        random_(random) {}

  Change next() {
    const std::uint64_t kind = below(16);
    Change change;
    if (kind < 5)
      as_new_&& below(3) != 0 ? about_profile(change) : about_user(change);
    else if (kind < 9)
      about_post(change);
    else if (kind < 11)
      about_image(change);
    else if (kind < 13)
      about_member(change);
    else if (kind < 15)
      about_provider(change);
    else
      about_project(change);
    return change;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  Key any(Kind kind) {
    return {kind, base_ + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(kRows[static_cast<int>(kind)])))};
  }
  // One that is there; a random one after some tries.
  Key known(Kind kind) {
    if (kind != Kind::provider) {
      Key key = any(kind);
      for (int i = 0; i < 8 && !draft_.find(key); ++i) key = any(kind);
      return key;
    }
    // Their keys are many, so that none comes twice.
    const auto found = draft_.base().lower_bound(any(kind));
    return found != draft_.base().end() && found->first.kind == kind ? found->first : any(kind);
  }
  Cell text() { return one_in(6) ? Cell() : Cell(fmt::format("t{}", below(1000))); }
  std::string upsert(const std::string& table, const Assigned& assigned) const {
    std::vector<std::string> columns, literals;
    for (const auto& [column, value] : assigned) {
      columns.push_back(column);
      literals.push_back(value);
    }
    return server_.upsert(table, columns, literals);
  }
  template <class R>
  const R* find(const Key& key) const {
    const auto* row = draft_.find(key);
    return row ? &std::get<R>(*row) : nullptr;
  }
  template <class R>
  std::vector<std::pair<Key, R>> all(Kind kind) const {
    std::vector<std::pair<Key, R>> result;
    for (auto it = draft_.base().lower_bound({kind, base_}); it != draft_.base().end() && it->first.kind == kind; ++it)
      if (!draft_.changes().contains(it->first)) result.emplace_back(it->first, std::get<R>(it->second));
    for (const auto& [key, row] : draft_.changes())
      if (key.kind == kind && row) result.emplace_back(key, std::get<R>(*row));
    return result;
  }

  // --- users and profiles

  bool has_posts(const Key& user) const {
    for (const auto& [key, post] : all<Post>(Kind::post))
      if (post.owner == user.number) return true;
    return false;
  }
  Given some(bool with_seen, bool whole) {
    Given given;
    const std::uint64_t which = whole ? below(8) : 1 + below(7);
    if (which & 1) given.text = text();
    if (which & 2) given.photo = one_in(30) ? Cell() : Cell(one_in(4) ? "none" : fmt::format("p{}", below(1000)));
    if (which & 4 && with_seen) given.seen = one_in(4) ? Cell() : Cell(fmt::to_string(below(100)));
    return given;
  }
  static void assign(Assigned& assigned, const Given& given, const char* text_column) {
    if (given.text) assigned.emplace_back(text_column, sql_text(*given.text));
    if (given.photo) assigned.emplace_back("photo", sql_text(*given.photo));
    if (given.seen) assigned.emplace_back("seen", sql_text(*given.seen));
  }
  static void becomes(Change& change, const Key& key, User user, PersonStep step) {
    change.may_refuse = change.may_refuse || step.may_refuse;
    change.may_do = change.may_do && !step.persons.empty();
    user.persons = std::move(step.persons);
    change.after.emplace_back(key, std::move(user));
  }

  void about_user(Change& change) {
    const Key key = any(Kind::user);
    change.about = key;
    const User* user = find<User>(key);
    const std::uint64_t kind = below(12);
    if (!user && kind < 4) return insert_users(change, key);
    if (!user || kind < 2) return put_user(change, key, user);
    if (kind < 3) return remove_user(change, key, *user);
    if (kind < 5) return rename_user(change, key, *user);
    if (kind < 7 && !as_new_) return update_users(change, key);
    const Cell name = text();
    const Given given = as_new_ ? Given() : some(false, false);
    Assigned assigned;
    assign(assigned, given, "bio");
    const bool named = assigned.empty() || one_in(3);
    if (named) assigned.emplace_back("name", sql_text(name));
    change.sql = fmt::format("UPDATE users SET {} WHERE id = '{}'", set_list(assigned), user_id(key.number));
    User after = *user;
    if (named) after.name = name;
    becomes(change, key, after, update_user(user->persons, given, stage_));
  }

  void put_user(Change& change, const Key& key, const User* user) {
    const Given given = as_new_ ? Given() : some(false, true);
    const Cell name = text();
    Assigned assigned = {{"id", sql_text(user_id(key.number))}, {"name", sql_text(name)}};
    assign(assigned, given, "bio");
    User after = user ? *user : User();
    after.name = name;
    if (one_in(2) && !user) {
      change.sql = insert("users", assigned);
    } else {
      change.sql = upsert("users", assigned);
    }
    becomes(change, key, after, user ? update_user(user->persons, given, stage_) : insert_user(given, stage_));
  }

  void insert_users(Change& change, Key key) {
    std::string rows;
    for (int i = 0; i < 3; ++i, ++key.number) {
      if (draft_.find(key)) continue;
      Given given;
      if (!as_new_) given = {text(), Cell(fmt::format("p{}", below(9))), {}};
      const Cell name = text();
      Assigned assigned = {{"id", sql_text(user_id(key.number))}, {"name", sql_text(name)}};
      assign(assigned, given, "bio");
      rows += fmt::format("{}({})", rows.empty() ? "" : ", ", values(assigned));
      becomes(change, key, {name, {}, {}}, insert_user(given, stage_));
    }
    change.sql = fmt::format("INSERT INTO users (id, name{}) VALUES {}", as_new_ ? "" : ", bio, photo", rows);
  }

  // In contract foreign keys go, and come again: meanwhile nothing holds those together that point to each other.
  bool is_alone(const Key& key, const User& user) const {
    return !has_posts(key) && std::none_of(user.persons.begin(), user.persons.end(),
                                           [](const Person& person) { return person.profile.has_value(); });
  }

  void remove_user(Change& change, const Key& key, const User& user) {
    if (stage_ == Stage::contracted && !is_alone(key, user)) return about_post(change);
    change.sql = fmt::format("DELETE FROM users WHERE id = '{}'", user_id(key.number));
    change.after.emplace_back(key, std::nullopt);
    if (has_posts(key)) change.refuse();
  }

  void rename_user(Change& change, const Key& key, const User& user) {
    const Key to = any(Kind::user);
    if (stage_ == Stage::contracted && !is_alone(key, user)) return about_post(change);
    change.sql = fmt::format("UPDATE users SET id = '{}' WHERE id = '{}'", user_id(to.number), user_id(key.number));
    if (to == key) {
      change.after.emplace_back(key, user);
      return;
    }
    change.after.emplace_back(to, user);
    change.after.emplace_back(key, std::nullopt);
    if (draft_.find(to)) return change.refuse();
    // The posts follow where the foreign key of the old release waits for them; else it refuses.
    for (auto [each, post] : all<Post>(Kind::post)) {
      if (post.owner != key.number) continue;
      post.owner = to.number;
      change.after.emplace_back(each, post);
      change.may_refuse = true;
    }
  }

  void update_users(Change& change, const Key& first) {
    const Given given = some(false, false);
    Assigned assigned;
    assign(assigned, given, "bio");
    std::string ids;
    for (Key key = first; key.number < first.number + 6; ++key.number) {
      ids += fmt::format("{}'{}'", ids.empty() ? "" : ", ", user_id(key.number));
      if (const User* user = find<User>(key)) becomes(change, key, *user, update_user(user->persons, given, stage_));
    }
    if (assigned.empty()) assigned.emplace_back("photo", "photo");
    change.sql = fmt::format("UPDATE users SET {} WHERE id IN ({})", set_list(assigned), ids);
  }

  void about_profile(Change& change) {
    const Key key = known(Kind::user);
    change.about = key;
    const User* user = find<User>(key);
    const std::uint64_t kind = below(10);
    const Given given = some(true, kind < 5);
    Assigned assigned = {{"user_id", sql_text(user_id(key.number))}};
    assign(assigned, given, "about");
    if (!user) {
      if (stage_ == Stage::contracted) return about_post(change);
      change.sql = insert("profiles", assigned);
      return change.refuse();
    }
    if (kind < 3) {
      change.sql = insert("profiles", assigned);
      becomes(change, key, *user, insert_profile(user->persons, given, false, stage_));
    } else if (kind < 5) {
      Given upserted = given;
      if (assigned.size() == 1) {
        upserted.seen = Cell("7");
        assigned.emplace_back("seen", sql_text(*upserted.seen));
      }
      change.sql = upsert("profiles", assigned);
      becomes(change, key, *user, insert_profile(user->persons, upserted, true, stage_));
    } else if (kind < 9) {
      assigned.erase(assigned.begin());
      if (assigned.empty()) assigned.emplace_back("seen", "seen");
      change.sql = fmt::format("UPDATE profiles SET {} WHERE user_id = '{}'", set_list(assigned), user_id(key.number));
      becomes(change, key, *user, update_profile(user->persons, given, stage_));
    } else {
      change.sql = fmt::format("DELETE FROM profiles WHERE user_id = '{}'", user_id(key.number));
      becomes(change, key, *user, delete_profile(user->persons, stage_));
    }
  }

  // --- posts

  // The owner as the release writes it.
  std::pair<std::string, std::string> owner(const Key& user) const {
    const User* row = find<User>(user);
    if (!as_new_) return {"user_id", sql_text(user_id(user.number))};
    if (!row) return {"user_internal_id", "987654321"};
    return {"user_internal_id", row->number ? *row->number
                                            : fmt::format("(SELECT u.internal_id FROM users AS u WHERE u.id = '{}')",
                                                          user_id(user.number))};
  }

  void about_post(Change& change) {
    const Key key = any(Kind::post);
    change.about = key;
    const Post* post = find<Post>(key);
    // Nothing but a foreign key keeps the new release from an owner that is not there, and it comes with contract.
    Key user = known(Kind::user);
    if (one_in(25) && stage_ != Stage::contracted) user = any(Kind::user);
    const bool dangles = !find<User>(user);
    const Cell title = text();
    const bool waits = stage_ == Stage::old_only;
    const std::uint64_t kind = below(12);
    if (dangles && stage_ == Stage::contracted) return about_image(change);
    const Assigned whole = {{"id", std::to_string(key.number)}, {"title", sql_text(title)}, owner(user)};
    const auto becomes = [&](const Key& of, Post after) { change.after.emplace_back(of, std::move(after)); };
    if (!post || kind < 2) {
      if (!post && kind < 6) {
        change.sql = insert("posts", whole);
      } else if (!post && kind < 8) {
        const Key second = {Kind::post, key.number + 500};
        if (draft_.find(second)) return about_image(change);
        change.sql = insert("posts", whole) + fmt::format(", ({}, 'second', {})", second.number, owner(user).second);
        becomes(second, {"second", user.number, waits});
      } else {
        change.sql = server_.upsert("posts", {"id", "title", whole[2].first},
                                    {whole[0].second, whole[1].second, whole[2].second});
      }
      becomes(key, {title, user.number, waits || (post && post->waits && post->owner == user.number)});
      if (dangles) change.refuse();
    } else if (kind < 3) {
      change.sql = fmt::format("DELETE FROM posts WHERE id = {}", key.number);
      change.after.emplace_back(key, std::nullopt);
    } else if (kind < 4) {
      const Key to = any(Kind::post);
      change.sql = fmt::format("UPDATE posts SET id = {} WHERE id = {}", to.number, key.number);
      if (to != key && draft_.find(to)) return change.refuse();
      if (to != key) change.after.emplace_back(key, std::nullopt);
      becomes(to, *post);
    } else if (kind < 5) {
      change.sql = fmt::format("UPDATE posts SET title = {} WHERE id = {}", sql_text(title), key.number);
      becomes(key, {title, post->owner, post->waits});
    } else if (kind < 6 && !post->waits) {
      change.sql = fmt::format("UPDATE posts SET {} = NULL WHERE id = {}", owner(user).first, key.number);
      change.refuse();
    } else if (kind < 8) {
      change.sql = fmt::format("UPDATE posts SET {1} = {2} WHERE id BETWEEN {0} AND {0} + 5", key.number,
                               owner(user).first, owner(user).second);
      for (Key each = key; each.number <= key.number + 5; ++each.number)
        if (const Post* row = find<Post>(each))
          becomes(each, {row->title, user.number, waits || (row->waits && row->owner == user.number)});
      if (dangles && !change.after.empty()) change.refuse();
    } else {
      const bool titled = one_in(3);
      change.sql = fmt::format("UPDATE posts SET {} = {}{} WHERE id = {}", owner(user).first, owner(user).second,
                               titled ? ", title = " + sql_text(title) : "", key.number);
      becomes(key, {titled ? title : post->title, user.number, waits || (post->waits && post->owner == user.number)});
      if (dangles) change.refuse();
    }
  }

  // --- images and members

  plan::Value form() { return one_in(40) ? plan::Value() : form_of(below(4)); }
  plan::Value form_of(std::uint64_t which) const {
    static constexpr const char* kVisibilities[] = {"private", "public", "shared", "community"};
    return as_new_ ? plan::Value(std::string(kVisibilities[which])) : plan::Value(std::int64_t(which % 2));
  }
  static std::string literal(const plan::Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return "'" + *text + "'";
    const auto* number = std::get_if<std::int64_t>(&value);
    return number ? std::to_string(*number) : "NULL";
  }
  bool has_members(const Key& image, bool living, const std::map<Key, std::optional<Member>>& instead = {}) const {
    const auto counts = [&](const Member& member) {
      return member.image == image.number && (!living || !member.deleted);
    };
    for (const auto& [key, member] : all<Member>(Kind::member))
      if (!instead.contains(key) && counts(member)) return true;
    for (const auto& [key, member] : instead)
      if (member && counts(*member)) return true;
    return false;
  }

  void about_image(Change& change) {
    const Key key = any(Kind::image);
    change.about = key;
    const Image* image = find<Image>(key);
    const std::uint64_t kind = below(10);
    plan::Value value = form();
    // NULL counts as left out, as long as there are triggers.
    if (!image && stage_ != Stage::both && plan::is_null(value)) value = form_of(0);
    const std::string column = as_new_ ? "visibility" : "is_public";
    const Cell name = text();
    const auto becomes = [&](const Key& of, const Cell& named, ImageStep step) {
      change.may_refuse = change.may_refuse || step.may_refuse;
      change.may_do = change.may_do && !step.states.empty();
      change.after.emplace_back(of, Image{named, std::move(step.states)});
    };
    const auto updated = [&](const Image& row) {
      return as_new_ ? update_image(row.states, std::nullopt, value, stage_)
                     : update_image(row.states, value, std::nullopt, stage_);
    };
    if (!image) {
      Assigned assigned = {{"id", std::to_string(key.number)}, {"name", sql_text(name)}};
      // The new release may leave it to the default.
      const bool given = !as_new_ || !one_in(4);
      if (given) assigned.emplace_back(column, literal(value));
      change.sql = insert("images", assigned);
      becomes(key, name,
              as_new_ ? insert_image({}, given ? value : plan::Value(), stage_) : insert_image(value, {}, stage_));
    } else if (kind < 2 && !plan::is_null(value)) {
      change.sql = server_.upsert("images", {"id", "name", column},
                                  {std::to_string(key.number), sql_text(name), literal(value)});
      becomes(key, name, updated(*image));
    } else if (kind < 3) {
      change.sql = fmt::format("DELETE FROM images WHERE id = {}", key.number);
      change.after.emplace_back(key, std::nullopt);
      if (has_members(key, false)) change.refuse();
    } else if (kind < 4) {
      const Key to = any(Kind::image);
      change.sql = fmt::format("UPDATE images SET id = {} WHERE id = {}", to.number, key.number);
      change.after.emplace_back(to, *image);
      if (to == key) return;
      change.after.emplace_back(key, std::nullopt);
      if (has_members(key, false) || draft_.find(to)) change.refuse();
    } else if (kind < 6) {
      change.sql = fmt::format("UPDATE images SET {} = {} WHERE id BETWEEN {} AND {}", column, literal(value),
                               key.number, key.number + 4);
      for (Key each = key; each.number <= key.number + 4; ++each.number)
        if (const Image* row = find<Image>(each)) becomes(each, row->name, updated(*row));
    } else {
      change.sql = fmt::format("UPDATE images SET {} = {} WHERE id = {}", column, literal(value), key.number);
      becomes(key, image->name, updated(*image));
    }
  }

  void about_member(Change& change) {
    const Key key = any(Kind::member);
    change.about = key;
    const Member* member = find<Member>(key);
    Key image = known(Kind::image);
    if (one_in(25)) image = any(Kind::image);
    std::map<Key, std::optional<Member>> after;
    const std::uint64_t kind = below(9);
    const bool deleted = one_in(3);
    bool points = false;  // to the image, newly
    if (!member) {
      change.sql = fmt::format("INSERT INTO image_members (id, image_id, deleted) VALUES ({}, {}, {})", key.number,
                               image.number, deleted ? 1 : 0);
      after[key] = Member{image.number, deleted};
      points = true;
      if (const Key second = {Kind::member, key.number + 500}; one_in(3) && !draft_.find(second)) {
        change.sql += fmt::format(", ({}, {}, {})", second.number, image.number, deleted ? 1 : 0);
        after[second] = Member{image.number, deleted};
      }
    } else if (kind < 2) {
      change.sql = fmt::format("DELETE FROM image_members WHERE id = {}", key.number);
      after[key] = std::nullopt;
    } else if (kind < 4) {
      change.sql = fmt::format("UPDATE image_members SET image_id = {} WHERE id = {}", image.number, key.number);
      after[key] = Member{image.number, member->deleted};
      points = true;
    } else if (kind < 6) {
      change.sql = fmt::format("UPDATE image_members SET deleted = {} WHERE id = {}", deleted ? 1 : 0, key.number);
      after[key] = Member{member->image, deleted};
    } else {
      // All of one image.
      const bool removes = kind == 6;
      change.sql = removes ? fmt::format("DELETE FROM image_members WHERE image_id = {}", member->image)
                           : fmt::format("UPDATE image_members SET deleted = {} WHERE image_id = {}", deleted ? 1 : 0,
                                         member->image);
      for (const auto& [each, row] : all<Member>(Kind::member))
        if (row.image == member->image)
          after[each] = removes ? std::nullopt : std::optional(Member{row.image, deleted});
    }
    if (points && !find<Image>(image)) change.refuse();
    std::map<Key, bool> images;
    if (member) images[{Kind::image, member->image}];
    if (points) images[image];
    for (auto& [of, has] : images) {
      const Image* row = find<Image>(of);
      if (!row) continue;
      Image follows = *row;
      follows.states = with_members(row->states, has_members(of, true, after), stage_);
      change.after.emplace_back(of, std::move(follows));
    }
    for (const auto& [of, row] : after)
      change.after.emplace_back(of, row ? std::optional<Tables::Row>(*row) : std::nullopt);
  }

  // --- providers and projects

  static void rename(Provider& provider, const Cell& name) {
    provider.name = name;
    for (Made* made : {&provider.project, &provider.badge})
      if (made->waits) made->born_as.push_back(name);
  }

  void about_provider(Change& change) {
    const Key key = one_in(6) ? any(Kind::provider) : known(Kind::provider);
    change.about = key;
    const Provider* provider = find<Provider>(key);
    const Cell name = text();
    const Key project = known(Kind::project);
    const bool has_project = find<Project>(project) != nullptr;
    const std::uint64_t kind = below(9);
    const bool gives = as_new_ && (stage_ == Stage::contracted || one_in(3));
    // As with posts: what is not there is refused by triggers, and later on by a foreign key.
    if (gives && !has_project && stage_ == Stage::contracted) return about_image(change);
    Assigned assigned = {{"id", std::to_string(key.number)}, {"name", sql_text(name)}};
    if (gives) assigned.emplace_back("project_id", sql_text(project_id(project.number)));
    if (!provider) {
      change.sql = insert("providers", assigned);
      Provider made = unmade(name);
      made.project.waits = stage_ == Stage::old_only;
      made.badge.waits = stage_ != Stage::both;  // nobody gives it, and in contract its triggers go
      if (gives) made.project.key = project_id(project.number);
      change.after.emplace_back(key, made);
      if (gives && !has_project) change.refuse();
    } else if (kind < 3) {
      Provider after = *provider;
      if (kind < 2 || (!gives && stage_ == Stage::contracted)) {
        change.sql = fmt::format("UPDATE providers SET name = {} WHERE id = {}", sql_text(name), key.number);
      } else {
        if (gives && !has_project) return about_image(change);
        change.sql = upsert("providers", assigned);
        if (gives) after.project = {false, {}, project_id(project.number)};
      }
      rename(after, name);
      change.after.emplace_back(key, after);
    } else if (kind < 5) {
      change.sql = fmt::format("DELETE FROM providers WHERE id = {}", key.number);
      change.after.emplace_back(key, std::nullopt);
    } else if (kind < 7 && as_new_) {
      // The first key of a row that waits may be anything.
      if (!has_project && (provider->project.waits || stage_ == Stage::contracted)) return about_image(change);
      change.sql =
          fmt::format("UPDATE providers SET project_id = '{}' WHERE id = {}", project_id(project.number), key.number);
      Provider after = *provider;
      after.project = {false, {}, project_id(project.number)};
      change.after.emplace_back(key, after);
      if (!has_project && provider->project.key != project_id(project.number)) change.refuse();
    } else {
      const std::int64_t last = std::min(key.number + 9999, base_ + kSpan - 1);
      change.sql =
          fmt::format("UPDATE providers SET name = {} WHERE id BETWEEN {} AND {}", sql_text(name), key.number, last);
      for (auto [each, row] : all<Provider>(Kind::provider)) {
        if (each.number < key.number || each.number > last) continue;
        rename(row, name);
        change.after.emplace_back(each, row);
      }
    }
  }

  void about_project(Change& change) {
    const Key key = any(Kind::project);
    change.about = key;
    const Project* project = find<Project>(key);
    const Cell name = text();
    if (!project) {
      change.sql = insert("projects", {{"id", sql_text(project_id(key.number))}, {"name", sql_text(name)}});
      change.after.emplace_back(key, Project{name});
      return;
    }
    bool used = false;
    for (const auto& [each, provider] : all<Provider>(Kind::provider))
      used = used || provider.project.key == project_id(key.number);
    if (!used && one_in(4)) {
      change.sql = fmt::format("DELETE FROM projects WHERE id = '{}'", project_id(key.number));
      change.after.emplace_back(key, std::nullopt);
      return;
    }
    change.sql = fmt::format("UPDATE projects SET name = {} WHERE id = '{}'", sql_text(name), project_id(key.number));
    change.after.emplace_back(key, Project{name});
  }

  const Server& server_;
  const RowDraft& draft_;
  const std::int64_t base_;
  const Stage stage_;
  const bool as_new_;
  std::mt19937_64& random_;
};

}  // namespace

Tables::Statement Tables::next(const RowDraft& draft, std::size_t range, Stage stage, bool as_new,
                               std::mt19937_64& random) const {
  return Author(server_, draft, range, stage, as_new, random).next();
}

}  // namespace emcee::soak::related
