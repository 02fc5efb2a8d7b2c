#include "dialects/postgres/alter_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "dialects/postgres/capabilities.h"
#include "dialects/postgres/ddl.h"
#include "dialects/postgres/dependents.h"
#include "dialects/postgres/identity.h"
#include "dialects/postgres/mentions.h"
#include "dialects/postgres/partitions.h"
#include "dialects/postgres/piece.h"
#include "dialects/postgres/prepare.h"
#include "dialects/postgres/shadow.h"
#include "dialects/postgres/stored_type.h"
#include "diff/parents.h"
#include "schema/is_one_of.h"
#include "schema/match.h"

namespace emcee::postgres {

using plan::LockTime;
using schema::Column;
using schema::Identifier;
using schema::QualifiedName;
using schema::Result;
using schema::Table;

namespace {

bool is_text(std::string_view type) {
  return schema::is_one_of(type, {"text", "character varying", "character", "citext"});
}
bool is_point_in_time(std::string_view type) {
  return schema::is_one_of(type, {"timestamp with time zone", "timestamp without time zone"});
}

// The columns of which ALTER COLUMN ... TYPE is a part.
std::optional<Identifier> retyped_column(const diff::Change& change) {
  using Answer = std::optional<Identifier>;
  return schema::match(
      change, [](const diff::ChangeType& c) -> Answer { return c.column; },
      [](const diff::ChangeCollation& c) -> Answer { return c.column; }, [](const auto&) -> Answer { return {}; });
}

class Alteration {
 public:
  Alteration(Script& script, const std::vector<diff::Change>& changes, const Surroundings& around)
      : script_(script),
        changes_(changes),
        around_(around),
        name_(diff::subject(changes.front())),
        alter_("ALTER TABLE " + quoting()(name_) + " "),
        from_(*around.before.find_table(name_)),
        to_(*around.after.find_table(name_)) {}

  Result<void> run() {
    EMCEE_TRY(check_type());
    Dependents dependents(around_.before, around_.after);
    for (const diff::Change& change : changes_) {
      if (const auto column = retyped_column(change)) dependents.of_column(name_, *column);
      if (const auto* generated = std::get_if<diff::ChangeGenerated>(&change); generated && generated->after)
        dependents.of_column(name_, generated->column);
      if (const auto* drop = std::get_if<diff::DropColumn>(&change))
        dependents.of_dropped_column(name_, drop->column.name);
    }
    for (const Identifier& column : computed_from_retyped()) dependents.of_column(name_, column);
    dependents.drop(script_);
    bool retyped = false;
    for (const diff::Change& change : changes_) {
      script_.needs(Lock::access_exclusive, lock_time_of(change));
      if (retyped_column(change)) {
        if (!retyped) change_types();
        retyped = true;
        continue;
      }
      EMCEE_TRY(schema::match(change, [this](const auto& c) { return render(c); }));
    }
    dependents.restore(script_);
    return {};
  }

 private:
  // The columns of a table OF a type are those of the type, and change with it alone.
  Result<void> check_type() const {
    const bool typed = has_option(from_.options.other, "typed_as") && has_option(to_.options.other, "typed_as");
    const auto of_column = [](const diff::Change& change) {
      return retyped_column(change) || std::holds_alternative<diff::AddColumn>(change) ||
             std::holds_alternative<diff::DropColumn>(change);
    };
    if (!typed || std::none_of(changes_.begin(), changes_.end(), of_column)) return {};
    return schema::fail(
        schema::ErrorCode::fix_schema,
        fmt::format("{}: the columns of a table OF a type cannot be changed one by one", name_.text()),
        "make it a table of its own in one release (ALTER TABLE ... NOT OF), and change it in the next");
  }
  LockTime lock_time_of(const diff::Change& change) const {
    if (std::holds_alternative<diff::ReplaceIndex>(change) && is_prepared(change)) return LockTime::instant;
    if (const auto* c = std::get_if<diff::ChangeIdentity>(&change); c && copy_named(c->column))
      return LockTime::instant;
    const LockTime time = lock_time(change, around_.before);
    return prepares(change) && !is_prepared(change) ? std::max(time, LockTime::scan) : time;
  }
  bool is_prepared(const diff::Change& change) const {
    return around_.prepared(change) && can_prepare(change, around_.first);
  }

  // The step in which the copy of that name takes the place of a column.
  const diff::RenameColumn* copy_named(const Identifier& name) const {
    for (const diff::Change& change : changes_)
      if (const auto* rename = std::get_if<diff::RenameColumn>(&change); rename && rename->from == name) return rename;
    return nullptr;
  }
  // As it is at the end of the step.
  const Column* find_after(const Identifier& name) const {
    const diff::RenameColumn* rename = copy_named(name);
    return to_.find_column(rename ? rename->to : name);
  }

  template <class... Parts>
  void alter(const Parts&... parts) {
    std::string statement = alter_;
    (statement.append(parts), ...);
    script_.add(std::move(statement));
  }
  std::string column(const Identifier& name) const { return "ALTER COLUMN " + quoting()(name) + " "; }

  // All columns in one statement: the rows are written once.
  void change_types() {
    std::vector<std::string> parts, defaults;
    const std::vector<Identifier> computed = computed_from_retyped();
    for (const Identifier& name : computed) alter("DROP COLUMN ", quoting()(name));
    std::vector<Identifier> done = computed;
    for (const diff::Change& change : changes_) {
      const auto name = retyped_column(change);
      if (!name || std::find(done.begin(), done.end(), *name) != done.end()) continue;
      done.push_back(*name);
      const Column *from = from_.find_column(*name), *to = to_.find_column(*name);
      if (!from || !to) continue;
      // A default has the old type, and is not always converted.
      const bool has_default = from->default_value.has_value() && !(from->type == to->type);
      if (has_default) parts.push_back(column(*name) + "DROP DEFAULT");
      parts.push_back(column(*name) + type_clause(*from, *to));
      if (has_default)
        if (const auto clause = default_in_new_type(*to)) defaults.push_back(column(*name) + "SET " + *clause);
    }
    if (!parts.empty()) alter(fmt::format("{}", fmt::join(parts, ", ")));
    if (!defaults.empty()) alter(fmt::format("{}", fmt::join(defaults, ", ")));
    for (const Identifier& name : computed) add_computed(name);
    for (const Identifier& name : done) keep_storage(name);
  }

  // Generated columns that stay, of columns that get another type: the server refuses that.
  std::vector<Identifier> computed_from_retyped() const {
    std::vector<Identifier> result;
    for (const Column& column : from_.columns) {
      const Column* to = to_.find_column(column.name);
      const bool stays = column.generated && to && to->generated;
      if (stays && std::any_of(changes_.begin(), changes_.end(), [&](const diff::Change& change) {
            const auto name = retyped_column(change);
            return name && column.generated->expression.mentions_column(*name);
          }))
        result.push_back(column.name);
    }
    return result;
  }

  // A column that changes its type is stored in the way of the new one.
  void keep_storage(const Identifier& name) {
    const Column *from = from_.find_column(name), *to = to_.find_column(name);
    if (!from || !to) return;
    for (const char* option : {"storage", "compression"}) {
      const auto is = to->options.find(option), was = from->options.find(option);
      const bool stays = is != to->options.end() && was != from->options.end() && is->second == was->second;
      if (stays) script_.add(set_column_option(name_, name, option, is->second));
    }
  }

  std::string type_clause(const Column& from, const Column& to) const {
    std::string text = "TYPE " + to.type.text;
    if (to.collation)
      text += " COLLATE " + quoting()(*to.collation);
    else if (from.collation && is_text(to.type.name))
      text += " COLLATE pg_catalog.\"default\"";
    if (to.generated) return text;
    const std::string value = conversion(quoting()(to.name), from.type, to.type);
    return value.empty() ? text : text + " USING " + value;
  }

  // The default that the column ends with, where the old one may not fit the new type.
  std::optional<std::string> default_in_new_type(const Column& to) const {
    const Table* last = around_.last.find_table(name_);
    const Column* final = last ? last->find_column(to.name) : nullptr;
    const Column& of = final && final->type == to.type ? *final : to;
    return of.default_value ? std::optional(default_clause(*of.default_value, of.type)) : std::nullopt;
  }

  Result<void> render(const diff::AddColumn& c) {
    // The column of the parent is merged with that of a child which is there; one that is there cannot be added.
    for_each_heir(around_.last, around_.first, c.column.name,
                  [&](const std::string& child) { script_.add(child + "ADD COLUMN " + column_definition(c.column)); });
    alter("ADD COLUMN ", column_definition(c.column));
    for (const auto& [option, value] : c.column.options)
      if (option != "compression") script_.add(set_column_option(name_, c.column.name, option, value));
    return {};
  }
  Result<void> render(const diff::DropColumn& c) {
    for (const diff::Change& change : changes_)
      if (const auto* rename = std::get_if<diff::RenameColumn>(&change); rename && rename->to == c.column.name)
        script_.add(carry_over(*rename));
    alter("DROP COLUMN ", quoting()(c.column.name));
    // What a child has declared itself stays, and can go only now.
    for_each_heir(around_.first, around_.last, c.column.name,
                  [&](const std::string& child) { script_.add(child + "DROP COLUMN " + quoting()(c.column.name)); });
    return {};
  }
  // `ALTER TABLE child `, for those that have a column of their own `here`, and none `there`.
  template <class Use>
  void for_each_heir(const schema::Schema& here, const schema::Schema& there, const Identifier& column,
                     const Use& use) const {
    const Table* table = here.find_table(name_);
    if (!table) return;
    for (const Table* heir : heirs_with_own(*table, column, here))
      if (const Table* other = there.find_table(heir->name); other && !other->find_column(column))
        use("ALTER TABLE " + quoting()(heir->name) + " ");
  }
  Result<void> render(const diff::RenameColumn& c) {
    alter("RENAME COLUMN ", quoting()(c.from), " TO ", quoting()(c.to));
    return {};
  }
  Result<void> render(const diff::SetNotNull& c) {
    alter(column(c.column), "SET NOT NULL");
    if (is_prepared(c)) alter("DROP CONSTRAINT ", quoting()(prepared_check(c)));
    return {};
  }
  Result<void> render(const diff::DropNotNull& c) {
    alter(column(c.column), "DROP NOT NULL");
    return {};
  }
  Result<void> render(const diff::AddDefault& c) { return set_default(c.column, &c.value); }
  Result<void> render(const diff::ChangeDefault& c) { return set_default(c.column, &c.after); }
  Result<void> render(const diff::DropDefault& c) { return set_default(c.column, nullptr); }
  Result<void> set_default(const Identifier& name, const schema::Fragment* value) {
    const Column* to = find_after(name);
    alter(column(name), value && to ? "SET " + default_clause(*value, to->type) : "DROP DEFAULT");
    // The numbers of a sequence that is new to the column follow those that are there.
    if (value && to && is_number(to->type.name) && !copy_named(name))
      if (auto advance = advance_sequence(*value, name_, name, last_number(from_, to_)))
        script_.add(std::move(*advance));
    return {};
  }

  // A stored column can only be freed of its expression; any other way it is made anew.
  Result<void> render(const diff::ChangeGenerated& c) {
    if (!c.after) {
      alter(column(c.column), "DROP EXPRESSION");
      return {};
    }
    alter("DROP COLUMN ", quoting()(c.column));
    add_computed(c.column);
    return {};
  }
  void add_computed(const Identifier& name) {
    const Column* to = to_.find_column(name);
    alter("ADD COLUMN ", column_definition(*to));
    for (const auto& [option, value] : to->options)
      if (option != "compression") script_.add(set_column_option(name_, name, option, value));
    // What stood on the column went with it.
    for (const schema::Index& index : to_.indexes)
      if (mentions(index, name)) script_.add(create_index(index, name_));
    for (const schema::Check& check : to_.checks)
      if (check.expression.mentions_column(name)) alter("ADD ", check_clause(check));
    for (const schema::Unique& unique : to_.uniques)
      if (mentions(unique.parts, name)) alter("ADD ", unique_clause(unique));
  }

  Result<void> render(const diff::ChangeIdentity& c) {
    if (c.after && !c.before && !copy_named(c.column)) {
      // The sequence of a serial column makes room for that of the identity.
      const QualifiedName sequence = identity_sequence(name_, c.column, *c.after);
      if (around_.first.find_object("sequence", sequence) || around_.last.find_object("sequence", sequence))
        script_.add("DROP SEQUENCE IF EXISTS " + quoting()(sequence));
    }
    const diff::RenameColumn* rename = copy_named(c.column);
    script_.add(rename ? carry_identity(*rename, *c.after) : change_identity(c, last_number(from_, to_)));
    return {};
  }
  Result<void> render(const diff::ChangeColumnOption& c) {
    if (c.option == "inherited") return {};  // INHERIT of the table says it
    script_.add(set_column_option(name_, c.column, c.option, c.after));
    return {};
  }

  Result<void> render(const diff::ChangeTableOption& c) {
    if (c.option == "partition_by")
      return schema::fail(schema::ErrorCode::fix_schema,
                          fmt::format("{}: how a table is partitioned cannot be changed", name_.text()),
                          "make a new table with the partitions, and move the rows with a map");
    const auto& all = to_.options.other;
    // A partition gets another bound by leaving and coming back.
    if (c.option == "bound") {
      const bool stays = has_option(all, "partition_of") && has_option(from_.options.other, "partition_of");
      if (!stays) return {};  // partition_of says it
      const std::string parent = all.find("partition_of")->second;
      script_.add(set_table_option(name_, "partition_of", parent, std::nullopt, all));
      script_.add(set_table_option(name_, "partition_of", std::nullopt, parent, all));
      return {};
    }
    if (c.option == "partition_of" && c.before && c.after)
      script_.add(set_table_option(name_, c.option, c.before, std::nullopt, all));
    if (c.option == "inherits" && c.before && c.after)
      script_.add(set_table_option(name_, c.option, c.before, std::nullopt, all));
    script_.add(set_table_option(name_, c.option, c.before, c.after, all));
    return {};
  }

  Result<void> render(const diff::RenameConstraint& c) {
    alter("RENAME CONSTRAINT ", quoting()(c.from), " TO ", quoting()(c.to));
    return {};
  }

  Result<void> drop_constraint(const std::optional<Identifier>& name) {
    if (!name)
      return schema::fail(schema::ErrorCode::report_bug, fmt::format("a constraint of {} has no name", name_.text()));
    // Of a partition, it may have gone with a column that its parent has dropped.
    const bool follows = !diff::parents_of(from_).empty();
    alter(follows ? "DROP CONSTRAINT IF EXISTS " : "DROP CONSTRAINT ", quoting()(*name));
    return {};
  }
  template <class Constraint>
  void comment(const Constraint& constraint) {
    const auto it = constraint.options.find("comment");
    if (it != constraint.options.end() && constraint.name)
      script_.add(fmt::format("COMMENT ON CONSTRAINT {} ON {} IS {}", quoting()(*constraint.name), quoting()(name_),
                              string_literal(it->second)));
  }

  // The index is there and becomes the constraint's, under its name.
  std::string using_index(const diff::Change& change, const std::optional<Identifier>& name, const char* kind,
                          schema::Deferral deferral) const {
    return fmt::format("ADD {}{} USING INDEX {}{}", name ? "CONSTRAINT " + quoting()(*name) + " " : "", kind,
                       quoting()(prepared_index(change).name), deferral_clause(deferral));
  }

  void add_key(const diff::Change& change, const schema::PrimaryKey& key) {
    alter(is_prepared(change) ? using_index(change, key.name, "PRIMARY KEY", key.deferral)
                              : "ADD " + primary_key_clause(key));
    comment(key);
  }
  Result<void> render(const diff::AddPrimaryKey& c) {
    add_key(c, c.key);
    return {};
  }
  Result<void> render(const diff::DropPrimaryKey& c) { return drop_constraint(c.key.name); }
  Result<void> render(const diff::ChangePrimaryKey& c) {
    EMCEE_TRY(drop_constraint(c.before.name));
    add_key(c, c.after);
    return {};
  }
  Result<void> render(const diff::AddUnique& c) {
    alter(is_prepared(c) ? using_index(c, c.unique.name, "UNIQUE", c.unique.deferral)
                         : "ADD " + unique_clause(c.unique));
    comment(c.unique);
    return {};
  }
  Result<void> render(const diff::DropUnique& c) { return drop_constraint(c.unique.name); }

  // What is prepared is there already.
  template <class Constraint>
  void add_checked(const diff::Change& change, const Constraint& constraint, const std::string& clause) {
    if (!is_prepared(change)) {
      alter("ADD ", clause, has_option(constraint.options, "not_valid") ? " NOT VALID" : "");
    } else if (const Identifier prepared = prepared_constraint(change, around_.first); prepared != constraint.name) {
      alter("RENAME CONSTRAINT ", quoting()(prepared), " TO ", quoting()(*constraint.name));
    }
    comment(constraint);
  }
  Result<void> render(const diff::AddForeignKey& c) {
    add_checked(c, c.key, foreign_key_clause(c.key));
    return {};
  }
  Result<void> render(const diff::DropForeignKey& c) { return drop_constraint(c.key.name); }
  Result<void> render(const diff::AddCheck& c) {
    add_checked(c, c.check, check_clause(c.check));
    return {};
  }
  Result<void> render(const diff::DropCheck& c) { return drop_constraint(c.check.name); }

  Result<void> render(const diff::CreateIndex& c) {
    script_.add(create_index(c.index, name_));
    script_.add(rely_on(to_, c.index));
    return {};
  }
  Result<void> render(const diff::DropIndex& c) {
    if (is_exclusion(c.index)) return drop_constraint(c.index.name.name);
    script_.add("DROP INDEX IF EXISTS " + quoting()(c.index.name));
    return {};
  }
  Result<void> render(const diff::RenameIndex& c) {
    script_.add(fmt::format("ALTER INDEX {} RENAME TO {}", quoting()(c.from), quoting()(c.to.name)));
    return {};
  }
  Result<void> render(const diff::ReplaceIndex& c) {
    EMCEE_TRY(render(diff::DropIndex{c.table, c.before}));
    if (is_prepared(c)) {
      EMCEE_TRY(render(diff::RenameIndex{c.table, prepared_index(c), c.after.name}));
      if (const auto it = c.after.options.find("comment"); it != c.after.options.end())
        script_.add(comment_on_index(c.after.name, it->second));
      script_.add(rely_on(to_, c.after));
      return {};
    }
    return render(diff::CreateIndex{c.table, c.after});
  }

  template <class Other>
  Result<void> render(const Other&) {
    return {};
  }

  Script& script_;
  const std::vector<diff::Change>& changes_;
  const Surroundings& around_;
  QualifiedName name_;
  std::string alter_;
  const Table& from_;
  const Table& to_;
};

}  // namespace

namespace {

// Kinds of types with casts among each other; every type has one to text.
// https://www.postgresql.org/docs/15/catalog-pg-cast.html
bool has_cast(const schema::Type& before, const schema::Type& after) {
  static const std::vector<std::vector<std::string_view>> kFamilies = {
      {"smallint", "integer", "bigint", "numeric", "real", "double precision", "money", "oid", "bit", "bit varying",
       "boolean"},
      {"date", "time", "time without time zone", "time with time zone", "timestamp without time zone",
       "timestamp with time zone", "interval"},
      {"json", "jsonb"},
      {"inet", "cidr"},
      {"point", "lseg", "path", "box", "polygon", "circle"}};
  return is_text(after.name) || std::any_of(kFamilies.begin(), kFamilies.end(), [&](const auto& family) {
           const auto holds = [&](const std::string& name) {
             return std::find(family.begin(), family.end(), name) != family.end();
           };
           return holds(before.name) && holds(after.name);
         });
}

}  // namespace

bool empty_becomes_null(const schema::Type& before, const schema::Type& after) {
  return is_text(before.name) && stored_type(before).built_in && !is_text(after.name) && after.name != "bytea" &&
         stored_type(after).built_in;
}

std::string conversion(const std::string& column, const schema::Type& before, const schema::Type& after) {
  const std::string &from = before.name, &to = after.name;
  if (from == to) return {};
  // Enums and domains have no casts of their own.
  if (!stored_type(before).built_in || !stored_type(after).built_in)
    return fmt::format("{}::text{}::{}", column, after.name.ends_with("[]") ? "[]" : "", after.text);
  if (from == "bytea" && is_text(to)) return fmt::format("pg_catalog.convert_from({}, 'UTF8')", column);
  if (is_text(from) && to == "bytea") return fmt::format("pg_catalog.convert_to({}, 'UTF8')", column);
  if (is_number(from) && is_point_in_time(to))
    return fmt::format("pg_catalog.to_timestamp({})::{}", column, after.text);
  if (is_point_in_time(from) && is_number(to))
    return fmt::format("pg_catalog.date_part('epoch', {})::{}", column, after.text);
  if (from == "boolean" && is_number(to)) return fmt::format("{}::integer::{}", column, after.text);
  if (is_number(from) && to == "boolean") return column + " <> 0";
  if (empty_becomes_null(before, after)) return fmt::format("NULLIF({}::text, '')::{}", column, after.text);
  return fmt::format("{}::{}{}", column, has_cast(before, after) ? "" : "text::", after.text);
}

Result<void> alter_table(Script& script, const std::vector<diff::Change>& changes, const Surroundings& around) {
  return Alteration(script, changes, around).run();
}

bool render_table(Script& script, const diff::Change& change, const Surroundings& around) {
  return schema::match(
      change,
      [&](const diff::CreateTable& c) {
        script.needs(c.table.foreign_keys.empty() ? Lock::none : Lock::share_row_exclusive, LockTime::instant);
        schema::Table alone = joining(c.table, around.before, around.last);
        alone.options.other.erase("partition_of");  // it is attached behind its indexes
        script.add(create_table(alone));
        for (const schema::Index& index : c.table.indexes) {
          script.add(create_index(index, c.table.name));
          script.add(rely_on(c.table, index));
        }
        if (auto attach = attach_partition(c.table)) script.add(std::move(*attach));
        return true;
      },
      [&](const diff::DropTable& c) {
        script.needs(Lock::access_exclusive, LockTime::instant);
        script.add("DROP TABLE " + quoting()(c.table.name));
        return true;
      },
      [&](const diff::RenameTable& c) {
        script.needs(Lock::access_exclusive, LockTime::instant);
        const std::string alter = "ALTER TABLE " + quoting()(c.from);
        if (!(c.from.schema == c.to.schema))
          script.add(alter + " SET SCHEMA " + (c.to.schema.empty() ? "public" : quoting()(c.to.schema)));
        if (!(c.from.name == c.to.name))
          script.add(fmt::format("ALTER TABLE {} RENAME TO {}", quoting()(QualifiedName{c.to.schema, c.from.name}),
                                 quoting()(c.to.name)));
        return true;
      },
      [](const auto&) { return false; });
}

}  // namespace emcee::postgres
