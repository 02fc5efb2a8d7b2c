#include "dialects/mysql/sync_triggers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <optional>

#include "dialects/mysql/cascades.h"
#include "dialects/mysql/counted_key.h"
#include "dialects/mysql/freeze_triggers.h"
#include "dialects/mysql/group_sql.h"
#include "dialects/mysql/held_triggers.h"
#include "dialects/mysql/quoting.h"
#include "dialects/mysql/row_key.h"
#include "dialects/mysql/stored_value.h"
#include "dialects/mysql/sync_parts.h"
#include "dialects/mysql/sync_script.h"
#include "dialects/mysql/trigger_body.h"

namespace emcee::mysql {

using plan::BothGiven;
using plan::ExplicitNull;
using plan::NewColumn;
using plan::NoneGiven;
using plan::OldColumn;
using plan::SyncGroup;
using schema::Identifier;

namespace {

class Generator : public SyncParts {
 public:
  Generator(const SyncGroup& group, const schema::Table& table, const Server& server, bool fence,
            GroupSql::Reads reads = GroupSql::Reads::locked)
      : SyncParts(group, table, server, reads), fence_(fence), reads_(reads) {}

  std::string insert_trigger(const std::string& trigger_name) const {
    TriggerBody body;
    for (const OldColumn& c : g_.old_columns)
      if (const auto omitted = omission(c)) body.when(sql_.equals("NEW.", c.name, *omitted), set(c.name, "NULL"));
    if (reads_ == GroupSql::Reads::ahead)
      for (const std::string& statement : sql_.read_ahead()) body.add(statement);
    body.choose({{written_by_new(), inserted_by_new()}}, inserted_by_old());
    TriggerBody unless_bypassed;
    unless_bypassed.when(kNotBypassed, body);
    return trigger(trigger_name, "INSERT", unless_bypassed);
  }

  // Behind the INSERT, so that the conflict of an upsert leaves nothing behind; for keys of ours alone.
  std::string row_trigger(const std::string& trigger_name) const {
    TriggerBody row, body;
    row.add(g_.counted ? sql_.insert_values(kNew, true) : sql_.insert_generated(kNew));
    const std::string has_key = fmt::format("NEW.{} IS NOT NULL", name(g_.new_columns.front().name));
    body.when(all_of({has_key, kNotBypassed, is_fresh()}), row);
    if (g_.counted) body.when(all_of({negate(has_key), kNotBypassed, is_fresh()}), refuse_without_key(sql_));
    return trigger(trigger_name, "INSERT", body, "AFTER");
  }

  std::string update_trigger(const std::string& trigger_name) const {
    return trigger(trigger_name, "UPDATE", updated());
  }

 private:
  // --- steps ------------------------------------------------------------------------------------

  TriggerBody up() const {
    TriggerBody body;
    if (g_.row && !g_.row->freeze.empty()) {
      body.refuse(g_.row->freeze);
      return body;
    }
    if (g_.counted)
      body.add(reserve_key(sql_));
    else
      for (std::size_t i = 0; i < g_.new_columns.size(); ++i) body.set(name(g_.new_columns[i].name), sql_.up(i, kNew));
    if (g_.row) body.add(fmt::format("SET {} = {}", fresh(), statement_and_n()));
    return body;
  }

  // The first key of a row may be that of a batch, whose row comes behind it. Batches that have keys counted say so.
  std::string first_key_passes() const {
    const std::string had_one = fmt::format("OLD.{} IS NOT NULL", name(g_.new_columns.front().name));
    return g_.counted ? any_of({had_one, negate(kNumbering)}) : had_one;
  }
  // O := down; a NOT NULL column without an image refuses the write.
  TriggerBody down() const {
    TriggerBody body;
    if (!g_.has_down()) return body;
    for (std::size_t i = 0; i < g_.old_columns.size(); ++i) {
      const OldColumn& c = g_.old_columns[i];
      const std::string nowhere = c.not_null ? fmt::format("({}) IS NULL", sql_.down(i, kNew)) : sql_.dangling(kNew);
      if (nowhere != common::kFalse) body.when(nowhere, refuse_image(c));
      body.set(name(c.name), sql_.down(i, kNew));
    }
    return body;
  }

  // The old release wrote O, and N does not follow from it: N := up, or after the fence no more.
  TriggerBody carry_up() const { return fence_ && !g_.old_columns.empty() ? refuse_old_release() : up(); }

  // One statement gave O and N. While the fence stands beside the triggers that it replaces, O may
  // come from them: what agrees is no error then.
  TriggerBody given_both() const {
    if (g_.both_given == BothGiven::error && !fence_) return refuse_both();
    TriggerBody settled = refuse_both();
    if (g_.both_given == BothGiven::old_wins) settled = carry_up();
    if (g_.both_given == BothGiven::new_wins) settled = down();
    TriggerBody body;
    body.when(negate(sql_.in_sync(kNew)), settled);
    return body;
  }

  // --- INSERT -----------------------------------------------------------------------------------

  TriggerBody inserted_by_new() const {
    TriggerBody body;
    if (!fence_ && carries_replaced()) body.add(fmt::format("SET {} = NULL", seen("at")));
    for (const NewColumn& c : g_.new_columns) {
      const std::string missing = fmt::format("NEW.{} IS NULL", name(c.name));
      if (c.default_value)
        body.when(missing, set(c.name, expression_sql(*c.default_value)));
      else if (c.not_null)
        body.when(missing, refuse_null(c.name));
      else if (g_.explicit_null == ExplicitNull::error)
        body.when(missing, refuse_explicit_null(c.name));
    }
    if (g_.row)
      body.when(all_of({negate(is_fresh()), sql_.has_no_row(kNew, "LOCK IN SHARE MODE")}), refuse_without_row());
    if (g_.old_columns.empty()) return body;

    const std::string given = old_given(false);
    const TriggerBody both = given_both();
    if (given == common::kFalse)
      body.add(down());
    else if (!both.empty() || g_.has_down())
      body.choose({{given, both}}, down());
    return body;
  }

  TriggerBody inserted_by_old() const {
    if (fence_ || !carries_replaced()) return inserted_afresh();
    TriggerBody body = read_replaced();
    body.choose({{replaces(), replaced()}}, inserted_afresh());
    return body;
  }

  TriggerBody inserted_afresh() const {
    const bool defaults = std::any_of(g_.new_columns.begin(), g_.new_columns.end(),
                                      [](const NewColumn& c) { return c.default_value.has_value(); });
    const bool pair = !g_.old_columns.empty();
    TriggerBody plain = check_old();
    plain.add(up());
    if (!pair ||
        (!fence_ && (g_.none_given == NoneGiven::allow || (g_.none_given == NoneGiven::use_default && !defaults))))
      return plain;

    TriggerBody some = plain;
    if (fence_) some = refuse_old_release();
    TriggerBody none = plain;
    if (g_.none_given == NoneGiven::error)
      none = refuse_none();
    else if (g_.none_given == NoneGiven::use_default && defaults)
      none = use_defaults();
    // The old release may say so itself (rule 8).
    TriggerBody body;
    body.choose({{any_of({old_given(!fence_), "@emcee_release <=> 'old'"}), some}}, none);
    return body;
  }

  // Neither form was given: the new release's defaults stand for both.
  TriggerBody use_defaults() const {
    TriggerBody body;
    for (std::size_t i = 0; i < g_.new_columns.size(); ++i) {
      const NewColumn& c = g_.new_columns[i];
      body.set(name(c.name), c.default_value ? expression_sql(*c.default_value) : sql_.up(i, kNew));
    }
    if (g_.has_down()) {
      // Nobody gave O, so a pair that happens to agree with a NULL there is not enough.
      std::vector<std::string> wanting{negate(sql_.in_sync(kNew))};
      for (const OldColumn& c : g_.old_columns)
        if (c.not_null) wanting.push_back(fmt::format("NEW.{} IS NULL", name(c.name)));
      body.when(any_of(wanting), down());
    }
    body.add(check_old());
    return body;
  }

  // N is carried over from the row that goes away, as far as it stays in sync with what is written
  // in its place.
  TriggerBody replaced() const {
    TriggerBody body;
    for (std::size_t i = 0; i < g_.new_columns.size(); ++i)
      body.add(set(g_.new_columns[i].name, seen(fmt::format("{}", i + 1))));
    body.when(any_of({seen("anew"), negate(sql_.in_sync(kNew))}), carry_up());
    return body;
  }

  // --- UPDATE -----------------------------------------------------------------------------------

  TriggerBody updated() const {
    const bool pair = !g_.old_columns.empty();
    const bool several = g_.new_columns.size() > 1;
    const std::string was_pending = sql_.not_migrated(kOld);
    const std::string out_of_sync = negate(sql_.in_sync(kNew));

    // NULL is refused where the statement wrote it.
    TriggerBody old_nulls, new_nulls, fill;
    for (const OldColumn& c : g_.old_columns)
      if (c.not_null)
        old_nulls.when(fmt::format("NEW.{0} IS NULL AND OLD.{0} IS NOT NULL", name(c.name)), refuse_null(c.name));
    for (std::size_t i = 0; i < g_.new_columns.size(); ++i) {
      const NewColumn& c = g_.new_columns[i];
      if (c.not_null || g_.explicit_null == ExplicitNull::error)
        new_nulls.when(fmt::format("NEW.{0} IS NULL AND OLD.{0} IS NOT NULL AND ({1}) IS NOT NULL", name(c.name),
                                   sql_.up(i, kNew)),
                       c.not_null ? refuse_null(c.name) : refuse_explicit_null(c.name));
      // On a row that was not migrated, columns that the statement left alone are derived.
      if (several) fill.when(fmt::format("NEW.{} IS NULL", name(c.name)), set(c.name, sql_.up(i, kNew)));
    }

    TriggerBody by_new = new_nulls;
    by_new.when(was_pending, fill);
    if (g_.row)
      by_new.when(all_of({first_key_passes(), sql_.has_no_row(kNew, "LOCK IN SHARE MODE")}), refuse_without_row());
    if (g_.has_down())
      by_new.when(several ? all_of({out_of_sync, negate(sql_.only_fills(kNew))}) : out_of_sync, down());

    TriggerBody by_shared;
    if (!sql_.shared_names().empty() && !g_.row) {
      const std::string derived =
          g_.deterministic ? any_of({was_pending, sql_.new_is_up(kOld)}) : sql_.new_all_null("OLD.");
      if (g_.has_down() && g_.deterministic)
        by_shared.choose({{derived, up()}, {sql_.followed(kOld), down()}}, {});
      else
        by_shared.when(derived, up());
    }
    TriggerBody new_wrote = by_new;
    std::vector<std::pair<std::string, TriggerBody>> branches;
    // Asked first is what most writes are done with: whether they are about these columns.
    const auto on_change = [&](const std::vector<Identifier>& columns, const TriggerBody& body) {
      branches.emplace_back(sql_.changed(columns), TriggerBody{}).second.when(kNotBypassed, body);
    };
    if (pair) {
      TriggerBody by_both = old_nulls;
      by_both.add(new_nulls);
      by_both.when(was_pending, fill);
      by_both.add(given_both());
      new_wrote = {};
      new_wrote.choose({{sql_.changed(sql_.old_names()), by_both}}, by_new);
    }
    on_change(sql_.new_names(), new_wrote);
    if (pair) {
      TriggerBody by_old = old_nulls;
      by_old.when(out_of_sync, carry_up());
      on_change(sql_.old_names(), by_old);
    }
    if (!by_shared.empty()) on_change(sql_.shared_names(), by_shared);
    TriggerBody body;
    body.choose(branches, {});
    const std::string key = g_.counted ? name(g_.new_columns.front().name) : "";
    if (g_.counted)
      body.when(all_of({fmt::format("OLD.{0} IS NULL AND NEW.{0} IS NULL", key), kNumbering}), number_row(sql_));
    return body;
  }

  bool fence_;
  GroupSql::Reads reads_;
};

// Of an INSERT. Where foreign keys point from the other tables to this one, none of their rows can be there for a
// row that is just coming: so there is nothing to hold, and a lock would be one of the gap, in which others
// wait for each other (seen on MariaDB 10.11 and MySQL 9.7, REPEATABLE READ).
GroupSql::Reads reads_of_insert(const SyncGroup& group) {
  for (const plan::Lookup& lookup : group.lookups)
    if (lookup.of == group.table && lookup.tie != plan::Lookup::Tie::points_to) return GroupSql::Reads::locked;
  return GroupSql::Reads::ahead;
}

// The triggers of a group, however it is made up.
class Maker {
 public:
  Maker(const SyncGroup& group, const schema::Table& table, const Server& server, bool fence)
      : server_(server),
        group_(group),
        held_(group, table, server, fence),
        plain_(group, table, server, fence),
        of_insert_(group, table, server, fence, reads_of_insert(group)) {}

  bool carries_replaced() const { return plain_.carries_replaced(); }
  void guard(std::vector<std::string>& run, const std::string& name) const {
    make_trigger(run, server_, name, plain_.delete_trigger(name));
  }
  void update(std::vector<std::string>& run, const std::string& name) const {
    make_trigger(run, server_, name, holds() ? held_.update_trigger(name) : plain_.update_trigger(name));
  }
  void insert(std::vector<std::string>& run, const std::string& name) const {
    make_trigger(run, server_, name, holds() ? held_.insert_trigger(name) : of_insert_.insert_trigger(name));
  }
  void row(std::vector<std::string>& run, const std::string& name) const {
    make_trigger(run, server_, name, holds() ? held_.row_trigger(name) : plain_.row_trigger(name));
  }
  void write(std::vector<std::string>& run, const std::string& name) const {
    make_trigger(run, server_, name, held_.write_trigger(name));
  }

 private:
  bool holds() const { return group_.holds_old(); }

  const Server& server_;
  const SyncGroup& group_;
  HeldTriggers held_;
  Generator plain_, of_insert_;
};

std::vector<std::string> drops(const std::vector<std::string>& names) {
  std::vector<std::string> result;
  for (const std::string& name : names) result.push_back("DROP TRIGGER IF EXISTS " + quoting().quoted(name));
  return result;
}

}  // namespace

std::string row_trigger_name(const SyncGroup& group) { return sync_object_name(group, "row"); }

std::vector<std::string> sync_trigger_names(const SyncGroup& group) {
  if (group.freeze) return freeze_trigger_names(group);
  std::vector<std::string> names{sync_object_name(group, "insert"), sync_object_name(group, "update")};
  if (group.row && group.row->freeze.empty()) names.push_back(row_trigger_name(group));
  if (group.holds_old()) names.push_back(write_trigger_name(group));
  return names;
}
std::string replace_guard_name(const SyncGroup& group) { return sync_object_name(group, "replace"); }
std::vector<std::string> fence_trigger_names(const SyncGroup& group) {
  if (group.freeze) return {};
  return {sync_object_name(group, "fence_insert"), sync_object_name(group, "fence_update")};
}

// A lost connection ends LOCK TABLES, and what stands then is all that there is until the step runs
// again. With the UPDATE trigger alone, rows that come are pending, and stay true when they change; with
// the INSERT trigger alone, they would be derived and then grow old. Before anything is derived from other tables,
// their triggers are there to derive it anew.
schema::Result<SyncScript> create_sync(const SyncGroup& group, const schema::Table& table, const Server& server,
                                       const LookupScript& lookups) {
  EMCEE_TRY(check_cascades(group, table));
  if (group.freeze) return sync_script(group, table, server, create_freeze(group, table, server));
  const Maker make(group, table, server, false);
  const std::vector<std::string> names = sync_trigger_names(group);
  std::vector<std::string> run;
  run.insert(run.end(), lookups.create.begin(), lookups.create.end());
  if (make.carries_replaced()) make.guard(run, replace_guard_name(group));
  if (names.size() > 3) make.write(run, names[3]);
  make.update(run, names[1]);
  if (names.size() > 2) make.row(run, names[2]);
  make.insert(run, names[0]);
  SyncScript result = sync_script(group, table, server, run, lookups.tables);
  result.run.insert(result.run.begin(), lookups.before.begin(), lookups.before.end());
  return result;
}

// For the same reason each trigger goes only when the fence that replaces it is there. A write that
// meets both is settled by the first, and agrees when the fence sees it.
schema::Result<SyncScript> fence_sync(const SyncGroup& group, const schema::Table& table, const Server& server,
                                      const LookupScript& lookups) {
  const Maker make(group, table, server, true);
  const std::vector<std::string> gone = drops(sync_trigger_names(group));
  const std::vector<std::string> names = fence_trigger_names(group);
  std::vector<std::string> run;
  make.update(run, names[1]);
  run.push_back(gone[1]);
  make.insert(run, names[0]);
  run.push_back(gone[0]);
  run.push_back(drops({replace_guard_name(group)}).front());
  if (!group.follows_until_fence()) return sync_script(group, table, server, run);
  run.insert(run.end(), lookups.drop.begin(), lookups.drop.end());
  return sync_script(group, table, server, run, lookups.tables);
}

SyncScript drop_sync(const SyncGroup& group, const schema::Table& table, const Server& server,
                     const LookupScript& lookups) {
  std::vector<std::string> names = sync_trigger_names(group);
  if (!group.freeze) names.push_back(replace_guard_name(group));
  for (std::string& name : fence_trigger_names(group)) names.push_back(std::move(name));
  // As long as a trigger makes keys, those which write their rows are needed.
  std::stable_partition(names.begin(), names.end(), [&](const std::string& name) {
    return name != row_trigger_name(group) && name != write_trigger_name(group);
  });
  std::vector<std::string> run = drops(names);
  run.insert(run.end(), lookups.drop.begin(), lookups.drop.end());
  SyncScript result = sync_script(group, table, server, run, lookups.tables);
  result.run.insert(result.run.end(), lookups.after.begin(), lookups.after.end());
  return result;
}

}  // namespace emcee::mysql
