// The same properties for servers that are unlike SQLite: DDL that commits by itself, indexes built
// online, foreign keys that need their target, steps that prepare others. SQLite stands in with
// other capabilities: the planner knows a server by nothing else.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "dialects/registry.h"
#include "diff/apply_change.h"
#include "plan/planner.h"
#include "tests/support/random_release.h"

namespace emcee::plan {
namespace {

using testing::RandomRelease;

class OtherServer : public Dialect {
 public:
  explicit OtherServer(bool transactional) : sqlite_(dialects::make("sqlite").value()), can_(sqlite_->capabilities()) {
    can_.transactional_ddl = transactional;
    can_.online_indexes = true;
    can_.foreign_keys_need_target = true;
    can_.foreign_keys_bind_columns = !transactional;
    can_.unique_needs_rewrite = false;
    can_.rename_table_by_view = true;
  }
  std::string_view name() const override { return "other"; }
  const Capabilities& capabilities() const override { return can_; }
  const schema::Quoting& quoting() const override { return sqlite_->quoting(); }
  schema::Folding folding() const override { return sqlite_->folding(); }
  schema::Result<schema::Schema> read(const std::vector<parser::Source>& s, bool l,
                                      parser::Coverage& c) const override {
    return sqlite_->read(s, l, c);
  }
  schema::Result<Fragment> parse_expression(const parser::Source& s) const override {
    return sqlite_->parse_expression(s);
  }
  std::string print(const schema::Schema& s) const override { return sqlite_->print(s); }
  std::string catalogue_query() const override { return sqlite_->catalogue_query(); }
  TypeRelation relate(const schema::Type& a, const schema::Type& b) const override { return sqlite_->relate(a, b); }
  Fragment zero(const schema::Type& t) const override { return sqlite_->zero(t); }
  std::optional<Fragment> omission_default(const schema::Column& c) const override {
    if (c.type.name != "INTEGER") return std::nullopt;
    return Fragment({schema::Token{schema::Role::literal, "-9223372036854775808", {}, {}}});
  }
  bool is_constant(const Fragment& f) const override { return sqlite_->is_constant(f); }
  bool is_deterministic(const Fragment& f) const override { return sqlite_->is_deterministic(f); }
  Effect effect(const diff::Change& c) const override { return sqlite_->effect(c); }
  LockTime lock_time(const diff::Change& c, const schema::Schema&) const override {
    return std::holds_alternative<diff::ChangeType>(c) ? LockTime::rewrite : LockTime::instant;
  }
  bool prepares(const diff::Change& c) const override {
    return std::holds_alternative<diff::AddUnique>(c) || std::holds_alternative<diff::AddCheck>(c) ||
           std::holds_alternative<diff::SetNotNull>(c) || std::holds_alternative<diff::AddForeignKey>(c);
  }
  std::optional<Fragment> row_number(const schema::Table& t) const override { return sqlite_->row_number(t); }
  std::optional<std::vector<Identifier>> view_columns(const schema::Schema& s, const QualifiedName& v) const override {
    return sqlite_->view_columns(s, v);
  }
  schema::Result<RenderedStep> render(const Step& step, const schema::Schema& a, const schema::Schema& b,
                                      const Plan& plan) const override {
    return sqlite_->render(step, a, b, plan);
  }
  RenderedBackfill render_backfill(const Backfill& b, const schema::Schema& s) const override {
    return sqlite_->render_backfill(b, s);
  }
  std::vector<RowQuery> verify_queries(const SyncGroup& g, const schema::Schema& s) const override {
    return sqlite_->verify_queries(g, s);
  }
  std::vector<std::string> resolve(const SyncGroup& g, const schema::Schema& s, bool old_wins) const override {
    return sqlite_->resolve(g, s, old_wins);
  }
  std::vector<std::string> sync_objects(const SyncGroup& g, const schema::Schema& s) const override {
    return sqlite_->sync_objects(g, s);
  }
  RowQuery requirement_query(const CheckRows& c, const schema::Schema& s) const override {
    return sqlite_->requirement_query(c, s);
  }

 private:
  std::unique_ptr<Dialect> sqlite_;
  Capabilities can_;
};

const Dialect& server(bool transactional) {
  static const OtherServer with(true), without(false);
  return transactional ? with : without;
}

Plan plan_of(const RandomRelease& release, bool transactional) {
  PlanOptions options;
  options.best_effort = true;
  auto planning = make_plan(release.before, release.after, release.map, server(transactional), options);
  if (!planning) RC_FAIL(schema::to_text(planning.error()));
  RC_ASSERT(!planning->refused());
  return std::move(planning->plan);
}

// Every table that a foreign key points to is there when the key comes and as long as it stays.
void targets_are_there(const Plan& plan) {
  schema::Schema state = plan.before;
  const auto dangling = [&] {
    std::set<std::string> result;
    for (const schema::Table& table : state.tables())
      for (const schema::ForeignKey& key : table.foreign_keys)
        if (!state.find_table(key.references)) result.insert(table.name.text() + " -> " + key.references.text());
    return result;
  };
  // SQLite's schemas may have keys to nowhere from the start, and to the end.
  std::set<std::string> known = dangling();
  for (const schema::Table& table : plan.after.tables())
    for (const schema::ForeignKey& key : table.foreign_keys)
      if (!plan.after.find_table(key.references)) known.insert(table.name.text() + " -> " + key.references.text());
  for (const Step& step : plan.steps)
    for (const Operation& operation : step.operations)
      if (const auto* restructure = std::get_if<Restructure>(&operation))
        for (const diff::Change& change : restructure->changes) {
          const auto applied = diff::apply_change(state, change);
          if (!applied) RC_FAIL(diff::describe(change) + ": " + applied.error().message);
          for (const std::string& key : dangling())
            if (!known.count(key)) RC_FAIL(key + " points to nothing after " + diff::describe(change));
        }
  RC_ASSERT(state == plan.after);
}

RC_GTEST_PROP(OtherServers, GetForeignKeysThatHaveATarget, ()) {
  targets_are_there(plan_of(testing::any_release(), *rc::gen::arbitrary<bool>()));
}

// fence -> bind -> sync goes -> columns go: no write of the new release fails in between.
RC_GTEST_PROP(OtherServers, AreFencedBeforeSyncEndsWhereDdlCommits, ()) {
  const Plan plan = plan_of(testing::any_release(), false);
  std::map<std::string, int> fenced, stopped, bound, dropped;
  int place = 0;
  for (const Step& step : plan.steps) {
    for (const Operation& operation : step.operations) {
      ++place;
      if (const auto* fence = std::get_if<Fence>(&operation)) {
        RC_ASSERT(step.phase == Phase::contract);
        RC_ASSERT(fenced.emplace(fence->group.name, place).second);
      } else if (const auto* stop = std::get_if<StopSync>(&operation)) {
        RC_ASSERT(stopped.emplace(stop->group.name, place).second);
      } else if (const auto* restructure = std::get_if<Restructure>(&operation)) {
        if (step.phase != Phase::contract) continue;
        for (const diff::Change& change : restructure->changes) {
          if (std::holds_alternative<diff::SetNotNull>(change)) bound[diff::object(change)] = place;
          if (std::holds_alternative<diff::DropColumn>(change)) dropped[diff::object(change)] = place;
        }
      }
    }
  }
  RC_CLASSIFY(!plan.groups.empty(), "with sync");
  for (const SyncGroup& group : plan.groups) {
    RC_ASSERT(fenced.at(group.name) < stopped.at(group.name));
    for (const auto& column : group.new_columns) {
      const auto it = bound.find(group.table.text() + "." + column.name.text());
      if (it != bound.end()) RC_ASSERT(fenced.at(group.name) < it->second && it->second < stopped.at(group.name));
    }
    for (const auto& column : group.old_columns) {
      const auto it = dropped.find(group.table.text() + "." + column.name.text());
      if (it != dropped.end()) RC_ASSERT(stopped.at(group.name) < it->second);
    }
  }
}

// Where DDL is transactional there is no fence, and sync goes in the step that takes the columns.
RC_GTEST_PROP(OtherServers, LoseSyncAndColumnsAtOnceWhereDdlIsTransactional, ()) {
  const Plan plan = plan_of(testing::any_release(), true);
  for (const Step& step : plan.steps) {
    std::set<std::string> stopped;
    for (const Operation& operation : step.operations) {
      RC_ASSERT(!std::holds_alternative<Fence>(operation));
      if (const auto* stop = std::get_if<StopSync>(&operation))
        for (const auto& column : stop->group.old_columns)
          stopped.insert(stop->group.table.text() + "." + column.name.text());
    }
    for (const SyncGroup& group : plan.groups)
      for (const auto& column : group.old_columns) {
        const std::string object = group.table.text() + "." + column.name.text();
        for (const Operation& operation : step.operations)
          if (const auto* restructure = std::get_if<Restructure>(&operation))
            for (const diff::Change& change : restructure->changes)
              if (std::holds_alternative<diff::DropColumn>(change) && diff::object(change) == object)
                RC_ASSERT(stopped.count(object) == 1);
      }
  }
}

// An index is a step of its own, and what is prepared is used afterwards in the same phase. Only where
// foreign keys hold indexes fast one may go together with what held it.
RC_GTEST_PROP(OtherServers, BuildIndexesAloneAndUseWhatTheyPrepare, ()) {
  const bool transactional = *rc::gen::arbitrary<bool>();
  const Plan plan = plan_of(testing::any_release(), transactional);
  std::map<std::pair<Phase, std::string>, bool> prepared;
  for (const Step& step : plan.steps) {
    for (const Operation& operation : step.operations) {
      if (const auto* prepare = std::get_if<Prepare>(&operation)) {
        RC_ASSERT(step.operations.size() == 1);
        prepared[{step.phase, diff::describe(prepare->change)}] = false;
      }
      const auto* restructure = std::get_if<Restructure>(&operation);
      if (!restructure) continue;
      for (const diff::Change& change : restructure->changes) {
        if (const auto it = prepared.find({step.phase, diff::describe(change)}); it != prepared.end())
          it->second = true;
        const bool index = std::holds_alternative<diff::CreateIndex>(change) ||
                           (transactional && std::holds_alternative<diff::DropIndex>(change));
        if (index) RC_ASSERT(restructure->changes.size() == 1);
      }
    }
  }
  RC_CLASSIFY(!prepared.empty(), "prepared");
  for (const auto& [what, used] : prepared)
    if (!used) RC_FAIL(what.second + " is prepared for nothing");
}

schema::Schema read(const std::string& text) {
  parser::Coverage coverage;
  auto schema = server(true).read({parser::Source("schema.sql", text)}, false, coverage);
  EXPECT_TRUE(schema) << schema::to_text(schema.error());
  return *std::move(schema);
}

// A view until contract, then the table at once; a new table points to the name that there is.
TEST(OtherServers, RenameATableByAView) {
  RandomRelease release;
  release.before = read("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)");
  release.after = read(
      "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, mail TEXT);"
      "CREATE TABLE posts (id INTEGER PRIMARY KEY, author INTEGER REFERENCES users (id))");
  const auto name = [](const char* text) { return QualifiedName{{}, Identifier(text, schema::Folding::ignore_case)}; };
  release.map.name = "next";
  release.map.table_renames = {{name("people"), name("users")}};
  release.map.accepted = {{"fk_onto_old_table", "posts", "nobody deletes users"}};
  PlanOptions options;
  const auto planning = make_plan(release.before, release.after, release.map, server(true), options);
  ASSERT_TRUE(planning) << schema::to_text(planning.error());
  ASSERT_FALSE(planning->refused());
  std::vector<std::string> done;
  for (const Step& step : planning->plan.steps)
    for (const Operation& operation : step.operations)
      for (const diff::Change& change : std::get<Restructure>(operation).changes)
        done.push_back(script_name(planning->plan, step.phase, step.script) + ": " + diff::describe(change));
  EXPECT_EQ(done,
            (std::vector<std::string>{"next_expand01: add column people.mail TEXT", "next_expand01: create table posts",
                                      "next_expand01: create view users", "next_contract01: drop view users",
                                      "next_contract01: rename table people to users"}));
  EXPECT_EQ(planning->plan.steps.back().operations.size(), 1u);
  const auto& view =
      std::get<diff::CreateView>(std::get<Restructure>(planning->plan.steps[2].operations.front()).changes.front());
  EXPECT_EQ(to_canonical_sql(view.view.query, server(true).quoting()), "SELECT id, name, mail FROM people");
}

}  // namespace
}  // namespace emcee::plan
