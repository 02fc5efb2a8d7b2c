#include "codegen/script.h"

#include <fmt/format.h>
#include <algorithm>

#include "codegen/plan_json.h"

namespace emcee::codegen {

namespace {

using schema::ledger_literal;
using schema::LedgerEntry;
using schema::LedgerKey;

// One comment, whatever the text holds.
std::string comment(std::string_view text) {
  std::string result = "-- ";
  for (char c : text) {
    result += c == '\r' ? ' ' : c;
    if (c == '\n') result += "-- ";
  }
  return result + "\n";
}

class Script {
 public:
  Script(const RenderedPlan& rendered, const RenderedScript& script, const ScriptDialect& dialect)
      : rendered_(rendered), plan_(*rendered.plan), script_(script), dialect_(dialect), ledger_(dialect.ledger()) {}

  std::string forward() {
    head(fmt::format("{}, script {} of release {}", plan::to_string(script_.phase), script_.number, plan_.release),
         dialect_.command(script_.name + ".sql"));
    open();
    for (const RenderedStep& step : script_.steps) add(step);
    close();
    return std::move(out_);
  }

  std::string backward() {
    head(fmt::format("takes back {}", script_.name), dialect_.command("rollback/" + script_.name + ".sql"));
    begin();
    guard(fmt::format("{} has to be in the ledger, and contract must not have begun", script_.name),
          fmt::format("EXISTS (SELECT 1 FROM {0} WHERE {1} AND state <> 'rolled_back') AND NOT EXISTS (SELECT 1 FROM "
                      "{0} WHERE component = {2} AND release = {3} AND phase = 'contract' AND state <> 'rolled_back')",
                      ledger_.table, schema::ledger_where(ledger_, key(0)), ledger_literal(ledger_, plan_.component),
                      ledger_literal(ledger_, plan_.release)));
    statement(schema::ledger_finish(ledger_, release_key(), "rolling_back"));
    statement("COMMIT");
    for (auto step = script_.steps.rbegin(); step != script_.steps.rend(); ++step) take_back(*step);
    statement(schema::ledger_finish(ledger_, key(0), "rolled_back"));
    const bool is_first = &script_ == &rendered_.scripts.front();
    if (is_first) {
      // The whole release is back; what migrate recorded goes with it.
      statement(schema::ledger_rolled_back(ledger_, plan_.component, plan_.release));
    }
    return std::move(out_);
  }

 private:
  LedgerKey release_key() const { return {plan_.component, plan_.release, "", 0}; }
  LedgerKey key(int step) const { return {plan_.component, plan_.release, script_.name, step}; }

  void statement(const std::string& sql) { out_ += dialect_.terminated(sql); }
  void statements(const std::vector<std::string>& all) {
    for (const std::string& sql : all) statement(sql);
  }

  void head(const std::string& what, const std::string& command) {
    out_ += comment(fmt::format("{}: {}", script_.name, what));
    out_ += comment(fmt::format("made by emcee {} for {} {}", rendered_.tool_version,
                                rendered_.dialect->capabilities().dialect,
                                rendered_.dialect->capabilities().server_version));
    out_ += comment(fmt::format("run by emcee, or by hand: {}", command));
    if (plan_.choices.size() && script_.phase == plan::Phase::expand && script_.number == 1)
      for (const plan::Choice& choice : plan_.choices)
        out_ += comment(fmt::format("chosen by --best-effort: {}: {}", choice.object, choice.text));
    out_ += "\n" + dialect_.opening();
  }

  void begin() { statement(dialect_.begin()); }

  void guard(const std::string& message, const std::string& condition) {
    statements(dialect_.guard(message, condition));
  }
  void guard_no_row(const std::string& message, const std::string& query) {
    guard(message, fmt::format("NOT EXISTS ({})", query));
  }

  LedgerEntry entry(int step, const std::string& title) const {
    return {key(step), std::string(plan::to_string(script_.phase)), title, script_checksum(script_, *rendered_.dialect),
            rendered_.tool_version};
  }

  // Foreign keys that step aside for other changes of the script come again.
  bool puts_back() const {
    return std::any_of(script_.steps.begin(), script_.steps.end(), [](const RenderedStep& step) {
      const auto& operations = step.step->operations;
      return std::any_of(operations.begin(), operations.end(), [](const plan::Operation& operation) {
        const auto* restructure = std::get_if<plan::Restructure>(&operation);
        return restructure && std::any_of(restructure->changes.begin(), restructure->changes.end(), [](const auto& c) {
                 return std::holds_alternative<diff::DropForeignKey>(c);
               });
      });
    });
  }

  bool is_first() const { return &script_ == &rendered_.scripts.front(); }
  bool is_last() const { return &script_ == &rendered_.scripts.back(); }

  void open() {
    begin();
    if (is_first()) {
      statement(ledger_.create);
      std::string conditions = fmt::format(
          "NOT EXISTS (SELECT 1 FROM {} WHERE component = {} AND script = '' AND state NOT IN ('done', "
          "'rolled_back'))",
          ledger_.table, ledger_literal(ledger_, plan_.component));
      if (!plan_.from.empty())
        conditions += fmt::format(
            " AND coalesce((SELECT release FROM {2} WHERE component = {0} AND script = '' AND state = 'done' "
            "ORDER BY id DESC LIMIT 1), {1}) = {1}",
            ledger_literal(ledger_, plan_.component), ledger_literal(ledger_, plan_.from), ledger_.table);
      guard("another release comes first: see " + ledger_.table, conditions);
      statements(schema::ledger_begin(ledger_, {release_key(), "release", plan_.from, "", rendered_.tool_version}));
    } else {
      const auto it = std::find_if(rendered_.scripts.begin(), rendered_.scripts.end(),
                                   [&](const RenderedScript& each) { return &each == &script_; });
      const RenderedScript& previous = *std::prev(it);
      guard(fmt::format("run {} first", previous.name),
            fmt::format("EXISTS (SELECT 1 FROM {} WHERE {} AND state = 'done')", ledger_.table,
                        schema::ledger_where(ledger_, {plan_.component, plan_.release, previous.name, 0})));
    }
    if (script_.phase == plan::Phase::contract && script_.number == 1) ready_for_contract();
    statements(schema::ledger_begin(ledger_, entry(0, script_.name)));
    statement("COMMIT");
  }

  void ready_for_contract() {
    for (const plan::RowQuery& query : rendered_.verify)
      guard_no_row(fmt::format("contract is refused: {}", query.name), query.sql);
    for (const RenderedScript& script : rendered_.scripts)
      for (const RenderedStep& step : script.steps)
        if (step.requirement)
          guard_no_row(fmt::format("contract is refused: {}", step.requirement->name), step.requirement->sql);
  }

  void explain(const RenderedStep& step) {
    const plan::RenderedStep& sql = step.sql;
    out_ += "\n" + comment(fmt::format("{} step {}/{}: {}", script_.name, step.number, script_.steps.size(),
                                       step.step->title));
    for (const std::string& reason : step.step->reasons)
      if (reason != step.step->title) out_ += comment("reason: " + reason);
    if (step.kind == StepKind::ddl || step.kind == StepKind::sync) {
      out_ += comment(fmt::format("lock: {}, {}; undo: {}", sql.lock, plan::to_string(sql.lock_time),
                                  !sql.has_undo            ? "none, one-way"
                                  : sql.undo_loses.empty() ? "exact"
                                                           : "exact where rollback finds nothing to lose"));
    }
    for (const plan::Hazard& hazard : step.step->hazards)
      out_ += comment(fmt::format("hazard {}: {}: {}", hazard.code, hazard.object, hazard.message));
  }

  void add(const RenderedStep& step) {
    explain(step);
    if (step.kind == StepKind::sync) statements(dialect_.before_sync());
    statements(step.sql.before);
    begin();
    statements(schema::ledger_begin(ledger_, entry(step.number, step.step->title)));
    if (step.backfill) {
      backfill(step);
    } else if (step.sql.transactional) {
      work(step);
    } else {
      // Announced, run, confirmed.
      statement("COMMIT");
      work(step);
      begin();
    }
    if (!step.backfill) statement(schema::ledger_finish(ledger_, key(step.number)));
    statement("COMMIT");
    statements(step.sql.after);
  }

  void work(const RenderedStep& step) {
    if (step.requirement)
      guard_no_row(fmt::format("{} is refused: {}", plan::to_string(step.step->phase), step.requirement->name),
                   step.requirement->sql);
    statements(step.sql.run);
    for (const std::string& query : step.sql.verify) guard_no_row("the result is not as it has to be", query);
  }

  void backfill(const RenderedStep& step) {
    if (step.backfill->conversion) {
      const plan::RowQuery& pending = pending_of(*step.backfill->conversion);
      out_ +=
          comment("A program converts these rows: run `emcee migrate`, or write the new columns before this script.");
      guard_no_row(fmt::format("migrate is refused: {}", pending.name), pending.sql);
      statement(schema::ledger_finish(ledger_, key(step.number)));
      return;
    }
    const bool on_its_own = dialect_.commits_batches();
    if (on_its_own) statement("COMMIT");
    statements(dialect_.backfill(*step.backfill, key(step.number)));
    if (on_its_own) begin();
    statement(schema::ledger_finish(ledger_, key(step.number), "done", dialect_.rows_changed()));
  }

  const plan::RowQuery& pending_of(const plan::Conversion& conversion) const {
    const auto at = std::find_if(rendered_.verify.begin(), rendered_.verify.end(), [&](const plan::RowQuery& query) {
      return query.kind == "pending" && query.name.starts_with(conversion.map + ":");
    });
    return *at;
  }

  void close() {
    out_ += "\n";
    begin();
    statement(schema::ledger_finish(ledger_, key(0)));
    const bool contract = script_.phase == plan::Phase::contract;
    // What contract took away is not missed by `emcee check`, nor what the script itself put back.
    for (const RenderedScript& earlier : rendered_.scripts) {
      if (contract || (&earlier == &script_ && puts_back()))
        for (const RenderedStep& step : earlier.steps)
          if ((step.kind == StepKind::ddl || step.kind == StepKind::sync) && !step.sql.probe.empty())
            statement(schema::ledger_present(ledger_, {plan_.component, plan_.release, earlier.name, step.number},
                                             step.sql.probe));
      if (&earlier == &script_) break;
    }
    if (contract && is_last()) statement(schema::ledger_finish(ledger_, release_key()));
    statement("COMMIT");
  }

  void take_back(const RenderedStep& step) {
    if (step.kind != StepKind::ddl && step.kind != StepKind::sync) return;
    out_ += "\n" + comment(fmt::format("take back step {}: {}", step.number, step.step->title));
    statements(step.sql.undo_before);
    begin();
    if (!step.sql.undo_loses.empty())
      guard_no_row("the rollback would lose data: see `emcee rollback`", step.sql.undo_loses);
    statements(step.sql.undo);
    for (const std::string& query : step.sql.undo_verify) guard_no_row("the result is not as it has to be", query);
    statement(schema::ledger_finish(ledger_, key(step.number), "rolled_back"));
    statement("COMMIT");
    statements(step.sql.undo_after);
  }

  const RenderedPlan& rendered_;
  const plan::Plan& plan_;
  const RenderedScript& script_;
  const ScriptDialect& dialect_;
  const schema::LedgerDialect& ledger_;
  std::string out_;
};

}  // namespace

std::string forward_script(const RenderedPlan& plan, const RenderedScript& script, const ScriptDialect& dialect) {
  return Script(plan, script, dialect).forward();
}

std::string rollback_script(const RenderedPlan& plan, const RenderedScript& script, const ScriptDialect& dialect) {
  return Script(plan, script, dialect).backward();
}

}  // namespace emcee::codegen
