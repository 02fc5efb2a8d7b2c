// Every name of a release map, looked up in both schemas.
#include <fmt/format.h>
#include <algorithm>
#include <unordered_map>

#include "diff/near_name.h"
#include "diff/release_map.h"
#include "schema/is_one_of.h"

namespace emcee::diff {

namespace {

using schema::Error;
using schema::Fragment;
using schema::Identifier;
using schema::QualifiedName;
using schema::Result;
using schema::Schema;
using schema::Table;
using schema::Token;

std::vector<std::string> names_of(const Schema& schema) {
  std::vector<std::string> names;
  for (const Table& table : schema.tables()) names.push_back(table.name.text());
  return names;
}

std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const schema::Column& column : table.columns) names.push_back(column.name.text());
  return names;
}

bool is_word(char c) { return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Moves a place at the beginning of an expression to the first use of the word in its line, where
// it can be seen there.
void move_to_word(schema::Position& at, const std::string& word) {
  const std::string line = schema::to_lower(at.line_text), wanted = schema::to_lower(word);
  const auto bounded = [&](std::size_t begin) {
    const std::size_t end = begin + wanted.size();
    return (begin == 0 || !is_word(line[begin - 1])) && (end >= line.size() || !is_word(line[end]));
  };
  for (std::size_t i = line.find(wanted, at.column - 1); i != std::string::npos; i = line.find(wanted, i + 1)) {
    if (!bounded(i)) continue;
    at.column = i + 1;
    return;
  }
}

// The two sides of one table: `before` under its old name, `after` under its new one.
struct Sides {
  const Table* before;
  const Table* after;
};

// What an expression may name.
struct Reach {
  std::string what;                    // `up.visibility`
  const Table* table;                  // the side that it reads
  const Table* other;                  // a column of both sides is shared
  const std::vector<Identifier>& own;  // columns of the group on that side
  std::string_view side;               // old | new
  const std::vector<Lookup>* lookups;  // the other tables that it may look into; null: it may not
  std::string_view lookup_key = {};    // where the map says them: `lookup`
  bool once = false;                   // it is evaluated when the row is made, and never again
};

class Resolver {
 public:
  Resolver(const ReleaseMap& map, const Schema& before, const Schema& after)
      : map_(map), before_(before), after_(after) {}

  Result<void> run() {
    EMCEE_TRY(each(map_.table_renames, &Resolver::check_table_rename, "rename_table"));
    EMCEE_TRY(each(map_.column_renames, &Resolver::check_column_rename, "rename"));
    EMCEE_TRY(each(map_.maps, &Resolver::check_map, "map"));
    EMCEE_TRY(each(map_.fills, &Resolver::check_fill, "fill"));
    EMCEE_TRY(each(map_.moves, &Resolver::check_move, "move"));
    EMCEE_TRY(each(map_.hides, &Resolver::check_hide, "hide"));
    EMCEE_TRY(each(map_.shadows, &Resolver::check_shadow, "shadow"));
    return each(map_.separates, &Resolver::check_separate, "separate");
  }

 private:
  template <class T>
  Result<void> each(const std::vector<T>& entries, Result<void> (Resolver::*check)(const T&, const std::string&),
                    std::string_view key) {
    for (std::size_t i = 0; i < entries.size(); ++i)
      EMCEE_TRY((this->*check)(entries[i], fmt::format("{}[{}]", key, i)));
    return {};
  }

  tl::unexpected<Error> fail(const std::string& place, std::string message, std::string hint = {}) const {
    Error error{schema::ErrorCode::fix_schema, std::move(message), std::nullopt, std::move(hint)};
    if (const auto found = map_.places.find(place); found != map_.places.end()) error.position = found->second;
    return schema::fail(std::move(error));
  }

  Result<const Table*> find(const Schema& schema, std::string_view side, const QualifiedName& name,
                            const std::string& place) const {
    if (const Table* table = schema.find_table(name)) return table;
    return fail(place, fmt::format("the {} schema has no table {}", side, name.text()),
                did_you_mean(name.text(), names_of(schema)));
  }

  Result<void> find_column(const Table& table, std::string_view side, const Identifier& column,
                           const std::string& place) const {
    if (table.find_column(column)) return {};
    return fail(place, fmt::format("the {} table {} has no column {}", side, table.name.text(), column.text()),
                did_you_mean(column.text(), names_of(table)));
  }

  // A table that both releases have, by its new name.
  Result<Sides> find_both(const QualifiedName& name, const std::string& place) const {
    for (const TableRename& r : map_.table_renames)
      if (r.from == name && !after_.find_table(name))
        return fail(place, fmt::format("the new schema has no table {}", name.text()),
                    fmt::format("it is renamed: write its new name, {}", r.to.text()));
    EMCEE_ASSIGN(const Table* after, find(after_, "new", name, place));
    const auto renamed = std::find_if(map_.table_renames.begin(), map_.table_renames.end(),
                                      [&](const TableRename& r) { return r.to == name; });
    EMCEE_ASSIGN(const Table* before,
                 find(before_, "old", renamed == map_.table_renames.end() ? name : renamed->from, place));
    return Sides{before, after};
  }

  Result<void> check_table_rename(const TableRename& r, const std::string& entry) {
    EMCEE_TRY(find(before_, "old", r.from, entry + ".from"));
    EMCEE_TRY(find(after_, "new", r.to, entry + ".to"));
    if (after_.find_table(r.from))  // a view in its place is fine
      return fail(entry + ".from", fmt::format("the new schema still has {}", r.from.text()),
                  "a renamed table is gone under its old name");
    if (before_.find_table(r.to) || before_.find_view(r.to))
      return fail(entry + ".to", fmt::format("the old schema already has {}", r.to.text()),
                  "both exist side by side for a while: rename to a name that is free");
    const auto same = [&](const TableRename& other) { return other.from == r.from || other.to == r.to; };
    if (std::count_if(map_.table_renames.begin(), map_.table_renames.end(), same) > 1)
      return fail(entry + ".from",
                  fmt::format("{} to {} is not the only rename of this table", r.from.text(), r.to.text()),
                  "a table has one old and one new name");
    return {};
  }

  Result<void> check_column_rename(const ColumnRename& r, const std::string& entry) {
    EMCEE_ASSIGN(const Sides sides, find_both(r.table, entry + ".table"));
    EMCEE_TRY(find_column(*sides.before, "old", r.from, entry + ".from"));
    EMCEE_TRY(find_column(*sides.after, "new", r.to, entry + ".to"));
    EMCEE_TRY(check_goes(sides, r.from, entry + ".from"));
    return check_comes(sides, r.to, entry + ".to");
  }

  Result<void> check_goes(const Sides& sides, const Identifier& column, const std::string& place) const {
    if (!sides.after->find_column(column)) return {};
    return fail(place, fmt::format("the new table {} still has the column {}", sides.after->name.text(), column.text()),
                "an old column of the map goes; one that stays can be named in expressions as it is");
  }

  Result<void> check_comes(const Sides& sides, const Identifier& column, const std::string& place) const {
    if (!sides.before->find_column(column)) return {};
    return fail(place,
                fmt::format("the old table {} already has a column {}", sides.before->name.text(), column.text()),
                "both releases' columns exist side by side for a while: the new one needs a name that is free");
  }

  Result<void> check_map(const ColumnMap& m, const std::string& entry) {
    EMCEE_ASSIGN(const Sides sides, find_both(m.table, entry + ".table"));
    for (std::size_t i = 0; i < m.old_columns.size(); ++i) {
      const std::string place = fmt::format("{}.old[{}]", entry, i);
      EMCEE_TRY(find_column(*sides.before, "old", m.old_columns[i], place));
      EMCEE_TRY(check_goes(sides, m.old_columns[i], place));
    }
    for (std::size_t i = 0; i < m.new_columns.size(); ++i) {
      const std::string place = fmt::format("{}.new[{}]", entry, i);
      EMCEE_TRY(find_column(*sides.after, "new", m.new_columns[i], place));
      EMCEE_TRY(check_comes(sides, m.new_columns[i], place));
    }
    if (m.row) return check_held(m, sides, entry);
    EMCEE_TRY(check_lookups(m.lookups, m.table, m.old_columns, entry + ".lookup"));
    EMCEE_TRY(check_lookups(m.down_lookups, m.table, m.new_columns, entry + ".down_lookup"));
    for (const Assignment& up : m.up) {
      const Reach reach{
          "up." + up.column.text(), sides.before, sides.after, m.old_columns, "old", &m.lookups, "lookup"};
      EMCEE_TRY(check_expression(up.expression, reach, fmt::format("{}.up.{}", entry, up.column.text())));
    }
    for (const Assignment& down : m.down) {
      const Reach reach{"down." + down.column.text(),
                        sides.after,
                        sides.before,
                        m.new_columns,
                        "new",
                        &m.down_lookups,
                        "down_lookup"};
      EMCEE_TRY(check_expression(down.expression, reach, fmt::format("{}.down.{}", entry, down.column.text())));
    }
    return {};
  }

  // The old columns are values of the row as they are; its key and other values are made once.
  Result<void> check_held(const ColumnMap& m, const Sides& sides, const std::string& entry) const {
    EMCEE_TRY(check_generated_row(*m.row, m.table, entry + ".row"));
    for (const Assignment& up : m.up)
      EMCEE_TRY(check_once(up, sides, fmt::format("{}.up.{}", entry, up.column.text())));
    for (const Assignment& value : m.row->values) {
      const auto column = value.expression.as_column();
      if (!column || !schema::is_one_of(*column, m.old_columns))
        EMCEE_TRY(check_once(value, sides, fmt::format("{}.row.values.{}", entry, value.column.text())));
    }
    return {};
  }

  Result<void> check_once(const Assignment& value, const Sides& sides, const std::string& place) const {
    static const std::vector<Identifier> kNone;
    return check_expression(
        value.expression,
        Reach{"the value of " + value.column.text(), sides.before, sides.after, kNone, "old", nullptr, {}, true},
        place);
  }

  Result<void> check_fill(const Fill& f, const std::string& entry) {
    EMCEE_ASSIGN(const Sides sides, find_both(f.table, entry + ".table"));
    EMCEE_TRY(find_column(*sides.after, "new", f.column, entry + ".column"));
    if (const schema::Column* old = sides.before->find_column(f.column)) {
      const std::string name = sides.before->name.text() + "." + f.column.text();
      if (old->not_null)
        return fail(entry + ".column", fmt::format("{} is NOT NULL in the old schema: no row needs a value", name),
                    "a fill is for a column that comes, or that becomes NOT NULL");
      if (!sides.after->find_column(f.column)->not_null)
        return fail(entry + ".column", fmt::format("{} may be NULL in both releases", name),
                    "a fill is for a column that comes, or that becomes NOT NULL");
    }
    static const std::vector<Identifier> kNone;
    EMCEE_TRY(check_lookups(f.lookups, f.table, kNone, entry + ".lookup"));
    const auto reach = [&](const Identifier& column, const std::vector<Lookup>* lookups) {
      return Reach{"the value of " + column.text(), sides.before, sides.after, kNone, "old", lookups, "lookup"};
    };
    if (!f.row || !f.row->counted)
      EMCEE_TRY(check_expression(f.value, reach(f.column, f.row ? nullptr : &f.lookups), entry + ".value"));
    if (!f.row) return {};
    EMCEE_TRY(check_generated_row(*f.row, f.table, entry + ".row"));
    for (const Assignment& value : f.row->values)
      EMCEE_TRY(check_once(value, sides, fmt::format("{}.row.values.{}", entry, value.column.text())));
    return {};
  }

  // The table keeps its name, or only the new release has it. While both releases run, its columns are
  // those of both schemas.
  Result<void> check_generated_row(const GeneratedRow& row, const QualifiedName& table,
                                   const std::string& entry) const {
    EMCEE_ASSIGN(const Table* after, find(after_, "new", row.table, entry + ".table"));
    const Table* before = before_.find_table(row.table);
    if (row.table == table)
      return fail(entry + ".table", fmt::format("the rows of {} cannot be generated for themselves", table.text()));
    for (const TableRename& rename : map_.table_renames)
      if (rename.to == row.table)
        return fail(entry + ".table", fmt::format("{} is renamed in this release", row.table.text()),
                    "generate its rows in the next release, or rename it there");
    const auto find_in_either = [&](const Identifier& column, const std::string& place) -> Result<void> {
      const schema::Column* found = after->find_column(column);
      if (!found && before) found = before->find_column(column);
      if (!found) return find_column(*after, "new", column, place);
      if (found->identity && found->identity->always && !(row.counted && column == row.key))
        return fail(place, fmt::format("{}.{} is GENERATED ALWAYS: only the server gives it a value", row.table.text(),
                                       column.text()));
      if (!found->generated) return {};
      return fail(place, fmt::format("{}.{} is a generated column: nothing can be written to it", row.table.text(),
                                     column.text()));
    };
    EMCEE_TRY(find_in_either(row.key, entry + ".key"));
    for (const Table* side : {before, after})
      if (side && !is_unique(*side, row.key))
        return fail(entry + ".key", fmt::format("{}.{} is no key of its table", row.table.text(), row.key.text()),
                    "a primary key or a UNIQUE over this column alone");
    for (const Assignment& value : row.values)
      EMCEE_TRY(find_in_either(value.column, fmt::format("{}.values.{}", entry, value.column.text())));
    for (const schema::Column& column : after->columns) {
      const bool given = column.name == row.key || std::any_of(row.values.begin(), row.values.end(),
                                                               [&](const auto& v) { return v.column == column.name; });
      const bool comes = before && !before->find_column(column.name);  // nullable until contract
      if (given || comes || !column.not_null || column.default_value || column.identity || column.generated) continue;
      if (after->primary_key && after->primary_key->is_rowid && is_unique(*after, column.name)) continue;
      return fail(entry, fmt::format("{}.{} is NOT NULL and gets no value", row.table.text(), column.name.text()),
                  fmt::format("add it to values: {} = \"..\"", column.name.text()));
    }
    return {};
  }

  static bool is_unique(const Table& table, const Identifier& column) {
    const auto is = [&](const std::vector<schema::KeyPart>& parts) {
      return parts.size() == 1 && parts.front().expression.as_column() == column;
    };
    return (table.primary_key && is(table.primary_key->parts)) ||
           std::any_of(table.uniques.begin(), table.uniques.end(), [&](const auto& u) { return is(u.parts); }) ||
           std::any_of(table.indexes.begin(), table.indexes.end(),
                       [&](const auto& i) { return i.unique && !i.where && is(i.parts); });
  }

  // Tables that only one release has are there while both run. A column that goes from a table that was there
  // is no source, but for the map's own; one that comes to it is one where the rows of both releases get it.
  Result<void> check_lookups(const std::vector<Lookup>& lookups, const QualifiedName& table,
                             const std::vector<Identifier>& own, const std::string& entry) const {
    for (std::size_t i = 0; i < lookups.size(); ++i) {
      const Lookup& lookup = lookups[i];
      const std::string place = fmt::format("{}[{}]", entry, i);
      EMCEE_TRY(find_any(lookup.table, place + ".table"));
      for (const auto& [name, at] : {std::pair(&lookup.table, place + ".table"), std::pair(&table, place)})
        for (const TableRename& rename : map_.table_renames)
          if (rename.from == *name || rename.to == *name)
            return fail(at, fmt::format("{} is renamed in this release", name->text()),
                        "look it up in the next release, or rename it there");
      const auto end = lookups.begin() + static_cast<std::ptrdiff_t>(i);
      const auto is = [](const QualifiedName& name) {
        return [&name](const Lookup& other) { return other.table == name; };
      };
      if (lookup.table == table || std::any_of(lookups.begin(), end, is(lookup.table)))
        return fail(place + ".table", fmt::format("{} is looked into already", lookup.table.text()),
                    "each table stands for itself once");
      if (!(lookup.of == table) && std::none_of(lookups.begin(), end, is(lookup.of)))
        return fail(place + ".of", fmt::format("{} is not a lookup before this one", lookup.of.text()),
                    fmt::format("`of` is {} or a table that leads there", table.text()));
      for (const Lookup::Pair& pair : lookup.key) {
        const std::string at = fmt::format("{}.key.{}", place, pair.column.text());
        EMCEE_TRY(find_settled(lookup.table, pair.column, at));
        if (!(lookup.of == table && schema::is_one_of(pair.equals, own)))
          EMCEE_TRY(find_settled(lookup.of, pair.equals, at + ".equals"));
      }
    }
    return {};
  }

  Result<void> find_any(const QualifiedName& name, const std::string& place) const {
    if (before_.find_table(name)) return {};
    EMCEE_TRY(find(after_, "new", name, place));
    return {};
  }

  // The column is the same in both releases, as far as they have the table, or the rows of both get it.
  Result<void> find_settled(const QualifiedName& name, const Identifier& column, const std::string& place) const {
    if (is_given(name, column)) return {};
    if (const Table* table = before_.find_table(name)) EMCEE_TRY(find_column(*table, "old", column, place));
    if (const Table* table = after_.find_table(name)) EMCEE_TRY(find_column(*table, "new", column, place));
    return {};
  }

  Result<void> check_expression(const Fragment& expression, const Reach& reach, const std::string& place) const {
    if (reach.lookups)
      if (const auto misread = misreading(expression, reach.table->name.name, *reach.lookups, reach.lookup_key))
        return fail_at(*misread->token, reach, misread->what, misread->hint, place);
    for (const Token& token : expression.tokens()) {
      std::optional<std::string> wrong;
      std::string hint;
      if (token.role == schema::Role::table) {
        if (reach.lookups) continue;
        wrong = fmt::format("reads {}", token.text);
        hint = "it sees the columns of its own row; maps and the value of a fill may look into other tables";
      } else if (token.role == schema::Role::column && looked_up(token, reach)) {
        std::tie(wrong, hint) = check_looked_up(token, reach);
      } else if (token.role == schema::Role::variable) {
        wrong = fmt::format("holds the parameter {}", token.text);
        hint = "nothing is bound here";
      } else if (token.role == schema::Role::column) {
        std::tie(wrong, hint) = check_column(token, reach);
      }
      if (wrong) return fail_at(token, reach, *wrong, std::move(hint), place);
    }
    return {};
  }

  // An error about one token of an expression.
  tl::unexpected<Error> fail_at(const Token& token, const Reach& reach, const std::string& wrong, std::string hint,
                                const std::string& place) const {
    auto failure = fail(place, fmt::format("{} {}", reach.what, wrong), std::move(hint));
    if (auto& at = failure.value().position)
      move_to_word(*at, token.qualifier.empty() ? token.text : token.qualifier.text());
    return failure;
  }

  static bool looked_up(const Token& token, const Reach& reach) {
    return reach.lookups && !reach.lookups->empty() && !is_of_row(token, reach.table->name.name);
  }

  // An alias may stand for any of the tables: one of them has to have the column, in both releases.
  std::pair<std::optional<std::string>, std::string> check_looked_up(const Token& token, const Reach& reach) const {
    const Identifier column = token.identifier();
    bool settled = false;
    for (const Lookup& lookup : *reach.lookups) {
      const Table *before = before_.find_table(lookup.table), *after = after_.find_table(lookup.table);
      const bool there = after && after->find_column(column);
      const bool here = (before && before->find_column(column)) || (there && is_given(lookup.table, column));
      if ((here || there) && (here || !before) && (there || !after)) settled = true;
    }
    if (settled) return {};
    return {fmt::format("names {}.{}, which the tables that it looks into do not have in both releases",
                        token.qualifier.text(), column.text()),
            "a column that comes or goes in this release can be looked up in the next one"};
  }

  // A column that comes, and that a fill or the server itself gives to the rows of both releases.
  bool is_given(const QualifiedName& name, const Identifier& column) const {
    const auto fills = [&](const Fill& fill) { return fill.table == name && fill.column == column; };
    if (std::any_of(map_.fills.begin(), map_.fills.end(), fills)) return true;
    const Table* table = after_.find_table(name);
    const schema::Column* found = table ? table->find_column(column) : nullptr;
    if (!found) return false;
    const bool is_row_number =
        table->primary_key && table->primary_key->is_rowid && table->key_columns().front() == column;
    return found->identity || is_row_number;
  }

  // What is wrong with a column, and the way out.
  static std::pair<std::optional<std::string>, std::string> check_column(const Token& token, const Reach& reach) {
    const Identifier column = token.identifier();
    const bool own_table = token.qualifier.empty() || token.qualifier == reach.table->name.name ||
                           token.qualifier == reach.other->name.name;
    if (!own_table)
      return {fmt::format("names {}.{}", token.qualifier.text(), column.text()),
              fmt::format("it sees the columns of {} only", reach.table->name.text())};
    if (schema::is_one_of(column, reach.own)) return {};
    const bool here = reach.table->find_column(column), there = reach.other->find_column(column);
    if (here && there) return {};
    if (here)
      return {fmt::format("names {}, which only the {} table has", column.text(), reach.side),
              reach.once ? fmt::format("what is written to {0} later does not reach that row: keep {0} in the new "
                                       "schema as well, and drop it in a later release",
                                       column.text())
              : reach.own.empty()
                  ? fmt::format("a column that comes from {} is a [[map]], not a [[fill]]", column.text())
                  : fmt::format("add {} to `{}`", column.text(), reach.side)};
    std::string hint = did_you_mean(column.text(), names_of(*reach.table));
    if (there)
      hint = fmt::format("only the {} table has it, and {} is computed from the {} one",
                         reach.side == "old" ? "new" : "old", reach.what, reach.side);
    if (token.quoted) hint = fmt::format("double quotes are for names: write '{}' for the text", token.text);
    return {fmt::format("names {}, which is not a column of the {} table {}", column.text(), reach.side,
                        reach.table->name.text()),
            std::move(hint)};
  }

  // One of the two tables is there in both releases; the other one comes or goes with the move, or is there as well.
  Result<void> check_move(const Move& m, const std::string& entry) {
    EMCEE_ASSIGN(const Table* from, find(before_, "old", m.from, entry + ".from"));
    EMCEE_ASSIGN(const Table* to, find(after_, "new", m.to, entry + ".to"));
    for (const auto& [name, key] : {std::pair(&m.from, ".from"), std::pair(&m.to, ".to")})
      for (const TableRename& r : map_.table_renames)
        if (r.from == *name || r.to == *name)
          return fail(entry + key, fmt::format("{} is renamed in this release", name->text()),
                      "move its columns in one release and rename it in the next");
    const Table *from_stays = after_.find_table(m.from), *to_was = before_.find_table(m.to);
    if (from == to_was)
      return fail(entry + ".to", fmt::format("both releases have {}", m.to.text()),
                  "columns of one table are a [[rename]] or a [[map]]");
    const bool both_stay = from_stays && to_was;
    if (m.one && from_stays)
      return fail(entry + ".one", fmt::format("the new schema still has {}", m.from.text()),
                  "`one` is for a table that goes, where a key may have several rows yet");
    if (both_stay && !m.on_part_delete)
      return fail(entry,
                  fmt::format("both releases have {} and {}: on_part_delete is missing", m.from.text(), m.to.text()),
                  "a release that does not know the columns deletes the row which holds them as well: \"clear\" takes "
                  "their values away, \"refuse\" keeps the row while it holds any");
    if (!both_stay && m.on_part_delete)
      return fail(entry + ".on_part_delete", "one of the two tables goes or comes with the move",
                  "on_part_delete is for two tables that both releases have: leave it out");
    if (!from_stays && !to_was)
      return fail(entry + ".from", fmt::format("{} goes and {} comes", m.from.text(), m.to.text()),
                  "a table under another name is a [[rename_table]]");
    for (const auto& [pairs, key] : {std::pair(&m.key, "key"), std::pair(&m.columns, "columns")})
      for (const Lookup::Pair& pair : *pairs) {
        const std::string place = fmt::format("{}.{}.{}", entry, key, pair.column.text());
        EMCEE_TRY(find_column(*to, "new", pair.column, place));
        EMCEE_TRY(find_column(*from, "old", pair.equals, place + ".equals"));
      }
    for (const Lookup::Pair& pair : m.key) {
      const std::string place = fmt::format("{}.key.{}", entry, pair.column.text());
      if (from_stays) EMCEE_TRY(find_column(*from_stays, "new", pair.equals, place + ".equals"));
      if (to_was) EMCEE_TRY(find_column(*to_was, "old", pair.column, place));
    }
    for (const Lookup::Pair& pair : m.columns) {
      const std::string place = fmt::format("{}.columns.{}", entry, pair.column.text());
      if (from_stays && from_stays->find_column(pair.equals))
        return fail(place + ".equals",
                    fmt::format("the new table {} still has the column {}", m.from.text(), pair.equals.text()),
                    "a column that moves goes from its table");
      if (to_was && to_was->find_column(pair.column))
        return fail(place, fmt::format("the old table {} already has a column {}", m.to.text(), pair.column.text()),
                    "a column that moves comes to its table");
    }
    return {};
  }

  Result<void> check_hide(const Hide& hide, const std::string& entry) {
    EMCEE_ASSIGN(const Sides sides, find_both(hide.table, entry + ".table"));
    for (const schema::Column& column : sides.after->columns)
      if (!sides.before->find_column(column.name)) return {};
    return fail(entry + ".table", fmt::format("no column comes to {}: there is nothing to hide", hide.table.text()));
  }

  Result<void> check_shadow(const Shadow& shadow, const std::string& entry) {
    EMCEE_ASSIGN(const Sides sides, find_both(shadow.table, entry + ".table"));
    EMCEE_TRY(find_column(*sides.before, "old", shadow.column, entry + ".column"));
    EMCEE_TRY(find_column(*sides.after, "new", shadow.column, entry + ".column"));
    if (sides.before->find_column(shadow.column)->type == sides.after->find_column(shadow.column)->type)
      return fail(entry + ".column",
                  fmt::format("{}.{} has the same type in both schemas", shadow.table.text(), shadow.column.text()),
                  "a shadow is for a column that gets another type under its name");
    return {};
  }

  Result<void> check_separate(const Separate& s, const std::string& entry) {
    EMCEE_TRY(check_object(before_, after_, "old", s.removed, entry + ".removed"));
    return check_object(after_, before_, "new", s.added, entry + ".added");
  }

  // `table` or `table.column` that one schema has and the other has not.
  Result<void> check_object(const Schema& here, const Schema& there, std::string_view side, const std::string& object,
                            const std::string& place) {
    const auto& own = objects_of(here);
    if (!own.count(folded(object)))
      return fail(place, fmt::format("the {} schema has no table or column {}", side, object),
                  did_you_mean(object, near_objects(here, object)));
    if (objects_of(there).count(folded(object)))
      return fail(place, fmt::format("both schemas have {}", object), "only what goes and what comes can be mistaken");
    return {};
  }

  // Texts of all tables and columns. Columns of a renamed table stand under its new name.
  const std::unordered_map<Identifier, bool>& objects_of(const Schema& schema) {
    auto& objects = &schema == &before_ ? old_objects_ : new_objects_;
    if (!objects.empty()) return objects;
    for (const Table& table : schema.tables()) {
      objects.emplace(named(table, table.name.text()), true);
      const QualifiedName* name = &table.name;
      for (const TableRename& r : map_.table_renames)
        if (&schema == &before_ && r.from == table.name) name = &r.to;
      for (const schema::Column& column : table.columns)
        objects.emplace(named(table, name->text() + "." + column.name.text()), true);
    }
    return objects;
  }

  static Identifier named(const Table& table, std::string text) { return table.name.name.derived(std::move(text)); }

  // Compares as the tables of the schemas do.
  Identifier folded(const std::string& object) const {
    const auto& tables = before_.tables().empty() ? after_.tables() : before_.tables();
    return tables.empty() ? Identifier(object) : tables.front().name.name.derived(object);
  }

  // What the user may have meant: a column of the table that was named, or a table.
  static std::vector<std::string> near_objects(const Schema& schema, const std::string& object) {
    std::vector<std::string> names = names_of(schema);
    for (const Table& table : schema.tables()) {
      const std::string prefix = table.name.text() + ".";
      if (!schema::equal_ignoring_case(object.substr(0, prefix.size()), prefix)) continue;
      for (const schema::Column& column : table.columns) names.push_back(prefix + column.name.text());
    }
    return names;
  }

  const ReleaseMap& map_;
  const Schema& before_;
  const Schema& after_;
  std::unordered_map<Identifier, bool> old_objects_, new_objects_;
};

}  // namespace

Result<void> resolve(const ReleaseMap& map, const Schema& before, const Schema& after) {
  return Resolver(map, before, after).run();
}

}  // namespace emcee::diff
