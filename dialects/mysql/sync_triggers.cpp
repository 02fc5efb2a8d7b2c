#include "dialects/mysql/sync_triggers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <optional>

#include "dialects/mysql/cascades.h"
#include "dialects/mysql/counted_key.h"
#include "dialects/mysql/freeze_triggers.h"
#include "dialects/mysql/group_sql.h"
#include "dialects/mysql/quoting.h"
#include "dialects/mysql/row_key.h"
#include "dialects/mysql/stored_value.h"
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

// A default that is one literal; none where it has to be computed.
std::optional<std::string> literal_default(const OldColumn& column) {
  if (!column.default_value) return std::nullopt;
  for (const schema::Token& token : column.default_value->tokens()) {
    if (token.role == schema::Role::name || token.role == schema::Role::column) return std::nullopt;
    if (token.role == schema::Role::keyword && !token.is(schema::Role::keyword, "TRUE") &&
        !token.is(schema::Role::keyword, "FALSE"))
      return std::nullopt;
  }
  return expression_sql(*column.default_value);
}

// The same in all triggers of a statement and another in the next one, to the microsecond: so nothing that it marks
// outlives the statement. Cheaper than NOW(6), which says the same as text.
constexpr const char* kStatement = "@@timestamp";

bool has_default(const OldColumn& column) {
  return column.default_value && !schema::equal_ignoring_case(expression_sql(*column.default_value), "NULL");
}

class Generator {
 public:
  Generator(const SyncGroup& group, const schema::Table& table, const Server& server, bool fence,
            GroupSql::Reads reads = GroupSql::Reads::locked)
      : sql_(group, table, server, reads), g_(group), t_(table), fence_(fence), reads_(reads) {}

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

  // A REPLACE can only be seen over a key that was declared.
  bool carries_replaced() const { return t_.primary_key && !t_.key_columns().empty(); }

  // The INSERT part of a REPLACE reads the row before it is locked: another session may write N until
  // the row goes. Then the statement has to be run again, as after a deadlock.
  std::string delete_trigger(const std::string& trigger_name) const {
    std::vector<std::string> replaced{seen("at") + " <=> " + kStatement};
    for (std::size_t i = 0; i < t_.key_columns().size(); ++i)
      replaced.push_back(fmt::format("{} <=> OLD.{}", seen_key(i), name(t_.key_columns()[i])));
    replaced.push_back(
        negate(fmt::format("CAST({} AS BINARY) <=> CAST({} AS BINARY)", seen("was"), fingerprint("OLD."))));
    TriggerBody retry;
    retry.add("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = " +
              string_literal("emcee: the row was written meanwhile; try restarting transaction"));
    TriggerBody body;
    body.when(all_of(replaced), retry);
    return trigger(trigger_name, "DELETE", body);
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
  static std::string name(const Identifier& id) { return quoting()(id); }
  std::string full(const Identifier& id) const { return t_.name.text() + "." + id.text(); }

  std::string trigger(const std::string& trigger_name, const char* event, const TriggerBody& body,
                      const char* time = "BEFORE") const {
    return create_trigger(sql_.server(), trigger_name, fmt::format("{} {}", time, event), quoting()(t_.name), body);
  }

  // --- conditions and messages ------------------------------------------------------------------

  // The default by which the trigger sees that O was left out.
  std::optional<std::string> omission(const OldColumn& c) const {
    const schema::Column* column = t_.find_column(c.name);
    if (!c.not_null || c.default_value || !g_.has_down() || !column || !column->not_null) return std::nullopt;
    schema::Column bare = *column;
    bare.default_value.reset();
    const auto value = omission_default(bare, sql_.server());
    return value ? std::optional(expression_sql(*value)) : std::nullopt;
  }

  // An INSERT of the new release: it gives a value of N, or it says so itself (rule 8).
  std::string written_by_new() const {
    std::vector<std::string> terms;
    for (const NewColumn& c : g_.new_columns) terms.push_back(fmt::format("NEW.{} IS NOT NULL", name(c.name)));
    terms.emplace_back("@emcee_release <=> 'new'");
    return any_of(terms);
  }

  // Rule 3: an O that equals its default is not given. A default that has to be computed cannot be
  // compared; `computed` is the answer for it.
  std::string old_given(bool computed) const {
    std::vector<std::string> terms;
    for (const OldColumn& c : g_.old_columns) {
      const std::string given = fmt::format("NEW.{} IS NOT NULL", name(c.name));
      if (!has_default(c)) {
        terms.push_back(given);
      } else if (const auto literal = literal_default(c)) {
        terms.push_back(all_of({given, negate(sql_.equals("NEW.", c.name, *literal))}));
      } else if (computed) {
        terms.push_back(given);
      }
    }
    return any_of(terms);
  }

  static std::string list(const std::vector<Identifier>& identifiers) {
    std::vector<std::string> names;
    for (const Identifier& id : identifiers) names.push_back(id.text());
    return fmt::format("{}", fmt::join(names, ", "));
  }
  std::string old_text() const { return list(sql_.old_names()); }
  std::string new_text() const { return list(sql_.new_names()); }

  TriggerBody refusal(const std::string& otherwise) const {
    TriggerBody body;
    body.refuse(g_.error.empty() ? otherwise : g_.error);
    return body;
  }
  TriggerBody refuse_both() const {
    return refusal(fmt::format("emcee: {} and {} of {} do not agree", old_text(), new_text(), t_.name.text()));
  }
  TriggerBody refuse_none() const {
    return refusal(fmt::format("emcee: {} needs a value of {} or of {}", t_.name.text(), new_text(), old_text()));
  }
  TriggerBody refuse_old_release() const {
    return refusal(fmt::format("emcee: the upgrade is being completed, {} of {} can no longer be written", old_text(),
                               t_.name.text()));
  }
  static TriggerBody refuse_null(const Identifier& column) {
    TriggerBody body;
    body.refuse_null(column.text());
    return body;
  }
  TriggerBody refuse_explicit_null(const Identifier& column) const {
    return refusal(fmt::format("emcee: {} may not be NULL during the upgrade", full(column)));
  }

  // --- steps ------------------------------------------------------------------------------------

  static TriggerBody set(const Identifier& column, const std::string& value) {
    TriggerBody body;
    body.set(name(column), value);
    return body;
  }

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

  // --- the row of another table: which key is ours ------------------------------------------------

  std::string fresh() const { return "@" + quoting().quoted(sync_object_name(g_, "fresh")); }
  std::string statement_and_n() const { return fmt::format("CONCAT_WS('|', {}, {})", kStatement, fingerprint("NEW.")); }
  // N was made for this row, in this statement: nothing of it outlives the statement.
  std::string is_fresh() const {
    return fmt::format("CAST({} AS BINARY) <=> CAST({} AS BINARY)", fresh(), statement_and_n());
  }
  // The first key of a row may be that of a batch, whose row comes behind it. Batches that have keys counted say so.
  std::string first_key_passes() const {
    const std::string had_one = fmt::format("OLD.{} IS NOT NULL", name(g_.new_columns.front().name));
    return g_.counted ? any_of({had_one, negate(kNumbering)}) : had_one;
  }
  // A key that a release gives itself is one of a row that is there, as its foreign key will ask for.
  TriggerBody refuse_without_row() const {
    TriggerBody body;
    body.refuse_without_row(
        fmt::format("emcee: {} is no key of {}", full(g_.new_columns.front().name), g_.row->table.text()));
    return body;
  }

  // No value of O stands for N. Where a row is looked up, as a foreign key would say it.
  TriggerBody refuse_image(const OldColumn& c) const {
    const std::string why = fmt::format("emcee: no value of {} stands for this {}", full(c.name), new_text());
    if (!diff::looks_up(*c.down)) return refusal(why);
    TriggerBody body;
    body.refuse_without_row(g_.error.empty() ? why : g_.error);
    return body;
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

  // NOT NULL of O, which the server checks only where the column was not relaxed.
  TriggerBody check_old() const {
    TriggerBody body;
    for (const OldColumn& c : g_.old_columns)
      if (c.not_null) body.when(fmt::format("NEW.{} IS NULL", name(c.name)), refuse_null(c.name));
    return body;
  }

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

  // --- rule 7: a REPLACE of the old release -------------------------------------------------------

  // The row of the same key is still there before the INSERT. SELECT .. INTO reads it without a lock;
  // a subquery in SET or IF would lock, and where there is no row the gap: two sessions that insert
  // their own rows would deadlock (seen on MariaDB 10.11 and MySQL 9.7, REPEATABLE READ).
  TriggerBody read_replaced() const {
    const RowSource r{"`r`.", false};
    std::vector<std::string> anew{sql_.pending(r)};
    std::vector<std::string> shared;
    for (const Identifier& id : sql_.shared_names())
      shared.push_back(stored_differ(*t_.find_column(id), "`r`." + name(id), "NEW." + name(id), sql_.server()));
    if (!shared.empty() && g_.deterministic) anew.push_back(all_of({any_of(shared), sql_.new_is_up(r)}));

    std::vector<std::string> values{fingerprint(r.prefix), any_of(anew)};
    std::vector<std::string> places{seen("was"), seen("anew")};
    for (std::size_t i = 0; i < g_.new_columns.size(); ++i) {
      values.push_back(r.prefix + name(g_.new_columns[i].name));
      places.push_back(seen(fmt::format("{}", i + 1)));
    }
    TriggerBody body;
    std::string forget = fmt::format("SET {} = {}", seen("at"), kStatement);
    for (std::size_t i = 0; i < t_.key_columns().size(); ++i)
      forget += fmt::format(", {} = NEW.{}", seen_key(i), name(t_.key_columns()[i]));
    body.add(fmt::format("{}, {} = NULL", forget, seen("was")));
    // Without the handler the application would be told of a warning 1329.
    body.add(fmt::format(
        "BEGIN DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END; SELECT {} INTO {} FROM {} AS `r` WHERE {}; END",
        fmt::join(values, ", "), fmt::join(places, ", "), quoting()(t_.name),
        RowKey{t_.key_columns()}.matches("`r`.", "NEW.")));
    return body;
  }

  // There is a row to replace. A key that the server is going to choose reads as 0.
  std::string replaces() const {
    std::vector<std::string> terms;
    for (const OldColumn& c : g_.old_columns)  // else it is no write of the old release
      if (c.not_null) terms.push_back(fmt::format("NEW.{} IS NOT NULL", name(c.name)));
    for (const Identifier& id : t_.key_columns())
      if (const auto* column = t_.find_column(id); column && column->identity)
        terms.push_back(fmt::format("NEW.{} <> 0", name(id)));
    terms.push_back(seen("was") + " IS NOT NULL");
    return all_of(terms);
  }

  // What a REPLACE saw of the row with its key: the statement, the key, and N where the row is there. The
  // server compares keys as it does where it looks for the row to replace.
  std::string seen(const std::string& what) const {
    return "@" + quoting().quoted(sync_object_name(g_, "seen_" + what));
  }
  std::string seen_key(std::size_t i) const { return seen(fmt::format("key_{}", i + 1)); }
  std::string fingerprint(const std::string& prefix) const {
    std::vector<std::string> parts;
    for (const Identifier& id : sql_.new_names())
      parts.push_back(fmt::format("COALESCE(HEX(CONCAT({}{})), '-')", prefix, name(id)));
    return parts.size() == 1 ? parts.front() : fmt::format("CONCAT_WS('|', {})", fmt::join(parts, ", "));
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

  GroupSql sql_;
  const SyncGroup& g_;
  const schema::Table& t_;
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
  const Generator generator(group, table, server, false);
  const std::vector<std::string> names = sync_trigger_names(group);
  const std::string guard = replace_guard_name(group);
  std::vector<std::string> run;
  run.insert(run.end(), lookups.create.begin(), lookups.create.end());
  if (generator.carries_replaced()) make_trigger(run, server, guard, generator.delete_trigger(guard));
  make_trigger(run, server, names[1], generator.update_trigger(names[1]));
  if (names.size() > 2) make_trigger(run, server, names[2], generator.row_trigger(names[2]));
  const Generator of_insert(group, table, server, false, reads_of_insert(group));
  make_trigger(run, server, names[0], of_insert.insert_trigger(names[0]));
  SyncScript result = sync_script(group, table, server, run, lookups.tables);
  result.run.insert(result.run.begin(), lookups.before.begin(), lookups.before.end());
  return result;
}

// For the same reason each trigger goes only when the fence that replaces it is there. A write that
// meets both is settled by the first, and agrees when the fence sees it.
schema::Result<SyncScript> fence_sync(const SyncGroup& group, const schema::Table& table, const Server& server,
                                      const LookupScript& lookups) {
  const Generator generator(group, table, server, true);
  const std::vector<std::string> gone = drops(sync_trigger_names(group));
  const std::vector<std::string> names = fence_trigger_names(group);
  std::vector<std::string> run;
  make_trigger(run, server, names[1], generator.update_trigger(names[1]));
  run.push_back(gone[1]);
  const Generator of_insert(group, table, server, true, reads_of_insert(group));
  make_trigger(run, server, names[0], of_insert.insert_trigger(names[0]));
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
  // As long as a trigger makes keys, that which generates their rows is needed.
  std::stable_partition(names.begin(), names.end(),
                        [&](const std::string& name) { return name != row_trigger_name(group); });
  std::vector<std::string> run = drops(names);
  run.insert(run.end(), lookups.drop.begin(), lookups.drop.end());
  SyncScript result = sync_script(group, table, server, run, lookups.tables);
  result.run.insert(result.run.end(), lookups.after.begin(), lookups.after.end());
  return result;
}

}  // namespace emcee::mysql
