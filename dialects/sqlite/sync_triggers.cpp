#include "dialects/sqlite/sync_triggers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <optional>

#include "dialects/sqlite/counted_key.h"
#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/freeze_triggers.h"
#include "dialects/sqlite/group_sql.h"
#include "dialects/sqlite/held_triggers.h"
#include "dialects/sqlite/row_key.h"
#include "dialects/sqlite/stored_literal.h"
#include "dialects/sqlite/sync_parts.h"
#include "dialects/sqlite/trigger_body.h"

namespace emcee::sqlite {

using plan::BothGiven;
using plan::ExplicitNull;
using plan::NewColumn;
using plan::NoneGiven;
using plan::OldColumn;
using plan::SyncGroup;
using schema::Identifier;

namespace {

class Generator : public SyncParts {
 public:
  Generator(const SyncGroup& group, const schema::Table& table, RowKey key) : SyncParts(group, table, std::move(key)) {}

  std::vector<std::string> create() const {
    std::vector<std::string> result;
    if (g_.counted) result = create_last_key(g_);
    if (carries_replaced()) {
      result.push_back(replaced_table());
      result.push_back(before_insert());
    }
    // Two triggers, so that a write runs only the statements of its own release.
    if (const Body body = inserted_by_new(); !body.empty())
      result.push_back(trigger("insert_new", "AFTER INSERT", new_given(), body.text()));
    result.push_back(trigger("insert_old", "AFTER INSERT", negate(new_given()), inserted_by_old().text()));
    result.push_back(trigger("update", update_event().c_str(), update_condition(), after_update()));
    return result;
  }

  std::vector<std::string> trigger_names() const {
    std::vector<std::string> result{bare_name(g_, "insert_old"), bare_name(g_, "update")};
    if (!inserted_by_new().empty()) result.push_back(bare_name(g_, "insert_new"));
    if (carries_replaced()) result.push_back(bare_name(g_, "replace"));
    return result;
  }

 private:
  // O := down. A NOT NULL column of O without an image refuses the write, before SQLite's own
  // constraint can: its message would not say why.
  std::string set_down() const {
    std::vector<std::string> set;
    for (std::size_t i = 0; i < g_.old_columns.size(); ++i) {
      const OldColumn& c = g_.old_columns[i];
      std::string value = sql_.down(i);
      if (c.not_null)
        value = fmt::format("coalesce({}, RAISE(ABORT, {}))", value, image_message(c));
      else if (const std::string nowhere = sql_.dangling({}); nowhere != common::kFalse)
        value = fmt::format("CASE WHEN {} THEN RAISE(ABORT, {}) ELSE {} END", nowhere, image_message(c), value);
      set.push_back(fmt::format("{} = {}", name(c.name), value));
    }
    return fmt::format("{}", fmt::join(set, ", "));
  }
  // Nobody gave O: a pair that happens to agree with a NULL there is not enough.
  std::string wanting(const std::string& agrees) const {
    std::vector<std::string> terms = missing_old();
    terms.push_back(negate(agrees));
    return any_of(terms);
  }

  // Behind an update of ours. Under OR IGNORE a constraint makes it disappear without a word; then the
  // whole write is refused. Only where a column of the group has a constraint.
  void refuse_unequal(Body& body, const std::vector<std::string>& conditions,
                      std::vector<std::string> of_row = {}) const {
    if (!g_.has_down() || !g_.deterministic || !constrained()) return;
    of_row.push_back(sql_.conflict());
    body.refuse_unchanged(unequal_message(), conditions, of_row);
  }
  bool constrained() const {
    const auto in_group = [&](const Identifier& id) {
      return std::any_of(g_.old_columns.begin(), g_.old_columns.end(), [&](const auto& c) { return c.name == id; }) ||
             std::any_of(g_.new_columns.begin(), g_.new_columns.end(), [&](const auto& c) { return c.name == id; });
    };
    const auto touches = [&](const std::vector<schema::KeyPart>& parts) {
      return std::any_of(parts.begin(), parts.end(), [&](const auto& part) {
        const auto columns = part.expression.columns();
        return std::any_of(columns.begin(), columns.end(), in_group);
      });
    };
    for (const auto& c : t_.columns)
      if (c.not_null && in_group(c.name)) return true;
    for (const auto& check : t_.checks) {
      const auto columns = check.expression.columns();
      if (std::any_of(columns.begin(), columns.end(), in_group)) return true;
    }
    for (const auto& unique : t_.uniques)
      if (touches(unique.parts)) return true;
    for (const auto& index : t_.indexes)
      if (index.unique && touches(index.parts)) return true;
    return t_.options.strict || (t_.primary_key && touches(t_.primary_key->parts));
  }

  // N of the replaced row, or up where there is none, or where it would not be in sync with what was written.
  std::string set_carried_or_up() const {
    if (!carries_replaced()) return sql_.set_up();
    const RowSource from_replaced{"r.", false};
    const RowSource from_row{quoting()(t_.name) + ".", false};
    std::vector<std::string> values, is_up, was_up, was_null, up_was_null, is_down, shared_changed;
    for (std::size_t i = 0; i < g_.new_columns.size(); ++i) {
      const Identifier& id = g_.new_columns[i].name;
      values.push_back("r." + name(id));
      is_up.push_back(sql_.equals("r.", id, sql_.up(i, from_row)));
      was_up.push_back(sql_.equals("r.", id, sql_.up(i, from_replaced)));
      was_null.push_back(fmt::format("r.{} IS NULL", name(id)));
      up_was_null.push_back(fmt::format("({}) IS NULL", sql_.up(i, from_replaced)));
    }
    if (g_.has_down())
      for (std::size_t i = 0; i < g_.old_columns.size(); ++i)
        is_down.push_back(sql_.equals(from_row.prefix, g_.old_columns[i].name, sql_.down(i, from_row, values)));
    if (const std::string nowhere = sql_.dangling(from_row, values); nowhere != common::kFalse)
      is_down.push_back(negate(nowhere));
    for (const Identifier& id : g_.shared)
      if (t_.find_column(id))
        shared_changed.push_back(fmt::format("r.{0} COLLATE BINARY IS NOT {1}{0}", name(id), from_row.prefix));

    std::string stays;  // the carried N is in sync with the new row
    if (!g_.deterministic) {
      stays = negate(any_of(was_null));
    } else if (g_.old_columns.empty()) {
      stays = any_of({negate(all_of(was_null)), all_of(is_up)});
    } else if (g_.has_down()) {
      stays = any_of({all_of(is_up), all_of({negate(all_of(was_null)), all_of(is_down)})});
    } else {
      stays = all_of(is_up);
    }
    std::vector<std::string> anew{negate(stays), all_of({all_of(was_null), negate(all_of(up_was_null))})};
    for (const NewColumn& c : g_.new_columns)
      if (c.not_null) anew.push_back(fmt::format("r.{} IS NULL", name(c.name)));
    if (!shared_changed.empty() && g_.deterministic) anew.push_back(all_of({any_of(shared_changed), all_of(was_up)}));

    std::vector<std::string> set;
    for (std::size_t i = 0; i < g_.new_columns.size(); ++i)
      set.push_back(fmt::format(
          "{0} = CASE WHEN {1} THEN (SELECT CASE WHEN {2} THEN {3} ELSE {4} END FROM {5} AS r) ELSE {3} END",
          name(g_.new_columns[i].name), was_replaced(), any_of(anew), sql_.up(i, from_row), values[i],
          replaced_name()));
    return fmt::format("{}", fmt::join(set, ", "));
  }

  // --- INSERT -------------------------------------------------------------------------------------

  // Runs where any N is given.
  Body inserted_by_new() const {
    Body body(t_, key_.matches("", "NEW."));
    const bool pair = !g_.old_columns.empty();
    const std::string old_too = old_given(false);

    // Columns of N that the new release left out have their declared defaults.
    std::vector<std::string> values, never, defaults;
    for (const NewColumn& c : g_.new_columns) {
      const std::string column = name(c.name);
      if (!c.default_value) {
        values.push_back(column);
        if (g_.new_columns.size() > 1 && c.not_null)
          body.refuse(null_message(c.name), {fmt::format("NEW.{} IS NULL", column)});
        else if (g_.new_columns.size() > 1 && g_.explicit_null == ExplicitNull::error)
          body.refuse(explicit_null_message(c.name), {fmt::format("NEW.{} IS NULL", column)});
      } else {
        values.push_back(fmt::format("coalesce({}, {})", column, to_canonical_sql(*c.default_value, quoting())));
        defaults.push_back(fmt::format("{} = {}", column, values.back()));
      }
      never.push_back(common::kFalse);
    }
    const bool several = g_.new_columns.size() > 1;
    const std::string in_sync = several ? sql_.in_sync_with(values, never) : sql_.in_sync();
    const std::string set_defaults = several ? fmt::format("{}", fmt::join(defaults, ", ")) : "";

    if (pair && old_too != common::kFalse) {
      if (g_.both_given == BothGiven::error) body.refuse(both_message(), {old_too});
      if (g_.both_given == BothGiven::error_if_inconsistent)
        body.refuse_row(both_message(), {old_too, negate(in_sync)});
    }
    if (pair && g_.both_given == BothGiven::old_wins) {
      if (old_too != common::kFalse) body.update(sql_.set_up(), {old_too, negate(in_sync)});
      body.update(set_defaults, {any_of({negate(old_too), in_sync})});
    } else {
      body.update(set_defaults, {});
    }
    if (g_.has_down()) {
      std::vector<std::string> follows;
      if (g_.both_given == BothGiven::new_wins)
        follows.push_back(any_of({negate(old_too), negate(sql_.in_sync())}));
      else if (old_too != common::kFalse)
        follows.push_back(negate(old_too));
      follows.push_back(wanting(sql_.old_is_down()));
      body.update(set_down(), follows);
      std::vector<std::string> unequal = missing_old();
      if (constrained()) unequal.push_back(sql_.conflict());
      if (!unequal.empty()) body.refuse_unchanged(unequal_message(), {}, {any_of(unequal)});
    } else {
      refuse_missing(body);
    }
    if (g_.row) body.refuse_row(string_literal(kNoRow), {sql_.has_no_row(sql_.itself())});
    if (g_.counted) body.add(note_key(g_));
    return body;
  }

  // Runs where no N is given: over a row that the old release replaces, or a new one.
  Body inserted_by_old() const {
    Body body(t_, key_.matches("", "NEW."));
    if (g_.row) {
      generate(body);
      return body;
    }
    const bool has_defaults = std::any_of(g_.new_columns.begin(), g_.new_columns.end(),
                                          [](const NewColumn& c) { return c.default_value.has_value(); });
    if (g_.old_columns.empty() || g_.none_given == NoneGiven::allow ||
        (g_.none_given == NoneGiven::use_default && !has_defaults)) {
      body.update(set_carried_or_up(), {});
    } else {
      const std::string some = old_given(true);
      std::vector<std::string> nothing_given{negate(some)};
      if (carries_replaced()) nothing_given.push_back(negate(was_replaced()));
      body.update(set_carried_or_up(), {negate(all_of(nothing_given))});
      if (g_.none_given == NoneGiven::error)
        body.refuse(none_message(), nothing_given);
      else
        use_defaults(body, nothing_given);
    }
    refuse_missing(body);
    return body;
  }

  // N is written once, and read again for the row of the other table. Only an upsert keeps its meaning under the
  // application's OR IGNORE and OR REPLACE, and what they pass over of other constraints is seen afterwards.
  void generate(Body& body) const {
    const std::string message =
        sql_.message(fmt::format("emcee: no row of {} can be generated for this one", g_.row->table.text()));
    if (!g_.row->freeze.empty()) body.refuse(string_literal(g_.row->freeze), {negate(replaces_one_with_row())});
    if (g_.counted) {
      body.add(count_key(g_, negate(replaces_one_with_row())));
      body.refuse(message, {no_key_left(g_)});
    }
    body.update(set_carried_or_up(), {});
    body.add_of_row(sql_.insert_generated(sql_.itself()), {sql_.has_no_row(sql_.itself())},
                    fmt::format("ON CONFLICT DO UPDATE SET {} = RAISE(ABORT, {})", name(g_.row->key), message));
    body.refuse_row(message, {sql_.has_no_row(sql_.itself())});
  }
  // Neither form was given: the new release's defaults stand for both.
  void use_defaults(Body& body, std::vector<std::string> conditions) const {
    std::vector<std::string> set;
    for (std::size_t i = 0; i < g_.new_columns.size(); ++i) {
      const NewColumn& c = g_.new_columns[i];
      set.push_back(fmt::format("{} = {}", name(c.name),
                                c.default_value ? to_canonical_sql(*c.default_value, quoting()) : sql_.up(i)));
    }
    body.update(fmt::format("{}", fmt::join(set, ", ")), conditions);
    if (!g_.has_down()) return;
    std::vector<std::string> follows = conditions;
    follows.push_back(wanting(sql_.in_sync()));
    body.update(set_down(), follows);
    refuse_unequal(body, conditions);
  }

  // --- UPDATE -------------------------------------------------------------------------------------

  // A column changes only where a SET list names it, but for computed ones: then every UPDATE counts.
  std::string update_event() const {
    std::vector<std::string> names;
    for (const auto& columns : {sql_.new_names(), sql_.old_names(), g_.shared})
      for (const Identifier& id : columns) {
        const schema::Column* column = t_.find_column(id);
        if (!column || column->generated) return "AFTER UPDATE";
        names.push_back(name(id));
      }
    return fmt::format("AFTER UPDATE OF {}", fmt::join(names, ", "));
  }

  std::string update_condition() const {
    std::vector<std::string> terms;
    for (const auto& columns : {sql_.new_names(), sql_.old_names(), sql_.shared_names()})
      if (!columns.empty()) terms.push_back(sql_.changed(columns));
    std::vector<std::string> conditions{any_of(terms)};
    if (g_.deterministic) conditions.push_back(negate(settled()));
    return all_of(conditions);
  }

  // The statement did no more than fill N with what up says, or O with what down says: nothing is left
  // to do. So it is with what the INSERT triggers write. Asked of NEW, which needs no look at the row;
  // where a cast would change a value of NEW, the row is looked at after all.
  std::string settled() const {
    const auto filled = [&](const std::vector<Identifier>& columns, const std::string& others_changed,
                            const std::string& agrees) {
      std::vector<std::string> terms;
      for (const Identifier& id : columns) terms.push_back(fmt::format("OLD.{} IS NULL", name(id)));
      terms.push_back(sql_.changed(columns));
      terms.push_back(negate(others_changed));
      terms.push_back(sql_.typed());
      terms.push_back(agrees);
      return all_of(terms);
    };
    std::vector<std::string> ways{filled(sql_.new_names(), old_changed(), sql_.new_is_up(kNew))};
    if (g_.has_down()) {
      std::vector<std::string> agrees{sql_.followed(kNew)};
      for (const OldColumn& c : g_.old_columns)
        if (c.not_null) agrees.push_back(fmt::format("NEW.{} IS NOT NULL", name(c.name)));
      ways.push_back(filled(sql_.old_names(), new_changed(), all_of(agrees)));
    }
    return any_of(ways);
  }

  std::string after_update() const {
    Body body(t_, key_.matches("", "NEW."));
    const bool pair = !g_.old_columns.empty();
    const std::string chn = new_changed();
    const std::string cho = old_changed();
    const std::string both = all_of({cho, chn});

    for (const OldColumn& c : g_.old_columns)
      if (c.not_null)
        body.refuse(null_message(c.name), {fmt::format("NEW.{0} IS NULL AND OLD.{0} IS NOT NULL", name(c.name))});
    for (std::size_t i = 0; i < g_.new_columns.size(); ++i) {
      const NewColumn& c = g_.new_columns[i];
      if (!c.not_null && g_.explicit_null != ExplicitNull::error) continue;
      // A NULL that is what the other columns say anyway may be our own write.
      body.refuse_row(c.not_null ? null_message(c.name) : explicit_null_message(c.name),
                      {fmt::format("NEW.{0} IS NULL AND OLD.{0} IS NOT NULL", name(c.name)),
                       fmt::format("({}) IS NOT NULL", sql_.up(i))});
    }

    // The first key of a row may be our own: its row of the other table comes behind it.
    if (g_.row)
      body.refuse_row(string_literal(kNoRow), {fmt::format("OLD.{} IS NOT NULL", name(g_.new_columns.front().name)),
                                               chn, sql_.has_no_row(sql_.itself())});
    if (g_.counted) body.add(note_key(g_));

    // On a row that was not migrated, columns of N that the statement left alone are derived.
    const bool several = g_.new_columns.size() > 1;
    const std::string was_pending = sql_.not_migrated(kOld);
    std::string in_sync = sql_.in_sync();
    if (several) {
      std::vector<std::string> values, derived;
      for (std::size_t i = 0; i < g_.new_columns.size(); ++i) {
        const std::string c = name(g_.new_columns[i].name);
        derived.push_back(fmt::format("{} IS NULL AND {}", c, was_pending));
        values.push_back(fmt::format("CASE WHEN {} THEN {} ELSE {} END", derived.back(), sql_.up(i), c));
      }
      in_sync = sql_.in_sync_with(values, derived);
    }
    if (pair) {
      if (g_.both_given == BothGiven::error) body.refuse(both_message(), {both});
      if (g_.both_given == BothGiven::error_if_inconsistent) body.refuse_row(both_message(), {both, negate(in_sync)});
      if (g_.both_given == BothGiven::old_wins) body.update(sql_.set_up(), {both, negate(in_sync)});
    }
    if (several) body.update(sql_.fill_up(), {chn, was_pending});

    if (g_.has_down()) {
      std::vector<std::string> follows{chn};
      if (g_.both_given != BothGiven::new_wins) follows.push_back(negate(cho));
      follows.push_back(negate(sql_.in_sync()));
      if (several) follows.push_back(negate(sql_.only_fills({})));
      body.update(set_down(), follows);
      std::vector<std::string> of_row;
      if (several) of_row.push_back(negate(sql_.only_fills({})));
      refuse_unequal(body, {chn}, of_row);
    }
    if (pair) {
      body.update(sql_.set_up(), {cho, negate(chn), negate(sql_.in_sync())});
      refuse_unequal(body, {cho, negate(chn)});
    }

    // Rule 5: only a shared column changed.
    if (!sql_.shared_names().empty() && g_.deterministic) {
      const std::string neither = negate(any_of({cho, chn}));
      const std::string derived = any_of({was_pending, sql_.new_is_up(kOld)});
      body.update(sql_.set_up(), {neither, derived, negate(sql_.new_is_up())});
      if (g_.has_down()) {
        std::vector<std::string> follows{neither, negate(derived), sql_.followed(kOld), negate(sql_.old_is_down())};
        body.update(set_down(), follows);
      }
    }
    if (body.empty()) body.refuse_row("''", {common::kFalse});
    return body.text();
  }
};

}  // namespace

schema::Result<std::vector<std::string>> create_sync(const SyncGroup& group, const schema::Table& table) {
  if (group.freeze) return create_freeze(group, table);
  auto key = row_key(table);
  if (!key)
    return schema::fail(
        schema::ErrorCode::fix_schema,
        fmt::format("table {} has columns named rowid, _rowid_ and oid, so its rows cannot be addressed",
                    table.name.text()),
        "give the table an INTEGER PRIMARY KEY, or rename one of the columns");
  if (group.holds_old()) return HeldTriggers(group, table, *key).create();
  return Generator(group, table, *key).create();
}

std::vector<std::string> drop_sync(const SyncGroup& group, const schema::Table& table) {
  std::vector<std::string> result;
  for (const std::string& name : sync_trigger_names(group, table))
    result.push_back("DROP TRIGGER IF EXISTS " + quoting()(Identifier(name)));
  if (table.primary_key && !group.freeze) result.push_back("DROP TABLE IF EXISTS " + object_name(group, "replaced"));
  if (group.counted || group.holds_old()) result.push_back("DROP TABLE IF EXISTS " + last_key_table(group));
  return result;
}

std::vector<std::string> sync_trigger_names(const SyncGroup& group, const schema::Table& table) {
  if (group.holds_old()) return HeldTriggers(group, table, RowKey{}).trigger_names();
  return group.freeze ? freeze_trigger_names(group) : Generator(group, table, RowKey{}).trigger_names();
}

}  // namespace emcee::sqlite
