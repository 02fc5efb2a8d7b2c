#include "tests/soak/workload.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace emcee::soak {

using plan::Value;

const Row* Draft::find(std::int64_t id) const {
  if (const auto changed = changes_.find(id); changed != changes_.end())
    return changed->second ? &*changed->second : nullptr;
  const auto found = base_.find(id);
  return found == base_.end() ? nullptr : &found->second;
}

// A statement, and what the model makes of it.
struct Workload::Statement {
  std::string sql;
  std::vector<std::pair<std::int64_t, std::optional<Row>>> after;  // where it is done
  bool may_do = true, may_refuse = false;

  void leaves(std::int64_t id, Step step) {
    may_do = may_do && step.may_do;
    may_refuse = may_refuse || step.may_refuse;
    after.emplace_back(id, std::move(step.row));
  }
};

// Writes the statements of one release.
class Workload::Author {
 public:
  Author(const Workload& workload, std::size_t range, bool as_new)
      : server_(workload.server_),
        model_(workload.model_),
        rows_(workload.ranges_[range].rows),
        base_(static_cast<std::int64_t>(range) * kSpan),
        stage_(workload.stage_),
        as_new_(as_new) {}

  Statement next(const Draft& draft, std::mt19937_64& random) {
    random_ = &random;
    const std::int64_t id = any_id();
    const Row* row = draft.find(id);
    last_id_ = id;
    const std::uint64_t kind = below(24);
    if (!row) {
      if (kind < 5) return insert_rows(draft, id);
      if (kind < 8) return copy(draft, id);
      return put(id, nullptr);
    }
    if (kind < 1) return remove(id);
    if (kind < 3) return move(draft, id, *row);
    if (kind < 8) return put(id, row);
    if (kind < 10) return update_rows(draft, id);
    Given given = change();
    // A tool that knows both forms, and is wrong or right about them.
    if (kind < 11 && as_new_ && stage_ == Stage::both) {
      const std::size_t g = below(kGroups);
      given.old_values[g] = random_value(g, false, random);
      given.new_values[g] = random_value(g, true, random);
    }
    return update(id, *row, given);
  }
  // The row that it wrote about last; one of its range where it has not begun.
  std::int64_t last_id() const { return last_id_; }

 private:
  std::uint64_t below(std::uint64_t n) { return (*random_)() % n; }
  std::int64_t any_id() { return base_ + static_cast<std::int64_t>(below(rows_.size() + 40)); }
  PerGroup<std::optional<Value>>& own(Given& given) const { return as_new_ ? given.new_values : given.old_values; }

  // Some columns of the release.
  Given change() {
    Given given;
    const std::uint64_t which = 1 + below(7);
    for (std::size_t g = 0; g < kGroups; ++g)
      if (which >> g & 1) own(given)[g] = random_value(g, as_new_, *random_);
    if (which >> kGroups & 1) given.name = fmt::format("n{}", below(100));
    if (below(40) == 0) own(given)[0] = Value();  // NULL in a NOT NULL column
    return given;
  }
  // A whole row; the new release may leave to the default what has one.
  Given whole() {
    Given given;
    if (!as_new_ || below(4) != 0) own(given)[0] = random_value(0, as_new_, *random_);
    if (below(3) != 0) own(given)[1] = random_value(1, as_new_, *random_);
    given.name = fmt::format("w{}", below(100));
    return given;
  }
  static std::string list(const std::vector<std::string>& texts) { return fmt::format("{}", fmt::join(texts, ", ")); }
  static std::vector<std::string> with(std::string first, std::vector<std::string> rest) {
    rest.insert(rest.begin(), std::move(first));
    return rest;
  }
  static std::string set_list(const Given& given) {
    std::vector<std::string> parts;
    const auto columns = given.columns(), values = given.values();
    for (std::size_t i = 0; i < columns.size(); ++i) parts.push_back(columns[i] + " = " + values[i]);
    return list(parts);
  }

  // INSERT, REPLACE or an upsert of one row, which may be there.
  Statement put(std::int64_t id, const Row* row) {
    const Given given = whole();
    const auto columns = with("id", given.columns());
    const auto values = with(std::to_string(id), given.values());
    const std::string plain = fmt::format("INTO images ({}) VALUES ({})", list(columns), list(values));
    Statement statement;
    const std::uint64_t kind = below(server_.has_replace() ? 5 : 3);
    if (kind >= 3) {
      statement.sql = "REPLACE " + plain;
      statement.leaves(id, row ? model_.replace(*row, given, stage_) : model_.insert(given, stage_));
    } else if (kind == 0 && !row) {
      statement.sql = "INSERT " + plain;
      statement.leaves(id, model_.insert(given, stage_));
    } else {
      statement.sql = server_.upsert(columns, values);
      statement.leaves(id, row ? model_.update(*row, given, stage_) : model_.insert(given, stage_));
    }
    return statement;
  }

  Statement insert_rows(const Draft& draft, std::int64_t id) {
    Statement statement;
    const Given first = whole();
    std::string rows;
    for (int i = 0; i < 3; ++i, ++id) {
      if (draft.find(id)) continue;
      Given given = first;
      for (std::size_t g = 0; g < kGroups; ++g)
        if (own(given)[g]) own(given)[g] = random_value(g, as_new_, *random_);
      rows += fmt::format("{}({})", rows.empty() ? "" : ", ", list(with(std::to_string(id), given.values())));
      statement.leaves(id, model_.insert(given, stage_));
    }
    statement.sql = fmt::format("INSERT INTO images ({}) VALUES {}", list(with("id", first.columns())), rows);
    return statement;
  }

  Statement copy(const Draft& draft, std::int64_t id) {
    const std::int64_t source = any_id();
    const Row* row = draft.find(source);
    if (!row) return put(id, nullptr);
    const std::string columns = list({as_new_ ? kNewColumns.begin() : kOldColumns.begin(),  //
                                      as_new_ ? kNewColumns.end() : kOldColumns.end()});
    Statement statement;
    statement.sql =
        fmt::format("INSERT INTO images (id, {1}) SELECT {0}, {1} FROM images WHERE id = {2}", id, columns, source);
    statement.leaves(id, model_.copy(*row, as_new_, stage_));
    return statement;
  }

  Statement remove(std::int64_t id) const {
    return {fmt::format("DELETE FROM images WHERE id = {}", id), {{id, std::nullopt}}};
  }

  // Another key, perhaps one that is taken, and perhaps other values with it.
  Statement move(const Draft& draft, std::int64_t id, const Row& row) {
    const std::int64_t to = any_id();
    if (to == id) return update(id, row, change());
    const Given given = below(2) == 0 ? change() : Given();
    Statement statement;
    const std::string set = set_list(given);
    statement.sql = fmt::format("UPDATE images SET id = {}{}{} WHERE id = {}", to, set.empty() ? "" : ", ", set, id);
    statement.leaves(to, model_.update(row, given, stage_));
    statement.after.emplace_back(id, std::nullopt);
    if (draft.find(to)) {
      statement.may_do = false;
      statement.may_refuse = true;
    }
    return statement;
  }

  Statement update(std::int64_t id, const Row& row, const Given& given) const {
    Statement statement;
    statement.sql = fmt::format("UPDATE images SET {} WHERE id = {}", set_list(given), id);
    statement.leaves(id, model_.update(row, given, stage_));
    return statement;
  }

  Statement update_rows(const Draft& draft, std::int64_t first) {
    const Given given = change();
    Statement statement;
    statement.sql = fmt::format("UPDATE images SET {} WHERE id BETWEEN {} AND {}", set_list(given), first, first + 9);
    for (std::int64_t id = first; id < first + 10; ++id)
      if (const Row* row = draft.find(id)) statement.leaves(id, model_.update(*row, given, stage_));
    return statement;
  }

  const Server& server_;
  const Model& model_;
  const Rows& rows_;
  const std::int64_t base_;
  const Stage stage_;
  const bool as_new_;
  std::mt19937_64* random_ = nullptr;
  std::int64_t last_id_ = base_;
};

void Workload::fill(int rows_per_range) {
  const auto client = server_.connect();
  for (std::size_t r = 0; r < kRanges; ++r) {
    std::string values;
    for (int i = 0; i < rows_per_range; ++i) {
      const std::int64_t id = static_cast<std::int64_t>(r) * kSpan + i;
      Given given;
      given.old_values = {std::int64_t{i % 2}, i % 5 == 0 ? Value() : Value(fmt::format("Label{}", i))};
      ranges_[r].rows.emplace(id, model_.insert(given, Stage::old_only).row);
      values += fmt::format("{}({}, {})", i ? ", " : "", id, fmt::join(given.values(), ", "));
    }
    if (client->run("INSERT INTO images (id, is_public, label) VALUES " + values) != Reply::done)
      throw std::runtime_error(client->message());
  }
}

Workload::Locks Workload::lock_all() {
  Locks locks;
  for (std::size_t r = 0; r < kRanges; ++r) locks[r] = std::unique_lock(ranges_[r].mutex);
  return locks;
}

void Workload::enter(Stage stage) {
  // A transaction that has begun ends in the stage that it began in.
  const Locks locks = lock_all();
  if (stage == Stage::old_only)
    for (Range& range : ranges_)
      for (auto& [id, row] : range.rows) row = model_.rolled_back(row);
  stage_ = stage;
}

std::size_t Workload::rows() const {
  std::size_t count = 0;
  for (const Range& range : ranges_) {
    const std::lock_guard lock(range.mutex);
    count += range.rows.size();
  }
  return count;
}

Reply Workload::run(Client& client, const Statement& statement, Draft& draft) {
  const Reply reply = client.run(statement.sql);
  const auto wrong = [&](const char* what) {
    counts_.report(fmt::format("{}: {} ({})", what, statement.sql, client.message()));
  };
  if (reply == Reply::failed) wrong("failed");
  if (reply == Reply::refused && !statement.may_refuse) wrong("refused, and the model says otherwise");
  if (reply == Reply::refused) ++counts_.refused;
  if (reply == Reply::done && !statement.may_do) wrong("taken, and the model says otherwise");
  // A lost one may have been done.
  if ((reply == Reply::done || reply == Reply::lost) && statement.may_do)
    for (const auto& [id, row] : statement.after) row ? draft.put(id, *row) : draft.erase(id);
  return reply;
}

Reply Workload::attempt(Client& client, const Rows& base, Author& author, bool as_new, std::mt19937_64& random,
                        Draft& draft) {
  Traffic& traffic = counts_.traffic();
  auto& writes = as_new ? traffic.new_writes : traffic.old_writes;
  if (random() % 6 != 0) {
    const Reply reply = run(client, author.next(draft, random), draft);
    if (reply == Reply::done || reply == Reply::refused) ++writes;
    return reply;
  }
  const auto begins = server_.begins();
  const std::uint64_t steps = 2 + random() % 3;
  const bool keep = random() % 2 == 0;
  Draft inside(base);
  if (const Reply begun = client.run(begins[random() % begins.size()]); begun != Reply::done)
    return begun == Reply::lost ? Reply::done : begun;  // nothing has happened yet
  std::int64_t done = 0;
  for (std::uint64_t i = 0; i < steps; ++i, ++done) {
    const Reply reply = run(client, author.next(inside, random), inside);
    if (reply == Reply::done) continue;
    if (reply == Reply::lost) return Reply::done;  // without a COMMIT it is as if it had never been
    client.run("ROLLBACK");
    return reply == Reply::refused ? Reply::done : reply;
  }
  writes += done;
  ++counts_.transactions;
  if (!keep) {
    client.run("ROLLBACK");
    ++counts_.rolled_back;
    return Reply::done;
  }
  const Reply reply = client.run("COMMIT");
  if (reply == Reply::done || reply == Reply::lost)
    for (const auto& [id, row] : inside.changes()) row ? draft.put(id, *row) : draft.erase(id);
  else
    client.run("ROLLBACK");
  if (reply == Reply::refused || reply == Reply::failed) counts_.report("a COMMIT failed: " + client.message());
  return reply;
}

void Workload::write(Client& client, std::size_t which, bool as_new, std::mt19937_64& random) {
  Range& range = ranges_[which];
  const std::lock_guard lock(range.mutex);
  const Stage stage = stage_;
  // Nodes are upgraded one by one: before and after, all are of one release.
  if (stage != Stage::both) as_new = stage == Stage::contracted;
  const std::mt19937_64 begun = random;
  while (true) {
    Author author(*this, which, as_new);
    Draft draft(range.rows);
    random = begun;
    const Reply reply = attempt(client, range.rows, author, as_new, random, draft);
    if (reply == Reply::again) {
      counts_.tried_again(client.message());
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    if (reply == Reply::lost) return find_out(client, range, draft);
    for (const auto& [id, row] : draft.changes())
      row ? (range.rows[id] = *row, void()) : (range.rows.erase(id), void());
    if (random() % 4 == 0) check_row(client, range, author.last_id(), as_new);
    return;
  }
}

void Workload::find_out(Client& client, Range& range, const Draft& draft) {
  ++counts_.lost;
  const Stage stage = stage_;
  std::vector<std::string> ids;
  for (const auto& change : draft.changes()) ids.push_back(std::to_string(change.first));
  if (ids.empty()) return;
  const std::string sql =
      fmt::format("SELECT id{} FROM images WHERE id IN ({})", seen_columns(stage), fmt::join(ids, ", "));
  std::optional<Client::Rows> rows = client.query(sql);
  while (!rows) {  // it is about to start again
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    rows = client.query(sql);
  }
  std::map<std::int64_t, Seen> seen;
  for (const auto& row : *rows) seen.emplace(std::stoll(*row[0]), seen_row(stage, row, 1));
  const auto is = [&](const auto& row_of) {
    for (const auto& change : draft.changes()) {
      const auto known = row_of(change);
      const auto there = seen.find(change.first);
      if ((there != seen.end()) != known.has_value()) return false;
      Row row = known.value_or(Row());
      if (known && !model_.narrow(row, there->second, stage)) return false;
    }
    return true;
  };
  const bool happened = is([](const auto& change) { return change.second; });
  const bool unchanged = is([&](const auto& change) {
    const auto found = range.rows.find(change.first);
    return found == range.rows.end() ? std::nullopt : std::optional(found->second);
  });
  if (!happened && !unchanged) counts_.report("a transaction was done by halves: " + sql);
  for (const auto& [id, row] : draft.changes()) {
    if (happened && unchanged && row && range.rows.contains(id)) {
      // Nobody can tell: both remain possible.
      for (std::size_t g = 0; g < kGroups; ++g)
        for (const plan::GroupRow& state : (*row)[g])
          if (auto& states = range.rows[id][g]; std::find(states.begin(), states.end(), state) == states.end())
            states.push_back(state);
    } else if (happened) {
      if (row)
        range.rows[id] = *row;
      else
        range.rows.erase(id);
    }
  }
}

void Workload::check_row(Client& client, Range& range, std::int64_t id, bool as_new) {
  // Each release looks with its own eyes.
  const Stage eyes = as_new ? Stage::contracted : Stage::old_only;
  const auto rows = client.query(fmt::format("SELECT id{} FROM images WHERE id = {}", seen_columns(eyes), id));
  if (!rows) return;  // locked: another time
  ++counts_.compared;
  const auto known = range.rows.find(id);
  if (rows->empty() != (known == range.rows.end()))
    return counts_.report(fmt::format("row {} is {}there", id, rows->empty() ? "not " : ""));
  if (rows->empty()) return;
  if (!model_.narrow(known->second, seen_row(eyes, rows->front(), 1), stage_))
    counts_.report(
        fmt::format("row {}: the {} release sees {}, the model says {}", id, as_new ? "new" : "old",
                    fmt::join(std::vector{rows->front()[1].value_or("NULL"), rows->front()[2].value_or("NULL")}, ", "),
                    model_.text(known->second)));
}

void Workload::compare(Client& client) {
  const Locks locks = lock_all();
  const Stage stage = stage_;
  const std::int64_t end = static_cast<std::int64_t>(kRanges) * kSpan;
  const auto rows = client.query(fmt::format("SELECT id{} FROM images WHERE id < {}", seen_columns(stage), end));
  if (!rows) return;
  std::size_t seen = 0, known = 0;
  for (const auto& row : *rows) {
    const std::int64_t id = std::stoll(*row[0]);
    Rows& range = ranges_[static_cast<std::size_t>(id / kSpan)].rows;
    const auto it = range.find(id);
    ++counts_.compared;
    if (it == range.end()) {
      counts_.report(fmt::format("row {} should not be there", id));
      continue;
    }
    ++seen;
    if (model_.narrow(it->second, seen_row(stage, row, 1), stage)) continue;
    std::vector<std::string> cells;
    for (std::size_t i = 1; i < row.size(); ++i) cells.push_back(row[i].value_or("NULL"));
    counts_.report(
        fmt::format("row {} is ({}), the model says {}", id, fmt::join(cells, ", "), model_.text(it->second)));
  }
  for (const Range& range : ranges_) known += range.rows.size();
  if (seen != known) counts_.report(fmt::format("{} rows are missing", known - seen));
}

}  // namespace emcee::soak
