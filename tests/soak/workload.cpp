#include "tests/soak/workload.h"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace emcee::soak {

using plan::GroupRow;
using plan::Outcome;
using plan::Value;

const char* const kOldSchema =
    "CREATE TABLE images (id INTEGER NOT NULL PRIMARY KEY, is_public INTEGER NOT NULL, name VARCHAR(50));\n";
const char* const kNewSchema =
    "CREATE TABLE images (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50), visibility VARCHAR(9) DEFAULT 'shared' "
    "NOT "
    "NULL);\n";
const char* const kMap =
    "name = \"soak\"\n[[map]]\ntable = \"images\"\nold = [\"is_public\"]\nnew = [\"visibility\"]\n"
    "up.visibility = \"CASE WHEN is_public = 1 THEN 'public' ELSE 'shared' END\"\n"
    "down.is_public = \"CASE WHEN visibility = 'public' THEN 1 ELSE 0 END\"\n";

plan::SyncModel image_visibility() {
  plan::SyncModel model;
  plan::OldColumn old;
  old.name = schema::Identifier("is_public", schema::Folding::ignore_case);
  old.down = schema::Fragment::column(old.name);  // `down` below is what counts
  old.not_null = true;
  plan::NewColumn added;
  added.name = schema::Identifier("visibility", schema::Folding::ignore_case);
  added.not_null = true;
  model.group.old_columns = {old};
  model.group.new_columns = {added};
  model.up = [](const GroupRow& row) -> plan::Values {
    return {row.old_values[0] == Value(std::int64_t{1}) ? std::string("public") : std::string("shared")};
  };
  model.down = [](const GroupRow& row) -> plan::Values {
    return {std::int64_t{row.new_values[0] == Value(std::string("public")) ? 1 : 0}};
  };
  model.old_defaults = {std::monostate()};
  model.new_defaults = {std::string("shared")};
  return model;
}

namespace {

constexpr std::int64_t kSpan = 1'000'000;  // ids of a range

GroupRow row_of(const Value& old_value, const Value& new_value) { return {{old_value}, {new_value}, {}}; }

std::string text_of(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return "NULL";
}

Client::Cell cell_of(const Value& value) {
  return plan::is_null(value) ? Client::Cell() : Client::Cell(text_of(value));
}

std::string shown(const Client::Cell& cell) { return cell.value_or("NULL"); }

const std::array<const char*, 4> kVisibilities = {"private", "public", "shared", "community"};

}  // namespace

Workload::Workload(Server& server) : server_(server), model_(image_visibility()) {
  const auto client = server_.connect();
  if (client->run(kOldSchema) != Reply::done) throw std::runtime_error(client->message());
}

void Workload::fill(int rows_per_range) {
  const auto client = server_.connect();
  for (std::size_t r = 0; r < kRanges; ++r) {
    std::string values;
    for (int i = 0; i < rows_per_range; ++i) {
      const std::int64_t id = static_cast<std::int64_t>(r) * kSpan + i;
      ranges_[r].rows.emplace(id, row_of(std::int64_t{i % 2}, std::monostate()));
      values += fmt::format("{}({}, {}, 'n{}')", i ? ", " : "", id, i % 2, i);
    }
    if (client->run("INSERT INTO images (id, is_public, name) VALUES " + values) != Reply::done)
      throw std::runtime_error(client->message());
  }
}

void Workload::enter(Stage stage) {
  // A statement that has begun ends in the stage that it began in.
  std::array<std::unique_lock<std::mutex>, kRanges> locks;
  for (std::size_t r = 0; r < kRanges; ++r) locks[r] = std::unique_lock(ranges_[r].mutex);
  stage_ = stage;
}

std::size_t Workload::rows() const {
  std::size_t count = 0;
  for (const Range& range : ranges_) count += range.rows.size();
  return count;
}

void Workload::report(const std::string& what) {
  ++counts_.wrong;
  fmt::print(stderr, "soak: {}\n", what);
}

Reply Workload::run(Client& client, const std::string& sql) {
  while (true) {
    const Reply reply = client.run(sql);
    if (reply != Reply::again) return reply;
    ++counts_.again;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void Workload::expect(Client& client, Range& range, std::int64_t id, const Outcome& outcome, const std::string& sql) {
  const Reply reply = run(client, sql);
  const auto* row = std::get_if<GroupRow>(&outcome);
  if ((reply == Reply::done) != (row != nullptr))
    return report(fmt::format("{} by the server, and the model says otherwise: {} ({})",
                              reply == Reply::done ? "taken" : "refused", sql, client.message()));
  if (row)
    range.rows[id] = *row;
  else
    ++counts_.refused;
}

bool Workload::agrees(GroupRow& known, const Client::Cell& old_value, const Client::Cell& new_value,
                      bool has_old) const {
  const auto is = [&](const GroupRow& row) {
    return (!has_old || cell_of(row.old_values[0]) == old_value) && cell_of(row.new_values[0]) == new_value;
  };
  if (is(known)) return true;
  const GroupRow filled = plan::after_backfill(model_, known);
  if (!is(filled)) return false;
  known = filled;
  return true;
}

void Workload::check_row(Client& client, Range& range, std::int64_t id, bool as_new) {
  // Each release looks with its own eyes.
  const std::string column = as_new ? "visibility" : "is_public";
  const auto rows = client.query(fmt::format("SELECT {} FROM images WHERE id = {}", column, id));
  if (!rows) return;  // locked: another time
  ++counts_.compared;
  const auto known = range.rows.find(id);
  if (rows->empty() != (known == range.rows.end())) return report(fmt::format("row {} is there, or is not", id));
  if (rows->empty()) return;
  const Client::Cell& seen = (*rows)[0][0];
  const auto value = [&](const GroupRow& row) { return cell_of(as_new ? row.new_values[0] : row.old_values[0]); };
  if (seen != value(known->second) && seen != value(plan::after_backfill(model_, known->second)))
    report(fmt::format("row {}: {} is {}, the model says {}", id, column, shown(seen), shown(value(known->second))));
}

void Workload::write(Client& client, std::size_t which, bool as_new, std::mt19937_64& random) {
  Range& range = ranges_[which];
  const std::lock_guard lock(range.mutex);
  const Stage stage = stage_;
  if (as_new ? stage == Stage::old_only : stage == Stage::contracted) return;
  const auto below = [&](std::uint64_t n) { return random() % n; };
  const std::int64_t base = static_cast<std::int64_t>(which) * kSpan;
  const std::int64_t id = base + static_cast<std::int64_t>(below(range.rows.size() + 40));
  const auto found = range.rows.find(id);
  const bool exists = found != range.rows.end();
  const GroupRow before = exists ? found->second : GroupRow{};

  Value given;
  if (as_new)
    given = std::string(kVisibilities[below(4)]);
  else
    given = static_cast<std::int64_t>(below(2));
  const std::string column = as_new ? "visibility" : "is_public";
  const std::string literal = as_new ? "'" + text_of(given) + "'" : text_of(given);
  const GroupRow inserted = as_new ? row_of(std::monostate(), given) : row_of(given, std::monostate());
  GroupRow updated = before;
  if (exists) (as_new ? updated.new_values : updated.old_values)[0] = given;
  ++(as_new ? counts_.new_writes : counts_.old_writes);
  // Before expand there is nothing to derive.
  const auto after_insert = [&](const GroupRow& row, const std::optional<GroupRow>& replaced = {}) -> Outcome {
    return stage == Stage::old_only ? Outcome(row) : plan::after_insert(model_, row, replaced);
  };
  const auto after_update = [&](const GroupRow& row) -> Outcome {
    return stage == Stage::old_only ? Outcome(row) : plan::after_update(model_, before, row);
  };

  const std::uint64_t kind = below(20);
  if (!exists) {
    if (as_new && kind < 3) {  // the column is left out: its default
      expect(client, range, id, after_insert(row_of(std::monostate(), std::string("shared"))),
             fmt::format("INSERT INTO images (id, name) VALUES ({}, 'd')", id));
    } else if (kind < 8 && server_.has_replace()) {
      expect(client, range, id, after_insert(inserted),
             fmt::format("REPLACE INTO images (id, {}, name) VALUES ({}, {}, 'r')", column, id, literal));
    } else if (kind < 12) {
      expect(client, range, id, after_insert(inserted),
             server_.upsert("id, " + column, fmt::format("{}, {}", id, literal), column + " = " + literal));
    } else {
      expect(client, range, id, after_insert(inserted),
             fmt::format("INSERT INTO images (id, {}, name) VALUES ({}, {}, 'i')", column, id, literal));
    }
  } else if (kind < 1) {
    if (run(client, fmt::format("DELETE FROM images WHERE id = {}", id)) == Reply::done)
      range.rows.erase(id);
    else
      report("a DELETE was refused: " + client.message());
  } else if (kind < 3) {  // what concerns neither form
    expect(client, range, id, after_update(before), fmt::format("UPDATE images SET name = 'u' WHERE id = {}", id));
  } else if (kind < 5 && server_.has_replace()) {
    // The row that goes away is the one the database has: a batch may have filled it.
    expect(client, range, id, after_insert(inserted, plan::after_backfill(model_, before)),
           fmt::format("REPLACE INTO images (id, {}, name) VALUES ({}, {}, 'r')", column, id, literal));
  } else if (kind < 8) {
    expect(
        client, range, id, after_update(updated),
        server_.upsert("id, " + column, fmt::format("{}, {}", id, as_new ? literal : "0"), column + " = " + literal));
  } else if (kind < 9 && as_new && stage == Stage::both && !plan::is_null(before.new_values[0])) {
    // A tool that knows both forms, and is wrong or right about them. What it changes can only be foreseen
    // where the row is filled for certain: a batch may be there just now.
    GroupRow both = before;
    both.old_values[0] = static_cast<std::int64_t>(below(2));
    both.new_values[0] = given;
    expect(client, range, id, after_update(both),
           fmt::format("UPDATE images SET is_public = {}, visibility = {} WHERE id = {}", text_of(both.old_values[0]),
                       literal, id));
  } else if (kind < 11) {  // several rows at once
    std::vector<std::pair<std::int64_t, GroupRow>> after;
    for (auto it = range.rows.lower_bound(id); it != range.rows.end() && it->first < id + 10; ++it) {
      GroupRow row = it->second;
      (as_new ? row.new_values : row.old_values)[0] = given;
      const Outcome outcome = stage == Stage::old_only ? Outcome(row) : plan::after_update(model_, it->second, row);
      if (const auto* result = std::get_if<GroupRow>(&outcome)) after.emplace_back(it->first, *result);
    }
    const std::string sql =
        fmt::format("UPDATE images SET {} = {} WHERE id >= {} AND id < {}", column, literal, id, id + 10);
    if (run(client, sql) != Reply::done) return report(sql + " was refused: " + client.message());
    for (auto& [key, row] : after) range.rows[key] = row;
  } else {
    expect(client, range, id, after_update(updated),
           fmt::format("UPDATE images SET {} = {} WHERE id = {}", column, literal, id));
  }
  if (below(4) == 0) check_row(client, range, id, as_new);
}

void Workload::compare(Client& client) {
  std::array<std::unique_lock<std::mutex>, kRanges> locks;
  for (std::size_t r = 0; r < kRanges; ++r) locks[r] = std::unique_lock(ranges_[r].mutex);
  const Stage stage = stage_;
  if (stage == Stage::old_only) return;
  const bool has_old = stage == Stage::both;
  const auto rows = client.query(has_old ? "SELECT id, is_public, visibility FROM images"
                                         : "SELECT id, visibility, visibility FROM images");
  if (!rows) return;
  std::size_t seen = 0;
  for (const auto& row : *rows) {
    const std::int64_t id = std::stoll(*row[0]);
    Rows& known = ranges_[static_cast<std::size_t>(id / kSpan)].rows;
    const auto it = known.find(id);
    ++counts_.compared;
    if (it == known.end()) {
      report(fmt::format("row {} should not be there", id));
    } else {
      ++seen;
      if (!agrees(it->second, row[1], row[2], has_old))
        report(fmt::format("row {} is ({}, {}), the model says ({}, {})", id, shown(row[1]), shown(row[2]),
                           text_of(it->second.old_values[0]), text_of(it->second.new_values[0])));
    }
  }
  if (seen != this->rows()) report(fmt::format("{} rows are missing", this->rows() - seen));
}

}  // namespace emcee::soak
