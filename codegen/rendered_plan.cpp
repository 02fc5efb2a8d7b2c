#include "codegen/rendered_plan.h"

#include <iterator>

#include "plan/invariants.h"
#include "schema/step_names.h"

namespace emcee::codegen {

using schema::Result;

namespace {

StepKind kind_of(const plan::Step& step) {
  for (const plan::Operation& operation : step.operations) {
    if (std::holds_alternative<plan::StartSync>(operation)) return StepKind::sync;
    if (std::holds_alternative<plan::Fence>(operation)) return StepKind::sync;
    if (std::holds_alternative<plan::Backfill>(operation)) return StepKind::backfill;
    if (std::holds_alternative<plan::CheckRows>(operation)) return StepKind::check;
  }
  return StepKind::ddl;
}

template <class T>
void append(std::vector<T>& to, std::vector<T> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

std::string_view to_string(StepKind kind) { return schema::name_of(kind, schema::kStepKindNames); }

Result<RenderedPlan> render(const plan::Plan& plan, const plan::Dialect& dialect, const std::string& tool_version) {
  RenderedPlan result;
  result.plan = &plan;
  result.dialect = &dialect;
  result.tool_version = tool_version;

  // Two working copies, one step apart: a schema of 10,000 tables is not copied for every step.
  schema::Schema state = plan.before;
  schema::Schema before = plan.before;
  const auto script_of = [&](plan::Phase phase, int number) -> RenderedScript& {
    if (result.scripts.empty() || result.scripts.back().phase != phase || result.scripts.back().number != number)
      result.scripts.push_back({plan::script_name(plan, phase, number), phase, number, {}});
    return result.scripts.back();
  };
  std::size_t next = 0;
  for (const plan::Phase phase : {plan::Phase::expand, plan::Phase::migrate, plan::Phase::contract}) {
    if (phase == plan::Phase::migrate) {
      for (const plan::SyncGroup& group : plan.groups) {
        append(result.verify, dialect.verify_queries(group, state));
        append(result.resolve_old, dialect.resolve(group, state, true));
        append(result.resolve_new, dialect.resolve(group, state, false));
        append(result.sync_objects, dialect.sync_objects(group, state));
      }
    }
    script_of(phase, 1);
    for (; next < plan.steps.size() && plan.steps[next].phase == phase; ++next) {
      const plan::Step& step = plan.steps[next];
      RenderedScript& script = script_of(phase, step.script);
      RenderedStep rendered;
      rendered.number = static_cast<int>(script.steps.size()) + 1;
      rendered.step = &step;
      rendered.kind = kind_of(step);
      EMCEE_TRY(plan::apply_step(state, step));
      EMCEE_ASSIGN(rendered.sql, dialect.render(step, before, state, plan));
      EMCEE_TRY(plan::apply_step(before, step));
      for (const plan::Operation& operation : step.operations) {
        if (const auto* backfill = std::get_if<plan::Backfill>(&operation))
          rendered.backfill = dialect.render_backfill(*backfill, state);
        if (const auto* check = std::get_if<plan::CheckRows>(&operation))
          rendered.requirement = dialect.requirement_query(*check, state);
      }
      script.steps.push_back(std::move(rendered));
    }
  }
  return result;
}

}  // namespace emcee::codegen
