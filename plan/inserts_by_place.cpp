// INSERTs that give all columns by their place: a column that comes at expand makes them fail, unless it stays
// invisible until contract.
#include <fmt/format.h>

#include <algorithm>

#include "plan/draft.h"

namespace emcee::plan {

using schema::Role;
using schema::Token;

namespace {

// `INSERT INTO rev VALUES (..)`, `REPLACE INTO app.rev SELECT ..`: no list of columns behind the name.
bool inserts_whole_rows(const schema::Fragment& body, const Identifier& table) {
  const std::vector<Token>& tokens = body.tokens();
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (!tokens[i].is(Role::keyword, "INTO")) continue;
    std::size_t name = i + 1;
    if (tokens[name + 1].is(Role::symbol, ".") && name + 2 < tokens.size()) name += 2;
    if (!(Identifier(tokens[name].text, table.folding()) == table) || name + 1 >= tokens.size()) continue;
    const Token& next = tokens[name + 1];
    for (const char* word : {"VALUES", "VALUE", "SELECT", "WITH", "TABLE"})
      if (next.is(Role::keyword, word)) return true;
  }
  return false;
}

constexpr const char* kInvisible = "invisible";
bool is_hidden(const schema::Column& column) { return column.options.count(kInvisible) > 0; }

}  // namespace

schema::Result<void> hide_columns(Draft& draft) {
  const Capabilities& can = draft.can();
  if (can.inserts_count_columns && !can.hides_columns && !draft.map.hides.empty()) {
    schema::Error error{schema::ErrorCode::fix_schema,
                        fmt::format("{} {} has no invisible columns", can.dialect, can.server_version), std::nullopt,
                        "let the old release name the columns of its INSERTs, and take the [[hide]] out"};
    error.position = draft.map.places.at("hide[0].table");
    return schema::fail(std::move(error));
  }
  for (Item& item : draft.expand) {
    auto* added = std::get_if<diff::AddColumn>(&item.change);
    if (!added || !draft.hides(added->table) || is_hidden(added->column)) continue;
    added->column.options[kInvisible] = "yes";
    draft.contract_tables.push_back(
        {diff::ChangeColumnOption{added->table, added->column.name, kInvisible, "yes", std::nullopt}, item.reason, {}});
  }
  return {};
}

std::vector<Hazard> inserts_by_place(const Draft& draft) {
  std::vector<Hazard> hazards;
  if (!draft.can().inserts_count_columns) return hazards;
  for (const Item& item : draft.expand) {
    const auto* added = std::get_if<diff::AddColumn>(&item.change);
    if (!added || is_hidden(added->column) || (added->column.generated && !draft.can().inserts_count_generated))
      continue;
    for (const schema::Trigger& trigger : draft.before.triggers())
      if (inserts_whole_rows(trigger.body, added->table.name))
        hazards.push_back(hazard_to_accept(
            "insert_by_place", item.change,
            fmt::format("trigger {} inserts into {} without a list of columns: from expand on it fails, and with it "
                        "every write of the old release that fires it",
                        trigger.name.text(), added->table.text())));
  }
  return hazards;
}

}  // namespace emcee::plan
