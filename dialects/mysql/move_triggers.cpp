#include "dialects/mysql/move_triggers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "dialects/mysql/group_sql.h"
#include "dialects/mysql/quoting.h"
#include "dialects/mysql/stored_value.h"
#include "dialects/mysql/sync_script.h"
#include "dialects/mysql/trigger_body.h"
#include "dialects/mysql/types.h"

namespace emcee::mysql {

using plan::SyncGroup;
using schema::ForeignKey;
using schema::Identifier;
using schema::ReferentialAction;
using schema::Result;

const schema::Quoting& MoveSql::quoting() const { return mysql::quoting(); }
bool MoveSql::is_constant(const schema::Fragment& value) const { return mysql::is_constant(value); }
std::string MoveSql::differs(const schema::Column& column, const std::string& a, const std::string& b) const {
  return stored_differ(column, a, b, server_);
}
std::string MoveSql::differs_from_literal(const schema::Column& column, const std::string& a,
                                          const std::string& value) const {
  return common::negate(stored_equal(column, a, value, server_));
}
std::string MoveSql::literal(const schema::Column&, const schema::Fragment& value) const {
  return expression_sql(value);
}

// A row that another key is in the way of is not the one to fill: it may not have NULL for its key.
std::string MoveSql::or_fill_part() const {
  std::vector<std::string> set;
  for (const auto& pair : moved().key) {
    const std::string column = quoting()(pair.part), stored = part_itself() + column;
    set.push_back(fmt::format("{0} = IF({0} <=> VALUES({1}), {0}, NULL)", stored, column));
  }
  for (std::size_t i = 0; i < moved().columns.size(); ++i)
    set.push_back(fmt::format("{}{} = VALUES({})", part_itself(), part_column(i), part_column(i)));
  return fmt::format("ON DUPLICATE KEY UPDATE {}", fmt::join(set, ", "));
}

namespace {

// What is there now, in every isolation level; and it stays so.
constexpr const char* kHold = " LOCK IN SHARE MODE";

// A lost connection ends LOCK TABLES in the middle. Whatever triggers stand by then, rows that they have carried over
// are followed up: what makes rows in the other table comes last.
constexpr const char* kTriggers[] = {"whole_delete",       "part_delete",        "whole_before_update",
                                     "whole_update",       "part_before_update", "part_update",
                                     "part_before_insert", "part_insert",        "whole_insert"};
constexpr const char* kSplitFences[] = {"whole_update", "whole_insert"};
constexpr const char* kMergeFences[] = {"part_delete", "part_update", "part_insert"};
constexpr const char* kMergeFencesOfStaying[] = {"part_update", "part_insert"};  // both releases may delete

std::vector<const char*> fenced_words(const plan::MovedColumns& moved) {
  const auto words = [](const auto& of) { return std::vector<const char*>(std::begin(of), std::end(of)); };
  return moved.splits ? words(kSplitFences) : moved.part_stays ? words(kMergeFencesOfStaying) : words(kMergeFences);
}

std::vector<std::string> names_of(const SyncGroup& group, const auto& words, const std::string& before) {
  std::vector<std::string> result;
  for (const char* word : words) result.push_back(sync_object_name(group, before + word));
  return result;
}

class MoveTriggers {
 public:
  MoveTriggers(const SyncGroup& group, const schema::Schema& schema, const Server& server)
      : sql_(group, schema, server), server_(server), moved_(sql_.moved()) {}

  // CREATE TRIGGER for each that has something to do.
  std::vector<std::string> create() const {
    std::vector<std::string> run;
    for (const char* word : kTriggers) add(run, word, word, body(word));
    return run;
  }

  std::vector<std::string> fence() const {
    std::vector<std::string> run;
    for (const char* word : fenced_words(moved_)) {
      add(run, fmt::format("fence_{}", word), word, fence_body(word));
      run.push_back(fmt::format("DROP TRIGGER IF EXISTS {}", quoting().quoted(sync_object_name(sql_.group(), word))));
    }
    return run;
  }

 private:
  void add(std::vector<std::string>& run, const std::string& name, const std::string& word,
           const TriggerBody& body) const {
    if (body.empty()) return;
    TriggerBody unless_bypassed;
    unless_bypassed.when(kNotBypassed, body);
    const std::string full = sync_object_name(sql_.group(), name);
    const bool before = word == "whole_delete" || word.find("before") != std::string::npos;
    const std::string event = word.substr(word.rfind('_') + 1);
    make_trigger(
        run, server_, full,
        create_trigger(server_, full, fmt::format("{} {}", before ? "BEFORE" : "AFTER", schema::to_upper(event)),
                       word.starts_with("whole") ? sql_.whole() : sql_.part(), unless_bypassed));
  }

  TriggerBody body(const std::string& word) const {
    if (word == "whole_delete") return whole_deleted();
    if (word == "part_delete") return part_deleted();
    if (word == "whole_before_update") return whole_before_update();
    if (word == "whole_update") return whole_updated();
    if (word == "part_before_update") return part_before_update();
    if (word == "part_update") return part_updated();
    if (word == "part_before_insert") return part_before_insert();
    if (word == "part_insert") return part_inserted();
    return whole_inserted();
  }

  static TriggerBody one(std::string statement) {
    TriggerBody body;
    body.add(std::move(statement));
    return body;
  }

  // --- from the whole to the part -------------------------------------------------------------------

  std::string part_of(const char* row, const std::string& more = {}) const {
    return sql_.part_exists(sql_.same_key(row, sql_.kPart) + (more.empty() ? "" : " AND " + more), kHold);
  }

  // A foreign key would find the row of the part in the way, so it goes before. What fires for it has to know that the
  // row of the whole goes as well: the statement and the key are noted, and hold for nothing else.
  std::string gone() const { return "@" + quoting().quoted(sync_object_name(sql_.group(), "gone")); }
  std::string statement_and_key(const std::vector<std::string>& columns, const char* row) const {
    std::vector<std::string> values{"@@timestamp"};
    for (const std::string& column : columns) values.push_back(row + column);
    return fmt::format("CONCAT_WS(' ', {})", fmt::join(values, ", "));
  }
  std::string whole_key(const char* row) const {
    std::vector<std::string> key;
    for (const auto& pair : moved_.key) key.push_back(quoting()(pair.whole));
    return statement_and_key(key, row);
  }
  TriggerBody whole_deleted() const {
    TriggerBody remove;
    remove.add(fmt::format("SET {} = {}", gone(), whole_key("OLD.")));
    const TriggerBody row = one(fmt::format("DELETE FROM {} WHERE {}", sql_.part(), sql_.same_key("OLD.", "")));
    // A row that a release has made goes as its foreign key says.
    if (moved_.part_stays)
      remove.when(part_of("OLD.", sql_.is_bare(sql_.kPart)), row);
    else
      remove.add(row);
    TriggerBody body;
    body.when(part_of("OLD."), remove);
    return body;
  }
  std::string part_key(const char* row) const {
    std::vector<std::string> key;
    for (const auto& pair : moved_.key) key.push_back(quoting()(pair.part));
    return statement_and_key(key, row);
  }
  // As bytes: the note has the collation of the session where nothing has set it there yet.
  std::string is_gone(const std::string& key) const {
    return fmt::format("CAST({} AS BINARY) <=> CAST({} AS BINARY)", gone(), key);
  }
  std::string not_with_whole() const { return common::negate(is_gone(part_key("OLD."))); }

  std::string make_part() const { return fmt::format("{} VALUES ({})", sql_.insert_part(), sql_.part_values("NEW.")); }
  std::string update_part(const std::string& set, const char* row) const {
    return fmt::format("UPDATE {} SET {} WHERE {}", sql_.part(), set, sql_.same_key(row, ""));
  }

  // No other row has the key yet, but where nothing has kept the part from having rows of its own.
  TriggerBody whole_inserted() const {
    TriggerBody make = one(make_part()), body;
    if (!moved_.bound_at_once) {
      TriggerBody either;
      either.choose({{part_of("NEW."), one(update_part(sql_.set_part("NEW."), "NEW."))}}, make);
      make = either;
    }
    if (!moved_.part_stays) {
      body.when(sql_.given("NEW."), make);
      return body;
    }
    // A REPLACE leaves the row of the part where it is (seen on MySQL 9.7).
    TriggerBody made, again;
    made.when(sql_.given("NEW."), make);
    again.choose({{part_of("NEW."), one(update_part(sql_.set_part("NEW."), "NEW."))}}, made);
    body.choose({{is_gone(whole_key("NEW.")), again}}, made);
    return body;
  }

  // The new release changes a row that waits for the backfill: what its statement left alone is what the part says.
  TriggerBody whole_before_update() const {
    if (moved_.splits) return {};
    TriggerBody fill, body;
    for (std::size_t i = 0; i < moved_.columns.size(); ++i) {
      const auto& pair = moved_.columns[i];
      TriggerBody set;
      set.set(quoting()(pair.whole), fmt::format("(SELECT {}{} FROM {} WHERE {}{})", sql_.kPart, quoting()(pair.part),
                                                 sql_.part_as(), sql_.same_key("OLD.", sql_.kPart), kHold));
      fill.when(common::negate(sql_.whole_column_changed(i)), set);
    }
    body.when(common::all_of({sql_.whole_changed(), common::negate(sql_.given("OLD.")), part_of("OLD.")}), fill);
    return body;
  }

  // MariaDB fires for a row that UPDATE IGNORE leaves as it is since a key is taken (seen on 10.11): then there still
  // is one with the old key, or the one with this key says something else.
  std::string whole_was_stored() const {
    std::vector<std::string> differing;
    for (const auto& pair : moved_.columns) differing.push_back(differs(sql_.whole_table(), pair.whole, sql_.kWhole));
    return was_stored(sql_.whole_key_changed(), sql_.whole_exists(sql_.same_whole(sql_.kWhole, "OLD."), kHold),
                      sql_.whole_exists(says_new(sql_.same_whole(sql_.kWhole, "NEW."), differing), kHold));
  }
  std::string part_was_stored() const {
    std::vector<std::string> differing;
    for (const auto& pair : moved_.columns) differing.push_back(differs(sql_.part_table(), pair.part, sql_.kPart));
    return was_stored(sql_.part_key_changed(), sql_.part_exists(sql_.same_part(sql_.kPart, "OLD."), kHold),
                      sql_.part_exists(says_new(sql_.same_part(sql_.kPart, "NEW."), differing), kHold));
  }
  std::string was_stored(const std::string& key_changed, const std::string& old_exists,
                         const std::string& new_exists) const {
    const std::string has_key = common::negate(common::all_of({key_changed, old_exists}));
    return server_.is_mariadb() ? common::all_of({has_key, new_exists}) : has_key;
  }
  std::string differs(const schema::Table& table, const Identifier& column, const char* row) const {
    const std::string name = quoting()(column);
    return stored_differ(*table.find_column(column), row + name, "NEW." + name, server_);
  }
  static std::string says_new(const std::string& same_key, const std::vector<std::string>& differing) {
    return same_key + " AND " + common::negate(common::any_of(differing));
  }

  // A foreign key may have given the row of the part its new key already (ON UPDATE CASCADE).
  TriggerBody whole_updated() const {
    TriggerBody carry, otherwise;
    otherwise.when(part_of("NEW.", sql_.differ("NEW.", sql_.kPart)), one(update_part(sql_.set_part("NEW."), "NEW.")));
    TriggerBody write = with_key(otherwise, sql_.set_part_key("NEW.") + ", " + sql_.set_part("NEW."));
    if (moved_.leaves_row) {
      carry = write;
    } else {
      TriggerBody remove;
      remove.when(part_of("OLD."), one(fmt::format("DELETE FROM {} WHERE {}", sql_.part(), sql_.same_key("OLD.", ""))));
      carry.choose({{common::negate(sql_.given("NEW.")), remove}}, write);
    }
    carry.when(common::all_of({sql_.given("NEW."), common::negate(part_of("NEW."))}), one(make_part()));
    TriggerBody body;
    body.when(common::all_of({common::any_of({sql_.whole_key_changed(), sql_.whole_changed()}), whole_was_stored()}),
              carry);
    return body;
  }
  // The row of the part goes along with a new key.
  TriggerBody with_key(const TriggerBody& otherwise, const std::string& set) const {
    TriggerBody body;
    body.choose({{common::all_of({sql_.whole_key_changed(), part_of("OLD.")}), one(update_part(set, "OLD."))}},
                otherwise);
    return body;
  }

  // --- from the part to the whole -------------------------------------------------------------------

  std::string whole_of(const char* row, const std::string& more = {}) const {
    return sql_.whole_exists(sql_.same_key(sql_.kWhole, row) + (more.empty() ? "" : " AND " + more), kHold);
  }
  std::string update_whole(const std::string& set, const char* row) const {
    return fmt::format("UPDATE {} SET {} WHERE {}", sql_.whole(), set, sql_.same_key("", row));
  }

  // As a foreign key does, which the new schema has not, or later.
  TriggerBody refuse_without_whole(const std::string& condition) const {
    TriggerBody body, refuse;
    if (moved_.bound_at_once) return body;
    refuse.refuse_without_row(
        fmt::format("emcee: {} has no row with this key, which {} points to", moved_.whole.text(), moved_.part.text()));
    std::vector<std::string> terms;
    if (!condition.empty()) terms.push_back(condition);
    terms.push_back(common::negate(whole_of("NEW.")));
    body.when(common::all_of(terms), refuse);
    return body;
  }

  // --- where both releases have the part ------------------------------------------------------------

  // A REPLACE deletes the row that it makes again, with what moves.
  std::string comes_again() const { return "@" + quoting().quoted(sync_object_name(sql_.group(), "again")); }
  TriggerBody part_before_insert() const {
    TriggerBody body = refuse_without_whole("");
    if (!moved_.part_stays) return body;
    body.add(fmt::format("SET {} = {}", comes_again(), part_key("NEW.")));
    body.when(common::all_of({common::negate(sql_.given_in_part("NEW.")), whole_of("NEW.", sql_.given(sql_.kWhole))}),
              from_whole([](std::size_t) { return std::string(); }));
    return body;
  }
  // The columns of the row of the part, but for those that the update changes.
  TriggerBody from_whole(const auto& condition) const {
    TriggerBody body;
    for (std::size_t i = 0; i < moved_.columns.size(); ++i) {
      TriggerBody set;
      set.set(sql_.part_column(i),
              fmt::format("(SELECT {}{} FROM {} WHERE {}{})", sql_.kWhole, quoting()(moved_.columns[i].whole),
                          sql_.whole_as(), sql_.same_key(sql_.kWhole, "NEW."), kHold));
      if (const std::string only = condition(i); only.empty())
        body.add(set);
      else
        body.when(only, set);
    }
    return body;
  }
  TriggerBody part_before_update() const {
    TriggerBody body = refuse_without_whole(sql_.part_key_changed());
    if (!moved_.part_stays) return body;
    TriggerBody refuse;
    refuse.refuse(fmt::format("emcee: columns move between {} and {}: the row cannot be given another key",
                              moved_.whole.text(), moved_.part.text()));
    body.when(common::all_of({sql_.part_key_changed(), whole_of("OLD."),
                              common::any_of({sql_.given_in_part("OLD."), whole_of("NEW.", sql_.given(sql_.kWhole))})}),
              refuse);
    if (moved_.part_waits())
      body.when(common::all_of({sql_.part_changed(), common::negate(sql_.given_in_part("OLD."))}),
                from_whole([&](std::size_t i) { return common::negate(sql_.part_column_changed(i)); }));
    return body;
  }

  TriggerBody part_inserted() const {
    TriggerBody body;
    body.when(whole_of("NEW.", sql_.differ(sql_.kWhole, "NEW.")), one(update_whole(sql_.set_whole("NEW."), "NEW.")));
    return body;
  }
  TriggerBody part_updated() const {
    TriggerBody body, carry;
    if (!moved_.part_stays)
      carry.when(common::all_of({sql_.part_key_changed(), whole_of("OLD.", sql_.given(sql_.kWhole))}),
                 one(update_whole(sql_.set_absent(), "OLD.")));
    carry.add(part_inserted());
    body.when(common::all_of({common::any_of({sql_.part_key_changed(), sql_.part_changed()}), part_was_stored()}),
              carry);
    return body;
  }
  TriggerBody part_deleted() const {
    std::vector<std::string> terms{not_with_whole()};
    if (moved_.part_stays) {
      terms.push_back(common::negate(fmt::format("{} <=> {}", comes_again(), part_key("OLD."))));
      terms.push_back(sql_.given_in_part("OLD."));  // one that waits has no value to take along
    }
    terms.push_back(whole_of("OLD.", sql_.given(sql_.kWhole)));
    TriggerBody body, refuse;
    refuse.refuse(sql_.keeps_row());
    body.when(common::all_of(terms), moved_.refuses_delete ? refuse : one(update_whole(sql_.set_absent(), "OLD.")));
    return body;
  }

  // --- the fence ----------------------------------------------------------------------------------------

  TriggerBody refuse_old_release() const {
    TriggerBody body;
    body.refuse(fmt::format("emcee: columns have moved from {} to {}: the old release may write no more",
                            (moved_.splits ? moved_.whole : moved_.part).text(),
                            (moved_.splits ? moved_.part : moved_.whole).text()));
    return body;
  }

  // What the other table says as well is no write of the old release.
  TriggerBody fence_body(const std::string& word) const {
    TriggerBody body;
    if (moved_.splits) {
      const std::string same = part_of("NEW.", "NOT " + sql_.differ("NEW.", sql_.kPart));
      const std::string none = common::all_of({common::negate(sql_.given("NEW.")), common::negate(part_of("NEW."))});
      if (word == "whole_update") body = with_key({}, sql_.set_part_key("NEW."));
      body.when(common::all_of({word == "whole_update" ? sql_.whole_changed() : sql_.given("NEW."),
                                common::negate(same), common::negate(none)}),
                refuse_old_release());
      return body;
    }
    if (word == "part_delete") {
      body.when(common::all_of({not_with_whole(), whole_of("OLD.", sql_.given(sql_.kWhole))}), refuse_old_release());
      return body;
    }
    std::vector<std::string> terms{common::negate(whole_of("NEW.", "NOT " + sql_.differ(sql_.kWhole, "NEW.")))};
    if (moved_.part_stays)
      terms.insert(terms.begin(), word == "part_update" ? sql_.part_changed() : sql_.given_in_part("NEW."));
    body.when(common::all_of(terms), refuse_old_release());
    return body;
  }

  MoveSql sql_;
  const Server& server_;
  const plan::MovedColumns& moved_;
};

// A foreign key that writes one of the tables by itself fires no trigger.
Result<void> check_cascades_into(const SyncGroup& group, const schema::Schema& schema) {
  const plan::MovedColumns& moved = *group.move;
  const schema::Table &whole = *schema.find_table(moved.whole), &part = *schema.find_table(moved.part);
  const auto follows = [&](const ForeignKey& key) { return key.references == moved.whole; };
  const bool part_goes_along = std::any_of(part.foreign_keys.begin(), part.foreign_keys.end(), [&](const auto& key) {
    return follows(key) && key.on_delete == ReferentialAction::cascade;
  });
  for (const schema::Table* table : {&whole, &part}) {
    const bool is_part = table == &part;
    for (const ForeignKey& key : table->foreign_keys) {
      const auto sets = [](ReferentialAction action) {
        return action == ReferentialAction::set_null || action == ReferentialAction::set_default;
      };
      const bool goes_along = is_part && follows(key);
      const bool of_move = std::any_of(key.columns.begin(), key.columns.end(), [&](const Identifier& name) {
        const auto is = [&](const auto& pair) { return (is_part ? pair.part : pair.whole) == name; };
        return std::any_of(moved.key.begin(), moved.key.end(), is) ||
               std::any_of(moved.columns.begin(), moved.columns.end(), is);
      });
      const bool removes = key.on_delete == ReferentialAction::cascade && !goes_along && (is_part || !part_goes_along);
      const bool changes = of_move && (sets(key.on_delete) || sets(key.on_update) ||
                                       (key.on_update == ReferentialAction::cascade && !goes_along));
      if (removes || changes)
        return schema::fail(
            schema::ErrorCode::add_to_map,
            fmt::format("move {}: a foreign key to {} changes {} by itself, and this server fires no trigger for it",
                        group.name, key.references.text(), table->name.text()),
            "declare RESTRICT in a release before");
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> move_trigger_names(const SyncGroup& group) {
  std::vector<std::string> result;
  for (const char* word : kTriggers) {
    const bool of_merge = std::string_view(word) == "whole_before_update";
    const bool of_loose = std::string_view(word).starts_with("part_before") && !group.move->part_stays;
    if ((of_merge && group.move->splits) || (of_loose && group.move->bound_at_once)) continue;
    result.push_back(sync_object_name(group, word));
  }
  return result;
}
std::vector<std::string> fence_move_trigger_names(const SyncGroup& group) {
  return names_of(group, fenced_words(*group.move), "fence_");
}
std::vector<std::string> fenced_move_trigger_names(const SyncGroup& group) {
  return names_of(group, fenced_words(*group.move), "");
}

Result<SyncScript> create_move(const SyncGroup& group, const schema::Schema& schema, const Server& server) {
  EMCEE_TRY(check_cascades_into(group, schema));
  return sync_script(group, *schema.find_table(group.move->whole), server, MoveTriggers(group, schema, server).create(),
                     {group.move->part}, Together::in_order);
}

SyncScript fence_move(const SyncGroup& group, const schema::Schema& schema, const Server& server) {
  return sync_script(group, *schema.find_table(group.move->whole), server, MoveTriggers(group, schema, server).fence(),
                     {group.move->part}, Together::in_order);
}

SyncScript drop_move(const SyncGroup& group, const schema::Schema& schema, const Server& server) {
  std::vector<std::string> names = move_trigger_names(group);
  for (std::string& name : fence_move_trigger_names(group)) names.push_back(std::move(name));
  std::vector<std::string> run;
  for (auto name = names.rbegin(); name != names.rend(); ++name)
    run.push_back(fmt::format("DROP TRIGGER IF EXISTS {}", quoting().quoted(*name)));
  return sync_script(group, *schema.find_table(group.move->whole), server, run, {group.move->part});
}

}  // namespace emcee::mysql
