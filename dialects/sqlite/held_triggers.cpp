#include "dialects/sqlite/held_triggers.h"

#include <fmt/ranges.h>

#include "dialects/sqlite/counted_key.h"

namespace emcee::sqlite {

using plan::OldColumn;
using plan::SyncGroup;
using schema::Identifier;

namespace {

constexpr const char* kHeldTriggers[] = {"told", "comes", "came", "key", "gone"};

}  // namespace

// One row: the key that was made last, whether this statement makes one, and whether the row of the other table that
// comes takes the place of one.
std::string HeldTriggers::in_notes(const char* column) const {
  return fmt::format("(SELECT {} FROM {})", column, last_key_table(g_));
}

std::string HeldTriggers::row_message() const {
  return sql_.message(fmt::format("emcee: no row of {} can be made for this one", g_.row->table.text()));
}

// O := what the row says. A NOT NULL column for which it says nothing refuses the write.
std::string HeldTriggers::set_down() const {
  std::vector<std::string> set;
  for (std::size_t i = 0; i < g_.old_columns.size(); ++i) {
    const OldColumn& c = g_.old_columns[i];
    const std::string value = sql_.down(i);
    set.push_back(
        fmt::format("{} = {}", name(c.name),
                    c.not_null ? fmt::format("coalesce({}, RAISE(ABORT, {}))", value, image_message(c)) : value));
  }
  return fmt::format("{}", fmt::join(set, ", "));
}

// The row comes before its key is stored. Only an upsert keeps its meaning under the application's OR IGNORE and OR
// REPLACE. `copied_from`: the key of the row that is copied; NULL where there is none.
void HeldTriggers::make_row(Body& body, const std::string& condition, const std::string& copied_from) const {
  const RowSource row = sql_.itself();
  const std::string never = fmt::format("ON CONFLICT DO UPDATE SET {} = RAISE(ABORT, {})", row_key(""), row_message());
  body.add(fmt::format("UPDATE {} SET made = EXISTS (SELECT 1 FROM {} WHERE {} AND {})", last_key_table(g_),
                       quoting()(t_.name), itself_key(), condition));
  if (g_.counted) {
    body.add(count_key(g_, "made"));
    body.refuse(row_message(), {in_notes("made"), no_key_left(g_)});
  } else {
    body.add(fmt::format("UPDATE {} SET last = (SELECT {} FROM {} WHERE {}) WHERE made", last_key_table(g_),
                         sql_.up(0, row), quoting()(t_.name), itself_key()));
  }
  body.add(
      fmt::format("{} {} AND {} AND EXISTS (SELECT 1 FROM {} AS emcee_r WHERE emcee_r.{} = {}) AND "
                  "emcee_o.{} = {} {}",
                  sql_.insert_copy(in_notes("last"), row),
                  fmt::format("FROM {}, {} AS emcee_o WHERE {}", quoting()(t_.name), row_table(), itself_key()),
                  in_notes("made"), row_table(), row_key(""), copied_from, row_key(""), copied_from, never));
  std::vector<std::string> columns{row_key("")}, values{in_notes("last")};
  const std::vector<std::string> generated = sql_.generated_values(row);
  for (std::size_t i = 0; i < generated.size(); ++i) {
    columns.push_back(name(g_.row->values[i].column));
    values.push_back(generated[i]);
  }
  body.add(
      fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} WHERE {} AND {} AND NOT EXISTS (SELECT 1 FROM {} AS "
                  "emcee_r WHERE emcee_r.{} = {}) {}",
                  row_table(), fmt::join(columns, ", "), fmt::join(values, ", "), quoting()(t_.name), itself_key(),
                  in_notes("made"), row_table(), row_key(""), in_notes("last"), never));
  body.update(fmt::format("{} = {}", name(g_.new_columns.front().name), in_notes("last")), {in_notes("made")});
}

// What OR IGNORE of the application has passed over.
void HeldTriggers::refuse_unequal(Body& body, std::vector<std::string> conditions) const {
  conditions.push_back(negate(sql_.in_sync()));
  conditions.push_back(negate(sql_.has_no_row(sql_.itself())));
  body.refuse_row(unequal_message(), conditions);
}

// --- INSERT -------------------------------------------------------------------------------------

Body HeldTriggers::inserted_by_new() const {
  Body result = body();
  const std::string old_too = old_given(false);
  result.refuse_row(string_literal(kNoRow), {sql_.has_no_row(sql_.itself())});
  result.refuse_row(both_message(), {old_too, negate(sql_.in_sync())});
  std::vector<std::string> wrong = missing_old();
  wrong.push_back(negate(sql_.in_sync()));
  result.update(set_down(), {common::any_of(wrong)});
  refuse_unequal(result, {});
  if (g_.counted) result.add(note_key(g_));
  return result;
}

Body HeldTriggers::inserted_by_old() const {
  Body result = body();
  refuse_missing(result);
  const std::string says = negate(sql_.says_nothing(sql_.itself()));
  const std::string nothing = "NULL", table = quoting()(t_.name);
  if (!carries_replaced()) {
    make_row(result, says, nothing);
    refuse_unequal(result, {});
    return result;
  }
  // The key is carried over from the row that went away; what others say as well stays.
  const std::string was = n("emcee_p."), carried = replaces_one_with_row();
  const std::string the_key = fmt::format("(SELECT {} FROM {} AS emcee_p)", was, replaced_name());
  const std::string differs = fmt::format("EXISTS (SELECT 1 FROM {} AS emcee_w WHERE {} = {} AND NOT ({}))",
                                          row_table(), row_key("emcee_w."), the_key, sql_.old_says("emcee_w."));
  make_row(result,
           common::all_of(
               {says, common::any_of({negate(carried), common::all_of({differs, sql_.shared_key(the_key, kNew)})})}),
           fmt::format("CASE WHEN {} THEN {} END", carried, the_key));
  // One table behind FROM: of several, SQLite makes a subquery in a trigger, which has no rowid (seen on 3.40).
  result.add(fmt::format("UPDATE {} SET {} FROM {} WHERE {} AND {} IS NULL AND {} AND {} AND {} = {} AND NOT ({})",
                         row_table(), sql_.set_held(sql_.itself()), table, itself_key(),
                         n(sql_.itself().prefix.c_str()), says, carried, row_key(row_table() + "."), the_key,
                         sql_.old_says(row_table() + ".")));
  result.update(fmt::format("{} = {}", name(g_.new_columns.front().name), the_key),
                {n("") + " IS NULL", says, carried});
  refuse_unequal(result, {});
  return result;
}

// --- UPDATE -------------------------------------------------------------------------------------

void HeldTriggers::settle_key(Body& body) const {
  const std::string chn = new_changed(), cho = old_changed();
  const std::string cleared = n() + " IS NULL", there = negate(sql_.has_no_row(sql_.itself()));
  const std::string waits = common::all_of({sql_.not_migrated(kOld), negate(cho)});
  if (g_.new_columns.front().not_null) body.refuse(null_message(g_.new_columns.front().name), {chn, cleared});
  body.refuse_row(both_message(), {chn, cho, there, negate(sql_.in_sync())});
  body.refuse_row(string_literal(kNoRow), {chn, negate(waits), negate(there)});
  body.refuse_row(sql_.message(fmt::format("emcee: this row of {} waits for migrate, and keeps its {}", t_.name.text(),
                                           old_text())),
                  {chn, waits, sql_.row_differs(sql_.itself())});
  body.update(set_down(), {chn, negate(cho), there, negate(sql_.in_sync())});
  refuse_unequal(body, {chn});
  if (g_.counted) body.add(note_key(g_));
}

void HeldTriggers::settle_old(Body& body) const {
  const std::string alone = common::all_of({old_changed(), negate(new_changed())});
  const std::string itself_n = n(sql_.itself().prefix.c_str());
  const std::string nothing = sql_.says_nothing(sql_.itself()), differs = sql_.row_differs(sql_.itself());
  if (g_.row_may_lack())
    body.update(fmt::format("{} = NULL", name(g_.new_columns.front().name)),
                {alone, nothing, itself_n + " IS NOT NULL", negate(sql_.row_says(sql_.itself()))});
  make_row(body,
           common::all_of(
               {alone, negate(nothing),
                common::any_of({itself_n + " IS NULL", common::all_of({differs, sql_.shared_key(itself_n, kNew)})})}),
           itself_n);
  body.add(fmt::format("UPDATE {} SET {} FROM {} WHERE {} AND {} AND {} = {} AND NOT ({})", row_table(),
                       sql_.set_held(sql_.itself()), quoting()(t_.name), itself_key(), alone,
                       row_key(row_table() + "."), itself_n, sql_.old_says(row_table() + ".")));
  refuse_unequal(body, {alone});
}

Body HeldTriggers::updated() const {
  Body result = body();
  for (const OldColumn& c : g_.old_columns)
    if (c.not_null)
      result.refuse(null_message(c.name), {fmt::format("NEW.{0} IS NULL AND OLD.{0} IS NOT NULL", name(c.name))});
  settle_key(result);
  settle_old(result);
  return result;
}

std::vector<std::string> HeldTriggers::create() const {
  std::vector<std::string> result{
      fmt::format("CREATE TABLE {} (last, made INTEGER NOT NULL, was INTEGER NOT NULL)", last_key_table(g_)),
      fmt::format("INSERT INTO {} VALUES (0, 0, 0)", last_key_table(g_))};
  if (carries_replaced()) {
    result.push_back(replaced_table());
    result.push_back(before_insert());
  }
  std::vector<std::string> columns;
  for (const auto& names : {sql_.new_names(), sql_.old_names()})
    for (const Identifier& id : names) columns.push_back(name(id));
  result.push_back(trigger("insert_new", "AFTER INSERT", new_given(), inserted_by_new().text()));
  result.push_back(trigger("insert_old", "AFTER INSERT", negate(new_given()), inserted_by_old().text()));
  result.push_back(trigger("update", fmt::format("AFTER UPDATE OF {}", fmt::join(columns, ", ")).c_str(),
                           common::any_of({new_changed(), old_changed()}), updated().text()));
  return result;
}

std::vector<std::string> HeldTriggers::trigger_names() const {
  std::vector<std::string> result{bare_name(g_, "insert_old"), bare_name(g_, "update"), bare_name(g_, "insert_new")};
  if (carries_replaced()) result.push_back(bare_name(g_, "replace"));
  return result;
}

// --- on the other table ---------------------------------------------------------------------------

std::string HeldTriggers::on_row(const char* what, const std::string& event, const std::string& when,
                                 const std::vector<std::string>& statements) const {
  return fmt::format("CREATE TRIGGER {} {} ON {}{} BEGIN\n  {};\nEND", object_name(g_, what), event, row_table(),
                     when.empty() ? "" : "\nWHEN " + when, fmt::join(statements, ";\n  "));
}

// O of the rows that point to NEW := what it says.
std::vector<std::string> HeldTriggers::tell(const std::string& condition) const {
  const std::string who = fmt::format("{} = {} AND {} AND {}", n(sql_.itself().prefix.c_str()), row_key("NEW."),
                                      condition, sql_.row_differs(sql_.itself()));
  const std::string table = quoting()(t_.name);
  return {fmt::format("UPDATE {} SET {} WHERE {}", table, set_down(), who),
          fmt::format("SELECT RAISE(ABORT, {}) FROM {} WHERE {}", unequal_message(), table, who)};
}

std::string HeldTriggers::refuse_pointed_to() const {
  return fmt::format("SELECT RAISE(ABORT, {}) FROM {} WHERE {} = {}", string_literal(kNoRow), quoting()(t_.name),
                     n(sql_.itself().prefix.c_str()), row_key("OLD."));
}

std::vector<std::string> HeldTriggers::create_on_row() const {
  std::vector<std::string> held, changed;
  for (const Identifier& id : g_.holding) {
    held.push_back(name(id));
    changed.push_back(
        fmt::format("NEW.{0} COLLATE BINARY IS NOT OLD.{0} OR typeof(NEW.{0}) <> typeof(OLD.{0})", name(id)));
  }
  const std::string key_changed = fmt::format("{} IS NOT {}", row_key("NEW."), row_key("OLD."));
  std::vector<std::string> moved{refuse_pointed_to()};
  for (std::string& statement : tell("1")) moved.push_back(std::move(statement));
  std::string gone = refuse_pointed_to();
  if (g_.clears_key)
    gone = fmt::format("UPDATE {} SET {} = NULL WHERE {} = {}", quoting()(t_.name), name(g_.new_columns.front().name),
                       n(sql_.itself().prefix.c_str()), row_key("OLD."));
  // OR REPLACE puts a row in the place of another one without telling its triggers.
  const std::string was = fmt::format("UPDATE {} SET was = EXISTS (SELECT 1 FROM {} WHERE {} = {})", last_key_table(g_),
                                      row_table(), row_key(""), row_key("NEW."));
  return {on_row("told", fmt::format("AFTER UPDATE OF {}", fmt::join(held, ", ")), common::any_of(changed),
                 tell("(" + sql_.old_says("OLD.") + ")")),
          on_row("comes", "BEFORE INSERT", "", {was}), on_row("came", "AFTER INSERT", "", tell(in_notes("was"))),
          on_row("key", "AFTER UPDATE", key_changed, moved), on_row("gone", "BEFORE DELETE", "", {gone})};
}

std::vector<std::string> create_held(const SyncGroup& group, const schema::Schema& schema) {
  return HeldTriggers(group, *schema.find_table(group.table), RowKey{}).create_on_row();
}

std::vector<std::string> drop_held(const SyncGroup& group) {
  std::vector<std::string> result;
  for (const std::string& name : held_trigger_names(group))
    result.push_back("DROP TRIGGER IF EXISTS " + quoting()(Identifier(name)));
  return result;
}

std::vector<std::string> held_trigger_names(const SyncGroup& group) {
  std::vector<std::string> result;
  for (const char* what : kHeldTriggers) result.push_back(bare_name(group, what));
  return result;
}

}  // namespace emcee::sqlite
