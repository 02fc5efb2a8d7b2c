#include "plan/shadows.h"

#include <fmt/format.h>

#include <algorithm>

#include "parser/alter.h"
#include "parser/rename.h"
#include "plan/draft.h"
#include "schema/is_one_of.h"
#include "schema/match.h"

namespace emcee::plan {

namespace {

using schema::Column;
using schema::Result;
using schema::Table;

bool stays_in_place(const Dialect& dialect, const Column& before, const Column& after) {
  const TypeRelation relation = dialect.relate(before.type, after.type);
  return (relation == TypeRelation::same || relation == TypeRelation::widen_metadata) &&
         before.collation == after.collation && before.generated == after.generated;
}

bool is_shadowed(const diff::ReleaseMap& map, const QualifiedName& table, const Identifier& column) {
  return std::any_of(map.shadows.begin(), map.shadows.end(),
                     [&](const diff::Shadow& shadow) { return shadow.table == table && shadow.column == column; });
}

class Maker {
 public:
  Maker(const schema::Schema& before, const schema::Schema& after, const diff::ReleaseMap& map, const Dialect& dialect)
      : before_(before), after_(after), map_(map), dialect_(dialect) {}

  Result<Shadows> make() {
    Shadows result;
    result.map = map_;
    for (const diff::Shadow& wanted : map_.shadows) {
      const Table* table = after_.find_table(wanted.table);
      const Column* column = table ? table->find_column(wanted.column) : nullptr;
      const Table* old_table = before_.find_table(wanted.table);
      const Column* old_column = old_table ? old_table->find_column(wanted.column) : nullptr;
      Shadow shadow{
          wanted.table, wanted.column, dialect_.shadow_name(wanted.column).value_or(Identifier()), {}, {}, {}};
      if (!old_column || !column) {
        shadow.obstacle = "the table is renamed in this release";
      } else {
        shadow.before = old_column->type;
        shadow.after = column->type;
        shadow.obstacle = obstacle(shadow, *old_table, *table);
      }
      if (shadow.obstacle.empty()) {
        if (!result.after) result.after = after_;
        EMCEE_TRY(rename(*result.after, shadow));
        result.map.maps.push_back(as_map(shadow));
      }
      result.all.push_back(std::move(shadow));
    }
    return result;
  }

 private:
  // One thing at a time: what else happens to the column would have to happen to two of them.
  std::string obstacle(const Shadow& shadow, const Table& before, const Table& after) const {
    const Column& from = *before.find_column(shadow.column);
    const Column& to = *after.find_column(shadow.column);
    if (shadow.stand_in.empty()) return "on this server no column can take the place of another one";
    switch (dialect_.relate(from.type, to.type)) {
      case TypeRelation::same:
      case TypeRelation::widen_metadata:
        return "no row is written for this change: it needs no copy";
      case TypeRelation::widen_rewrite:
        break;
      case TypeRelation::narrow:
      case TypeRelation::other:
        return "values change, and both releases would read the same column: that takes a [[map]] to another name";
    }
    if (from.generated || to.generated) return "it is a generated column, and cannot be written";
    Column only_type = from;
    only_type.type = to.type;
    only_type.default_value = to.default_value;
    only_type.options = to.options;
    if (!(only_type == to)) return "more than its type changes: change one thing in each release";
    if (before.find_column(shadow.stand_in) || after.find_column(shadow.stand_in))
      return fmt::format("{} is the name of another column", shadow.stand_in.text());
    for (const Column& other : before.columns) {
      const Column* becomes = after.find_column(other.name);
      if (becomes && !is_shadowed(map_, after.name, other.name) && !stays_in_place(dialect_, other, *becomes))
        return fmt::format("the table is written anew for {} all the same", other.name.text());
    }
    for (const schema::Schema* schema : {&before_, &after_})
      if (auto found = dialect_.shadow_obstacle(*schema, after.name, shadow.column)) return *found;
    return {};
  }

  // Keys, checks and indexes of the table, and foreign keys that point to it. Views and triggers go on naming the
  // column: it is theirs to the end.
  static Result<void> rename(schema::Schema& schema, const Shadow& shadow) {
    Table table = *schema.find_table(shadow.table);
    EMCEE_TRY(parser::alter(table, parser::RenameColumn{shadow.column, shadow.stand_in}));
    table.source.clear();
    EMCEE_TRY(schema.put(std::move(table)));
    const parser::ColumnRename rename{shadow.table, shadow.column, shadow.stand_in, {}};
    for (std::size_t i = 0; i < schema.tables().size(); ++i) {
      const auto& keys = schema.tables()[i].foreign_keys;
      if (std::none_of(keys.begin(), keys.end(), [&](const auto& key) { return key.references == shadow.table; }))
        continue;
      Table user = schema.tables()[i];
      parser::rename_column(user, rename);
      EMCEE_TRY(schema.put(std::move(user)));
    }
    return {};
  }

  static diff::ColumnMap as_map(const Shadow& shadow) {
    diff::ColumnMap map;
    map.name = shadow.table.name.text() + "_" + shadow.column.text();
    map.table = shadow.table;
    map.old_columns = {shadow.column};
    map.new_columns = {shadow.stand_in};
    map.up = {{shadow.stand_in, Fragment::column(shadow.column)}};
    map.down = {{shadow.column, Fragment::column(shadow.stand_in)}};
    map.one_to_one = true;
    map.none_given = diff::NoneGiven::allow;  // the default of the column has been stored by then
    return map;
  }

  const schema::Schema& before_;
  const schema::Schema& after_;
  const diff::ReleaseMap& map_;
  const Dialect& dialect_;
};

std::vector<std::vector<Item> Draft::*> lists() {
  return {&Draft::expand, &Draft::expand_indexes, &Draft::contract_first, &Draft::contract_tables,
          &Draft::contract_last};
}

std::vector<const Item*> items_of(const Draft& draft) {
  std::vector<const Item*> result;
  for (const auto list : lists())
    for (const Item& item : draft.*list) result.push_back(&item);
  return result;
}

diff::ChangeType change_of(const Shadow& shadow) { return {shadow.table, shadow.column, shadow.before, shadow.after}; }

// The change adds, takes or alters something over the column, or a foreign key that points to it.
bool names(const diff::Change& change, const QualifiedName& table, const Identifier& column) {
  const auto adds = [&](const diff::Change& each) {
    if (const auto* add = std::get_if<diff::AddForeignKey>(&each);
        add && add->key.references == table && schema::is_one_of(column, add->key.referenced))
      return true;
    if (!(diff::subject(each) == table)) return false;
    return schema::is_one_of(column, columns_of(each)) ||
           schema::match(
               each, [&](const diff::AddColumn& c) { return c.column.name == column; },
               [&](const diff::AddDefault& c) { return c.column == column; },
               [&](const diff::ChangeIdentity& c) { return c.column == column; }, [](const auto&) { return false; });
  };
  return adds(change) || adds(diff::reverse(change));
}

bool holds(const std::vector<Hazard>& hazards, const Hazard& hazard) {
  return std::find(hazards.begin(), hazards.end(), hazard) != hazards.end();
}

}  // namespace

Result<Shadows> make_shadows(const schema::Schema& before, const schema::Schema& after, const diff::ReleaseMap& map,
                             const Dialect& dialect) {
  return Maker(before, after, map, dialect).make();
}

const Shadow* Draft::shadow_of(const QualifiedName& table, const Identifier& column) const {
  const auto found = std::find_if(shadows.begin(), shadows.end(), [&](const Shadow& shadow) {
    return shadow.table == table && shadow.column == column;
  });
  return found == shadows.end() ? nullptr : &*found;
}

bool Draft::names_stand_in(const diff::Change& change) const {
  return std::any_of(shadows.begin(), shadows.end(), [&](const Shadow& shadow) {
    return shadow.obstacle.empty() && names(change, shadow.table, shadow.stand_in);
  });
}

void take_places(Draft& draft, const Draft& meant) {
  draft.findings = meant.findings;
  draft.choices = meant.choices;

  std::vector<Hazard> said;
  std::vector<std::string> reasons;
  for (const Item* item : items_of(meant)) {
    said.insert(said.end(), item->hazards.begin(), item->hazards.end());
    reasons.push_back(item->reason);
  }
  // What is only there for a copy comes from the change of the type.
  const auto reason_of = [&](const Item& item) -> std::optional<std::string> {
    if (std::find(reasons.begin(), reasons.end(), item.reason) != reasons.end()) return std::nullopt;
    const auto found = std::find_if(draft.shadows.begin(), draft.shadows.end(), [&](const Shadow& shadow) {
      return names(item.change, shadow.table, shadow.column) || names(item.change, shadow.table, shadow.stand_in);
    });
    if (found == draft.shadows.end()) return std::nullopt;
    return diff::describe(change_of(*found));
  };
  std::vector<Hazard> kept;
  for (const auto list : lists())
    for (Item& item : draft.*list) {
      std::erase_if(item.hazards, [&](const Hazard& hazard) { return !holds(said, hazard); });
      kept.insert(kept.end(), item.hazards.begin(), item.hazards.end());
      if (auto reason = reason_of(item)) item.reason = std::move(*reason);
    }
  draft.hazards = meant.hazards;
  for (const Hazard& hazard : said)
    if (!holds(kept, hazard) && !holds(draft.hazards, hazard)) draft.hazards.push_back(hazard);

  // Keys and checks of the old column hold for its copy: no row has to be looked at for them.
  std::erase_if(draft.checks, [&](const CheckRows& check) {
    return std::none_of(meant.checks.begin(), meant.checks.end(), [&](const CheckRows& other) {
      return check.requirement == other.requirement && diff::operation(check.change) == diff::operation(other.change) &&
             diff::object(check.change) == diff::object(other.change);
    });
  });

  for (const Shadow& shadow : draft.shadows) {
    if (!shadow.obstacle.empty()) continue;
    const diff::ChangeType change = change_of(shadow);
    draft.hazards.push_back(
        hazard("narrow_until_contract", change,
               fmt::format("until contract the column is still {}: what only {} holds is refused to either release, "
                           "and from then on it is the last of the table, where statements without a list of columns "
                           "meet it",
                           shadow.before.text, shadow.after.text)));
    draft.in_contract(diff::RenameColumn{shadow.table, shadow.stand_in, shadow.column}, change);
  }
}

}  // namespace emcee::plan
