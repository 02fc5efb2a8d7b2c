#include "plan/invariants.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "diff/apply_change.h"
#include "schema/match.h"

namespace emcee::plan {

using schema::match;
using schema::Result;

namespace {

tl::unexpected<schema::Error> broken(const std::string& what) {
  return schema::fail(schema::ErrorCode::report_bug, "the plan breaks an invariant: " + what,
                      "please report this with both schemas and the release map");
}

// Takes away something that the old release may use.
bool is_destructive(const diff::Change& change) {
  return match(
      change, [](const diff::DropTable&) { return true; }, [](const diff::RenameTable&) { return true; },
      [](const diff::DropColumn&) { return true; }, [](const diff::RenameColumn&) { return true; },
      [](const diff::DropView&) { return true; }, [](const diff::DropTrigger&) { return true; },
      [](const diff::DropObject&) { return true; }, [](const auto&) { return false; });
}

// Lets a column be left out: the triggers of its group have to be there, or the old release could write what
// its own schema refuses.
std::optional<std::string> loosened_column(const diff::Change& change) {
  return match(
      change, [](const diff::DropNotNull& c) { return std::optional(c.table.text() + "." + c.column.text()); },
      [](const diff::AddDefault& c) { return std::optional(c.table.text() + "." + c.column.text()); },
      [](const auto&) { return std::optional<std::string>(); });
}

std::string columns_dropped(const diff::Change& change) {
  if (const auto* drop = std::get_if<diff::DropColumn>(&change)) return drop->column.name.text();
  return {};
}

// Takes away a table or a column that the triggers of the move name.
bool names_moved(const MovedColumns& moved, const diff::Change& change) {
  return match(
      change, [&](const diff::DropTable& c) { return c.table.name == moved.whole || c.table.name == moved.part; },
      [&](const diff::DropColumn& c) {
        return std::any_of(moved.columns.begin(), moved.columns.end(), [&](const auto& column) {
          return (c.table == moved.whole && column.whole == c.column.name) ||
                 (c.table == moved.part && column.part == c.column.name);
        });
      },
      [](const auto&) { return false; });
}

bool names_mirrored(const MirroredTable& mirrored, const diff::Change& change) {
  const auto is = [&](const QualifiedName& name) { return name == mirrored.original || name == mirrored.copy; };
  return match(
      change, [&](const diff::DropTable& c) { return is(c.table.name); },
      [&](const diff::RenameTable& c) { return is(c.from); }, [](const auto&) { return false; });
}

}  // namespace

Result<void> apply_step(schema::Schema& schema, const Step& step) {
  for (const Operation& operation : step.operations)
    if (const auto* restructure = std::get_if<Restructure>(&operation))
      for (const diff::Change& change : restructure->changes) EMCEE_TRY(diff::apply_change(schema, change));
  return {};
}

Result<void> check_invariants(const Plan& plan) {
  std::map<std::string, const SyncGroup*> running;
  std::map<Phase, int> last_script;
  std::set<std::string> loosened;
  Phase phase = Phase::expand;
  schema::Schema state = plan.before;

  for (const Step& step : plan.steps) {
    if (step.phase < phase) return broken(fmt::format("'{}' comes after a later phase", step.title));
    phase = step.phase;
    int& script = last_script[phase];
    if (step.script != script && step.script != script + 1)
      return broken(fmt::format("script {} of {} follows script {}", step.script, to_string(phase), script));
    script = step.script;

    for (const Operation& operation : step.operations) {
      if (const auto* start = std::get_if<StartSync>(&operation)) {
        if (!running.emplace(start->group.name, &start->group).second)
          return broken(fmt::format("sync of {} starts twice", start->group.name));
        for (const OldColumn& column : start->group.old_columns)
          if (const std::string name = start->group.table.text() + "." + column.name.text(); loosened.count(name) > 0)
            return broken(fmt::format("{} may be left out before sync of {} holds it", name, start->group.name));
      } else if (const auto* fence = std::get_if<Fence>(&operation)) {
        if (phase != Phase::contract || running.count(fence->group.name) == 0)
          return broken(fmt::format("{} is fenced where it does not run", fence->group.name));
      } else if (const auto* stop = std::get_if<StopSync>(&operation)) {
        if (running.erase(stop->group.name) == 0)
          return broken(fmt::format("sync of {} stops without having started", stop->group.name));
      } else if (const auto* restructure = std::get_if<Restructure>(&operation)) {
        for (const diff::Change& change : restructure->changes) {
          if (phase != Phase::contract && is_destructive(change))
            return broken(fmt::format("'{}' happens in {}", diff::describe(change), to_string(phase)));
          if (const auto column = loosened_column(change)) loosened.insert(*column);
          for (const auto& [name, group] : running)
            if ((group->move && names_moved(*group->move, change)) ||
                (group->mirror && names_mirrored(*group->mirror, change)))
              return broken(fmt::format("{} goes while sync of {} still names it", diff::object(change), name));
          for (const auto& [name, group] : running)
            for (const auto& column : group->old_columns)
              if (!columns_dropped(change).empty() && diff::subject(change) == group->table &&
                  column.name.text() == columns_dropped(change))
                return broken(fmt::format("{} goes while sync of {} still names it", diff::object(change), name));
          EMCEE_TRY(diff::apply_change(state, change));
        }
      }
    }
  }
  if (!running.empty()) return broken(fmt::format("sync of {} never stops", running.begin()->first));
  if (!(state == plan.after)) {
    std::string what = "all steps together do not give the new schema";
    for (const auto& table : plan.after.tables()) {
      const auto* other = state.find_table(table.name);
      if (!other || !(*other == table)) what += fmt::format("; table {} differs", table.name.text());
    }
    return broken(what);
  }
  return {};
}

}  // namespace emcee::plan
