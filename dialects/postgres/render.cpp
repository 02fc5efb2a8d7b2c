#include "dialects/postgres/render.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "dialects/common/conditions.h"
#include "dialects/postgres/alter_table.h"
#include "dialects/postgres/ddl.h"
#include "dialects/postgres/identity.h"
#include "dialects/postgres/lookup_triggers.h"
#include "dialects/postgres/objects.h"
#include "dialects/postgres/online_index.h"
#include "dialects/postgres/partitions.h"
#include "dialects/postgres/prepare.h"
#include "dialects/postgres/probes.h"
#include "dialects/postgres/sync_triggers.h"
#include "dialects/postgres/table_locks.h"
#include "dialects/postgres/taken_names.h"
#include "schema/match.h"

namespace emcee::postgres {

using plan::RenderedStep;
using schema::Result;

namespace {

void append(std::vector<std::string>& to, std::vector<std::string> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

std::string_view word(Lock lock) {
  switch (lock) {
    case Lock::none:
      return "nothing";
    case Lock::share_update_exclusive:
      return "SHARE UPDATE EXCLUSIVE";
    case Lock::share:
      return "SHARE";
    case Lock::share_row_exclusive:
      return "SHARE ROW EXCLUSIVE";
    case Lock::access_exclusive:
      return "ACCESS EXCLUSIVE";
  }
  return "";
}

std::vector<diff::Change> reversed(const std::vector<diff::Change>& changes) {
  std::vector<diff::Change> result;
  for (auto it = changes.rbegin(); it != changes.rend(); ++it) result.push_back(diff::reverse(*it));
  return result;
}

// Changes of one table that follow each other are rendered together.
Result<void> render_changes(Script& script, const std::vector<diff::Change>& changes, const Surroundings& around) {
  std::vector<diff::Change> of_table;
  const auto flush = [&]() -> Result<void> {
    if (of_table.empty()) return {};
    const auto name = diff::subject(of_table.front());
    if (around.before.find_table(name) && around.after.find_table(name))
      EMCEE_TRY(alter_table(script, of_table, around));
    of_table.clear();
    return {};
  };
  for (const diff::Change& change : changes) {
    if (follows_parent(change, around.first, around.last)) continue;
    if (!of_table.empty() && !(diff::subject(of_table.front()) == diff::subject(change))) EMCEE_TRY(flush());
    Script own;
    if (render_table(own, change, around) || render_object(own, change, around.before, around.after)) {
      EMCEE_TRY(flush());
      script.needs(own.lock, own.lock_time);
      script.add(std::move(own.run));
      script.hazards.insert(script.hazards.end(), own.hazards.begin(), own.hazards.end());
      script.has_undo = script.has_undo && own.has_undo;
    } else {
      of_table.push_back(change);
    }
  }
  return flush();
}

class Renderer {
 public:
  Renderer(const plan::Step& step, const schema::Schema& before, const schema::Schema& after, const plan::Plan& plan)
      : step_(step), before_(before), after_(after), plan_(plan) {}

  Result<RenderedStep> make() {
    rendered_.has_undo = step_.phase != plan::Phase::contract;
    for (const plan::Operation& operation : step_.operations) {
      EMCEE_TRY(schema::match(
          operation, [&](const plan::Restructure& o) { return restructure(o); },
          [&](const plan::StartSync& o) { return start(o.group); },
          [&](const plan::StopSync& o) { return stop(o.group); },
          [&](const plan::Prepare& o) { return prepare_for(o.change); },
          [&](const plan::Fence& o) { return fence(o.group); }, [&](const plan::Backfill&) { return Result<void>{}; },
          [&](const plan::CheckRows&) { return Result<void>{}; }));
    }
    rendered_.lock_time = script_.lock_time;
    rendered_.lock = std::string(word(script_.lock));
    if (script_.lock != Lock::none && !tables_.empty()) rendered_.lock += fmt::format(" on {}", table_names());
    rendered_.transactional = script_.transactional;
    rendered_.run = std::move(script_.run);
    lock_first(rendered_.run, script_.lock, before_);
    rendered_.hazards.insert(rendered_.hazards.end(), script_.hazards.begin(), script_.hazards.end());
    if (!probes_.empty()) rendered_.probe = fmt::format("SELECT ({})::integer", common::all_of(probes_));
    if (!script_.has_undo) rendered_.has_undo = false;
    if (rendered_.has_undo && !losses_.empty())
      rendered_.undo_loses = fmt::format("{}", fmt::join(losses_, " UNION ALL "));
    lock_first(rendered_.undo, Lock::access_exclusive, after_);
    if (!rendered_.has_undo) rendered_.undo.clear();
    return std::move(rendered_);
  }

 private:
  void on_table(const schema::QualifiedName& name) {
    if (std::find(tables_.begin(), tables_.end(), name) == tables_.end()) tables_.push_back(name);
  }

  void on_tables(const plan::SyncGroup& group) {
    on_table(group.table);
    if (group.move) on_table(group.move->part);
    if (group.holds_old()) on_table(group.row->table);
    for (const plan::Lookup& lookup : group.lookups) on_table(lookup.table);
  }

  std::string table_names() const {
    std::vector<std::string> names;
    for (const schema::QualifiedName& name : tables_) names.push_back(name.text());
    return fmt::format("{}", fmt::join(names, ", "));
  }

  // What takes long holds the tables no longer than each of its statements has to.
  void lock_first(std::vector<std::string>& statements, Lock lock, const schema::Schema& as_it_is) const {
    if (!script_.transactional || script_.lock_time != plan::LockTime::instant || statements.empty()) return;
    std::vector<std::string> there;
    for (const schema::QualifiedName& name : tables_)
      if (as_it_is.find_table(name)) there.push_back(quoting()(name));
    if (there.size() > 1) statements.insert(statements.begin(), lock_together(there, word(lock)));
  }

  // A sequence whose name an identity column has as well, before or after: that the name is there says
  // nothing.
  bool shares_name_with_identity(const diff::Change& change) const {
    const auto shared = [](const schema::OpaqueObject& object, const schema::Schema& schema) {
      return object.kind == "sequence" && is_identity_sequence(object.name, schema);
    };
    return schema::match(
        change, [&](const diff::CreateObject& c) { return shared(c.object, before_); },
        [&](const diff::DropObject& c) { return shared(c.object, after_); }, [](const auto&) { return false; });
  }

  Result<void> restructure(const plan::Restructure& operation) {
    const std::vector<diff::Change> changes = with_free_names(operation.changes, before_);
    const bool takes_place = std::any_of(changes.begin(), changes.end(), [](const diff::Change& change) {
      return std::holds_alternative<diff::RenameColumn>(change);
    });
    for (const diff::Change& change : changes) {
      on_table(diff::subject(change));
      if (const auto* drop = std::get_if<diff::DropForeignKey>(&change)) on_table(drop->key.references);
      // Where a copy takes the place of a column, the name of either means another one behind it.
      const bool tells = !takes_place || std::holds_alternative<diff::RenameColumn>(change);
      if (auto probe = tells ? is_done(change) : std::nullopt; probe && !shares_name_with_identity(change))
        probes_.push_back(std::move(*probe));
      // What a partition loses its parent loses, too, which also knows what is mapped.
      if (!rendered_.has_undo || follows_parent(change, plan_.before, plan_.after)) continue;
      if (auto loss = loses(change, after_, plan_)) losses_.push_back(std::move(*loss));
    }
    const bool alone = step_.operations.size() == 1 && changes.size() == 1;
    if (alone && follows_parent(changes.front(), plan_.before, plan_.after)) return {};
    if (!alone || !change_index_online(script_, changes.front(), before_, plan_.after)) {
      const Surroundings forward{before_, after_, plan_.before, plan_.after,
                                 [this](const diff::Change& change) { return is_prepared(change, plan_); }};
      EMCEE_TRY(render_changes(script_, changes, forward));
    }
    script_.add(claim_names(changes, before_, after_));
    if (rendered_.has_undo) {
      const Surroundings back{after_, before_, plan_.after, plan_.before, [](const diff::Change&) { return false; }};
      Script undo;
      EMCEE_TRY(render_changes(undo, reversed(changes), back));
      append(rendered_.undo, std::move(undo.run));
    }
    return {};
  }

  Result<void> prepare_for(const diff::Change& change) {
    if (follows_parent(change, plan_.before, plan_.after)) return {};
    Script script = prepare(change, plan_.before);
    on_table(diff::subject(change));
    script_.needs(script.lock, script.lock_time);
    script_.transactional = script_.transactional && script.transactional;
    script_.add(std::move(script.run));
    if (auto probe = prepare_probe(change, plan_.before)) probes_.push_back(std::move(*probe));
    if (rendered_.has_undo) append(rendered_.undo, undo_prepare(change, plan_.before));
    return {};
  }

  Result<void> start(const plan::SyncGroup& group) {
    on_tables(group);
    script_.needs(Lock::share_row_exclusive, plan::LockTime::instant);
    EMCEE_ASSIGN(auto statements, create_sync(group, after_));
    script_.add(std::move(statements));
    EMCEE_ASSIGN(auto lookups, create_lookups(group, after_));
    script_.add(std::move(lookups));
    append(rendered_.undo, drop_lookups(group));
    append(rendered_.undo, drop_sync(group, after_));
    for (std::string& probe : sync_probes(group, after_)) probes_.push_back(std::move(probe));
    if (group.move && makes_numbers(*group.move))
      rendered_.hazards.push_back(
          {"lastval_changes", group.move->part.text(),
           fmt::format("lastval() behind a write of {} may be the number of a row that triggers "
                       "have made in {}; RETURNING and currval() are as before",
                       group.move->whole.text(), group.move->part.text()),
           true});
    return {};
  }

  // A row that triggers make in the part gets a number from a sequence.
  bool makes_numbers(const plan::MovedColumns& moved) const {
    const schema::Table& part = *after_.find_table(moved.part);
    return std::any_of(part.columns.begin(), part.columns.end(), [](const schema::Column& column) {
      if (column.identity) return true;
      return column.default_value &&
             std::any_of(column.default_value->tokens().begin(), column.default_value->tokens().end(),
                         [](const schema::Token& token) { return schema::equal_ignoring_case(token.text, "nextval"); });
    });
  }

  // The old release has gone, and what rows of other tables say with it.
  Result<void> fence(const plan::SyncGroup& group) {
    on_tables(group);
    script_.needs(Lock::access_exclusive, plan::LockTime::instant);
    script_.add(drop_lookups(group));
    script_.add(fence_sync(group, before_));
    probes_.push_back(fence_probe(group));
    for (const std::string& probe : lookup_probes(group)) probes_.push_back(common::negate(probe));
    return {};
  }

  Result<void> stop(const plan::SyncGroup& group) {
    on_tables(group);
    script_.needs(Lock::access_exclusive, plan::LockTime::instant);
    script_.add(drop_lookups(group));
    script_.add(drop_sync(group, before_));
    for (const std::string& probe : sync_probes(group, before_)) probes_.push_back(common::negate(probe));
    return {};
  }

  const plan::Step& step_;
  const schema::Schema& before_;
  const schema::Schema& after_;
  const plan::Plan& plan_;
  RenderedStep rendered_;
  Script script_;
  std::vector<std::string> probes_, losses_;
  std::vector<schema::QualifiedName> tables_;  // in the order of the step
};

}  // namespace

Result<RenderedStep> render(const plan::Step& step, const schema::Schema& before, const schema::Schema& after,
                            const plan::Plan& plan) {
  return Renderer(step, before, after, plan).make();
}

}  // namespace emcee::postgres
