#include "dialects/mysql/held_triggers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/mysql/cascades.h"
#include "dialects/mysql/counted_key.h"
#include "dialects/mysql/row_key.h"
#include "dialects/mysql/stored_value.h"

namespace emcee::mysql {

using plan::OldColumn;
using plan::SyncGroup;
using schema::Identifier;
using schema::Table;

namespace {

constexpr const char* kHeldThere = "LOCK IN SHARE MODE";

}  // namespace

std::string HeldTriggers::variable(const char* what) const {
  return "@" + quoting().quoted(sync_object_name(g_, what));
}
std::string HeldTriggers::is_quiet() const { return fmt::format("{} <=> {}", variable("quiet"), kStatement); }

TriggerBody HeldTriggers::quietly(const std::string& statement) const {
  TriggerBody body;
  body.add(fmt::format("SET {} = {}", variable("quiet"), kStatement));
  body.add(statement);
  body.add(fmt::format("SET {} = NULL", variable("quiet")));
  return body;
}

// Who is going to write the row, or to leave it to others, holds it before it looks who shares it: whoever points a row
// there holds it as well. In a statement that writes the other table it is held already.
TriggerBody HeldTriggers::lock_row(const std::string& key) const {
  const diff::GeneratedRow& row = *g_.row;
  TriggerBody lock, body;
  lock.add(
      fmt::format("BEGIN DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END; SELECT 1 INTO {} FROM {} WHERE {} = {} FOR "
                  "UPDATE; END",
                  variable("held"), quoting()(row.table), name(row.key), key));
  body.when(negate(is_quiet()), lock);
  return body;
}

// `copied_from`: the key of the row whose other columns the new one takes over; NULL: it has their defaults.
TriggerBody HeldTriggers::make_key(const std::string& copied_from) const {
  TriggerBody body;
  body.add(fmt::format("SET {} = {}", variable("from"), copied_from));
  if (g_.counted) {
    body.add(fmt::format("SET {} = {}", variable("quiet"), kStatement));
    body.add(reserve_key(sql_));
    body.add(fmt::format("SET {} = NULL", variable("quiet")));
  } else {
    body.set(name(g_.new_columns.front().name), sql_.up(0, kNew));
  }
  body.add(fmt::format("SET {} = {}", fresh(), statement_and_n()));
  return body;
}

// O says something else than the row: what others say as well stays. `itself`: the row as it still stands there.
TriggerBody HeldTriggers::own_row_if_shared(const std::string& key, const RowSource& itself) const {
  TriggerBody body;
  body.when(sql_.shared_key(key, itself, kHeldThere), make_key(key));
  return body;
}

// O := what the row says.
TriggerBody HeldTriggers::down() const {
  TriggerBody body;
  for (std::size_t i = 0; i < g_.old_columns.size(); ++i) {
    const OldColumn& c = g_.old_columns[i];
    if (c.not_null) body.when(fmt::format("{} IS NULL", sql_.down(i, kNew)), refuse_image(c));
    body.set(name(c.name), sql_.down(i, kNew));
  }
  return body;
}

// --- INSERT -------------------------------------------------------------------------------------

std::string HeldTriggers::insert_trigger(const std::string& trigger_name) const {
  TriggerBody body, unless_bypassed;
  for (const OldColumn& c : g_.old_columns)
    if (const auto omitted = omission(c)) body.when(sql_.equals("NEW.", c.name, *omitted), set(c.name, "NULL"));
  body.choose({{written_by_new(), inserted_by_new()}}, inserted_by_old());
  unless_bypassed.when(kNotBypassed, body);
  return trigger(trigger_name, "INSERT", unless_bypassed);
}

// A key that was made for this row, by the trigger that the fence replaces, has no row yet.
TriggerBody HeldTriggers::inserted_by_new() const {
  const plan::NewColumn& key = g_.new_columns.front();
  TriggerBody given, disagrees, body;
  if (key.not_null) given.when(n() + " IS NULL", refuse_null(key.name));
  given.when(sql_.has_no_row(kNew, kHeldThere), refuse_without_row());
  disagrees.when(negate(sql_.in_sync(kNew)), refuse_both());
  given.choose({{old_given(false), disagrees}}, down());
  if (!fence_ && carries_replaced()) body.add(fmt::format("SET {} = NULL", seen("at")));
  body.when(negate(is_fresh()), given);
  return body;
}

TriggerBody HeldTriggers::inserted_by_old() const {
  TriggerBody body = check_old();
  if (fence_) {
    body.when(any_of({old_given(false), "@emcee_release <=> 'old'"}), refuse_old_release());
    return body;
  }
  TriggerBody afresh;
  afresh.when(negate(sql_.says_nothing(kNew)), make_key("NULL"));
  if (!carries_replaced()) {
    body.add(afresh);
    return body;
  }
  body.add(read_replaced());
  body.choose({{all_of({replaces(), seen("1") + " IS NOT NULL"}), replaced()}}, afresh);
  return body;
}

// The key is carried over from the row that goes away; the trigger behind the INSERT writes the row.
TriggerBody HeldTriggers::replaced() const {
  TriggerBody carried = set(g_.new_columns.front().name, seen("1"));
  carried.add(lock_row(n()));
  carried.when(sql_.row_differs(kNew, kHeldThere), own_row_if_shared(n(), kNew));
  TriggerBody body;
  body.when(negate(sql_.says_nothing(kNew)), carried);
  return body;
}

// --- UPDATE -------------------------------------------------------------------------------------

std::string HeldTriggers::update_trigger(const std::string& trigger_name) const {
  TriggerBody by_new, by_old, body;
  by_new.when(kNotBypassed, key_changed());
  by_old.when(kNotBypassed, old_changed());
  body.choose({{sql_.changed(sql_.new_names()), by_new}, {sql_.changed(sql_.old_names()), by_old}}, {});
  if (g_.counted)
    body.when(
        all_of({fmt::format("{} IS NULL AND {} IS NULL", n("OLD."), n()), negate(sql_.says_nothing(kNew)), kNumbering}),
        number_row(sql_));
  return trigger(trigger_name, "UPDATE", body);
}

TriggerBody HeldTriggers::key_changed() const {
  const plan::NewColumn& key = g_.new_columns.front();
  const std::string changed = sql_.changed(sql_.old_names());
  TriggerBody settle, cleared, waits, given, body;
  settle.choose({{changed, refuse_both()}}, down());
  if (key.not_null)
    cleared.when(n("OLD.") + " IS NOT NULL", refuse_null(key.name));
  else
    cleared.when(negate(sql_.says_nothing(kNew)), settle);
  // A row that waits gets its first key by a batch, and its row of the other table behind it; it keeps what it says.
  const std::string waiting = all_of({sql_.not_migrated(kOld), negate(changed)});
  const std::string batch = g_.counted ? all_of({waiting, kNumbering}) : waiting;
  waits.when(negate(batch), refuse_without_row());
  const TriggerBody refuse_waiting =
      refusal(fmt::format("emcee: this row of {} waits for migrate, and keeps its {}", t_.name.text(), old_text()));
  given.choose({{sql_.has_no_row(kNew, kHeldThere), waits},
                {all_of({waiting, sql_.row_differs(kNew, kHeldThere)}), refuse_waiting},
                {negate(sql_.in_sync(kNew)), settle}},
               {});
  body.choose({{n() + " IS NULL", cleared}}, given);
  return body;
}

TriggerBody HeldTriggers::old_changed() const {
  TriggerBody body, settle, has_none, has_one;
  for (const OldColumn& c : g_.old_columns)
    if (c.not_null)
      body.when(fmt::format("NEW.{0} IS NULL AND OLD.{0} IS NOT NULL", name(c.name)), refuse_null(c.name));
  has_none.when(negate(sql_.says_nothing(kNew)), make_key("NULL"));
  const TriggerBody unlinked = set(g_.new_columns.front().name, "NULL");
  const TriggerBody own = own_row_if_shared(n(), kOld);
  std::vector<std::pair<std::string, TriggerBody>> branches{{n() + " IS NULL", has_none}};
  if (g_.row_may_lack()) branches.emplace_back(sql_.says_nothing(kNew), unlinked);
  branches.emplace_back(sql_.row_differs(kNew, kHeldThere), own);
  settle.choose(branches, {});
  if (fence_) settle = refuse_old_release();
  body.add(lock_row(n()));
  body.when(negate(sql_.in_sync(kNew)), settle);
  return body;
}

// --- behind the write -----------------------------------------------------------------------------

TriggerBody HeldTriggers::insert_row() const {
  const diff::GeneratedRow& row = *g_.row;
  TriggerBody plain, copy, body;
  plain.add(sql_.insert_values(kNew, true));
  copy.add(fmt::format("{} FROM {} AS emcee_o WHERE emcee_o.{} = {}", sql_.insert_copy(n(), kNew), quoting()(row.table),
                       name(row.key), variable("from")));
  body.choose({{variable("from") + " IS NULL", plain}}, copy);
  return body;
}

TriggerBody HeldTriggers::write_through() const {
  const diff::GeneratedRow& row = *g_.row;
  TriggerBody body;
  body.when(all_of({negate(is_quiet()), sql_.row_differs(kNew, kHeldThere)}),
            quietly(fmt::format("UPDATE {} SET {} WHERE {} = {}", quoting()(row.table), sql_.set_held(kNew),
                                name(row.key), n())));
  return body;
}

std::string HeldTriggers::row_trigger(const std::string& trigger_name) const {
  TriggerBody settle, body;
  std::vector<std::pair<std::string, TriggerBody>> branches{{is_fresh(), insert_row()}};
  if (carries_replaced()) {
    std::vector<std::string> same{seen("at") + " <=> " + kStatement, seen("was") + " IS NOT NULL"};
    for (std::size_t i = 0; i < t_.key_columns().size(); ++i)
      same.push_back(fmt::format("{} <=> NEW.{}", seen_key(i), name(t_.key_columns()[i])));
    branches.emplace_back(all_of(same), write_through());
  }
  settle.choose(branches, {});
  body.when(all_of({n() + " IS NOT NULL", kNotBypassed}), settle);
  return trigger(trigger_name, "INSERT", body, "AFTER");
}

// MariaDB 10.11 fires it for a row that UPDATE IGNORE leaves as it was, too.
std::string HeldTriggers::is_stored() const {
  std::vector<std::string> terms{RowKey{t_.key_columns()}.matches("emcee_o.", "NEW.")};
  for (const auto& names : {sql_.new_names(), sql_.old_names()})
    for (const Identifier& id : names)
      terms.push_back(
          negate(stored_differ(*t_.find_column(id), "emcee_o." + name(id), "NEW." + name(id), sql_.server())));
  return fmt::format("EXISTS (SELECT 1 FROM {} AS emcee_o WHERE {})", quoting()(t_.name), fmt::join(terms, " AND "));
}

std::string HeldTriggers::write_trigger(const std::string& trigger_name) const {
  TriggerBody made, settle, body;
  made.when(is_fresh(), insert_row());
  settle.choose({{sql_.changed(sql_.new_names()), made}}, write_through());
  body.when(all_of({sql_.changed(sql_.old_names()), n() + " IS NOT NULL", kNotBypassed, is_stored()}), settle);
  return trigger(trigger_name, "UPDATE", body, "AFTER");
}

// --- on the other table -----------------------------------------------------------------------------

std::string HeldTriggers::told_trigger(const std::string& trigger_name, const Table& row) const {
  std::vector<std::string> changed;
  for (const Identifier& held : g_.holding)
    changed.push_back(stored_differ(*row.find_column(held), "NEW." + name(held), "OLD." + name(held), sql_.server()));
  TriggerBody body;
  body.when(all_of({any_of(changed), negate(is_quiet()), kNotBypassed}),
            quietly(fmt::format("UPDATE {} SET {} WHERE {} = NEW.{} AND {}", quoting()(t_.name), sql_.set_old("NEW."),
                                sql_.itself().prefix + name(g_.new_columns.front().name), name(g_.row->key),
                                sql_.old_says("OLD."))));
  return create_trigger(sql_.server(), trigger_name, "AFTER UPDATE", quoting()(row.name), body);
}

TriggerBody HeldTriggers::refuse_pointed_to(const Table& row) const {
  TriggerBody refuse, body;
  refuse.add(fmt::format(
      "SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 1451, MESSAGE_TEXT = {}",
      string_literal(fmt::format("emcee: rows of {} point to this row of {}", t_.name.text(), row.name.text()))));
  body.when(fmt::format("EXISTS (SELECT 1 FROM {} AS emcee_o WHERE emcee_o.{} = OLD.{} {})", quoting()(t_.name),
                        name(g_.new_columns.front().name), name(g_.row->key), kHeldThere),
            refuse);
  return body;
}

std::string HeldTriggers::key_trigger(const std::string& trigger_name, const Table& row) const {
  const std::string key = name(g_.row->key);
  TriggerBody body;
  body.when(
      all_of({stored_differ(*row.find_column(g_.row->key), "NEW." + key, "OLD." + key, sql_.server()), kNotBypassed}),
      refuse_pointed_to(row));
  return create_trigger(sql_.server(), trigger_name, "BEFORE UPDATE", quoting()(row.name), body);
}

std::string HeldTriggers::gone_trigger(const std::string& trigger_name, const Table& row) const {
  TriggerBody body, gone = refuse_pointed_to(row);
  if (g_.clears_key)
    gone = quietly(fmt::format("UPDATE {0} SET {1} = NULL WHERE {1} = OLD.{2}", quoting()(t_.name),
                               name(g_.new_columns.front().name), name(g_.row->key)));
  body.when(all_of({negate(is_quiet()), kNotBypassed}), gone);
  return create_trigger(sql_.server(), trigger_name, "BEFORE DELETE", quoting()(row.name), body);
}

schema::Result<LookupScript> held_script(const SyncGroup& group, const schema::Schema& schema, const Server& server) {
  const Table *table = schema.find_table(group.table), *row = schema.find_table(group.row->table);
  if (!table || !row)
    return schema::fail(schema::ErrorCode::report_bug, "columns held by a table that is not there: " + group.name);
  EMCEE_TRY(check_cascades_into_lookup(group, *row));
  const HeldTriggers generator(group, *table, server, false);
  const std::vector<std::string> names = held_trigger_names(group);
  LookupScript result;
  result.tables.push_back(row->name);
  make_trigger(result.create, server, names[0], generator.told_trigger(names[0], *row));
  make_trigger(result.create, server, names[1], generator.key_trigger(names[1], *row));
  make_trigger(result.create, server, names[2], generator.gone_trigger(names[2], *row));
  for (const std::string& name : names) result.drop.push_back("DROP TRIGGER IF EXISTS " + quoting().quoted(name));
  return result;
}

std::vector<std::string> held_trigger_names(const SyncGroup& group) {
  return {sync_object_name(group, "told"), sync_object_name(group, "key"), sync_object_name(group, "gone")};
}

std::string write_trigger_name(const SyncGroup& group) { return sync_object_name(group, "write"); }

}  // namespace emcee::mysql
