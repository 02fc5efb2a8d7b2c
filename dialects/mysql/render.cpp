#include "dialects/mysql/render.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <iterator>

#include "dialects/common/conditions.h"
#include "dialects/mysql/alter_table.h"
#include "dialects/mysql/lookup_triggers.h"
#include "dialects/mysql/move_triggers.h"
#include "dialects/mysql/objects.h"
#include "dialects/mysql/probes.h"
#include "dialects/mysql/sync_triggers.h"
#include "schema/match.h"

namespace emcee::mysql {

using plan::RenderedStep;
using schema::Result;

namespace {

struct Script {
  std::vector<std::string> run;
  plan::LockTime lock_time = plan::LockTime::instant;
  std::vector<std::string> copied;  // tables
};

void append(std::vector<std::string>& to, std::vector<std::string> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

std::vector<diff::Change> reversed(const std::vector<diff::Change>& changes) {
  std::vector<diff::Change> result;
  for (auto it = changes.rbegin(); it != changes.rend(); ++it) result.push_back(diff::reverse(*it));
  return result;
}

// The changes of one table become one ALTER TABLE.
Script render_changes(const std::vector<diff::Change>& changes, const schema::Schema& before,
                      const schema::Schema& after, const Server& server) {
  Script script;
  std::vector<diff::Change> of_table;
  const auto flush = [&] {
    if (of_table.empty()) return;
    const auto name = diff::subject(of_table.front());
    const schema::Table *from = before.find_table(name), *to = after.find_table(name);
    if (from && to) {
      AlterTable altered = alter_table(of_table, *from, *to, server);
      append(script.run, std::move(altered.statements));
      script.lock_time = std::max(script.lock_time, lock_time(altered.cost));
      if (altered.cost.algorithm == Algorithm::copy) script.copied.push_back(name.text());
    }
    of_table.clear();
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto* view = std::get_if<diff::DropView>(&changes[i]);
    const auto* rename = i + 1 < changes.size() ? std::get_if<diff::RenameTable>(&changes[i + 1]) : nullptr;
    if (view && rename && view->view.name == rename->to) {
      flush();
      append(script.run, swap_renamed(*rename));
      ++i;
      continue;
    }
    auto statements = object_statements(changes[i], server);
    if (!statements.empty()) {
      flush();
      append(script.run, std::move(statements));
      continue;
    }
    if (!of_table.empty() && !(diff::subject(of_table.front()) == diff::subject(changes[i]))) flush();
    of_table.push_back(changes[i]);
  }
  flush();
  return script;
}

class Renderer {
 public:
  Renderer(const plan::Step& step, const schema::Schema& before, const schema::Schema& after, const plan::Plan& plan,
           const Server& server)
      : step_(step), before_(before), after_(after), plan_(plan), server_(server) {}

  Result<RenderedStep> make() {
    rendered_.transactional = false;  // DDL commits
    rendered_.has_undo = step_.phase != plan::Phase::contract;
    for (const plan::Operation& operation : step_.operations) {
      EMCEE_TRY(schema::match(
          operation, [&](const plan::Restructure& o) { return restructure(o); },
          [&](const plan::StartSync& o) { return start(o.group); },
          [&](const plan::Fence& o) { return fence(o.group); }, [&](const plan::StopSync& o) { return stop(o.group); },
          // Nothing here needs one.
          [&](const plan::Prepare&) { return Result<void>{}; }, [&](const plan::Backfill&) { return Result<void>{}; },
          [&](const plan::CheckRows&) { return Result<void>{}; }));
    }
    if (!tables_.empty()) rendered_.lock = fmt::format("the metadata lock of {}", fmt::join(tables_, ", "));
    if (!probes_.empty()) rendered_.probe = "SELECT " + common::all_of(probes_);
    if (rendered_.has_undo && !losses_.empty())
      rendered_.undo_loses = fmt::format("{}", fmt::join(losses_, " UNION ALL "));
    return std::move(rendered_);
  }

 private:
  void on_table(const schema::QualifiedName& name) {
    if (std::find(tables_.begin(), tables_.end(), name.text()) == tables_.end()) tables_.push_back(name.text());
  }

  static void under_servers_modes(std::vector<std::string>& before, std::vector<std::string>& after) {
    before.insert(before.end(), std::begin(kSetServersModes), std::end(kSetServersModes));
    after.emplace_back(kRestoreModes);
  }

  Result<void> restructure(const plan::Restructure& operation) {
    Script script = render_changes(operation.changes, before_, after_, server_);
    rendered_.lock_time = std::max(rendered_.lock_time, script.lock_time);
    append(rendered_.run, std::move(script.run));
    for (const std::string& table : script.copied)
      rendered_.hazards.push_back(
          {"table_copied", table, "the server can only copy the table, and writers wait until it is done", true});
    for (const diff::Change& change : operation.changes) {
      on_table(diff::subject(change));
      if (auto probe = is_done(change)) probes_.push_back(std::move(*probe));
      if (!rendered_.has_undo) continue;
      if (auto loss = loses(change, after_, plan_, server_)) losses_.push_back(std::move(*loss));
    }
    if (std::ranges::any_of(operation.changes, makes_program)) under_servers_modes(rendered_.before, rendered_.after);
    if (!rendered_.has_undo) return {};
    const std::vector<diff::Change> back = reversed(operation.changes);
    append(rendered_.undo, render_changes(back, after_, before_, server_).run);
    if (std::ranges::any_of(back, makes_program)) under_servers_modes(rendered_.undo_before, rendered_.undo_after);
    return {};
  }

  Result<const schema::Table*> table_of(const plan::SyncGroup& group, const schema::Schema& schema) {
    const schema::Table* table = schema.find_table(group.table);
    if (!table)
      return schema::fail(schema::ErrorCode::report_bug, "sync of a table that is not there: " + group.table.text());
    on_table(group.table);
    if (group.move) on_table(group.move->part);
    return table;
  }

  void add(SyncScript script) {
    append(rendered_.before, std::move(script.before));
    append(rendered_.run, std::move(script.run));
    append(rendered_.after, std::move(script.after));
  }

  // Columns that move between two tables.
  Result<void> start_move(const plan::SyncGroup& group) {
    EMCEE_ASSIGN(SyncScript script, create_move(group, after_, server_));
    add(std::move(script));
    SyncScript undo = drop_move(group, after_, server_);
    append(rendered_.undo_before, std::move(undo.before));
    append(rendered_.undo, std::move(undo.run));
    append(rendered_.undo_after, std::move(undo.after));
    for (const std::string& name : move_trigger_names(group)) probes_.push_back(trigger_exists(name));
    return {};
  }
  Result<void> fence_off_move(const plan::SyncGroup& group) {
    add(fence_move(group, before_, server_));
    for (const std::string& name : fence_move_trigger_names(group)) probes_.push_back(trigger_exists(name));
    for (const std::string& name : fenced_move_trigger_names(group))
      probes_.push_back(common::negate(trigger_exists(name)));
    return {};
  }
  Result<void> stop_move(const plan::SyncGroup& group) {
    add(drop_move(group, before_, server_));
    for (const auto& names : {move_trigger_names(group), fence_move_trigger_names(group)})
      for (const std::string& name : names) probes_.push_back(common::negate(trigger_exists(name)));
    return {};
  }

  Result<void> start(const plan::SyncGroup& group) {
    EMCEE_ASSIGN(const schema::Table* table, table_of(group, after_));
    if (group.move) return start_move(group);
    EMCEE_ASSIGN(const LookupScript lookups, lookup_script(group, after_, server_));
    EMCEE_ASSIGN(SyncScript script, create_sync(group, *table, server_, lookups));
    add(std::move(script));
    if (!group.deterministic && !group.freeze)
      rendered_.hazards.push_back(
          {"evaluated_once", group.name,
           "an expression is not the same twice: each row is given one value, and replicas have "
           "to get rows, not statements (binlog_format)",
           true});
    SyncScript undo = drop_sync(group, *table, server_, lookups);
    append(rendered_.undo_before, std::move(undo.before));
    append(rendered_.undo, std::move(undo.run));
    append(rendered_.undo_after, std::move(undo.after));
    for (const auto& names : {sync_trigger_names(group), lookup_trigger_names(group)})
      for (const std::string& name : names) probes_.push_back(trigger_exists(name));
    return {};
  }

  Result<void> fence(const plan::SyncGroup& group) {
    EMCEE_ASSIGN(const schema::Table* table, table_of(group, before_));
    if (group.move) return fence_off_move(group);
    EMCEE_ASSIGN(const LookupScript lookups, lookup_script(group, before_, server_));
    EMCEE_ASSIGN(SyncScript script, fence_sync(group, *table, server_, lookups));
    add(std::move(script));
    for (const std::string& name : fence_trigger_names(group)) probes_.push_back(trigger_exists(name));
    probes_.push_back(common::negate(trigger_exists(sync_trigger_names(group)[0])));
    if (!group.follows_until_fence()) return {};
    for (const std::string& name : lookup_trigger_names(group)) probes_.push_back(common::negate(trigger_exists(name)));
    return {};
  }

  Result<void> stop(const plan::SyncGroup& group) {
    EMCEE_ASSIGN(const schema::Table* table, table_of(group, before_));
    if (group.move) return stop_move(group);
    EMCEE_ASSIGN(const LookupScript lookups, lookup_script(group, before_, server_));
    add(drop_sync(group, *table, server_, lookups));
    for (const auto& names : {sync_trigger_names(group), fence_trigger_names(group), lookup_trigger_names(group)})
      for (const std::string& name : names) probes_.push_back(common::negate(trigger_exists(name)));
    return {};
  }

  const plan::Step& step_;
  const schema::Schema& before_;
  const schema::Schema& after_;
  const plan::Plan& plan_;
  const Server& server_;
  RenderedStep rendered_;
  std::vector<std::string> probes_, losses_, tables_;
};

}  // namespace

Result<RenderedStep> render(const plan::Step& step, const schema::Schema& before, const schema::Schema& after,
                            const plan::Plan& plan, const Server& server) {
  return Renderer(step, before, after, plan, server).make();
}

plan::LockTime lock_time(const diff::Change& change, const schema::Schema& before, const Server& server) {
  const schema::Table* table = before.find_table(diff::subject(change));
  return table ? lock_time(cost_of(change, *table, *table, server)) : plan::LockTime::instant;
}

}  // namespace emcee::mysql
