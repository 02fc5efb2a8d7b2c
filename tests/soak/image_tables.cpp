#include "tests/soak/image_tables.h"

#include <stdexcept>

#include "tests/soak/contested.h"

namespace emcee::soak {

using plan::Value;

namespace {

using Rows = std::map<std::int64_t, Row>;
using ImageDraft = Draft<std::int64_t, Row>;

struct ImageStatement : Statement<std::int64_t, Row> {
  void leaves(std::int64_t id, Step step) {
    may_do = may_do && step.may_do;
    may_refuse = may_refuse || step.may_refuse;
    after.emplace_back(id, std::move(step.row));
  }
};

// Writes the statements of one release.
class Author {
 public:
  Author(const Server& server, const Model& model, const Rows& rows, std::size_t range, Stage stage, bool as_new,
         std::mt19937_64& random)
      : server_(server),
        model_(model),
        rows_(rows),
        base_(static_cast<std::int64_t>(range) * kSpan),
        stage_(stage),
        as_new_(as_new),
        random_(random) {}

  ImageStatement next(const ImageDraft& draft) {
    const std::int64_t id = any_id();
    ImageStatement statement = about(draft, id);
    statement.about = id;
    return statement;
  }

 private:
  ImageStatement about(const ImageDraft& draft, std::int64_t id) {
    const Row* row = draft.find(id);
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
      given.old_values[g] = random_value(g, false, random_);
      given.new_values[g] = random_value(g, true, random_);
    }
    return update(id, *row, given);
  }
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  std::int64_t any_id() { return base_ + static_cast<std::int64_t>(below(rows_.size() + 40)); }
  PerGroup<std::optional<Value>>& own(Given& given) const { return as_new_ ? given.new_values : given.old_values; }

  // Some columns of the release.
  Given change() {
    Given given;
    const std::uint64_t which = 1 + below(7);
    for (std::size_t g = 0; g < kGroups; ++g)
      if (which >> g & 1) own(given)[g] = random_value(g, as_new_, random_);
    if (which >> kGroups & 1) given.name = fmt::format("n{}", below(100));
    if (below(40) == 0) own(given)[0] = Value();  // NULL in a NOT NULL column
    return given;
  }
  // A whole row; the new release may leave to the default what has one.
  Given whole() {
    Given given;
    if (!as_new_ || below(4) != 0) own(given)[0] = random_value(0, as_new_, random_);
    if (below(3) != 0) own(given)[1] = random_value(1, as_new_, random_);
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
  ImageStatement put(std::int64_t id, const Row* row) {
    const Given given = whole();
    const auto columns = with("id", given.columns());
    const auto values = with(std::to_string(id), given.values());
    const std::string plain = fmt::format("INTO images ({}) VALUES ({})", list(columns), list(values));
    ImageStatement statement;
    const std::uint64_t kind = below(server_.has_replace() ? 5 : 3);
    if (kind >= 3) {
      statement.sql = "REPLACE " + plain;
      statement.leaves(id, row ? model_.replace(*row, given, stage_) : model_.insert(given, stage_));
    } else if (kind == 0 && !row) {
      statement.sql = "INSERT " + plain;
      statement.leaves(id, model_.insert(given, stage_));
    } else {
      statement.sql = server_.upsert("images", columns, values);
      statement.leaves(id, row ? model_.update(*row, given, stage_) : model_.insert(given, stage_));
    }
    return statement;
  }

  ImageStatement insert_rows(const ImageDraft& draft, std::int64_t id) {
    ImageStatement statement;
    const Given first = whole();
    std::string rows;
    for (int i = 0; i < 3; ++i, ++id) {
      if (draft.find(id)) continue;
      Given given = first;
      for (std::size_t g = 0; g < kGroups; ++g)
        if (own(given)[g]) own(given)[g] = random_value(g, as_new_, random_);
      rows += fmt::format("{}({})", rows.empty() ? "" : ", ", list(with(std::to_string(id), given.values())));
      statement.leaves(id, model_.insert(given, stage_));
    }
    statement.sql = fmt::format("INSERT INTO images ({}) VALUES {}", list(with("id", first.columns())), rows);
    return statement;
  }

  ImageStatement copy(const ImageDraft& draft, std::int64_t id) {
    const std::int64_t source = any_id();
    const Row* row = draft.find(source);
    if (!row) return put(id, nullptr);
    const std::string columns = list({as_new_ ? kNewColumns.begin() : kOldColumns.begin(),  //
                                      as_new_ ? kNewColumns.end() : kOldColumns.end()});
    ImageStatement statement;
    statement.sql =
        fmt::format("INSERT INTO images (id, {1}) SELECT {0}, {1} FROM images WHERE id = {2}", id, columns, source);
    statement.leaves(id, model_.copy(*row, as_new_, stage_));
    return statement;
  }

  ImageStatement remove(std::int64_t id) const {
    ImageStatement statement;
    statement.sql = fmt::format("DELETE FROM images WHERE id = {}", id);
    statement.after.emplace_back(id, std::nullopt);
    return statement;
  }

  // Another key, perhaps one that is taken, and perhaps other values with it.
  ImageStatement move(const ImageDraft& draft, std::int64_t id, const Row& row) {
    const std::int64_t to = any_id();
    if (to == id) return update(id, row, change());
    const Given given = below(2) == 0 ? change() : Given();
    ImageStatement statement;
    const std::string set = set_list(given);
    statement.sql = fmt::format("UPDATE images SET id = {}{}{} WHERE id = {}", to, set.empty() ? "" : ", ", set, id);
    statement.leaves(to, model_.update(row, given, stage_));
    statement.after.emplace_back(id, std::nullopt);
    if (draft.find(to)) {
      statement.refuse();
    }
    return statement;
  }

  ImageStatement update(std::int64_t id, const Row& row, const Given& given) const {
    ImageStatement statement;
    statement.sql = fmt::format("UPDATE images SET {} WHERE id = {}", set_list(given), id);
    statement.leaves(id, model_.update(row, given, stage_));
    return statement;
  }

  ImageStatement update_rows(const ImageDraft& draft, std::int64_t first) {
    const Given given = change();
    ImageStatement statement;
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
  std::mt19937_64& random_;
};

}  // namespace

Statement<std::int64_t, Row> ImageTables::next(const ImageDraft& draft, std::size_t range, Stage stage, bool as_new,
                                               std::mt19937_64& random) const {
  return Author(server_, model_, draft.base(), range, stage, as_new, random).next(draft);
}

std::optional<std::map<std::int64_t, Seen>> ImageTables::read(Client& client, Stage eyes,
                                                              const std::vector<Key>& ids) const {
  const std::string which = ids.empty() ? fmt::format("id < {}", static_cast<std::int64_t>(kRanges) * kSpan)
                                        : fmt::format("id IN ({})", fmt::join(ids, ", "));
  const auto rows = client.query(fmt::format("SELECT id{} FROM images WHERE {}", seen_columns(eyes), which));
  if (!rows) return std::nullopt;
  std::map<Key, Seen> seen;
  for (const auto& row : *rows) seen.emplace(std::stoll(*row[0]), seen_row(eyes, row, 1));
  return seen;
}

void ImageTables::widen(Row& row, const Row& other) const {
  for (std::size_t g = 0; g < kGroups; ++g)
    for (const plan::GroupRow& state : other[g])
      if (std::find(row[g].begin(), row[g].end(), state) == row[g].end()) row[g].push_back(state);
}

std::string ImageTables::text(const Seen& seen) const {
  std::vector<std::string> cells;
  for (const auto& values : {seen.old_values, seen.new_values})
    if (values)
      for (const Client::Cell& cell : *values) cells.push_back(cell.value_or("NULL"));
  return fmt::format("({})", fmt::join(cells, ", "));
}

namespace {

class Images : public Scenario {
 public:
  Images(Server& server, Counts& counts)
      : server_(server),
        tables_(server, model_),
        ranges_(tables_, server, counts),
        contested_(server, model_, counts) {}

  void fill() override {
    const auto client = server_.connect();
    for (std::size_t r = 0; r < kRanges; ++r) {
      std::string values;
      for (int i = 0; i < 1000; ++i) {
        const std::int64_t id = static_cast<std::int64_t>(r) * kSpan + i;
        Given given;
        given.old_values = {std::int64_t{i % 2}, i % 5 == 0 ? Value() : Value(fmt::format("Label{}", i))};
        ranges_.put(id, model_.insert(given, Stage::old_only).row);
        values += fmt::format("{}({}, {})", i ? ", " : "", id, fmt::join(given.values(), ", "));
      }
      if (client->run("INSERT INTO images (id, is_public, label) VALUES " + values) != Reply::done)
        throw std::runtime_error(client->message());
    }
    contested_.fill();
  }
  void enter(Client& client, Stage stage) override {
    contested_.enter(client, stage);
    ranges_.enter(stage);
  }
  void write(Client& client, std::size_t range, bool as_new, std::mt19937_64& random) override {
    if (random() % 8 == 0)
      contested_.write(client, as_new, random);
    else
      ranges_.write(client, range, as_new, random);
  }
  void compare(Client& client) override {
    ranges_.compare(client);
    contested_.compare(client);
  }

 private:
  Server& server_;
  Model model_;
  ImageTables tables_;
  Ranges<ImageTables> ranges_;
  Contested contested_;
};

Releases image_releases(const Server&) { return {{kOldSchema}, {kNewSchema}, kMap, {"images"}}; }

}  // namespace

const ScenarioKind kImages = {"images", image_releases,
                              [](Server& server, Counts& counts) -> std::unique_ptr<Scenario> {
                                return std::make_unique<Images>(server, counts);
                              }};

}  // namespace emcee::soak
