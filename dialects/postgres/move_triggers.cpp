#include "dialects/postgres/move_triggers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/postgres/ddl.h"
#include "dialects/postgres/plpgsql.h"
#include "dialects/postgres/quoting.h"
#include "dialects/postgres/stored_type.h"
#include "dialects/postgres/sync_triggers.h"
#include "dialects/postgres/types.h"

namespace emcee::postgres {

using plan::SyncGroup;
using schema::Identifier;
using schema::QualifiedName;

const schema::Quoting& MoveSql::quoting() const { return postgres::quoting(); }
bool MoveSql::is_constant(const schema::Fragment& value) const { return postgres::is_constant(value); }
std::string MoveSql::differs(const schema::Column& column, const std::string& a, const std::string& b) const {
  return postgres::differ(stored_type(column.type), a, b);
}
std::string MoveSql::literal(const schema::Column& column, const schema::Fragment& value) const {
  return fmt::format("({})::{}", to_canonical_sql(value, postgres::quoting()), stored_type(column.type).cast);
}

namespace {

constexpr const char* kLock = " FOR NO KEY UPDATE";
constexpr const char* kNoWhole = "23503";  // foreign_key_violation
// Its statements do not see what others commit meanwhile.
constexpr const char* kHasSnapshot = "pg_catalog.current_setting('transaction_isolation') <> 'read committed'";

struct TriggerPlan {
  bool on_whole;
  const char* function;  // one of kFunctions
  const char* name;      // the last word of the trigger's
  const char* when;      // `AFTER UPDATE`
  // Triggers run in the order of their names. These come before those of foreign keys (RI_ConstraintTrigger_..), which
  // would find the row of the part in the way.
  bool early = false;
  bool of_statement = false;
};
constexpr const char* kFunctions[] = {"whole", "whole_before", "part", "part_before"};
constexpr TriggerPlan kTriggers[] = {{true, "whole_before", "before_update", "BEFORE UPDATE"},
                                     {true, "whole_before", "before_delete", "BEFORE DELETE"},
                                     {true, "whole", "delete", "AFTER DELETE", true},
                                     {true, "whole", "update", "AFTER UPDATE", true},
                                     {true, "whole", "truncate", "BEFORE TRUNCATE", true, true},
                                     {true, "whole", "insert", "AFTER INSERT"},
                                     {false, "part_before", "before_insert", "BEFORE INSERT"},
                                     {false, "part_before", "before_update", "BEFORE UPDATE"},
                                     {false, "part", "delete", "AFTER DELETE"},
                                     {false, "part", "update", "AFTER UPDATE"},
                                     {false, "part", "insert", "AFTER INSERT"},
                                     {false, "part", "truncate", "BEFORE TRUNCATE", false, true}};

std::string trigger_name(const SyncGroup& group, const TriggerPlan& trigger) {
  return bounded_name(fmt::format("{}_emcee_{}_{}_{}", trigger.early ? "AAA" : "zzz", group.name,
                                  trigger.on_whole ? "whole" : "part", trigger.name));
}

class MoveTriggers {
 public:
  MoveTriggers(const SyncGroup& group, const schema::Schema& schema) : sql_(group, schema) {}

  std::vector<std::string> create() const {
    const Block bodies[] = {whole(), whole_before(), part(), part_before()};
    std::vector<std::string> result;
    for (std::size_t i = 0; i < std::size(kFunctions); ++i) result.push_back(function(kFunctions[i], bodies[i]));
    for (const TriggerPlan& trigger : kTriggers)
      result.push_back(fmt::format("CREATE TRIGGER {} {} ON {}\nFOR EACH {} WHEN ({})\nEXECUTE FUNCTION {}()",
                                   quoting()(Identifier(trigger_name(sql_.group(), trigger))), trigger.when,
                                   trigger.on_whole ? sql_.whole() : sql_.part(),
                                   trigger.of_statement ? "STATEMENT" : "ROW", condition(trigger),
                                   sync_function_name(sql_.group(), trigger.function)));
    return result;
  }

 private:
  // Whoever writes one table may have no right on the other one.
  std::string function(const char* name, const Block& body) const {
    std::string path = "pg_catalog";
    for (const QualifiedName* table : {&sql_.moved().whole, &sql_.moved().part})
      if (!table->schema.empty() && table->schema.text() != "public") path += ", " + quoting()(table->schema);
    return create_function({sync_function_name(sql_.group(), name),
                            {"SECURITY DEFINER", "SET search_path TO " + path + ", public, pg_temp"},
                            {},
                            body},
                           false);
  }

  // The cheap comparisons come first.
  std::string condition(const TriggerPlan& trigger) const {
    const std::string name = trigger.name;
    std::vector<std::string> terms;
    if (name == "insert" && trigger.on_whole) terms.push_back(sql_.given("NEW."));
    if (name == "update")
      terms.push_back(trigger.on_whole ? common::any_of({sql_.whole_key_changed(), sql_.whole_changed()})
                                       : common::any_of({sql_.part_key_changed(), sql_.part_changed()}));
    if (trigger.on_whole && name.starts_with("before_")) {
      terms.emplace_back(kHasSnapshot);
      terms.push_back(sql_.given("OLD."));
    }
    if (name == "before_update" && trigger.on_whole)
      terms.push_back(common::any_of({sql_.whole_key_changed(), common::negate(sql_.given("NEW."))}));
    if (name == "before_update" && !trigger.on_whole)
      terms.push_back(fills_row() ? common::any_of({sql_.part_key_changed(), waits()}) : sql_.part_key_changed());
    // One that waits has no value to take along.
    if (name == "delete" && !trigger.on_whole && sql_.moved().part_stays) terms.push_back(sql_.given_in_part("OLD."));
    terms.emplace_back(kNotBypassed);
    return common::all_of(terms);
  }

  // --- from the whole to the part -------------------------------------------------------------------

  // A session that keeps its snapshot does not see a row of the part that a batch has made since, and would leave it
  // behind with the old values. Only a key that is taken tells of it: 40001, and the application tries again.
  Block whole_before() const {
    const std::string of_old = sql_.same_key("OLD.", sql_.part_itself());
    Block body;
    body.add(bypass(true))
        .add(fmt::format("{} SELECT {} WHERE NOT {} ON CONFLICT ({}) DO NOTHING", sql_.insert_part(),
                         sql_.part_values("OLD."), sql_.part_exists(sql_.same_key("OLD.", sql_.kPart)),
                         sql_.part_key()))
        .when("FOUND", Block().add(fmt::format("DELETE FROM {} WHERE {}", sql_.part(), of_old)))
        .add(bypass(false));
    return body.when("TG_OP = 'DELETE'", Block().add("RETURN OLD"));
  }
  static std::string bypass(bool on) {
    return fmt::format("PERFORM pg_catalog.set_config('emcee.bypass', '{}', true)", on ? "on" : "off");
  }

  Block whole() const {
    Block body, truncated;
    if (sql_.moved().refuses_delete)
      truncated.add(
          fmt::format("UPDATE {} SET {} WHERE {}", sql_.whole(), sql_.set_absent(), sql_.given(sql_.whole_itself())));
    body.when("TG_OP = 'TRUNCATE'", truncated.add("DELETE FROM " + sql_.part()));
    // A row that a release has made goes as its foreign key says.
    std::vector<std::string> gone{sql_.same_key("OLD.", sql_.part_itself())};
    if (sql_.moved().part_stays) gone.push_back(sql_.is_bare(sql_.part_itself()));
    body.when("TG_OP = 'DELETE'",
              Block().add(fmt::format("DELETE FROM {} WHERE {}", sql_.part(), fmt::join(gone, " AND "))));
    body.when("TG_OP = 'INSERT'", inserted());
    return body.when("TG_OP = 'UPDATE'", updated());
  }

  std::string of_new() const { return sql_.same_whole(sql_.kWhole, "NEW."); }

  // The row of NEW, as it is by now.
  std::string update_part(const std::string& set) const {
    return fmt::format("UPDATE {} SET {} FROM {} WHERE {} AND {} AND {}", sql_.part(), set, sql_.whole_as(), of_new(),
                       sql_.same_key(sql_.kWhole, sql_.part_itself()), sql_.differ(sql_.kWhole, sql_.part_itself()));
  }
  // In REPEATABLE READ a session may not see the row that a batch has made: the conflict then is one that the
  // application tries again (40001), and no duplicate key.
  std::string make_part() const {
    return fmt::format("{} SELECT {} FROM {} WHERE {} AND {} AND NOT {} {}", sql_.insert_part(),
                       sql_.part_values(sql_.kWhole), sql_.whole_as(), of_new(), sql_.given(sql_.kWhole),
                       sql_.part_exists(sql_.same_key(sql_.kWhole, sql_.kPart)), sql_.or_fill_part());
  }

  Block inserted() const {
    Block block;
    if (!sql_.moved().bound_at_once) block.add(update_part(sql_.set_part(sql_.kWhole)));
    return block.add(make_part());
  }

  // A column that the statement left alone may wait for the backfill yet: it is what the part says then.
  Block updated() const {
    const std::string set =
        sql_.moved().part_waits() ? sql_.set_part(sql_.kWhole) : sql_.set_part_changed(sql_.kWhole, sql_.part_itself());
    Block block, with_key;
    remove_empty(with_key, "OLD.");
    // At once, or what fires for the key would carry the values of before back.
    with_key.add(fmt::format("UPDATE {} SET {}, {} FROM {} WHERE {} AND {}", sql_.part(), sql_.set_part_key("NEW."),
                             set, sql_.whole_as(), of_new(), sql_.same_key("OLD.", sql_.part_itself())));
    block.when(sql_.whole_key_changed(), with_key);
    remove_empty(block, "NEW.");
    block.add(update_part(set));
    // Where the part changes in nothing, no trigger of its own brings the rest of a row that waits.
    if (!sql_.moved().splits)
      block.add(fmt::format("UPDATE {} SET {} FROM {} WHERE {} AND {} AND {}", sql_.whole(), sql_.set_whole(sql_.kPart),
                            sql_.part_as(), sql_.same_key("NEW.", sql_.kPart),
                            sql_.same_whole(sql_.whole_itself(), "NEW."),
                            sql_.differ(sql_.whole_itself(), sql_.kPart)));
    return block.add(make_part());
  }
  // Where the part cannot hold what stands for no row.
  void remove_empty(Block& block, const char* row) const {
    if (sql_.moved().leaves_row) return;
    block.add(fmt::format("DELETE FROM {} WHERE {} AND {}", sql_.part(), sql_.same_key(row, sql_.part_itself()),
                          sql_.whole_exists(of_new() + " AND NOT " + sql_.given(sql_.kWhole))));
  }

  // --- from the part to the whole -------------------------------------------------------------------

  // A batch or another session may be about to write the row of the whole: what follows has to see it.
  std::string lock_whole(const std::string& part) const {
    return fmt::format("PERFORM 1 FROM {} WHERE {}{}", sql_.whole_as(), sql_.same_key(sql_.kWhole, part), kLock);
  }

  // Two sessions, one at each table, lock the row of the whole first wherever they can.
  Block part_before() const {
    const std::string message = fmt::format("{} has no row with this key, which {} points to",
                                            sql_.moved().whole.text(), sql_.moved().part.text());
    Block body;
    body.add(lock_whole("NEW."))
        .when("NOT FOUND", Block().add(raise({string_literal(message), kNoWhole, sql_.part_table().name.schema.text(),
                                              sql_.part_table().name.name.text(), ""})));
    if (!sql_.moved().part_stays) return body;
    body.when("TG_OP = 'INSERT'", before_own_row());
    Block update;
    update.when(
        fmt::format("{} AND {} AND ({} OR {})", sql_.part_key_changed(),
                    sql_.whole_exists(sql_.same_key(sql_.kWhole, "OLD.")), sql_.given_in_part("OLD."), new_is_given()),
        refuse(fmt::format("emcee: columns move between {} and {}: the row cannot be given another key",
                           sql_.moved().whole.text(), sql_.moved().part.text())));
    if (fills_row())
      update.when(waits(), Block().add(from_whole([&](std::size_t i) { return sql_.part_completed(i, sql_.kWhole); })));
    return body.when("TG_OP = 'UPDATE'", update);
  }

  // --- where both releases have the part ------------------------------------------------------------

  Block refuse(const std::string& message) const {
    return Block().add(raise({string_literal(message), kRaised, sql_.part_table().name.schema.text(),
                              sql_.part_table().name.name.text(), ""}));
  }
  std::string new_is_given() const {
    return sql_.whole_exists(sql_.same_key(sql_.kWhole, "NEW.") + " AND " + sql_.given(sql_.kWhole));
  }
  bool fills_row() const { return sql_.moved().part_waits(); }
  std::string waits() const { return fmt::format("({} AND NOT {})", sql_.part_changed(), sql_.given_in_part("OLD.")); }
  std::string from_whole(const auto& value) const {
    std::vector<std::string> values, columns;
    for (std::size_t i = 0; i < sql_.moved().columns.size(); ++i) {
      values.push_back(value(i));
      columns.push_back("NEW." + sql_.part_column(i));
    }
    return fmt::format("SELECT {} INTO {} FROM {} WHERE {}", fmt::join(values, ", "), fmt::join(columns, ", "),
                       sql_.whole_as(), sql_.same_key(sql_.kWhole, "NEW."));
  }

  // A release that makes a row for what else it holds means the one that is there for the value already.
  Block before_own_row() const {
    Block own;
    own.add(from_whole([&](std::size_t i) { return sql_.kWhole + quoting()(sql_.moved().columns[i].whole); }));
    if (sql_.moved().row_steps_aside) {
      Block aside;
      aside.add(bypass(true))
          .add(fmt::format("DELETE FROM {} WHERE {}", sql_.part(), sql_.same_part(sql_.part_itself(), "NEW.")))
          .add(bypass(false));
      own.when(sql_.part_exists(sql_.same_part(sql_.kPart, "NEW.") + " AND " + sql_.is_bare(sql_.kPart)), aside);
    }
    return Block().when(fmt::format("NOT {} AND {}", sql_.given_in_part("NEW."), new_is_given()), own);
  }

  // `also_equal`: in REPEATABLE READ a session that has not seen the new row, and writes that of the whole, fails for
  // it.
  std::string update_whole(bool also_equal) const {
    return fmt::format("UPDATE {} SET {} FROM {} WHERE {} AND {}{}", sql_.whole(), sql_.set_whole(sql_.kPart),
                       sql_.part_as(), sql_.same_part(sql_.kPart, "NEW."),
                       sql_.same_key(sql_.whole_itself(), sql_.kPart),
                       also_equal ? "" : " AND " + sql_.differ(sql_.whole_itself(), sql_.kPart));
  }
  Block gone() const {
    if (sql_.moved().refuses_delete)
      return Block()
          .add(lock_whole("OLD."))
          .when(sql_.whole_exists(sql_.same_key(sql_.kWhole, "OLD.") + " AND " + sql_.given(sql_.kWhole)),
                refuse(sql_.keeps_row()));
    return Block()
        .add(lock_whole("OLD."))
        .add(fmt::format("UPDATE {} SET {} WHERE {} AND {} AND NOT {}", sql_.whole(), sql_.set_absent(),
                         sql_.same_key(sql_.whole_itself(), "OLD."), sql_.given(sql_.whole_itself()),
                         sql_.part_exists(sql_.same_part(sql_.kPart, "OLD."))));
  }

  Block part() const {
    Block body;
    // Row by row: a row of the whole that waits for the backfill has none here, and keeps what it holds.
    body.when("TG_OP = 'TRUNCATE'", Block().add("DELETE FROM " + sql_.part()));
    body.when("TG_OP = 'DELETE'", gone());
    body.when("TG_OP = 'INSERT'", Block().add(update_whole(true)));
    Block updated;
    if (!sql_.moved().part_stays) updated.when(sql_.part_key_changed(), gone());
    updated.add(lock_whole("NEW.")).add(update_whole(false));
    return body.when("TG_OP = 'UPDATE'", updated);
  }

  MoveSql sql_;
};

}  // namespace

std::vector<std::string> create_move(const SyncGroup& group, const schema::Schema& schema) {
  return MoveTriggers(group, schema).create();
}

std::vector<std::pair<QualifiedName, std::string>> move_triggers(const SyncGroup& group) {
  std::vector<std::pair<QualifiedName, std::string>> result;
  for (const TriggerPlan& trigger : kTriggers)
    result.emplace_back(trigger.on_whole ? group.move->whole : group.move->part, trigger_name(group, trigger));
  return result;
}

std::vector<std::string> drop_move(const SyncGroup& group) {
  std::vector<std::string> result;
  for (const auto& [table, name] : move_triggers(group))
    result.push_back(fmt::format("DROP TRIGGER IF EXISTS {} ON {}", quoting()(Identifier(name)), quoting()(table)));
  for (const char* function : kFunctions)
    result.push_back(fmt::format("DROP FUNCTION IF EXISTS {}()", sync_function_name(group, function)));
  return result;
}

}  // namespace emcee::postgres
