#include "codegen/plan_json.h"

#include <nlohmann/json.hpp>

#include "schema/checksum.h"

namespace emcee::codegen {

namespace {

using Json = nlohmann::ordered_json;  // keys in the order in which they are written

Json hazards_json(const std::vector<plan::Hazard>& hazards) {
  Json list = Json::array();
  for (const plan::Hazard& hazard : hazards)
    list.push_back({{"code", hazard.code}, {"object", hazard.object}, {"message", hazard.message}});
  return list;
}

Json query_json(const plan::RowQuery& query) {
  return {{"name", query.name}, {"kind", query.kind},   {"table", query.table.text()},
          {"sql", query.sql},   {"count", query.count}, {"hint", query.hint}};
}

Json conversion_json(const plan::Conversion& conversion, const plan::Dialect& dialect) {
  const auto column = [&](const schema::Identifier& name) {
    return Json{{"name", name.text()}, {"sql", dialect.quoting()(name)}};
  };
  Json key = Json::array(), old_columns = Json::array(), new_columns = Json::array();
  for (const auto& name : conversion.key) key.push_back(column(name));
  for (const auto& name : conversion.old_columns) old_columns.push_back(column(name));
  for (const auto& each : conversion.new_columns) {
    new_columns.push_back(column(each.name));
    new_columns.back()["not_null"] = each.not_null;
  }
  return {{"map", conversion.map},
          {"program", conversion.program},
          {"key", key},
          {"old", old_columns},
          {"new", new_columns}};
}

Json numbering_json(const plan::NumberingUpdate& numbering) {
  return {
      {"before", numbering.before}, {"update", numbering.update}, {"end", numbering.end}, {"after", numbering.after}};
}

Json backfill_json(const plan::RenderedBackfill& backfill, const plan::Dialect& dialect) {
  Json key = Json::array();
  for (const auto& column : backfill.key) key.push_back(column.text());
  Json json = {{"table", backfill.table.text()},
               {"table_sql", dialect.quoting()(backfill.table)},
               {"key", key},
               {"key_sql", backfill.key_sql},
               {"pending", backfill.pending},
               {"set", backfill.assignments},
               {"bypass_triggers", backfill.bypass_triggers},
               {"single_update", backfill.single_update}};
  if (backfill.numbering) json["numbering"] = numbering_json(*backfill.numbering);
  if (backfill.numbering_offline) json["numbering_offline"] = numbering_json(*backfill.numbering_offline);
  if (!backfill.row_lock.empty()) json["row_lock"] = backfill.row_lock;
  if (!backfill.generate.empty()) {
    json["generate"] = backfill.generate;
    if (!backfill.generate_end.empty()) json["generate_end"] = backfill.generate_end;
    if (!backfill.kept_out.empty()) json["kept_out"] = backfill.kept_out;
  }
  if (backfill.conversion) json["conversion"] = conversion_json(*backfill.conversion, dialect);
  return json;
}

Json step_json(const RenderedStep& rendered, const plan::Dialect& dialect) {
  const plan::RenderedStep& sql = rendered.sql;
  std::vector<plan::Hazard> hazards = rendered.step->hazards;
  hazards.insert(hazards.end(), sql.hazards.begin(), sql.hazards.end());
  Json json = {{"number", rendered.number},
               {"title", rendered.step->title},
               {"kind", to_string(rendered.kind)},
               {"reasons", rendered.step->reasons},
               {"hazards", hazards_json(hazards)},
               {"lock", {{"time", plan::to_string(sql.lock_time)}, {"what", sql.lock}}},
               {"transactional", sql.transactional},
               {"before", sql.before},
               {"run", sql.run},
               {"after", sql.after},
               {"verify", sql.verify},
               {"probe", sql.probe},
               {"undo", nullptr}};
  if (sql.has_undo)
    json["undo"] = {{"before", sql.undo_before},
                    {"run", sql.undo},
                    {"after", sql.undo_after},
                    {"verify", sql.undo_verify},
                    {"loses", sql.undo_loses}};
  if (rendered.backfill) json["backfill"] = backfill_json(*rendered.backfill, dialect);
  if (rendered.requirement) json["requirement"] = query_json(*rendered.requirement);
  return json;
}

Json steps_json(const RenderedScript& script, const plan::Dialect& dialect) {
  Json steps = Json::array();
  for (const RenderedStep& step : script.steps) steps.push_back(step_json(step, dialect));
  return steps;
}

// Bytes that are no UTF-8 must not stop the plan: they come out as U+FFFD in texts for people, and
// SQL that holds them was refused by the parser.
std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, nlohmann::detail::error_handler_t::replace);
}

}  // namespace

std::string script_checksum(const RenderedScript& script, const plan::Dialect& dialect) {
  return schema::checksum(dump(steps_json(script, dialect), -1));
}

std::string plan_json(const RenderedPlan& rendered, const std::vector<std::string>& file_checksums) {
  const plan::Plan& plan = *rendered.plan;
  const plan::Dialect& dialect = *rendered.dialect;
  Json json = {{"format", 1},
               {"tool", rendered.tool_version},
               {"dialect", dialect.name()},
               {"server_version", dialect.capabilities().server_version},
               {"component", plan.component},
               {"release", plan.release},
               {"from", plan.from},
               {"schemas", {{"old", dialect.print(plan.before)}, {"new", dialect.print(plan.after)}}}};
  Json scripts = Json::array();
  for (std::size_t i = 0; i < rendered.scripts.size(); ++i) {
    const RenderedScript& script = rendered.scripts[i];
    Json steps = steps_json(script, dialect);
    scripts.push_back({{"name", script.name},
                       {"phase", plan::to_string(script.phase)},
                       {"number", script.number},
                       {"checksum", schema::checksum(dump(steps, -1))},
                       {"file_checksum", file_checksums[i]},
                       {"steps", std::move(steps)}});
  }
  json["scripts"] = std::move(scripts);
  Json verify = Json::array();
  for (const plan::RowQuery& query : rendered.verify) verify.push_back(query_json(query));
  json["verify"] = std::move(verify);
  json["resolve"] = {{"old", rendered.resolve_old}, {"new", rendered.resolve_new}};
  json["sync_objects"] = rendered.sync_objects;
  Json generates = Json::array(), counts = Json::array();
  for (const plan::SyncGroup& group : plan.groups) {
    if (!group.row || !group.row->freeze.empty()) continue;
    generates.push_back(group.row->table.text());
    if (group.counted) counts.push_back(group.row->table.text());
  }
  if (!generates.empty()) json["generates"] = std::move(generates);
  if (!counts.empty()) json["counts"] = std::move(counts);
  Json moves = Json::array();
  for (const plan::SyncGroup& group : plan.groups)
    if (group.move)
      for (const auto& table : {group.move->whole, group.move->part}) moves.push_back(table.text());
    else if (group.holds_old())
      for (const auto& table : {group.table, group.row->table}) moves.push_back(table.text());
  if (!moves.empty()) json["moves"] = std::move(moves);
  json["hazards"] = hazards_json(plan.hazards);
  Json choices = Json::array();
  for (const plan::Choice& choice : plan.choices) choices.push_back({{"object", choice.object}, {"text", choice.text}});
  json["choices"] = std::move(choices);
  json["notes"] = plan.notes;
  return dump(json, 2) + "\n";
}

}  // namespace emcee::codegen
