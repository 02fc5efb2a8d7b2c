#include "tests/sync/sync_suite.h"

namespace emcee::sync_test {
namespace {

using plan::GroupRow;
using plan::Outcome;
using plan::Refused;
using plan::Writer;

bool failed() { return ::testing::Test::HasFailure(); }

TEST_P(SyncTriggers, Insert) {
  Harness& h = *harness_;
  for (const Form& form : sync_server().inserts())
    for (const Assignments& a : h.statements()) {
      h.set_state(std::nullopt);
      const GroupRow alone = h.without_triggers(std::nullopt, form.sql(h.key(), a));
      h.expect(std::nullopt, form.sql(h.key(), a), plan::after_insert(h.model(), alone));
      if (failed()) return;
    }
  EXPECT_GT(h.cases, 10u);
}

// Rule 8: the session says which release it is.
TEST_P(SyncTriggers, AnnouncedInsert) {
  Harness& h = *harness_;
  for (const Writer writer : {Writer::old_release, Writer::new_release}) {
    const auto announcement = sync_server().announce(writer);
    if (!announcement) return;  // the server has nothing that a session could say it with
    EXPECT_EQ(h.db().run(*announcement), "");
    const Form form = sync_server().inserts().front();
    for (const Assignments& a : h.statements()) {
      if (writer == Writer::old_release && a.names_new) continue;  // it knows no such column
      h.set_state(std::nullopt);
      const GroupRow alone = h.without_triggers(std::nullopt, form.sql(h.key(), a));
      h.expect(std::nullopt, form.sql(h.key(), a), plan::after_insert(h.model(), alone, std::nullopt, writer));
      if (failed()) return;
    }
  }
  EXPECT_GE(h.cases, 5u);
}

TEST_P(SyncTriggers, Replace) {
  if (!harness_->has_key()) return;  // nothing to collide with
  Harness& h = *harness_;
  for (const Form& form : sync_server().replaces())
    for (const GroupRow& state : h.states())
      for (const Assignments& a : h.statements()) {
        h.set_state(state);
        const std::string sql = form.sql(h.key(), a);
        h.expect(state, sql, plan::after_insert(h.model(), h.without_triggers(std::nullopt, sql), state));
        if (failed()) return;
      }
}

TEST_P(SyncTriggers, Update) {
  Harness& h = *harness_;
  const auto statements = h.statements();
  const auto forms = sync_server().updates();
  for (const GroupRow& state : h.states()) {
    for (const Assignments& a : statements) {
      if (a.empty()) continue;
      std::optional<Outcome> outcome;  // the same for every form
      for (const Form& form : forms) {
        const std::string sql = form.sql(h.key(), a);
        h.set_state(state);
        if (!outcome) outcome = plan::after_update(h.model(), state, h.without_triggers(state, sql));
        h.expect(state, sql, *outcome);
        if (failed()) return;
      }
    }
    // A write to a column outside of the group changes nothing.
    h.set_state(state);
    h.expect(state, "UPDATE t SET other = 'x'", state);
    if (failed()) return;
  }
}

TEST_P(SyncTriggers, Upsert) {
  if (!harness_->has_key()) return;  // nothing to collide with
  Harness& h = *harness_;
  const std::string bare = "INSERT INTO t (id) VALUES (" + h.key() + ")";
  // Where INSERT triggers run first, those of a server with REPLACE look at the row that is there.
  const auto inserts = [&](const GroupRow& state) {
    if (!sync_server().upsert_inserts_first()) return true;
    const auto replaced = sync_server().replaces().empty() ? std::nullopt : std::optional(state);
    return !std::holds_alternative<Refused>(
        plan::after_insert(h.model(), h.without_triggers(std::nullopt, bare), replaced));
  };
  const auto statements = h.statements();
  for (const Form& form : sync_server().upserts())
    for (const GroupRow& state : h.states())
      for (const Assignments& a : statements) {
        if (a.empty()) continue;
        h.set_state(state);
        const std::string sql = form.sql(h.key(), a);
        Outcome outcome = Refused{Refused::Why::not_null};
        if (inserts(state))
          outcome = plan::after_update(h.model(), state, h.without_triggers(state, "UPDATE t SET " + a.set_list()));
        h.expect(state, sql, outcome);
        if (failed()) return;
      }
}

// An INSERT right after a write that was given up must not see that write's row.
TEST_P(SyncTriggers, NothingIsLeftOfEarlierStatements) {
  if (!harness_->has_key()) return;  // nothing to collide with
  Harness& h = *harness_;
  const Form insert = sync_server().inserts().front();
  const auto states = h.states();
  const auto all = h.statements();
  for (std::size_t i = 0; i < states.size(); i += 3) {
    h.set_state(states[i]);
    h.db().run(insert.sql(h.key(), {}));  // the key is taken
    for (std::size_t n = 0; n < all.size(); n += 2) {
      h.set_state(std::nullopt);
      const std::string sql = insert.sql(h.key(), all[n]);
      h.expect(std::nullopt, sql, plan::after_insert(h.model(), h.without_triggers(std::nullopt, sql)));
      if (failed()) return;
    }
  }
}

TEST_P(SyncTriggers, BackfillGivesTheAnswerOfTheModel) {
  Harness& h = *harness_;
  for (const bool triggers : {true, false})
    for (const GroupRow& state : h.states()) {
      h.set_state(state);
      h.expect_verified(state, "before the backfill");
      if (h.model().group.freeze) continue;  // a program converts the rows
      h.db().fire(triggers);
      const GroupRow expected = plan::after_backfill(h.model(), state);
      h.backfill();
      const GroupRow once = h.row();
      EXPECT_EQ(h.foreseen(once), expected) << text(state) << "\ngot " << text(once);
      h.expect_verified(once, "after the backfill");
      h.backfill();
      EXPECT_EQ(h.row(), once) << "a second run changes nothing";
      if (failed()) return;
    }
}

}  // namespace
}  // namespace emcee::sync_test
