#include "dialects/sqlite/move_triggers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "dialects/sqlite/affinity.h"
#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/types.h"
#include "schema/is_one_of.h"

namespace emcee::sqlite {

using plan::SyncGroup;
using schema::Identifier;
using schema::Result;

const schema::Quoting& MoveSql::quoting() const { return sqlite::quoting(); }
bool MoveSql::is_constant(const schema::Fragment& value) const { return sqlite::is_constant(value); }

std::string MoveSql::differs(const schema::Column& column, const std::string& a, const std::string& b) const {
  std::string sql = fmt::format("{} COLLATE BINARY IS NOT {}", a, b);
  if (affinity(column.type) == Affinity::blob) sql += fmt::format(" OR typeof({}) <> typeof({})", a, b);
  return sql;
}

// The unary plus takes the affinity off the value, so that the column's own is applied to it, as storing would do.
std::string MoveSql::literal(const schema::Column&, const schema::Fragment& value) const {
  return fmt::format("+({})", to_canonical_sql(value, sqlite::quoting()));
}

namespace {

// The words of SQLite itself: applications know them.
constexpr const char* kNoRow = "'FOREIGN KEY constraint failed'";
constexpr const char* kNotUnique = "'UNIQUE constraint failed'";
constexpr const char* kEvents[] = {"insert", "update", "delete"};

std::string trigger_name(const SyncGroup& group, const char* table, const std::string& event) {
  return fmt::format("emcee_{}_{}_{}", group.name, table, event);
}

// Every statement that writes is followed by one that looks whether it has: under the application's OR IGNORE a row
// that a constraint refuses would go missing without a word. The keys of ON CONFLICT and RAISE(ABORT) alone keep their
// meaning there.
class MoveTriggers {
 public:
  MoveTriggers(const SyncGroup& group, const schema::Schema& schema) : sql_(group, schema) {}

  std::vector<std::string> create() const {
    const std::string whole = sql_.whole(), part = sql_.part();
    return {
        trigger("whole", "delete", whole, "", whole_deleted()),
        trigger("part", "delete", part, sql_.moved().part_stays ? sql_.given_in_part("OLD.") : "", part_deleted()),
        trigger("whole", "update", whole, sql_.whole_key_changed() + " OR " + sql_.whole_changed(), whole_updated()),
        trigger("part", "update", part, sql_.part_key_changed() + " OR " + sql_.part_changed(), part_updated()),
        trigger("part", "insert", part, "", part_inserted()),
        trigger("whole", "insert", whole, "", whole_inserted())};
  }

 private:
  using Statements = std::vector<std::string>;

  std::string trigger(const char* table, const std::string& event, const std::string& on, const std::string& when,
                      const Statements& body) const {
    return fmt::format("CREATE TRIGGER {} AFTER {} ON {}{} BEGIN\n  {};\nEND",
                       quoting()(Identifier(trigger_name(sql_.group(), table, event))), schema::to_upper(event), on,
                       when.empty() ? "" : fmt::format(" WHEN {}", when), fmt::join(body, ";\n  "));
  }

  static std::string raise(const std::string& message, const std::string& rest) {
    return fmt::format("SELECT RAISE(ABORT, {}) {}", message, rest);
  }
  std::string diverged() const {
    return string_literal(
        fmt::format("emcee: {} and {} would differ", sql_.moved().whole.text(), sql_.moved().part.text()));
  }
  // The row of the whole with the key of NEW, and that of the part.
  std::string of_new_whole(const std::string& prefix) const { return sql_.same_whole(prefix, "NEW."); }
  std::string of_new_part(const std::string& prefix) const { return sql_.same_part(prefix, "NEW."); }

  // --- from the whole to the part -------------------------------------------------------------------

  // A row that OR REPLACE took away without a word has left its row of the part behind: what was moved stays.
  Statements whole_inserted() const {
    const std::string left = sql_.part_exists(sql_.same_key("NEW.", sql_.kPart));
    Statements result{set_whole(
        sql_.same_key("NEW.", sql_.kPart),
        fmt::format("{} AND NOT {} AND {}", of_new_whole(sql_.whole_itself()), sql_.given(sql_.whole_itself()), left))};
    remove_empty(result, "NEW.");
    add_to_part(result, sql_.set_part(sql_.kWhole));
    return result;
  }

  Statements whole_updated() const {
    Statements result;
    remove_empty(result, "OLD.");
    // OR FAIL would leave the row of the whole alone with its new key, OR REPLACE take a row of a release away.
    if (sql_.moved().part_stays)
      result.push_back(raise(kNotUnique, fmt::format("WHERE {} AND {} AND {}", sql_.whole_key_changed(),
                                                     sql_.part_exists(sql_.same_key("OLD.", sql_.kPart)),
                                                     sql_.part_exists(sql_.same_key("NEW.", sql_.kPart)))));
    // At once, or what fires for the key would carry the values of before back.
    result.push_back(fmt::format("UPDATE {} SET {}, {} FROM {} WHERE {} AND {} AND {}", sql_.part(),
                                 sql_.set_part_key("NEW."), set_part(), sql_.whole_as(), of_new_whole(sql_.kWhole),
                                 sql_.same_key("OLD.", sql_.part_itself()), sql_.whole_key_changed()));
    remove_empty(result, "NEW.");
    // A row that OR REPLACE took away may have left its row of the part under the new key. What waits for the backfill
    // still goes by the part.
    result.push_back(fmt::format("UPDATE {} SET {} FROM {} WHERE {} AND {} AND {}{}", sql_.part(),
                                 sql_.set_part(sql_.kWhole), sql_.whole_as(), of_new_whole(sql_.kWhole),
                                 sql_.same_key("NEW.", sql_.part_itself()), sql_.whole_key_changed(),
                                 sql_.moved().splits ? "" : " AND " + sql_.given("OLD.")));
    // A column that the statement left alone may wait for the backfill yet: it is what the part says then.
    add_to_part(result, set_part());
    return result;
  }

  std::string set_part() const {
    return sql_.moved().part_waits() ? sql_.set_part(sql_.kWhole)
                                     : sql_.set_part_changed(sql_.kWhole, sql_.part_itself());
  }

  // The row of NEW.
  void add_to_part(Statements& result, const std::string& set) const {
    const std::string same = sql_.same_key(sql_.kWhole, sql_.part_itself());
    const std::string given = sql_.given(sql_.kWhole);
    for (const std::string& clash : clashes(sql_.part_table(), false)) result.push_back(clash);
    const std::string stored = fmt::format("{} WHERE {}", sql_.whole_as(), of_new_whole(sql_.kWhole));
    result.push_back(fmt::format("UPDATE {} SET {} FROM {} AND {} AND {}", sql_.part(), set, stored, same,
                                 sql_.differ(sql_.kWhole, sql_.part_itself())));
    result.push_back(fmt::format(
        "{} SELECT {} FROM {} AND {} AND NOT {} ON CONFLICT DO UPDATE SET {} = RAISE(ABORT, {})", sql_.insert_part(),
        sql_.part_values(sql_.kWhole), stored, given, sql_.part_exists(sql_.same_key("NEW.", sql_.kPart)),
        quoting()(sql_.moved().key.front().part), kNotUnique));
    // Where the part changes in nothing, no trigger of its own brings the rest of a row that waits.
    if (!sql_.moved().splits)
      result.push_back(set_whole(
          sql_.same_key("NEW.", sql_.kPart),
          fmt::format("{} AND {}", of_new_whole(sql_.whole_itself()), sql_.differ(sql_.whole_itself(), sql_.kPart))));
    refuse_diverged(result, of_new_whole(sql_.kWhole));
  }

  // Where the part cannot hold what stands for no row.
  void remove_empty(Statements& result, const char* row) const {
    if (sql_.moved().leaves_row) return;
    result.push_back(fmt::format("DELETE FROM {} WHERE {} AND {}", sql_.part(), sql_.same_key(row, ""),
                                 sql_.whole_exists(of_new_whole(sql_.kWhole) + " AND NOT " + sql_.given(sql_.kWhole))));
  }

  // A row that a release has made goes as its foreign key says; without it, it waits for another whole.
  Statements whole_deleted() const {
    const std::string same = sql_.same_key("OLD.", sql_.part_itself());
    if (!sql_.moved().part_stays)
      return {fmt::format("DELETE FROM {} WHERE {}", sql_.part(), sql_.same_key("OLD.", ""))};
    return {fmt::format("DELETE FROM {} WHERE {} AND {}", sql_.part(), same, sql_.is_bare(sql_.part_itself())),
            fmt::format("UPDATE {} SET {} WHERE {}", sql_.part(), sql_.set_part_absent(), same)};
  }

  // --- from the part to the whole -------------------------------------------------------------------

  std::string refuse_without_whole() const {
    const std::string none = "NOT " + sql_.whole_exists(sql_.same_key(sql_.kWhole, "NEW."));
    return raise(kNoRow, "WHERE " + (sql_.moved().part_stays ? sql_.given_in_part("NEW.") + " AND " + none : none));
  }

  // The whole gets what the part holds, in the row that `where` finds.
  std::string set_whole(const std::string& part_where, const std::string& where) const {
    return fmt::format("UPDATE {} SET {} FROM {} WHERE {} AND {}", sql_.whole(), sql_.set_whole(sql_.kPart),
                       sql_.part_as(), part_where, where);
  }
  // `otherwise`: where the whole says more than the part, and carries that over itself.
  void add_to_whole(Statements& result, const std::string& otherwise = {}) const {
    const std::string unless = otherwise.empty() ? "" : fmt::format(" AND NOT ({})", otherwise);
    for (const std::string& clash : clashes(sql_.whole_table(), true)) result.push_back(clash);
    result.push_back(
        set_whole(of_new_part(sql_.kPart), fmt::format("{} AND {}{}", sql_.same_key(sql_.whole_itself(), sql_.kPart),
                                                       sql_.differ(sql_.whole_itself(), sql_.kPart), unless)));
    refuse_diverged(result, sql_.same_key(sql_.kWhole, "NEW.") + unless);
  }
  // A foreign key has given the row the new key of its whole, before the triggers of the whole could.
  std::string by_cascade() const {
    const auto& keys = sql_.part_table().foreign_keys;
    if (std::none_of(keys.begin(), keys.end(), [&](const schema::ForeignKey& key) {
          return key.references == sql_.moved().whole && key.on_update == schema::ReferentialAction::cascade;
        }))
      return {};
    return fmt::format("{} AND NOT {} AND NOT {}", sql_.part_key_changed(), sql_.part_changed(),
                       sql_.whole_exists(sql_.same_key(sql_.kWhole, "OLD.")));
  }

  Statements part_inserted() const {
    Statements result{refuse_without_whole()};
    // A release that makes a row for what else it holds says nothing about what moves.
    if (sql_.moved().part_stays)
      result.push_back(from_whole(sql_.set_part(sql_.kWhole), "NOT " + sql_.given_in_part("NEW.")));
    add_to_whole(result);
    return result;
  }
  Statements part_updated() const {
    Statements result{refuse_without_whole()};
    if (sql_.moved().part_stays) {
      result.push_back(raise(
          string_literal(fmt::format("emcee: columns move between {} and {}: the row cannot be given another key",
                                     sql_.moved().whole.text(), sql_.moved().part.text())),
          fmt::format("WHERE {} AND {} AND ({} OR {})", sql_.part_key_changed(),
                      sql_.whole_exists(sql_.same_key(sql_.kWhole, "OLD.")), sql_.given_in_part("OLD."),
                      sql_.whole_exists(sql_.same_key(sql_.kWhole, "NEW.") + " AND " + sql_.given(sql_.kWhole)))));
      if (sql_.moved().part_waits()) {
        std::vector<std::string> set;
        for (std::size_t i = 0; i < sql_.moved().columns.size(); ++i)
          set.push_back(fmt::format("{} = CASE WHEN {} THEN {}{} ELSE {}{} END", sql_.part_column(i),
                                    sql_.part_column_changed(i), sql_.part_itself(), sql_.part_column(i), sql_.kWhole,
                                    quoting()(sql_.moved().columns[i].whole)));
        result.push_back(from_whole(fmt::format("{}", fmt::join(set, ", ")), "NOT " + sql_.given_in_part("OLD.")));
      }
    } else {
      Statements gone = part_deleted();
      result.push_back(gone.front() + " AND " + sql_.part_key_changed());
    }
    const std::string cascade = by_cascade();
    add_to_whole(result, cascade);
    // Where foreign keys are off, a row that belonged to nobody may have come to the whole in the same way: it says
    // nothing about what moves.
    if (sql_.moved().part_stays && !cascade.empty())
      result.push_back(from_whole(sql_.set_part(sql_.kWhole), cascade + " AND NOT " + sql_.given_in_part("NEW.")));
    return result;
  }
  // The row of NEW in the part, which waits, is completed.
  std::string from_whole(const std::string& set, const std::string& where) const {
    return fmt::format("UPDATE {} SET {} FROM {} WHERE {} AND {} AND {} AND {}", sql_.part(), set, sql_.whole_as(),
                       of_new_part(sql_.part_itself()), sql_.same_key(sql_.kWhole, "NEW."), sql_.given(sql_.kWhole),
                       where);
  }
  Statements part_deleted() const {
    if (sql_.moved().refuses_delete)
      return {raise(string_literal(sql_.keeps_row()),
                    fmt::format("WHERE {}", sql_.whole_exists(sql_.same_key(sql_.kWhole, "OLD.") + " AND " +
                                                              sql_.given(sql_.kWhole))))};
    return {fmt::format("UPDATE {} SET {} WHERE {} AND {} AND NOT {}", sql_.whole(), sql_.set_absent(),
                        sql_.same_key("", "OLD."), sql_.given(""),
                        sql_.part_exists(sql_.same_part(sql_.kPart, "OLD.")))};
  }

  // --- what is refused --------------------------------------------------------------------------------

  void refuse_diverged(Statements& result, const std::string& row) const {
    const std::string same = sql_.same_key(sql_.kWhole, sql_.kPart);
    result.push_back(raise(
        diverged(),
        fmt::format("FROM {} WHERE {} AND ({} AND NOT {} OR {})", sql_.whole_as(), row, sql_.given(sql_.kWhole),
                    sql_.part_exists(same), sql_.part_exists(same + " AND " + sql_.differ(sql_.kWhole, sql_.kPart)))));
  }

  // Another row of the table has a value already that a unique key keeps for one row: under OR REPLACE it would have to
  // go for what a trigger writes.
  Statements clashes(const schema::Table& table, bool whole) const {
    Statements result;
    const auto add = [&](const std::vector<schema::KeyPart>& parts) {
      std::vector<std::string> equal;
      bool moves = false;
      for (const schema::KeyPart& part : parts) {
        const auto column = part.expression.as_column();
        if (!column) return;
        std::string value = (whole ? sql_.kWhole : sql_.kPart) + quoting()(*column);
        for (const auto& pair : sql_.moved().columns)
          if ((whole ? pair.whole : pair.part) == *column) {
            value = whole ? sql_.kPart + quoting()(pair.part) : sql_.kWhole + quoting()(pair.whole);
            moves = true;
          }
        equal.push_back(fmt::format("emcee_o.{} = {}", quoting()(*column), value));
      }
      if (!moves) return;
      const std::string other =
          whole ? sql_.same_whole("emcee_o.", sql_.kWhole) : sql_.same_part("emcee_o.", sql_.kPart);
      const std::string row = whole ? of_new_part(sql_.kPart) : of_new_whole(sql_.kWhole);
      result.push_back(
          raise(kNotUnique, fmt::format("FROM {} JOIN {} ON {} JOIN {} AS emcee_o ON {} WHERE {} AND NOT ({})",
                                        sql_.whole_as(), sql_.part_as(), sql_.same_key(sql_.kWhole, sql_.kPart),
                                        quoting()(table.name), fmt::join(equal, " AND "), row, other)));
    };
    for (const auto& unique : table.uniques) add(unique.parts);
    for (const auto& index : table.indexes)
      if (index.unique && !index.where) add(index.parts);
    return result;
  }

  MoveSql sql_;
};

}  // namespace

Result<std::vector<std::string>> create_move(const SyncGroup& group, const schema::Schema& schema) {
  const MoveSql sql(group, schema);
  for (const schema::ForeignKey& key : sql.part_table().foreign_keys)
    if (key.references == sql.moved().whole &&
        (key.on_delete == schema::ReferentialAction::restrict || key.on_update == schema::ReferentialAction::restrict))
      return schema::fail(
          schema::ErrorCode::add_to_map,
          fmt::format("move {}: the foreign key of {} says RESTRICT, which holds before any trigger could "
                      "take the row away",
                      group.name, sql.moved().part.text()),
          "leave RESTRICT out of it: without, it is looked at behind the statement");
  return MoveTriggers(group, schema).create();
}

std::vector<std::string> move_trigger_names(const SyncGroup& group) {
  std::vector<std::string> names;
  for (const char* table : {"whole", "part"})
    for (const char* event : kEvents) names.push_back(trigger_name(group, table, event));
  return names;
}

std::vector<std::string> drop_move(const SyncGroup& group) {
  std::vector<std::string> result;
  for (const std::string& name : move_trigger_names(group))
    result.push_back("DROP TRIGGER IF EXISTS " + quoting()(Identifier(name)));
  return result;
}

}  // namespace emcee::sqlite
