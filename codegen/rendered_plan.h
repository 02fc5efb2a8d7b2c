// A plan with the SQL of every step: what plan.json and the .sql files are both printed from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/dialect.h"
#include "plan/plan.h"

namespace emcee::codegen {

enum class StepKind : std::uint8_t { ddl, sync, backfill, check };
std::string_view to_string(StepKind kind);

struct RenderedStep {
  int number = 0;
  const plan::Step* step = nullptr;
  StepKind kind = StepKind::ddl;
  plan::RenderedStep sql;
  std::optional<plan::RenderedBackfill> backfill;
  std::optional<plan::RowQuery> requirement;
};

struct RenderedScript {
  std::string name;
  plan::Phase phase = plan::Phase::expand;
  int number = 1;
  std::vector<RenderedStep> steps;  // may be empty: every phase has a script
};

struct RenderedPlan {
  const plan::Plan* plan = nullptr;
  const plan::Dialect* dialect = nullptr;
  std::string tool_version;
  std::vector<RenderedScript> scripts;
  std::vector<plan::RowQuery> verify;
  std::vector<std::string> resolve_old, resolve_new;
  std::vector<std::string> sync_objects;
};

// REQUIRES: plan and dialect outlive the result.
schema::Result<RenderedPlan> render(const plan::Plan& plan, const plan::Dialect& dialect,
                                    const std::string& tool_version);

}  // namespace emcee::codegen
