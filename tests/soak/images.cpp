#include "tests/soak/images.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace emcee::soak {

using plan::GroupRow;
using plan::Outcome;
using plan::Value;
using plan::Values;

const char* const kOldSchema =
    "CREATE TABLE images (id INTEGER NOT NULL PRIMARY KEY, is_public INTEGER NOT NULL, label VARCHAR(40), "
    "name VARCHAR(50), version INTEGER DEFAULT 0 NOT NULL);\n";
const char* const kNewSchema =
    "CREATE TABLE images (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50), version INTEGER DEFAULT 0 NOT NULL, "
    "visibility VARCHAR(9) DEFAULT 'shared' NOT NULL, tag VARCHAR(40));\n";
const char* const kMap =
    "name = \"soak\"\n"
    "[[map]]\ntable = \"images\"\nold = [\"is_public\"]\nnew = [\"visibility\"]\n"
    "up.visibility = \"CASE WHEN is_public = 1 THEN 'public' ELSE 'shared' END\"\n"
    "down.is_public = \"CASE WHEN visibility = 'public' THEN 1 ELSE 0 END\"\n"
    "[[map]]\ntable = \"images\"\nold = [\"label\"]\nnew = [\"tag\"]\n"
    "up.tag = \"upper(label)\"\ndown.label = \"lower(tag)\"\n";

const PerGroup<std::string> kOldColumns = {"is_public", "label"};
const PerGroup<std::string> kNewColumns = {"visibility", "tag"};

namespace {

constexpr std::array<const char*, 4> kVisibilities = {"private", "public", "shared", "community"};

plan::SyncModel empty_model(std::size_t group, bool not_null) {
  plan::SyncModel model;
  plan::OldColumn old;
  old.name = schema::Identifier(kOldColumns[group], schema::Folding::ignore_case);
  old.down = schema::Fragment::column(old.name);  // `down` of the model is what counts
  old.not_null = not_null;
  plan::NewColumn added;
  added.name = schema::Identifier(kNewColumns[group], schema::Folding::ignore_case);
  added.not_null = not_null;
  model.group.old_columns = {old};
  model.group.new_columns = {added};
  model.old_defaults = {std::monostate()};
  model.new_defaults = {std::monostate()};
  return model;
}

plan::SyncModel visibility_model() {
  plan::SyncModel model = empty_model(0, true);
  model.up = [](const GroupRow& row) -> Values {
    return {row.old_values[0] == Value(std::int64_t{1}) ? std::string("public") : std::string("shared")};
  };
  model.down = [](const GroupRow& row) -> Values {
    return {std::int64_t{row.new_values[0] == Value(std::string("public")) ? 1 : 0}};
  };
  model.new_defaults = {std::string("shared")};
  return model;
}

plan::SyncModel tag_model() {
  plan::SyncModel model = empty_model(1, false);
  model.up = [](const GroupRow& row) -> Values {
    const auto* text = std::get_if<std::string>(&row.old_values[0]);
    return {text ? Value(schema::to_upper(*text)) : Value()};
  };
  model.down = [](const GroupRow& row) -> Values {
    const auto* text = std::get_if<std::string>(&row.new_values[0]);
    return {text ? Value(schema::to_lower(*text)) : Value()};
  };
  return model;
}

Client::Cell cell_of(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return std::nullopt;
}

void add(States& states, GroupRow state) {
  if (std::find(states.begin(), states.end(), state) == states.end()) states.push_back(std::move(state));
}

// Adds what became of one state of one group.
void collect(const Outcome& outcome, States& states, Step& step) {
  if (const auto* row = std::get_if<GroupRow>(&outcome))
    add(states, *row);
  else
    step.may_refuse = true;
}

GroupRow written_row(const Given& given, std::size_t group) {
  return {{given.old_values[group].value_or(Value())}, {given.new_values[group].value_or(Value())}, {}};
}

// Before expand nothing is derived, and only the table's own NOT NULL refuses.
Outcome plain(const plan::SyncModel& model, const GroupRow& row) {
  if (model.group.old_columns[0].not_null && plan::is_null(row.old_values[0]))
    return plan::Refused{plan::Refused::Why::not_null};
  return row;
}

}  // namespace

Value random_value(std::size_t group, bool as_new, std::mt19937_64& random) {
  if (group == 0) return as_new ? Value(std::string(kVisibilities[random() % 4])) : Value(std::int64_t(random() % 2));
  if (random() % 5 == 0) return {};
  // Few letters in both cases: what is equal but for the case is frequent.
  std::string text(1 + random() % 2, 'a');
  for (char& c : text) c = "abAB"[random() % 4];
  return text;
}

std::string sql_text(const Value& value) {
  const Client::Cell cell = cell_of(value);
  if (!cell) return "NULL";
  return std::holds_alternative<std::string>(value) ? "'" + *cell + "'" : *cell;
}

std::vector<std::string> Given::columns() const {
  std::vector<std::string> names;
  for (std::size_t g = 0; g < kGroups; ++g) {
    if (old_values[g]) names.push_back(kOldColumns[g]);
    if (new_values[g]) names.push_back(kNewColumns[g]);
  }
  if (name) names.emplace_back("name");
  return names;
}

std::vector<std::string> Given::values() const {
  std::vector<std::string> texts;
  for (std::size_t g = 0; g < kGroups; ++g) {
    if (old_values[g]) texts.push_back(sql_text(*old_values[g]));
    if (new_values[g]) texts.push_back(sql_text(*new_values[g]));
  }
  if (name) texts.push_back("'" + *name + "'");
  return texts;
}

std::string seen_columns(Stage stage) {
  std::string text;
  if (stage != Stage::contracted)
    for (const std::string& name : kOldColumns) text += ", " + name;
  if (stage != Stage::old_only)
    for (const std::string& name : kNewColumns) text += ", " + name;
  return text;
}

Seen seen_row(Stage stage, const std::vector<Client::Cell>& cells, std::size_t first) {
  Seen seen;
  const auto take = [&] {
    PerGroup<Client::Cell> values;
    for (Client::Cell& value : values) value = cells.at(first++);
    return values;
  };
  if (stage != Stage::contracted) seen.old_values = take();
  if (stage != Stage::old_only) seen.new_values = take();
  return seen;
}

Model::Model() : models_{visibility_model(), tag_model()} {}

States Model::reachable(std::size_t group, const States& states, Stage stage) const {
  States all = states;
  if (stage != Stage::old_only)
    for (const GroupRow& state : states) add(all, plan::after_backfill(models_[group], state));
  return all;
}

Step Model::insert(const Given& given, Stage stage) const {
  Step step;
  for (std::size_t g = 0; g < kGroups; ++g) {
    const GroupRow row = written_row(given, g);
    collect(stage == Stage::old_only ? plain(models_[g], row) : plan::after_insert(models_[g], row), step.row[g], step);
    step.may_do = step.may_do && !step.row[g].empty();
  }
  return step;
}

Step Model::update(const Row& before, const Given& given, Stage stage) const {
  Step step;
  for (std::size_t g = 0; g < kGroups; ++g) {
    for (const GroupRow& state : reachable(g, before[g], stage)) {
      GroupRow row = state;
      if (given.old_values[g]) row.old_values = {*given.old_values[g]};
      if (given.new_values[g]) row.new_values = {*given.new_values[g]};
      collect(stage == Stage::old_only ? plain(models_[g], row) : plan::after_update(models_[g], state, row),
              step.row[g], step);
    }
    step.may_do = step.may_do && !step.row[g].empty();
  }
  return step;
}

Step Model::replace(const Row& before, const Given& given, Stage stage) const {
  Step step;
  for (std::size_t g = 0; g < kGroups; ++g) {
    const GroupRow row = written_row(given, g);
    for (const GroupRow& state : reachable(g, before[g], stage))
      collect(stage == Stage::old_only ? plain(models_[g], row) : plan::after_insert(models_[g], row, state),
              step.row[g], step);
    step.may_do = step.may_do && !step.row[g].empty();
  }
  return step;
}

Step Model::copy(const Row& source, bool as_new, Stage stage) const {
  Step step;
  for (std::size_t g = 0; g < kGroups; ++g) {
    for (const GroupRow& state : reachable(g, source[g], stage)) {
      Given given;
      (as_new ? given.new_values : given.old_values)[g] = as_new ? state.new_values[0] : state.old_values[0];
      const GroupRow row = written_row(given, g);
      collect(stage == Stage::old_only ? plain(models_[g], row) : plan::after_insert(models_[g], row), step.row[g],
              step);
    }
    step.may_do = step.may_do && !step.row[g].empty();
  }
  return step;
}

bool Model::narrow(Row& row, const Seen& seen, Stage stage) const {
  Row left;
  for (std::size_t g = 0; g < kGroups; ++g)
    for (const GroupRow& state : reachable(g, row[g], stage))
      if ((!seen.old_values || cell_of(state.old_values[0]) == (*seen.old_values)[g]) &&
          (!seen.new_values || cell_of(state.new_values[0]) == (*seen.new_values)[g]))
        add(left[g], state);
  for (const States& states : left)
    if (states.empty()) return false;
  row = left;
  return true;
}

Row Model::rolled_back(const Row& row) const {
  Row result;
  for (std::size_t g = 0; g < kGroups; ++g)
    for (const GroupRow& state : row[g]) add(result[g], {state.old_values, {Value()}, {}});
  return result;
}

std::string Model::text(const Row& row) const {
  std::string result;
  for (const States& states : row) {
    result += result.empty() ? "" : "; ";
    for (std::size_t i = 0; i < states.size(); ++i)
      result += fmt::format("{}{} / {}", i == 0 ? "" : " or ", sql_text(states[i].old_values[0]),
                            sql_text(states[i].new_values[0]));
  }
  return result;
}

}  // namespace emcee::soak
