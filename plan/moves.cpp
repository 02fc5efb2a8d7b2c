#include "plan/moves.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "plan/index_use.h"
#include "schema/is_one_of.h"

namespace emcee::plan {

namespace {

using schema::Column;
using schema::ErrorCode;
using schema::ForeignKey;
using schema::ReferentialAction;
using schema::Result;
using schema::Table;

std::string full(const Table& table, const Identifier& column) { return table.name.text() + "." + column.text(); }

// No two rows share their values, at any time, and none lacks one.
bool identifies(const Table& table, const std::vector<Identifier>& columns) {
  const auto holds = [&](const auto& key) {
    return key.deferral == schema::Deferral::not_deferrable && are_columns(key.parts, columns);
  };
  const bool unique = (table.primary_key && holds(*table.primary_key)) ||
                      std::any_of(table.uniques.begin(), table.uniques.end(), holds) ||
                      std::any_of(table.indexes.begin(), table.indexes.end(),
                                  [&](const auto& i) { return i.unique && !i.where && are_columns(i.parts, columns); });
  const auto never_null = [&](const Identifier& name) {
    const Column* column = table.find_column(name);
    return column && (column->not_null || (table.primary_key && table.primary_key->is_rowid &&
                                           schema::is_one_of(name, table.key_columns())));
  };
  return unique && std::all_of(columns.begin(), columns.end(), never_null);
}

// A key that a row without these values may have as well.
bool has_key_besides(const Table& table, const std::vector<Identifier>& columns) {
  const auto other = [&](const std::vector<schema::KeyPart>& parts) {
    return !std::all_of(columns.begin(), columns.end(), [&](const Identifier& name) {
      return std::any_of(parts.begin(), parts.end(),
                         [&](const schema::KeyPart& part) { return part.expression.as_column() == name; });
    });
  };
  return (table.primary_key && other(table.primary_key->parts)) ||
         std::any_of(table.uniques.begin(), table.uniques.end(), [&](const auto& u) { return other(u.parts); }) ||
         std::any_of(table.indexes.begin(), table.indexes.end(),
                     [&](const auto& i) { return i.unique && other(i.parts); });
}

class MoveMaker {
 public:
  MoveMaker(const Draft& draft, const diff::Move& move, std::size_t index)
      : draft_(draft), move_(move), place_(fmt::format("move[{}]", index)) {
    const bool from_stays = draft.after.find_table(move.from) != nullptr;
    moved_.part_stays = from_stays && draft.before.find_table(move.to) != nullptr;
    moved_.refuses_delete = move.on_part_delete == diff::OnPartDelete::refuse;
    // Where both are there all the time, the foreign key tells which rows need those of the other table.
    const bool splits = moved_.part_stays ? points_along(move.to, move.from, false) : from_stays;
    moved_.splits = splits;
    moved_.whole = splits ? move.from : move.to;
    moved_.part = splits ? move.to : move.from;
    before_ = draft.before.find_table(moved_.whole);
    after_ = draft.after.find_table(moved_.whole);
    part_ = (splits ? draft.after : draft.before).find_table(moved_.part);
    other_part_ = moved_.part_stays ? (splits ? draft.before : draft.after).find_table(moved_.part) : part_;
    for (const auto& pair : move.key)
      moved_.key.push_back({splits ? pair.equals : pair.column, splits ? pair.column : pair.equals});
  }

  Result<MovedColumns> make() {
    EMCEE_TRY(check_tables());
    if (moved_.part_stays) EMCEE_TRY(check_part_stays());
    EMCEE_TRY(check_key());
    for (const auto& pair : move_.columns) EMCEE_TRY(add_column(pair));
    EMCEE_TRY(check_other_columns(*part_));
    EMCEE_TRY(check_other_columns(*other_part_));
    EMCEE_TRY(check_foreign_key());
    moved_.row_steps_aside = moved_.part_stays && draft_.can().triggers_clear_the_way && steps_aside();
    return std::move(moved_);
  }

 private:
  tl::unexpected<schema::Error> fail(const std::string& place, std::string message, std::string hint) const {
    schema::Error error{ErrorCode::add_to_map, std::move(message), std::nullopt, std::move(hint)};
    if (const auto at = draft_.map.places.find(place_ + place); at != draft_.map.places.end())
      error.position = at->second;
    return schema::fail(std::move(error));
  }

  // A foreign key of `from` to `to` goes by the key of the move, in both releases; `backwards`: `from` is the table
  // that the move comes from.
  bool points_along(const QualifiedName& from, const QualifiedName& to, bool backwards) const {
    const auto in = [&](const schema::Schema& schema) {
      const Table *table = schema.find_table(from), *target = schema.find_table(to);
      return std::any_of(table->foreign_keys.begin(), table->foreign_keys.end(), [&](const ForeignKey& key) {
        if (!(key.references == to) || key.columns.size() != move_.key.size()) return false;
        const auto referenced = key.referenced.empty() ? target->key_columns() : key.referenced;
        for (std::size_t i = 0; i < key.columns.size(); ++i)
          if (std::none_of(move_.key.begin(), move_.key.end(), [&](const auto& pair) {
                return (backwards ? pair.equals : pair.column) == key.columns[i] && i < referenced.size() &&
                       (backwards ? pair.column : pair.equals) == referenced[i];
              }))
            return false;
        return true;
      });
    };
    return in(draft_.before) && in(draft_.after);
  }
  Result<void> check_part_stays() const {
    if (moved_.splits || points_along(move_.from, move_.to, true)) return {};
    return fail("",
                fmt::format("no foreign key of both releases goes along the key of the move, from {} to {} or back",
                            move_.from.text(), move_.to.text()),
                "it tells which of the two tables has a row for each row of the other one: declare it in a release "
                "before");
  }

  // A partition can be written by its own name, and a trigger that writes the other table in the middle of ours would
  // bring it about that a table is written twice at once.
  Result<void> check_tables() const {
    for (const Table* table : {before_, after_, part_, other_part_}) {
      const auto& options = table->options.other;
      const auto names = [&](const char* option) { return options.contains(option); };
      if (names("partition_by") || names("partition_of") || names("inherits") || has_children(*table))
        return fail("", fmt::format("{} is partitioned or has children", table->name.text()),
                    "move the columns while it is one table, or map them within it");
    }
    if (!draft_.can().statement_bars_tables) return {};
    for (const auto& [name, other] : {std::pair(moved_.whole, moved_.part), std::pair(moved_.part, moved_.whole)})
      for (const schema::Schema* schema : {&draft_.before, &draft_.after})
        for (const schema::Trigger* trigger : schema->triggers_of(name))
          if (std::any_of(trigger->body.tokens().begin(), trigger->body.tokens().end(), [&](const auto& token) {
                return schema::equal_ignoring_case(token.text, other.name.text());
              }))
            return fail("",
                        fmt::format("trigger {} of {} names {}, which triggers of Emcee write (error 1442)",
                                    trigger->name.name.text(), name.text(), other.text()),
                        "do in the application what the trigger does, in a release before");
    return {};
  }

  bool has_children(const Table& table) const {
    return std::any_of(draft_.before.tables().begin(), draft_.before.tables().end(), [&](const Table& other) {
      return !(other.name == table.name) && draft_.is_part_of(other.name, table.name);
    });
  }

  Result<void> check_key() {
    std::vector<Identifier> whole, part;
    for (const auto& pair : moved_.key) {
      whole.push_back(pair.whole);
      part.push_back(pair.part);
    }
    const auto check = [&](const Table& table, const std::vector<Identifier>& columns) -> Result<void> {
      if (identifies(table, columns)) return {};
      return fail("", fmt::format("the key of the move is no key of {}", table.name.text()),
                  "rows belong together one to one: in both tables the columns are the primary key, or UNIQUE and "
                  "NOT NULL, and not DEFERRABLE; make them so in a release before, or in this one by `one = true`, "
                  "where the table goes");
    };
    EMCEE_TRY(check(*before_, whole));
    EMCEE_TRY(check(*after_, whole));
    Table bound = *part_;
    if (move_.one && !identifies(bound, part)) {
      moved_.one = index_over(part);
      bound.indexes.push_back(*moved_.one);
    }
    EMCEE_TRY(check(bound, part));
    if (moved_.part_stays) EMCEE_TRY(check(*other_part_, part));
    for (std::size_t i = 0; i < move_.key.size(); ++i) {
      const std::string place = ".key." + move_.key[i].column.text();
      const Column &of_whole = *before_->find_column(moved_.key[i].whole),
                   &of_part = *part_->find_column(moved_.key[i].part);
      EMCEE_TRY(check_same(of_whole, of_part, place));
      EMCEE_TRY(check_writable(*part_, of_part, place));
      for (const auto& [table, column, then] :
           {std::tuple(before_, &of_whole, after_), std::tuple(part_, &of_part, other_part_)})
        if (!(column->type == then->find_column(column->name)->type))
          return fail(place, fmt::format("{} gets another type in this release", full(*table, column->name)),
                      "change its type in a release before");
    }
    return {};
  }

  schema::Index index_over(const std::vector<Identifier>& columns) const {
    schema::Index index;
    std::string name = part_->name.name.text() + "_one";
    for (const Identifier& column : columns) {
      name += "_" + column.text();
      schema::KeyPart part;
      part.expression = Fragment::column(column);
      index.parts.push_back(std::move(part));
    }
    index.name.name = part_->name.name.derived(name);
    index.unique = true;
    return index;
  }

  // Only what is stored as it was given can be compared, and carried to and fro.
  Result<void> check_same(const Column& whole, const Column& part, const std::string& place) const {
    if (draft_.dialect.relate(whole.type, part.type) == TypeRelation::same && whole.collation == part.collation)
      return {};
    return fail(place,
                fmt::format("{} is {}, and {} is {}", full(*before_, whole.name), whole.type.text,
                            full(*part_, part.name), part.type.text),
                "move the column with its type and collation, and change these in a release before or behind");
  }
  Result<void> check_writable(const Table& table, const Column& column, const std::string& place) const {
    const char* why = column.generated                       ? "is a generated column"
                      : column.identity                      ? "gets its value from the server"
                      : column.options.contains("on_update") ? "changes by itself with its row"
                                                             : nullptr;
    if (!why) return {};
    return fail(place, fmt::format("{} {}", full(table, column.name), why),
                "only what the releases write can be kept equal in two tables");
  }

  Result<void> add_column(const diff::Lookup::Pair& pair) {
    const std::string place = ".columns." + pair.column.text();
    MovedColumns::Column moved;
    moved.whole = moved_.splits ? pair.equals : pair.column;
    moved.part = moved_.splits ? pair.column : pair.equals;
    const Table& table = moved_.splits ? *before_ : *after_;
    const Column &whole = *table.find_column(moved.whole), &part = *part_->find_column(moved.part);
    EMCEE_TRY(check_same(whole, part, place));
    EMCEE_TRY(check_writable(table, whole, place));
    EMCEE_TRY(check_writable(*part_, part, place));
    for (const auto& key : moved_.key)
      if (key.whole == moved.whole || key.part == moved.part)
        return fail(place, fmt::format("{} is part of the key of the move", part.name.text()), "leave it out");
    if (whole.default_value && !is_null_literal(*whole.default_value)) {
      if (!draft_.dialect.is_constant(*whole.default_value))
        return fail(
            place, fmt::format("the default of {} is not the same each time", full(table, whole.name)),
            "where the other table has no row, the column has to hold what can be told from a value that was given");
      moved.absent = whole.default_value;
    } else if (whole.not_null) {
      return fail(place,
                  fmt::format("{} is NOT NULL without a default: it has no value where {} has no row",
                              full(table, whole.name), part_->name.text()),
                  "give it a default, or let it be NULL, in a release before");
    }
    if (moved_.part_stays && (whole.not_null != part.not_null || !same_default(whole, part)))
      return fail(place,
                  fmt::format("{} and {} differ in their default, or in NOT NULL", full(table, whole.name),
                              full(*part_, part.name)),
                  "a row of either table that says nothing about the column has to hold the same: move it as it is, "
                  "and change it in a release before or behind");
    if (whole.not_null && !part.not_null)
      return fail(place, fmt::format("{} may be NULL, {} not", full(*part_, part.name), full(table, whole.name)),
                  "make both of them NOT NULL, or none");
    if (part.not_null && !whole.not_null) {
      if (move_.columns.size() > 1)
        return fail(place,
                    fmt::format("{} is NOT NULL, and {} not: a row of {} would have no value for it",
                                full(*part_, part.name), full(table, whole.name), part_->name.text()),
                    "make both of them NOT NULL, or none");
      if (moved.absent)
        return fail(place, fmt::format("{} may be NULL and has a default", full(table, whole.name)),
                    "leave out one of the two in a release before");
      moved_.leaves_row = false;
    }
    moved_.columns.push_back(std::move(moved));
    return {};
  }

  static bool same_default(const Column& a, const Column& b) {
    const auto value = [](const Column& column) {
      return column.default_value && !is_null_literal(*column.default_value) ? column.default_value : std::nullopt;
    };
    return value(a) == value(b);
  }

  // Triggers make rows of the part, too.
  Result<void> check_other_columns(const Table& part) const {
    for (const Column& column : part.columns) {
      const auto is = [&](const auto& pair) { return pair.part == column.name; };
      const bool given = std::any_of(moved_.key.begin(), moved_.key.end(), is) ||
                         std::any_of(moved_.columns.begin(), moved_.columns.end(), is);
      if (given || !column.not_null || column.default_value || column.identity || column.generated) continue;
      if (part.primary_key && part.primary_key->is_rowid && schema::is_one_of(column.name, part.key_columns()))
        continue;
      return fail(
          "", fmt::format("{} is NOT NULL without a default, and does not move", full(part, column.name)),
          fmt::format("where {} has no row yet, triggers make one: give the column a default, or let it be NULL{}",
                      part.name.text(), moved_.part_stays ? ", in a release before" : ""));
    }
    return {};
  }

  // An INSERT that another key keeps out without an error (ON CONFLICT) would leave no row at all.
  bool steps_aside() const {
    std::vector<Identifier> key;
    for (const auto& pair : moved_.key) key.push_back(pair.part);
    const auto counted = [&](const Table& table, const Identifier& name) {
      const Column& column = *table.find_column(name);
      return column.identity || (column.default_value && !draft_.dialect.is_constant(*column.default_value));
    };
    for (Table table : {*part_, *other_part_}) {
      const auto columns = table.key_columns();
      if (std::any_of(columns.begin(), columns.end(), [&](const auto& name) { return counted(table, name); }))
        table.primary_key.reset();
      if (has_key_besides(table, key)) return false;
    }
    return true;
  }

  // A foreign key from one of the tables to the other.
  Result<void> check_foreign_key() {
    const auto points = [&](const ForeignKey& key) {
      if (!(key.references == moved_.whole) || key.columns.size() != moved_.key.size()) return false;
      const auto referenced = key.referenced.empty() ? before_->key_columns() : key.referenced;
      for (std::size_t i = 0; i < key.columns.size(); ++i)
        if (std::none_of(moved_.key.begin(), moved_.key.end(), [&](const auto& pair) {
              return pair.part == key.columns[i] && i < referenced.size() && pair.whole == referenced[i];
            }))
          return false;
      return true;
    };
    const auto found = std::find_if(part_->foreign_keys.begin(), part_->foreign_keys.end(), points);
    moved_.bound_at_once = found != part_->foreign_keys.end() && found->deferral == schema::Deferral::not_deferrable &&
                           !found->options.contains("not_valid");
    for (const Table* table : {before_, after_})
      for (const ForeignKey& key : table->foreign_keys)
        if (key.references == moved_.part)
          return fail("", fmt::format("{} points to {}", table->name.text(), moved_.part.text()),
                      "each of the two rows would have to be there before the other one");
    if (moved_.splits || moved_.part_stays) return {};
    // What points to the part has to be gone before it goes.
    for (const Table& table : draft_.before.tables())
      for (const ForeignKey& key : table.foreign_keys)
        if (key.references == moved_.part && !(table.name == moved_.part) && !draft_.after.find_table(table.name))
          return fail(".from", fmt::format("{} goes as well, and points to {}", table.name.text(), moved_.part.text()),
                      fmt::format("drop {} in a release before", table.name.text()));
    return {};
  }

  const Draft& draft_;
  const diff::Move& move_;
  std::string place_;
  const Table *before_, *after_;  // the whole
  const Table* part_;             // as it is with the columns
  const Table* other_part_;       // without them; the same where only one release has it
  MovedColumns moved_;
};

// The unique keys of the table that hold one of the columns.
std::vector<std::vector<Identifier>> unique_over(const Table& table, const std::vector<Identifier>& columns) {
  std::vector<std::vector<Identifier>> result;
  const auto add = [&](const std::vector<schema::KeyPart>& parts) {
    std::vector<Identifier> names;
    for (const schema::KeyPart& part : parts)
      for (Identifier& name : part.expression.columns()) names.push_back(std::move(name));
    if (std::any_of(names.begin(), names.end(), [&](const auto& name) { return schema::is_one_of(name, columns); }))
      result.push_back(std::move(names));
  };
  if (table.primary_key) add(table.primary_key->parts);
  for (const auto& unique : table.uniques) add(unique.parts);
  for (const auto& index : table.indexes)
    if (index.unique) add(index.parts);
  return result;
}

// What the new table refuses of the values that the old release may write.
std::vector<std::string> stricter(const MovedColumns& moved, const Table& whole, const Table& part) {
  std::vector<Identifier> of_whole, of_part;
  for (const auto& column : moved.columns) {
    of_whole.push_back(column.whole);
    of_part.push_back(column.part);
  }
  std::vector<std::string> result;
  const auto mine = unique_over(whole, of_whole);
  for (const auto& unique : unique_over(part, of_part)) {
    const auto same = [&](const std::vector<Identifier>& other) {
      return other.size() == unique.size() && std::all_of(unique.begin(), unique.end(), [&](const Identifier& name) {
               for (std::size_t i = 0; i < of_part.size(); ++i)
                 if (of_part[i] == name) return schema::is_one_of(of_whole[i], other);
               return false;
             });
    };
    if (std::none_of(mine.begin(), mine.end(), same)) result.emplace_back("a unique key");
  }
  for (const auto& check : part.checks) {
    const auto named = check.expression.columns();
    const bool concerns =
        std::any_of(named.begin(), named.end(), [&](const auto& name) { return schema::is_one_of(name, of_part); });
    const Fragment there = check.expression.with_columns([&](const schema::Token& token) -> std::optional<Fragment> {
      for (std::size_t i = 0; i < of_part.size(); ++i)
        if (of_part[i] == token.identifier()) return Fragment::column(of_whole[i]);
      return std::nullopt;
    });
    if (concerns && std::none_of(whole.checks.begin(), whole.checks.end(),
                                 [&](const auto& other) { return other.expression == there; }))
      result.emplace_back("a check");
  }
  for (const auto& key : part.foreign_keys)
    if (std::any_of(key.columns.begin(), key.columns.end(),
                    [&](const auto& name) { return schema::is_one_of(name, of_part); }) &&
        std::none_of(whole.foreign_keys.begin(), whole.foreign_keys.end(),
                     [&](const auto& other) { return other.references == key.references; }))
      result.emplace_back("a foreign key");
  return result;
}

}  // namespace

Result<std::vector<SyncGroup>> make_moves(const Draft& draft, const std::vector<SyncGroup>& groups) {
  std::set<std::string> names;
  for (const SyncGroup& group : groups) names.insert(group.name);
  std::vector<SyncGroup> result;
  for (std::size_t i = 0; i < draft.map.moves.size(); ++i) {
    const diff::Move& move = draft.map.moves[i];
    SyncGroup group;
    EMCEE_ASSIGN(group.move, MoveMaker(draft, move, i).make());
    group.table = group.move->whole;
    group.name = move.name;
    for (int n = 2; !names.insert(group.name).second; ++n) group.name = fmt::format("{}_{}", move.name, n);
    for (const SyncGroup& other : result)
      if (other.move->part == group.move->part || other.move->part == group.table || other.table == group.move->part)
        return schema::fail(ErrorCode::add_to_map,
                            fmt::format("{} is part of two moves",
                                        (other.table == group.move->part ? other.table : other.move->part).text()),
                            "move the columns of one pair of tables in one [[move]]");
    for (const SyncGroup& other : groups)
      if (other.table == group.move->part || (other.row && other.row->table == group.move->part) ||
          std::any_of(other.lookups.begin(), other.lookups.end(),
                      [&](const Lookup& lookup) { return lookup.table == group.move->part; }))
        return schema::fail(ErrorCode::add_to_map,
                            fmt::format("{} is part of a move and of map {}", group.move->part.text(), other.name),
                            "do one of the two in the next release");
    result.push_back(std::move(group));
  }
  return result;
}

void hold_single_rows(Draft& draft) {
  for (const SyncGroup& group : draft.groups) {
    if (!group.move || !group.move->one) continue;
    const diff::CreateIndex index{group.move->part, *group.move->one};
    draft.checks_first.push_back({Requirement::unique, group.move->part, index});
    draft.expand_indexes.push_back({index, fmt::format("move {}: one row", group.name), {}});
  }
}

std::vector<Hazard> move_hazards(const Draft& draft, const SyncGroup& group) {
  const MovedColumns& moved = *group.move;
  const Table& whole = *(moved.splits ? draft.before : draft.after).find_table(moved.whole);
  const Table& part = *(moved.splits ? draft.after : draft.before).find_table(moved.part);
  std::vector<Identifier> whole_key, part_key;
  for (const auto& pair : moved.key) {
    whole_key.push_back(pair.whole);
    part_key.push_back(pair.part);
  }
  std::vector<Hazard> result;
  if (!moved.bound_at_once)
    result.push_back({"key_before_row", moved.part.text(),
                      fmt::format("a row of {0} has to be written behind its row of {1}: no foreign key asks for it at "
                                  "once, and until contract triggers do",
                                  moved.part.text(), moved.whole.text()),
                      false});
  if (moved.splits && !moved.part_stays)
    for (const std::string& what : stricter(moved, whole, part))
      result.push_back({"stricter_part", moved.part.text(),
                        fmt::format("a write of the old release to {} fails that {} of {} refuses", moved.whole.text(),
                                    what, moved.part.text()),
                        false});
  if (moved.one)
    result.push_back({"one_row_per_key", moved.part.text(),
                      fmt::format("from expand on the server refuses a second row of {} for one row of {}",
                                  moved.part.text(), moved.whole.text()),
                      true});
  if (moved.part_stays) {
    result.push_back(
        {"row_of_part_made", moved.part.text(),
         fmt::format("where {0} holds a moved value, {1} gets a row that the {2} release has not made and meets{3}",
                     moved.whole.text(), moved.part.text(), moved.splits ? "old" : "new",
                     moved.row_steps_aside ? "" : ": its INSERT of that row fails where it is no upsert"),
         moved.row_steps_aside});
  }
  // InnoDB looks at foreign keys row by row, so the row of the part can follow neither before nor behind.
  const bool key_counts_up = std::any_of(whole_key.begin(), whole_key.end(), [&](const Identifier& name) {
    return whole.find_column(name)->identity.has_value();
  });
  if (draft.can().cascades_pass_triggers && !key_counts_up &&
      std::any_of(part.foreign_keys.begin(), part.foreign_keys.end(), [&](const ForeignKey& key) {
        return key.references == moved.whole && key.columns == part_key && key.on_update != ReferentialAction::cascade;
      }))
    result.push_back(
        {"moved_key_stays", moved.whole.text(),
         fmt::format("until contract an UPDATE of the key of {} is refused where {} has the row: the foreign "
                     "key between them says so (ON UPDATE CASCADE would let it pass)",
                     moved.whole.text(), moved.part.text()),
         false});
  if (draft.can().statement_bars_tables)
    result.push_back(
        {"move_in_one_statement", moved.part.text(),
         fmt::format("a statement that names both {} and {} and writes one of them is refused (error 1442) "
                     "where triggers have to write the other one",
                     moved.whole.text(), moved.part.text()),
         false});
  if (draft.can().has_replace && !draft.can().statement_bars_tables) {
    if (has_key_besides(whole, whole_key))
      result.push_back({"replace_by_other_key", moved.whole.text(),
                        "a REPLACE that removes a row through a key other than that of the move leaves its row of " +
                            moved.part.text() + " behind, where no foreign key takes it away",
                        false});
    if (has_key_besides(part, part_key))
      result.push_back({"replace_by_other_key", moved.part.text(),
                        "a REPLACE that removes a row through a key other than that of the move leaves its values in " +
                            moved.whole.text(),
                        false});
  }
  return result;
}

const MovedColumns* move_with_part(const std::vector<SyncGroup>& groups, const QualifiedName& table) {
  for (const SyncGroup& group : groups)
    if (group.move && group.move->part == table) return &*group.move;
  return nullptr;
}

const QualifiedName& table_of_end(const SyncGroup& group) {
  return group.move && !group.move->splits ? group.move->part : group.table;
}

}  // namespace emcee::plan
