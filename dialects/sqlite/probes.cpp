#include "dialects/sqlite/probes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/group_sql.h"
#include "dialects/sqlite/mirror_triggers.h"
#include "dialects/sqlite/move_triggers.h"
#include "dialects/sqlite/row_key.h"
#include "dialects/sqlite/stored_text.h"
#include "dialects/sqlite/types.h"
#include "schema/match.h"

namespace emcee::sqlite {

using schema::Identifier;
using schema::QualifiedName;

namespace {

std::string exists(const char* type, const QualifiedName& name) {
  return fmt::format("EXISTS (SELECT 1 FROM sqlite_schema WHERE type = '{}' AND lower(name) = lower({}))", type,
                     string_literal(name.name.text()));
}

// pragma_table_xinfo also lists generated columns.
std::string column_is(const QualifiedName& table, const Identifier& column, const std::string& condition) {
  return fmt::format("EXISTS (SELECT 1 FROM pragma_table_xinfo({}) WHERE lower(name) = lower({}){})",
                     string_literal(table.name.text()), string_literal(column.text()),
                     condition.empty() ? "" : " AND " + condition);
}

std::string negated(const std::string& condition) { return "NOT " + condition; }

// True where what the statement makes is there, but for blanks, quotes of names and the case of
// letters: `adopt` meets schemas that other hands have made.
std::string is_stored(const char* type, const std::string& name, const std::string& statement) {
  return fmt::format("EXISTS (SELECT 1 FROM sqlite_schema WHERE type = '{}' AND lower(name) = lower({}) AND {} = {})",
                     type, string_literal(name), bare_text_sql("sql"),
                     string_literal(bare_text(stored_text(statement))));
}

std::string both(const std::string& a, const std::string& b) { return fmt::format("({} AND {})", a, b); }

// True where the part stands in the stored text of the table as often as it should.
std::string text_holds(const schema::Schema& after, const QualifiedName& name, const std::string& part) {
  const schema::Table* table = after.find_table(name);
  const std::string needle = bare_text(part);
  const int expected = table ? occurrences(bare_text(create_table(*table)), needle) : 0;
  return fmt::format(
      "EXISTS (SELECT 1 FROM (SELECT {} AS text FROM sqlite_schema WHERE type = 'table' AND lower(name) = lower({})) "
      "WHERE {} = {})",
      bare_text_sql("sql"), string_literal(name.name.text()), occurrences_sql("text", needle), expected);
}

std::string joined(const std::vector<Identifier>& columns) {
  std::string result;
  for (const Identifier& column : columns) result += (result.empty() ? "" : ",") + schema::to_lower(column.text());
  return result;
}

// The parts of a key as text; the query makes the same of an index that a constraint has made.
std::string joined(const std::vector<schema::KeyPart>& parts, const schema::Table& table) {
  std::vector<std::string> result;
  for (const schema::KeyPart& part : parts) {
    const auto name = part.expression.as_column();
    const schema::Column* column = name ? table.find_column(*name) : nullptr;
    const auto collation = part.collation ? part.collation : column ? column->collation : std::nullopt;
    result.push_back(fmt::format("{} {} {}", name ? schema::to_lower(name->text()) : "",
                                 schema::to_lower(collation ? collation->text() : "BINARY"), part.descending ? 1 : 0));
  }
  return fmt::format("{}", fmt::join(result, ","));
}
constexpr std::string_view kPartsOfIndex =
    "(SELECT group_concat(lower(name) || ' ' || lower(coll) || ' ' || desc, ',') FROM (SELECT name, coll, desc FROM "
    "pragma_index_xinfo(l.name) WHERE key ORDER BY seqno))";

// The columns of the key, and the index that it has where it is no row number.
std::string primary_key_is(const schema::Schema& after, const QualifiedName& name) {
  const schema::Table* table = after.find_table(name);
  const std::string columns = fmt::format(
      "coalesce((SELECT group_concat(lower(name), ',') FROM (SELECT name FROM pragma_table_info({}) WHERE pk > 0 ORDER "
      "BY pk)), '') = {}",
      string_literal(name.name.text()), string_literal(table ? joined(table->key_columns()) : ""));
  const bool has_index = table && table->primary_key && !table->primary_key->is_rowid;
  const std::string index = fmt::format(
      "coalesce((SELECT {} FROM pragma_index_list({}) AS l WHERE l.origin = 'pk'), '') = {}", kPartsOfIndex,
      string_literal(name.name.text()), string_literal(has_index ? joined(table->primary_key->parts, *table) : ""));
  return both(columns, index);
}

// As many UNIQUE constraints over these columns as the table should have.
std::string same_uniques(const schema::Schema& after, const QualifiedName& name, const schema::Unique& unique) {
  const schema::Table* table = after.find_table(name);
  const std::string wanted = table ? joined(unique.parts, *table) : "";
  int expected = 0;
  if (table)
    for (const schema::Unique& other : table->uniques) expected += joined(other.parts, *table) == wanted ? 1 : 0;
  return fmt::format("(SELECT count(*) FROM pragma_index_list({}) AS l WHERE l.origin = 'u' AND {} = {}) = {}",
                     string_literal(name.name.text()), kPartsOfIndex, string_literal(wanted), expected);
}

const char* action(schema::ReferentialAction value) {
  switch (value) {
    case schema::ReferentialAction::no_action:
      return "NO ACTION";
    case schema::ReferentialAction::restrict:
      return "RESTRICT";
    case schema::ReferentialAction::cascade:
      return "CASCADE";
    case schema::ReferentialAction::set_null:
      return "SET NULL";
    case schema::ReferentialAction::set_default:
      return "SET DEFAULT";
  }
  return "";
}

// One key as the text that the query below makes of it.
std::string key_text_of(const schema::ForeignKey& key) {
  return fmt::format("{}({})->{}({}) {} {}", joined(key.columns), key.columns.size(),
                     schema::to_lower(key.references.name.text()), joined(key.referenced), action(key.on_delete),
                     action(key.on_update));
}

std::string same_foreign_keys(const schema::Schema& after, const QualifiedName& name, const schema::ForeignKey& key) {
  const schema::Table* table = after.find_table(name);
  const std::string wanted = key_text_of(key);
  int expected = 0;
  if (table)
    for (const schema::ForeignKey& other : table->foreign_keys) expected += key_text_of(other) == wanted ? 1 : 0;
  return fmt::format(
      "(SELECT count(*) FROM (SELECT group_concat(lower(\"from\"), ',') || '(' || count(*) || ')->' || "
      "lower(\"table\") "
      "|| '(' || coalesce(group_concat(lower(\"to\"), ','), '') || ') ' || on_delete || ' ' || on_update AS text FROM "
      "(SELECT * FROM pragma_foreign_key_list({}) ORDER BY id, seq) GROUP BY id) WHERE text = {}) = {}",
      string_literal(name.name.text()), string_literal(wanted), expected);
}

std::string rows(const QualifiedName& table, const std::string& what, const std::string& key,
                 const std::string& condition) {
  return fmt::format("SELECT {}, {} FROM {} WHERE {}", string_literal(what), key, quoting()(table), condition);
}

std::optional<std::string> loses_column(const diff::AddColumn& change, const schema::Schema& after,
                                        const plan::Plan& plan) {
  const schema::Table* table = after.find_table(change.table);
  if (!table || change.column.generated) return std::nullopt;
  // A number that the server has counted up belongs to nobody.
  if (table->primary_key && table->primary_key->is_rowid && table->key_columns().front() == change.column.name)
    return std::nullopt;
  const std::string what = diff::object(change);
  const std::string key = key_text(*table);
  const std::string column = quoting()(change.column.name);
  for (const plan::SyncGroup& group : plan.groups) {
    if (group.mirror) continue;
    if (group.move) {
      if (const auto lost = MoveSql(group, after).lost_with(change.table, change.column.name))
        return rows(change.table, what, key, *lost);
      continue;
    }
    if (!(group.table == change.table)) continue;
    const GroupSql sql(group, *table);
    for (std::size_t i = 0; i < group.new_columns.size(); ++i) {
      if (!(group.new_columns[i].name == change.column.name)) continue;
      const auto lost = sql.only_in_new(i);
      return lost ? std::optional(rows(change.table, what + sql.left_behind(), key, *lost)) : std::nullopt;
    }
  }
  const auto& value = change.column.default_value;
  if (!value) return rows(change.table, what, key, column + " IS NOT NULL");
  if (!is_constant(*value)) return std::nullopt;  // a default that was computed belongs to nobody
  return rows(change.table, what, key, fmt::format("{} IS NOT {}", column, to_canonical_sql(*value, quoting())));
}

}  // namespace

std::string trigger_exists(const std::string& name) {
  return fmt::format("EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND name = {})", string_literal(name));
}

std::string stands_as(const std::string& create) {
  return fmt::format("EXISTS (SELECT 1 FROM sqlite_schema WHERE sql = {})", string_literal(stored_text(create)));
}

std::optional<std::string> is_done(const diff::Change& change, const schema::Schema& after) {
  using Answer = std::optional<std::string>;
  const auto holds = [&](const QualifiedName& table, const std::string& part) {
    return text_holds(after, table, part);
  };
  const auto default_is = [](const QualifiedName& table, const Identifier& column, const schema::Fragment& value) {
    return column_is(table, column,
                     fmt::format("{} = {}", bare_text_sql("dflt_value"),
                                 string_literal(bare_text(to_canonical_sql(value, quoting())))));
  };
  const auto index = [](const schema::Index& i, const QualifiedName& table) {
    return is_stored("index", i.name.name.text(), create_index(i, table));
  };
  const auto view = [](const schema::View& v) { return is_stored("view", v.name.name.text(), create_view(v)); };
  const auto trigger = [](const schema::Trigger& t) {
    return is_stored("trigger", t.name.name.text(), create_trigger(t));
  };
  const auto object = [](const schema::OpaqueObject& o) {
    return is_stored("table", o.name.name.text(), create_object(o));
  };
  const auto key = [&](const QualifiedName& table) {
    return both(primary_key_is(after, table), holds(table, "autoincrement"));
  };
  const auto unique = [&](const QualifiedName& table, const schema::Unique& u) {
    return both(same_uniques(after, table, u), holds(table, "onconflict"));
  };
  const auto foreign_key = [&](const QualifiedName& table, const schema::ForeignKey& f) {
    return both(same_foreign_keys(after, table, f), holds(table, "initiallydeferred"));
  };
  const auto not_null = [&](const QualifiedName& name, const Identifier& column, bool wanted) {
    // Keys of such tables are NOT NULL whatever is declared, and PRAGMAs say so: the text tells.
    const schema::Table* table = after.find_table(name);
    const bool implied = table && (table->options.without_rowid || table->options.strict);
    if (implied) return both(column_is(name, column, ""), holds(name, "notnull"));
    return column_is(name, column, fmt::format("\"notnull\" = {}", wanted ? 1 : 0));
  };
  const auto check = [&](const QualifiedName& table, const schema::Check& c) {
    return holds(table, "check(" + to_canonical_sql(c.expression, quoting()) + ")");
  };
  return schema::match(
      change, [](const diff::CreateTable& c) -> Answer { return exists("table", c.table.name); },
      [](const diff::DropTable& c) -> Answer { return negated(exists("table", c.table.name)); },
      [](const diff::RenameTable& c) -> Answer { return exists("table", c.to); },
      [](const diff::AddColumn& c) -> Answer { return column_is(c.table, c.column.name, ""); },
      [](const diff::DropColumn& c) -> Answer { return negated(column_is(c.table, c.column.name, "")); },
      [](const diff::RenameColumn& c) -> Answer { return column_is(c.table, c.to, ""); },
      [](const diff::ChangeType& c) -> Answer {
        return column_is(c.table, c.column,
                         fmt::format("{} = {}", bare_text_sql("type"), string_literal(bare_text(c.after.text))));
      },
      [&](const diff::ChangeGenerated& c) -> Answer {
        const int hidden = !c.after ? 0 : c.after->stored ? 3 : 2;
        const std::string kind = column_is(c.table, c.column, fmt::format("hidden = {}", hidden));
        if (!c.after) return kind;
        return both(kind, holds(c.table, "as(" + to_canonical_sql(c.after->expression, quoting()) + ")"));
      },
      [&](const diff::ChangeCollation& c) -> Answer {
        const auto& collation = c.after ? c.after : c.before;
        return holds(c.table, "collate" + collation->text());
      },
      [&](const diff::SetNotNull& c) -> Answer { return not_null(c.table, c.column, true); },
      [&](const diff::DropNotNull& c) -> Answer { return not_null(c.table, c.column, false); },
      [&](const diff::AddDefault& c) -> Answer { return default_is(c.table, c.column, c.value); },
      [](const diff::DropDefault& c) -> Answer { return column_is(c.table, c.column, "dflt_value IS NULL"); },
      [&](const diff::ChangeDefault& c) -> Answer { return default_is(c.table, c.column, c.after); },
      [&](const diff::AddPrimaryKey& c) -> Answer { return key(c.table); },
      [&](const diff::DropPrimaryKey& c) -> Answer { return key(c.table); },
      [&](const diff::ChangePrimaryKey& c) -> Answer { return key(c.table); },
      [&](const diff::AddUnique& c) -> Answer { return unique(c.table, c.unique); },
      [&](const diff::DropUnique& c) -> Answer { return unique(c.table, c.unique); },
      [&](const diff::AddForeignKey& c) -> Answer { return foreign_key(c.table, c.key); },
      [&](const diff::DropForeignKey& c) -> Answer { return foreign_key(c.table, c.key); },
      [&](const diff::AddCheck& c) -> Answer { return check(c.table, c.check); },
      [&](const diff::DropCheck& c) -> Answer { return check(c.table, c.check); },
      [&](const diff::ChangeOptions& c) -> Answer {
        // pragma_table_list: since 3.37, as STRICT itself.
        return fmt::format(
            "EXISTS (SELECT 1 FROM pragma_table_list WHERE schema = 'main' AND lower(name) = lower({}) AND strict = {} "
            "AND wr = {})",
            string_literal(c.table.name.text()), c.after.strict ? 1 : 0, c.after.without_rowid ? 1 : 0);
      },
      [&](const diff::CreateIndex& c) -> Answer { return index(c.index, c.table); },
      [](const diff::DropIndex& c) -> Answer { return negated(exists("index", c.index.name)); },
      [](const diff::RenameIndex& c) -> Answer { return exists("index", c.to); },
      [&](const diff::ReplaceIndex& c) -> Answer { return index(c.after, c.table); },
      [&](const diff::CreateView& c) -> Answer { return view(c.view); },
      [](const diff::DropView& c) -> Answer { return negated(exists("view", c.view.name)); },
      [&](const diff::ReplaceView& c) -> Answer { return view(c.after); },
      [&](const diff::CreateTrigger& c) -> Answer { return trigger(c.trigger); },
      [](const diff::DropTrigger& c) -> Answer { return negated(exists("trigger", c.trigger.name)); },
      [&](const diff::ReplaceTrigger& c) -> Answer { return trigger(c.after); },
      [&](const diff::CreateObject& c) -> Answer { return object(c.object); },
      [](const diff::DropObject& c) -> Answer { return negated(exists("table", c.object.name)); },
      [&](const diff::ReplaceObject& c) -> Answer { return object(c.after); },
      // What SQLite does not have.
      [](const diff::ChangeIdentity&) -> Answer { return std::nullopt; },
      [](const diff::ChangeColumnOption&) -> Answer { return std::nullopt; },
      [](const diff::ChangeTableOption&) -> Answer { return std::nullopt; },
      [](const diff::RenameConstraint&) -> Answer { return std::nullopt; });
}

std::optional<std::string> loses(const diff::Change& change, const schema::Schema& after, const plan::Plan& plan) {
  using Answer = std::optional<std::string>;
  return schema::match(
      change,
      [&](const diff::CreateTable& c) -> Answer {
        for (const plan::SyncGroup& group : plan.groups)
          if (group.mirror && group.mirror->copy == c.table.name) return only_in_copy(group, after);
        for (const plan::SyncGroup& group : plan.groups)
          if (group.move && group.move->part == c.table.name)
            return rows(c.table.name, "table " + c.table.name.text(), key_text(*after.find_table(c.table.name)),
                        MoveSql(group, after).only_in_part());
        return fmt::format("SELECT {}, count(*) || ' rows' FROM {} HAVING count(*) > 0",
                           string_literal("table " + c.table.name.text()), quoting()(c.table.name));
      },
      [](const diff::CreateObject& c) -> Answer {
        return fmt::format("SELECT {}, count(*) || ' rows' FROM {} HAVING count(*) > 0",
                           string_literal(c.object.kind + " " + c.object.name.text()), quoting()(c.object.name));
      },
      [&](const diff::AddColumn& c) -> Answer { return loses_column(c, after, plan); },
      [&](const diff::DropNotNull& c) -> Answer {
        const schema::Table* table = after.find_table(c.table);
        if (!table) return std::nullopt;
        return rows(c.table, diff::object(c) + " is NULL", key_text(*table), quoting()(c.column) + " IS NULL");
      },
      [&](const diff::DropCheck& c) -> Answer {
        const schema::Table* table = after.find_table(c.table);
        if (!table) return std::nullopt;
        return rows(c.table, "a check of " + c.table.text() + " fails", key_text(*table),
                    fmt::format("NOT ({})", to_canonical_sql(c.check.expression, quoting())));
      },
      [](const auto&) -> Answer { return std::nullopt; });
}

}  // namespace emcee::sqlite
