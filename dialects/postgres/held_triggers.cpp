#include "dialects/postgres/held_triggers.h"

#include "dialects/postgres/stored_type.h"
#include "dialects/postgres/sync_tables.h"
#include "dialects/postgres/sync_triggers.h"

namespace emcee::postgres {

using plan::OldColumn;
using plan::SyncGroup;
using schema::Identifier;

namespace {

// Who reads the row keeps it as it is; who may write it holds it before looking who shares it.
constexpr const char* kKept = "FOR SHARE";
constexpr const char* kPointedTo = "23503";  // foreign_key_violation
constexpr const char* kHeldTriggers[] = {"told", "key", "gone", "truncate"};

}  // namespace

std::string HeldTriggers::of_new() const {
  std::vector<std::string> terms;
  for (const Identifier& name : t_.key_columns())
    terms.push_back(fmt::format("{}{} = {}", sql_.itself().prefix, quoting()(name), in_new(name)));
  return fmt::format("{}", fmt::join(terms, " AND "));
}

Block HeldTriggers::make_key() const {
  return Block().add(fmt::format("{} := NULL", n())).add(fmt::format("{} := {}", n(), sql_.up(0, kNew)));
}

// O := what the row says. A NOT NULL column for which it says nothing refuses the write.
Block HeldTriggers::down() const {
  Block block;
  for (std::size_t i = 0; i < g_.old_columns.size(); ++i) {
    const OldColumn& c = g_.old_columns[i];
    block.add(fmt::format("{} := {}", in_new(c.name), sql_.down(i, kNew)));
    if (!c.not_null) continue;
    const std::string why = fmt::format("emcee: no value of {}.{} stands for this {}", t_.name.text(), c.name.text(),
                                        g_.new_columns.front().name.text());
    block.when(is_null(c.name), Block().add(refuse(sql_.message(why), kNoRow, c.name)));
  }
  return block;
}

// --- INSERT -------------------------------------------------------------------------------------

Block HeldTriggers::inserted() const {
  const plan::NewColumn& added = g_.new_columns.front();
  Block by_new, by_old = old_not_null();
  if (added.not_null) by_new.when(is_null(added.name), Block().add(refuse_null(added.name)));
  by_new.when(is_given(added.name), refuse_without_row(kKept));
  by_new.when(old_given(false), Block().when(negate(sql_.in_sync(kNew)), Block().add(refuse_both())), down());
  by_old.when(negate(sql_.says_nothing(kNew)), make_key());
  return Block().when(new_given(), by_new, by_old);
}

// --- UPDATE -------------------------------------------------------------------------------------

Block HeldTriggers::updated() const {
  return Block().when(sql_.changed(sql_.new_names()), key_changed(), old_changed());
}

Block HeldTriggers::key_changed() const {
  const plan::NewColumn& added = g_.new_columns.front();
  const std::string changed = sql_.changed(sql_.old_names());
  const Block settle = Block().when(changed, Block().add(refuse_both()), down());
  Block cleared, given;
  if (added.not_null)
    cleared.when(was_given(added.name), Block().add(refuse_null(added.name)));
  else
    cleared.when(negate(sql_.says_nothing(kNew)), settle);
  // A row that waits gets its first key by a batch, and its row of the other table behind it; it keeps what it says.
  const std::string waits = all_of({sql_.not_migrated(kOld), negate(changed)});
  const std::string message =
      fmt::format("emcee: this row of {} waits for migrate, and keeps what it says", t_.name.text());
  given.when(negate(waits), refuse_without_row(kKept))
      .when(all_of({waits, sql_.row_differs(kNew)}), Block().add(refuse(sql_.message(message))),
            Block().when(negate(any_of({waits, sql_.in_sync(kNew)})), settle));
  return Block().when(is_null(added.name), cleared, given);
}

// The row itself still has its old primary key.
Block HeldTriggers::old_changed() const {
  const std::string lock = fmt::format("PERFORM 1 FROM {} AS emcee_r WHERE {} = {} FOR NO KEY UPDATE",
                                       quoting()(row_.name), key("emcee_r."), n());
  Block own, has_one;
  own.when(all_of({sql_.row_differs(kNew), sql_.shared_key(n(), kOld)}), make_key());
  if (g_.row_may_lack()) own = Block().when(sql_.says_nothing(kNew), Block().add(fmt::format("{} := NULL", n())), own);
  has_one.add(lock).when(negate(sql_.in_sync(kNew)), own);
  Block has_none = Block().when(negate(sql_.says_nothing(kNew)), make_key());
  return old_set_null(false).when(is_null(g_.new_columns.front().name), has_none, has_one);
}

// --- behind the write -----------------------------------------------------------------------------

// A key without a row is ours by now. One that took the place of another is that of a copy.
Block HeldTriggers::write_row(bool update) const {
  const RowSource row = sql_.itself();
  const std::string table = quoting()(t_.name), other = quoting()(row_.name);
  Block block;
  if (update)
    block.when(all_of({was_given(g_.new_columns.front().name), sql_.changed(sql_.new_names())}),
               Block().add(fmt::format("{} FROM {}, {} AS emcee_o WHERE {} AND {} = {} AND {}",
                                       sql_.insert_copy(n(row.prefix.c_str()), row), table, other, of_new(),
                                       key("emcee_o."), n("OLD."), sql_.has_no_row(row))));
  block.add(
      fmt::format("{} FROM {} WHERE {} AND {}", sql_.insert_generated(row), table, of_new(), sql_.has_no_row(row)));
  if (update)
    block.add(fmt::format("UPDATE {} AS emcee_w SET {} FROM {} WHERE {} AND {} = {} AND {}", other, sql_.set_held(row),
                          table, of_new(), key("emcee_w."), n(row.prefix.c_str()), negate(sql_.old_says("emcee_w."))));
  return block;
}

// --- on the other table ---------------------------------------------------------------------------

std::string HeldTriggers::held_changed() const {
  std::vector<std::string> terms;
  for (const Identifier& held : g_.holding)
    terms.push_back(
        differ(stored_type(row_.find_column(held)->type), "NEW." + quoting()(held), "OLD." + quoting()(held)));
  return any_of(terms);
}
std::string HeldTriggers::key_changed_in_row() const {
  return differ(stored_type(row_.find_column(g_.row->key)->type), key("NEW."), key("OLD."));
}

Block HeldTriggers::gone() const {
  const std::string points = n(sql_.itself().prefix.c_str()), table = quoting()(t_.name);
  const std::string message =
      string_literal(fmt::format("emcee: rows of {} point to this row of {}", t_.name.text(), row_.name.text()));
  const Block refused = Block().add(raise({message, kPointedTo, row_.name.schema.text(), row_.name.name.text(), ""}));
  const auto where = [&](const std::string& condition) {
    return fmt::format("EXISTS (SELECT FROM {} WHERE {})", table, condition);
  };
  Block truncated, deleted, body;
  truncated.when(where(points + " IS NOT NULL"), refused).add("RETURN NULL");
  body.when("TG_OP = 'TRUNCATE'", truncated);
  const std::string of_old = fmt::format("{} = {}", points, key("OLD."));
  if (g_.clears_key)
    deleted.add(fmt::format("UPDATE {} SET {} = NULL WHERE {}", table, quoting()(g_.new_columns.front().name), of_old));
  else
    deleted.when(where(of_old), refused);
  body.when("TG_OP = 'DELETE'", deleted.add("RETURN OLD"));
  return body.when(where(of_old), refused);
}

std::string HeldTriggers::create_trigger(const char* what, const schema::QualifiedName& table, const std::string& time,
                                         const std::string& each, const std::string& condition,
                                         const char* function) const {
  return fmt::format("CREATE TRIGGER {} {} ON {}\nFOR EACH {}{}\nEXECUTE FUNCTION {}()",
                     quoting()(Identifier(sync_trigger_name(g_, what))), time, quoting()(table), each,
                     condition.empty() ? "" : " WHEN (" + condition + ")", sync_function_name(g_, function));
}

std::vector<std::string> HeldTriggers::create() const {
  const auto function = [&](const char* name, const Block& body) {
    return create_function({sync_function_name(g_, name), settings(), {}, body}, false);
  };
  const std::string old_changed = sql_.changed(sql_.old_names());
  const std::string given = is_given(g_.new_columns.front().name);
  return {
      function("insert", inserted()),
      function("update", updated()),
      function("row", write_row(false)),
      function("write", write_row(true)),
      create_trigger("insert", t_.name, "BEFORE INSERT", "ROW", kNotBypassed, "insert"),
      create_trigger("update", t_.name, "BEFORE UPDATE", "ROW",
                     all_of({any_of({sql_.changed(sql_.new_names()), old_changed}), kNotBypassed}), "update"),
      create_trigger("row", t_.name, "AFTER INSERT", "ROW", all_of({given, kNotBypassed}), "row"),
      create_trigger("write", t_.name, "AFTER UPDATE", "ROW", all_of({given, old_changed, kNotBypassed}), "write"),
  };
}

std::vector<std::string> HeldTriggers::create_on_row() const {
  const std::string told =
      fmt::format("UPDATE {} SET {} WHERE {} = {} AND {}", quoting()(t_.name), sql_.set_old("NEW."),
                  n(sql_.itself().prefix.c_str()), key("NEW."), sql_.old_says("OLD."));
  return {
      create_function({sync_function_name(g_, "told"), settings(), {}, Block().add(told)}, false),
      create_function({sync_function_name(g_, "gone"), settings(), {}, gone()}, false),
      create_trigger("told", row_.name, "AFTER UPDATE", "ROW", all_of({held_changed(), kNotBypassed}), "told"),
      create_trigger("key", row_.name, "BEFORE UPDATE", "ROW", all_of({key_changed_in_row(), kNotBypassed}), "gone"),
      create_trigger("gone", row_.name, "BEFORE DELETE", "ROW", kNotBypassed, "gone"),
      create_trigger("truncate", row_.name, "BEFORE TRUNCATE", "STATEMENT", "", "gone"),
  };
}

schema::Result<std::vector<std::string>> create_held(const SyncGroup& group, const schema::Schema& schema) {
  for (const schema::QualifiedName& table : {group.table, group.row->table})
    if (sync_tables(table, schema).size() > 1)
      return schema::fail(
          schema::ErrorCode::add_to_map,
          fmt::format("map {}: {} has partitions or children, and what is written to one of them by its "
                      "own name cannot be followed",
                      group.name, table.text()),
          "keep the columns while it has");
  return HeldTriggers(group, schema).create_on_row();
}

std::vector<std::string> drop_held(const SyncGroup& group) {
  std::vector<std::string> result;
  for (const std::string& name : held_trigger_names(group))
    result.push_back(
        fmt::format("DROP TRIGGER IF EXISTS {} ON {}", quoting()(Identifier(name)), quoting()(group.row->table)));
  for (const char* function : {"told", "gone"})
    result.push_back(fmt::format("DROP FUNCTION IF EXISTS {}()", sync_function_name(group, function)));
  return result;
}

std::vector<std::string> held_trigger_names(const SyncGroup& group) {
  std::vector<std::string> result;
  for (const char* what : kHeldTriggers) result.push_back(sync_trigger_name(group, what));
  return result;
}

}  // namespace emcee::postgres
