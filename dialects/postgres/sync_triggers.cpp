#include "dialects/postgres/sync_triggers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "dialects/postgres/freeze_triggers.h"
#include "dialects/postgres/group_sql.h"
#include "dialects/postgres/held_triggers.h"
#include "dialects/postgres/lookup_triggers.h"
#include "dialects/postgres/move_triggers.h"
#include "dialects/postgres/plpgsql.h"
#include "dialects/postgres/quoting.h"
#include "dialects/postgres/stored_type.h"
#include "dialects/postgres/sync_parts.h"
#include "dialects/postgres/sync_tables.h"

namespace emcee::postgres {

using plan::BothGiven;
using plan::ExplicitNull;
using plan::NewColumn;
using plan::NoneGiven;
using plan::OldColumn;
using plan::SyncGroup;
using schema::Fragment;
using schema::Identifier;
using schema::Role;
using schema::Token;

namespace {

constexpr const char* kFenced = "emcee: the old release is fenced off";

std::vector<std::string> functions_of(const SyncGroup& group) {
  if (group.freeze) return {"freeze"};
  if (group.holds_old()) return {"insert", "update", "row", "write"};
  if (group.row && group.row->freeze.empty()) return {"insert", "update", "row"};
  return {"insert", "update"};
}

class Generator : public SyncParts {
 public:
  Generator(const SyncGroup& group, const schema::Schema& schema, bool fenced)
      : SyncParts(group, *schema.find_table(group.table)),
        partitioned_by_(partition_columns(t_, schema)),
        fenced_(fenced) {}

  std::vector<std::string> functions(bool replace) const {
    const std::string comment = fenced_ ? kFenced : "";
    const TriggerFunction insert{sync_function_name(g_, "insert"), settings(), {}, on_insert(), comment};
    TriggerFunction update{sync_function_name(g_, "update"), settings(), {}, on_update(), comment};
    if (several() && g_.has_down()) update.declarations.emplace_back("emcee_fills boolean");
    std::vector<std::string> result{create_function(insert, replace), create_function(update, replace)};
    if (!row_condition().empty()) {
      const TriggerFunction row{sync_function_name(g_, "row"), settings(), {}, generate()};
      result.push_back(create_function(row, replace));
    }
    return result;
  }

  std::string insert_condition() const { return kNotBypassed; }
  // Of the trigger that generates the row of another table; empty where there is none.
  std::string row_condition() const {
    if (!g_.row || !g_.row->freeze.empty()) return {};
    return all_of({is_given(g_.new_columns.front().name), kNotBypassed});
  }
  // The cheap comparisons come first: a write to other columns pays for nothing else.
  std::string update_condition() const {
    std::vector<Identifier> columns = sql_.new_names();
    for (const auto& more : {sql_.old_names(), sql_.shared_names(), partitioned_by_})
      columns.insert(columns.end(), more.begin(), more.end());
    return all_of({sql_.changed(columns), kNotBypassed});
  }

 private:
  // --- values ---------------------------------------------------------------------------------

  Block set_up() const {
    Block block;
    if (g_.row && !g_.row->freeze.empty()) return block.add(refuse(string_literal(g_.row->freeze), kRaised));
    for (std::size_t i = 0; i < g_.new_columns.size(); ++i)
      block.add(fmt::format("{} := {}", in_new(g_.new_columns[i].name), sql_.up(i, kNew)));
    return block;
  }

  // A key that a release gives itself is one of a row that is there, as its foreign key will ask for: so a key
  // without one is ours when the row is stored, and the conflict of an upsert leaves nothing behind.
  Block generate() const {
    const RowSource row = kNew;
    return Block().add(fmt::format("{} WHERE {}", sql_.insert_generated(row), sql_.has_no_row(row)));
  }
  // A NOT NULL column of O without an image refuses the write, before PostgreSQL's own constraint
  // can: its message would not say why.
  Block set_down() const {
    Block block;
    if (!g_.has_down()) return block;
    for (std::size_t i = 0; i < g_.old_columns.size(); ++i) {
      const OldColumn& c = g_.old_columns[i];
      block.add(fmt::format("{} := {}", in_new(c.name), sql_.down(i, kNew)));
      const std::string nowhere = c.not_null ? is_null(c.name) : sql_.dangling(kNew);
      if (nowhere == common::kFalse) continue;
      const std::string why = fmt::format("emcee: no value of {}.{} stands for this {}", t_.name.text(), c.name.text(),
                                          names_of(g_.new_columns));
      const char* state = diff::looks_up(*c.down) ? kNoRow : kRefused;
      block.when(nowhere, Block().add(refuse(sql_.message(why), state, c.name)));
    }
    return block;
  }

  static bool has_default(const NewColumn& c) {
    return c.default_value &&
           !(c.default_value->tokens().size() == 1 && c.default_value->tokens().front().is(Role::keyword, "NULL"));
  }
  std::string default_of(const NewColumn& c) const {
    return sql_.typed(c.name, to_canonical_sql(*c.default_value, quoting()));
  }

  // What the expressions look up stays as it is until the row is there for everybody.
  Block hold() const {
    Block block;
    for (const std::string& statement : sql_.holds()) block.add(statement);
    return block;
  }

  // --- conditions -------------------------------------------------------------------------------

  std::string not_in_sync() const { return negate(sql_.in_sync(kNew)); }

  Block both_given() const {
    Block both;
    switch (g_.both_given) {
      case BothGiven::error:
        both.add(refuse_both());
        break;
      case BothGiven::error_if_inconsistent:
        both.when(not_in_sync(), Block().add(refuse_both()));
        break;
      case BothGiven::old_wins:
        both.when(not_in_sync(), set_up());
        break;
      case BothGiven::new_wins:
        both.when(not_in_sync(), set_down());
        break;
    }
    return both;
  }

  // --- rows that move to another partition ---------------------------------------------------

  // A row that an UPDATE moves is deleted and inserted again, and its INSERT shows both forms (seen
  // on 15). The UPDATE notes what it has made of the row; an INSERT of just that in the same
  // statement is the move. The note says nothing else: were it left behind, it could only match a
  // row that is equal in key and group to one that is stored like that already.
  std::string moved_row() const {
    std::vector<std::string> values{"pg_catalog.statement_timestamp()"};
    for (const auto& names :
         {t_.key_columns(), partitioned_by_, sql_.old_names(), sql_.new_names(), sql_.shared_names()})
      for (const Identifier& name : names) values.push_back(in_new(name));
    return fmt::format("ROW({})::pg_catalog.text", fmt::join(values, ", "));
  }
  Block note_move() const {
    Block block;
    if (partitioned_by_.empty()) return block;
    return block.when(sql_.changed(partitioned_by_),
                      Block().add(fmt::format("PERFORM pg_catalog.set_config('emcee.moved', {}, true)", moved_row())));
  }
  Block pass_moved() const {
    Block block;
    if (partitioned_by_.empty()) return block;
    return block.when(fmt::format("pg_catalog.current_setting('emcee.moved', true) = {}", moved_row()),
                      Block().add("RETURN NEW"));
  }

  // --- INSERT -----------------------------------------------------------------------------------

  Block on_insert() const {
    Block block = pass_moved();
    if (fenced_) block.add(fence_insert());
    block.add(hold());
    return block.when(new_given(), inserted_by_new(), inserted_by_old());
  }

  // The new release leaves O alone.
  Block fence_insert() const {
    Block block;
    const std::string given = old_given(false);
    if (given != common::kFalse) block.when(given, Block().add(refuse_fenced()));
    return block;
  }

  Block inserted_by_new() const {
    Block block;
    // Columns of N that the new release left out have their declared defaults.
    for (const NewColumn& c : g_.new_columns) {
      const std::string value = in_new(c.name);
      Block absent;
      if (has_default(c))
        absent.add(fmt::format("{} := {}", value, default_of(c)));
      else if (c.not_null)
        absent.add(refuse_null(c.name));
      else if (g_.explicit_null == ExplicitNull::error)
        absent.add(refuse_explicit_null(c.name));
      block.when(is_null(c.name), absent);
    }
    if (g_.row) block.when(is_given(g_.new_columns.front().name), refuse_without_row());
    const std::string given = old_given(false);
    if (!pair() || given == common::kFalse) return block.add(set_down());

    return block.when(given, both_given(), set_down());
  }

  Block inserted_by_old() const {
    const bool has_defaults =
        std::any_of(g_.new_columns.begin(), g_.new_columns.end(), [](const NewColumn& c) { return has_default(c); });
    Block derived = old_not_null();
    derived.add(set_up());
    if (!pair() || g_.none_given == NoneGiven::allow || (g_.none_given == NoneGiven::use_default && !has_defaults))
      return derived;
    const std::string given = any_of({old_given(true), announced("old")});
    Block none;
    if (g_.none_given == NoneGiven::error)
      none.add(refuse_none());
    else
      none.add(use_defaults());
    return Block().when(given, derived, none);
  }

  // Neither form was given: the new release's defaults stand for both.
  Block use_defaults() const {
    Block block;
    for (std::size_t i = 0; i < g_.new_columns.size(); ++i) {
      const NewColumn& c = g_.new_columns[i];
      block.add(fmt::format("{} := {}", in_new(c.name), has_default(c) ? default_of(c) : sql_.up(i, kNew)));
    }
    // Nobody gave O, so a pair that happens to agree with a NULL there is not enough.
    std::vector<std::string> wanting{not_in_sync()};
    for (const OldColumn& c : g_.old_columns)
      if (c.not_null) wanting.push_back(is_null(c.name));
    return block.when(any_of(wanting), set_down()).add(old_not_null());
  }

  // --- UPDATE -----------------------------------------------------------------------------------

  Block on_update() const {
    const std::string old_changed = sql_.changed(sql_.old_names());
    Block block;
    if (fenced_ && pair()) block.when(old_changed, Block().add(refuse_fenced()));
    block.add(hold());
    const Block by_old = old_updated();
    const Block otherwise = pair() ? Block().when(old_changed, by_old, shared_updated()) : shared_updated();
    return block.when(sql_.changed(sql_.new_names()), new_updated(old_changed), otherwise).add(note_move());
  }

  Block refuse_nulls() const {
    Block block;
    for (std::size_t i = 0; i < g_.new_columns.size(); ++i) {
      const NewColumn& c = g_.new_columns[i];
      if (!c.not_null && g_.explicit_null != ExplicitNull::error) continue;
      // A NULL that is what the other columns say anyway is nobody's explicit NULL.
      block.when(
          all_of({is_null(c.name), was_given(c.name), negate(sql_.is_null(c.name, "(" + sql_.up(i, kNew) + ")"))}),
          Block().add(c.not_null ? refuse_null(c.name) : refuse_explicit_null(c.name)));
    }
    return block;
  }

  Block new_updated(const std::string& old_changed) const {
    Block block = refuse_nulls();
    // On a row that was not migrated, columns of N that the statement left alone are derived first.
    if (several()) {
      if (g_.has_down()) block.add("emcee_fills := " + sql_.only_fills(kNew));
      Block fill;
      for (std::size_t i = 0; i < g_.new_columns.size(); ++i) {
        const Identifier& name = g_.new_columns[i].name;
        fill.when(is_null(name), Block().add(fmt::format("{} := {}", in_new(name), sql_.up(i, kNew))));
      }
      block.when(sql_.not_migrated(kOld), fill);
    }
    if (g_.row) {
      const Identifier& key = g_.new_columns.front().name;
      block.when(all_of({is_given(key), was_given(key)}), refuse_without_row());
    }
    if (!pair()) return block;

    Block alone;
    if (g_.has_down()) {
      std::vector<std::string> follows{not_in_sync()};
      if (several()) follows.emplace_back("NOT emcee_fills");
      alone.when(all_of(follows), set_down());
    }
    Block both = old_set_null(true);
    return block.when(old_changed, both.add(both_given()), alone);
  }

  Block old_updated() const { return old_set_null(false).when(not_in_sync(), set_up()); }

  // Rule 5: only a shared column changed.
  Block shared_updated() const {
    if (sql_.shared_names().empty() || !g_.deterministic) return {};
    Block follow;
    if (g_.has_down()) follow.when(sql_.old_is_down(kOld), set_down());
    return Block().when(any_of({sql_.new_all_null("OLD."), sql_.new_is_up(kOld)}), set_up(), follow);
  }

  std::vector<Identifier> partitioned_by_;
  bool fenced_;
};

std::string create_trigger(const SyncGroup& group, const schema::QualifiedName& table, const char* name,
                           const char* time, const std::string& condition) {
  return fmt::format("CREATE TRIGGER {} {} ON {}\nFOR EACH ROW WHEN ({})\nEXECUTE FUNCTION {}()",
                     quoting()(Identifier(sync_trigger_name(group, name))), time, quoting()(table), condition,
                     sync_function_name(group, name));
}

}  // namespace

std::string sync_trigger_name(const SyncGroup& group, std::string_view event) {
  // Behind the write; the foreign key comes with the first step of contract.
  const bool behind = event == "row" || event == "write";
  return bounded_name(fmt::format("{}_emcee_{}_{}", behind ? "AAA" : "zzz", group.name, event));
}
std::string sync_function_name(const SyncGroup& group, std::string_view event) {
  return "emcee." + quoting()(Identifier(bounded_name(fmt::format("{}_{}", group.name, event))));
}

schema::Result<std::vector<std::string>> create_sync(const SyncGroup& group, const schema::Schema& schema,
                                                     const SyncOptions& options) {
  if (group.move) return create_move(group, schema);
  const std::vector<std::string> names = sync_trigger_names(group);
  EMCEE_TRY(check_sync(group, schema, names));
  if (group.freeze) return create_freeze(group, schema);
  if (group.holds_old()) return HeldTriggers(group, schema).create();
  const Generator generator(group, schema, false);
  std::vector<std::string> result = generator.functions(false);
  for (const schema::QualifiedName& table : sync_tables(group.table, schema)) {
    result.push_back(create_trigger(group, table, "insert", "BEFORE INSERT", generator.insert_condition()));
    result.push_back(create_trigger(group, table, "update", "BEFORE UPDATE", generator.update_condition()));
    if (const std::string condition = generator.row_condition(); !condition.empty())
      result.push_back(create_trigger(group, table, "row", "AFTER INSERT", condition));
    if (options.always)
      for (const std::string& name : names)
        result.push_back(
            fmt::format("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}", quoting()(table), quoting()(Identifier(name))));
  }
  return result;
}

std::vector<std::string> drop_sync(const SyncGroup& group, const schema::Schema& schema) {
  if (group.move) return drop_move(group);
  std::vector<std::string> result;
  for (const schema::QualifiedName& table : sync_tables(group.table, schema))
    for (const std::string& name : sync_trigger_names(group))
      result.push_back(fmt::format("DROP TRIGGER IF EXISTS {} ON {}", quoting()(Identifier(name)), quoting()(table)));
  for (const std::string& event : functions_of(group))
    result.push_back(fmt::format("DROP FUNCTION IF EXISTS {}()", sync_function_name(group, event)));
  return result;
}

std::vector<std::string> fence_sync(const SyncGroup& group, const schema::Schema& schema) {
  return Generator(group, schema, true).functions(true);
}

std::vector<std::string> sync_trigger_names(const SyncGroup& group) {
  std::vector<std::string> names;
  if (group.move) {
    for (auto& [table, name] : move_triggers(group)) names.push_back(std::move(name));
    return names;
  }
  for (const std::string& event : group.freeze ? freeze_events(group) : functions_of(group))
    names.push_back(sync_trigger_name(group, event));
  return names;
}

namespace {

std::string trigger_exists(const schema::QualifiedName& table, const std::string& name) {
  return fmt::format(
      "EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = pg_catalog.to_regclass({}) AND tgname = {})",
      string_literal(quoting()(table)), string_literal(name));
}

}  // namespace

std::vector<std::string> lookup_probes(const SyncGroup& group) {
  std::vector<std::string> result;
  if (group.holds_old())
    for (const std::string& name : held_trigger_names(group)) result.push_back(trigger_exists(group.row->table, name));
  const std::vector<schema::QualifiedName> tables = group.lookup_tables();
  for (std::size_t i = 0; i < tables.size(); ++i)
    for (const std::string& name : lookup_trigger_names(group, i)) result.push_back(trigger_exists(tables[i], name));
  return result;
}

std::vector<std::string> sync_probes(const SyncGroup& group, const schema::Schema& schema) {
  std::vector<std::string> result;
  if (group.move) {
    for (const auto& [table, name] : move_triggers(group)) result.push_back(trigger_exists(table, name));
  } else {
    for (const schema::QualifiedName& table : sync_tables(group.table, schema))
      for (const std::string& name : sync_trigger_names(group)) result.push_back(trigger_exists(table, name));
  }
  for (std::string& probe : lookup_probes(group)) result.push_back(std::move(probe));
  return result;
}

std::string fence_probe(const SyncGroup& group) {
  return fmt::format("EXISTS (SELECT FROM pg_catalog.pg_proc WHERE oid = pg_catalog.to_regproc({}) AND prosrc LIKE {})",
                     string_literal(sync_function_name(group, "update")), string_literal(fmt::format("%{}%", kFenced)));
}

}  // namespace emcee::postgres
