// INSERTs that give all columns by their place: a column that comes at expand makes them fail.
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

}  // namespace

std::vector<Hazard> whole_row_inserts(const Draft& draft) {
  std::vector<Hazard> hazards;
  if (!draft.can().inserts_count_columns) return hazards;
  for (const Item& item : draft.expand) {
    const auto* added = std::get_if<diff::AddColumn>(&item.change);
    if (!added || added->column.generated) continue;
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
