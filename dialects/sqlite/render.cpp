#include "dialects/sqlite/render.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "dialects/sqlite/alter_table.h"
#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/group_sql.h"
#include "dialects/sqlite/lookup_triggers.h"
#include "dialects/sqlite/mirror_triggers.h"
#include "dialects/sqlite/move_triggers.h"
#include "dialects/sqlite/probes.h"
#include "dialects/sqlite/sync_triggers.h"
#include "diff/apply_change.h"
#include "schema/match.h"

namespace emcee::sqlite {

using plan::LockTime;
using plan::RenderedStep;
using schema::Result;

namespace {

void append(std::vector<std::string>& to, std::vector<std::string> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// The statements of a list of changes, from one schema to the next.
struct Script {
  LockTime lock_time = LockTime::instant;
  std::vector<std::string> before, run, after, verify;

  void need(LockTime time) { lock_time = std::max(lock_time, time); }
  void add(TableAlteration alteration) {
    need(alteration.lock_time);
    append(before, std::move(alteration.before));
    append(run, std::move(alteration.run));
    append(after, std::move(alteration.after));
    append(verify, std::move(alteration.verify));
  }
};

void create_table_with_indexes(Script& script, const schema::Table& table) {
  script.run.push_back(create_table(table));
  for (const auto& index : table.indexes) script.run.push_back(create_index(index, table.name));
}

// Statements of a change that is no part of a table.
void render_object(Script& script, const diff::Change& change, const schema::Schema& after) {
  schema::match(
      change, [&](const diff::CreateTable& c) { create_table_with_indexes(script, c.table); },
      [&](const diff::DropTable& c) {
        // With foreign keys on, DROP TABLE deletes the rows first, with all their cascades.
        script.before.emplace_back("PRAGMA foreign_keys = OFF");
        script.run.push_back("DROP TABLE " + quoting()(c.table.name));
      },
      [&](const diff::RenameTable& c) {
        script.run.push_back(fmt::format("ALTER TABLE {} RENAME TO {}", quoting()(c.from), quoting()(c.to)));
      },
      [&](const diff::CreateView& c) { script.run.push_back(create_view(c.view)); },
      [&](const diff::DropView& c) { script.run.push_back("DROP VIEW " + quoting()(c.view.name)); },
      [&](const diff::ReplaceView& c) {
        // Dropping a view drops its INSTEAD OF triggers.
        script.run.push_back("DROP VIEW " + quoting()(c.before.name));
        script.run.push_back(create_view(c.after));
        for (const schema::Trigger* trigger : after.triggers_of(c.after.name))
          script.run.push_back(create_trigger(*trigger));
      },
      [&](const diff::CreateTrigger& c) { script.run.push_back(create_trigger(c.trigger)); },
      [&](const diff::DropTrigger& c) { script.run.push_back("DROP TRIGGER IF EXISTS " + quoting()(c.trigger.name)); },
      [&](const diff::ReplaceTrigger& c) {
        script.run.push_back("DROP TRIGGER IF EXISTS " + quoting()(c.before.name));
        script.run.push_back(create_trigger(c.after));
      },
      [&](const diff::CreateObject& c) { script.run.push_back(create_object(c.object)); },
      [&](const diff::DropObject& c) { script.run.push_back("DROP TABLE " + quoting()(c.object.name)); },
      [&](const diff::ReplaceObject& c) {
        script.run.push_back("DROP TABLE " + quoting()(c.before.name));
        script.run.push_back(create_object(c.after));
      },
      [](const auto&) {});
}

bool is_object_change(const diff::Change& change) {
  return schema::match(
      change, [](const diff::CreateTable&) { return true; }, [](const diff::DropTable&) { return true; },
      [](const diff::RenameTable&) { return true; }, [](const diff::CreateView&) { return true; },
      [](const diff::DropView&) { return true; }, [](const diff::ReplaceView&) { return true; },
      [](const diff::CreateTrigger&) { return true; }, [](const diff::DropTrigger&) { return true; },
      [](const diff::ReplaceTrigger&) { return true; }, [](const diff::CreateObject&) { return true; },
      [](const diff::DropObject&) { return true; }, [](const diff::ReplaceObject&) { return true; },
      [](const auto&) { return false; });
}

// Changes of one table in place are rendered together, from the table before to the table after.
Script render_changes(const std::vector<diff::Change>& changes, const schema::Schema& before,
                      const schema::Schema& after, int library) {
  Script script;
  std::vector<schema::QualifiedName> done;
  for (const diff::Change& change : changes) {
    if (is_object_change(change)) {
      render_object(script, change, after);
      continue;
    }
    const schema::QualifiedName name = diff::subject(change);
    if (std::find(done.begin(), done.end(), name) != done.end()) continue;
    done.push_back(name);
    const schema::Table *from = before.find_table(name), *to = after.find_table(name);
    if (from && to) script.add(alter_table(*from, *to, after, library));
  }
  return script;
}

// A table that takes the place of another one under its name: each change is one of the schema that the ones before it
// have left. Errors: report_bug.
Result<Script> render_in_turn(const std::vector<diff::Change>& changes, const schema::Schema& start, int library) {
  Script script;
  schema::Schema before = start, after = start;
  for (const diff::Change& change : changes) {
    EMCEE_TRY(diff::apply_change(after, change));
    Script one = render_changes({change}, before, after, library);
    script.need(one.lock_time);
    append(script.before, std::move(one.before));
    append(script.run, std::move(one.run));
    append(script.after, std::move(one.after));
    append(script.verify, std::move(one.verify));
    EMCEE_TRY(diff::apply_change(before, change));
  }
  return script;
}

bool takes_place(const std::vector<diff::Change>& changes) {
  return changes.size() > 1 && std::any_of(changes.begin(), changes.end(), [](const diff::Change& change) {
           return std::holds_alternative<diff::RenameTable>(change);
         });
}

// It is not so any more when all changes are done: what goes comes again, or a name is passed on.
bool is_passing(const diff::Change& change, const schema::Schema& after) {
  return schema::match(
      change, [&](const diff::DropView& c) { return after.find_view(c.view.name) != nullptr; },
      [&](const diff::DropTrigger& c) { return after.find_trigger(c.trigger.name) != nullptr; },
      [&](const diff::RenameTable& c) { return after.find_table(c.to) == nullptr; }, [](const auto&) { return false; });
}

std::vector<diff::Change> reversed(const std::vector<diff::Change>& changes) {
  std::vector<diff::Change> result;
  for (auto it = changes.rbegin(); it != changes.rend(); ++it) result.push_back(diff::reverse(*it));
  return result;
}

class Renderer {
 public:
  Renderer(const plan::Step& step, const schema::Schema& before, const schema::Schema& after, const plan::Plan& plan,
           int library)
      : step_(step), before_(before), after_(after), plan_(plan), library_(library) {}

  Result<RenderedStep> make() {
    rendered_.lock = "the write lock of the database";
    rendered_.has_undo = step_.phase != plan::Phase::contract;
    for (const plan::Operation& operation : step_.operations) {
      EMCEE_TRY(schema::match(
          operation, [&](const plan::Restructure& o) { return restructure(o); },
          [&](const plan::StartSync& o) { return start(o.group); },
          [&](const plan::StopSync& o) { return stop(o.group); },
          // DDL is transactional, and the planner asks for neither.
          [&](const plan::Fence&) { return Result<void>{}; }, [&](const plan::Prepare&) { return Result<void>{}; },
          [&](const plan::Backfill&) { return Result<void>{}; },
          [&](const plan::CheckRows&) { return Result<void>{}; }));
    }
    if (!probes_.empty()) rendered_.probe = "SELECT " + all_of(probes_);
    if (rendered_.has_undo && !losses_.empty())
      rendered_.undo_loses = fmt::format("{}", fmt::join(losses_, " UNION ALL "));
    return std::move(rendered_);
  }

 private:
  Result<void> restructure(const plan::Restructure& operation) {
    Script script;
    if (takes_place(operation.changes)) {
      EMCEE_ASSIGN(script, render_in_turn(operation.changes, before_, library_));
    } else {
      script = render_changes(operation.changes, before_, after_, library_);
    }
    rendered_.lock_time = std::max(rendered_.lock_time, script.lock_time);
    append(rendered_.before, std::move(script.before));
    append(rendered_.run, std::move(script.run));
    append(rendered_.after, std::move(script.after));
    append(rendered_.verify, std::move(script.verify));
    for (const diff::Change& change : operation.changes) {
      if (is_passing(change, after_)) continue;
      if (auto probe = is_done(change, after_)) probes_.push_back(*probe);
      if (!rendered_.has_undo) continue;
      if (auto loss = loses(change, after_, plan_)) losses_.push_back(*loss);
    }
    if (rendered_.has_undo) {
      Script undo = render_changes(reversed(operation.changes), after_, before_, library_);
      append(rendered_.undo_before, std::move(undo.before));
      append(rendered_.undo, std::move(undo.run));
      append(rendered_.undo_after, std::move(undo.after));
      append(rendered_.undo_verify, std::move(undo.verify));
    }
    return {};
  }

  Result<void> start(const plan::SyncGroup& group) {
    const schema::Table* table = after_.find_table(group.table);
    if (!table)
      return schema::fail(schema::ErrorCode::report_bug, "sync of a table that is not there: " + group.table.text());
    if (group.mirror) {
      start_mirror(group);
      return {};
    }
    EMCEE_ASSIGN(auto statements, group.move ? create_move(group, after_) : create_sync(group, *table));
    append(statements, create_lookups(group, after_));
    for (const std::string& statement : statements) probes_.push_back(stands_as(statement));
    append(rendered_.run, std::move(statements));
    append(rendered_.undo, drop_lookups(group));
    append(rendered_.undo, group.move ? drop_move(group) : drop_sync(group, *table));
    return {};
  }

  void start_mirror(const plan::SyncGroup& group) {
    MirrorStart start = create_mirror(group, after_);
    for (const std::string& trigger : start.triggers) probes_.push_back(stands_as(trigger));
    append(rendered_.run, std::move(start.triggers));
    append(rendered_.run, std::move(start.fill));
    append(rendered_.undo, drop_mirror(group));
  }

  Result<void> stop(const plan::SyncGroup& group) {
    if (group.mirror) {
      append(rendered_.run, drop_mirror(group));
      for (const std::string& name : mirror_trigger_names(group)) probes_.push_back("NOT " + trigger_exists(name));
      return {};
    }
    const schema::Table* table = before_.find_table(group.table);
    if (!table)
      return schema::fail(schema::ErrorCode::report_bug, "sync of a table that is not there: " + group.table.text());
    append(rendered_.run, drop_lookups(group));
    append(rendered_.run, group.move ? drop_move(group) : drop_sync(group, *table));
    for (const auto& names :
         {lookup_trigger_names(group), group.move ? move_trigger_names(group) : sync_trigger_names(group, *table)})
      for (const std::string& name : names) probes_.push_back("NOT " + trigger_exists(name));
    return {};
  }

  const plan::Step& step_;
  const schema::Schema& before_;
  const schema::Schema& after_;
  const plan::Plan& plan_;
  int library_;
  RenderedStep rendered_;
  std::vector<std::string> probes_, losses_;
};

}  // namespace

Result<RenderedStep> render(const plan::Step& step, const schema::Schema& before, const schema::Schema& after,
                            const plan::Plan& plan, int library) {
  return Renderer(step, before, after, plan, library).make();
}

}  // namespace emcee::sqlite
