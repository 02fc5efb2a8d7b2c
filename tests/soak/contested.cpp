#include "tests/soak/contested.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace emcee::soak {

namespace {

constexpr std::int64_t kFirst = 9'000'000;
constexpr int kRows = 30;

}  // namespace

void Contested::fill() {
  const auto client = server_.connect();
  std::string values;
  for (int i = 0; i < kRows; ++i) {
    Given given;
    given.old_values = {std::int64_t{i % 2}, fmt::format("Label{}", i)};
    rows_[kFirst + i] = {model_.insert(given, Stage::old_only).row, 0};
    values += fmt::format("{}({}, {})", i ? ", " : "", kFirst + i, fmt::join(given.values(), ", "));
  }
  if (client->run("INSERT INTO images (id, is_public, label) VALUES " + values) != Reply::done)
    throw std::runtime_error(client->message());
}

void Contested::enter(Client& client, Stage stage) {
  const auto lock = gate_.close();
  replay(client);
  if (stage == Stage::old_only)
    for (auto& [id, known] : rows_) known.row = model_.rolled_back(known.row);
  stage_ = stage;
}

void Contested::compare(Client& client) {
  const auto lock = gate_.close();
  replay(client);
}

Reply Contested::attempt(Client& client, bool as_new, std::mt19937_64& random, History& written) {
  const auto begins = server_.begins();
  const std::uint64_t statements = 1 + random() % 3;
  if (const Reply begun = client.run(begins[random() % begins.size()]); begun != Reply::done)
    return begun == Reply::lost ? Reply::done : begun;  // nothing has happened yet
  for (std::uint64_t i = 0; i < statements; ++i) {
    const std::int64_t id = kFirst + static_cast<std::int64_t>(random() % kRows);
    Write write{{}, true};
    auto& values = as_new ? write.given.new_values : write.given.old_values;
    const std::uint64_t which = 1 + random() % 3;
    std::string set = "version = version + 1";
    for (std::size_t g = 0; g < kGroups; ++g) {
      if (!(which >> g & 1)) continue;
      values[g] = random_value(g, as_new, random);
      set += fmt::format(", {} = {}", (as_new ? kNewColumns : kOldColumns)[g], sql_text(*values[g]));
    }
    const Reply reply = client.run(fmt::format("UPDATE images SET {} WHERE id = {}", set, id));
    // Without a COMMIT it is as if it had never been.
    if (reply == Reply::lost) {
      written.clear();
      return Reply::done;
    }
    const auto version =
        reply == Reply::done ? client.query(fmt::format("SELECT version FROM images WHERE id = {}", id)) : std::nullopt;
    if (!version || version->empty()) {
      const std::string message = client.message();
      client.run("ROLLBACK");
      written.clear();
      if (reply != Reply::again && reply != Reply::done) counts_.report("not done: " + set + " (" + message + ")");
      return reply == Reply::again ? reply : Reply::done;
    }
    written.emplace(Place{id, std::stoll(version->front()[0].value())}, std::move(write));
  }
  return client.run("COMMIT");
}

void Contested::write(Client& client, bool as_new, std::mt19937_64& random) {
  const auto lock = gate_.enter();
  if (stage_ != Stage::both) as_new = stage_ == Stage::contracted;
  History written;
  const Reply reply = attempt(client, as_new, random, written);
  if (reply == Reply::again) {
    counts_.tried_again(client.message());
    client.run("ROLLBACK");
    return;
  }
  if (reply == Reply::refused || reply == Reply::failed)
    return counts_.report("a transaction on contested rows failed: " + client.message());
  if (written.empty()) return;
  Traffic& traffic = counts_.traffic();
  (as_new ? traffic.new_writes : traffic.old_writes) += static_cast<std::int64_t>(written.size());
  ++counts_.transactions;
  if (reply == Reply::lost) {
    ++counts_.lost;
    for (auto& [place, write] : written) write.certain = false;
  }
  const std::lock_guard guard(history_mutex_);
  history_.merge(written);
}

void Contested::replay(Client& client) {
  const std::string sql = fmt::format("SELECT id, version{} FROM images WHERE id >= {}", seen_columns(stage_), kFirst);
  std::optional<Client::Rows> rows = client.query(sql);
  for (int i = 0; i < 500 && !rows; ++i) {  // locked, or about to start again
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    rows = client.query(sql);
  }
  if (!rows) return counts_.report("cannot read the contested rows: " + client.message());
  if (rows->size() != rows_.size()) counts_.report("contested rows are missing");
  for (const auto& row : *rows) replay_row(std::stoll(*row[0]), row);
  for (const auto& [place, write] : history_)
    if (write.certain)
      counts_.report(fmt::format("row {} has lost a committed write, number {}", place.first, place.second));
  history_.clear();
}

void Contested::replay_row(std::int64_t id, const std::vector<Client::Cell>& seen) {
  Known& known = rows_.at(id);
  const std::int64_t last = std::stoll(*seen[1]);
  ++counts_.compared;
  while (known.version < last) {
    const auto [begin, end] = history_.equal_range({id, known.version + 1});
    // Of several, those whose COMMIT nobody answered did not happen.
    auto write = begin;
    for (auto it = begin; it != end; ++it) {
      if (!it->second.certain) continue;
      if (write->second.certain && write != it)
        counts_.report(fmt::format("version {} of row {} was written twice", known.version + 1, id));
      write = it;
    }
    if (write == end) return counts_.report(fmt::format("nobody made version {} of row {}", known.version + 1, id));
    Step step = model_.update(known.row, write->second.given, stage_);
    if (!step.may_do)
      counts_.report(fmt::format("version {} of row {} should have been refused", known.version + 1, id));
    known.row = std::move(step.row);
    history_.erase(begin, end);
    ++known.version;
  }
  const Seen cells = seen_row(stage_, seen, 2);
  if (model_.narrow(known.row, cells, stage_)) return;
  std::vector<std::string> texts;
  for (std::size_t i = 2; i < seen.size(); ++i) texts.push_back(seen[i].value_or("NULL"));
  counts_.report(fmt::format("row {} is ({}), the model says {}", id, fmt::join(texts, ", "), model_.text(known.row)));
}

}  // namespace emcee::soak
