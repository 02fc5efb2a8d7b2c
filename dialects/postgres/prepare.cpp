#include "dialects/postgres/prepare.h"

#include <fmt/format.h>
#include <algorithm>

#include "dialects/postgres/ddl.h"
#include "dialects/postgres/names.h"
#include "dialects/postgres/probes.h"
#include "schema/match.h"

namespace emcee::postgres {

using plan::LockTime;
using schema::Identifier;
using schema::QualifiedName;

namespace {

// What the key of a constraint needs of its index.
schema::Index index_of(const QualifiedName& name, const std::vector<schema::KeyPart>& parts,
                       const std::vector<Identifier>& include, schema::Options options) {
  options.erase("comment");
  schema::Index index;
  index.name = name;
  index.unique = true;
  index.parts = parts;
  index.include = include;
  index.options = std::move(options);
  return index;
}

std::optional<schema::Index> index_for(const diff::Change& change) {
  using Answer = std::optional<schema::Index>;
  const QualifiedName name = prepared_index(change);
  return schema::match(
      change,
      [&](const diff::AddUnique& c) -> Answer {
        return index_of(name, c.unique.parts, c.unique.include, c.unique.options);
      },
      [&](const diff::AddPrimaryKey& c) -> Answer { return index_of(name, c.key.parts, c.key.include, c.key.options); },
      [&](const diff::ChangePrimaryKey& c) -> Answer {
        return index_of(name, c.after.parts, c.after.include, c.after.options);
      },
      [&](const diff::ReplaceIndex& c) -> Answer {
        schema::Index index = c.after;
        index.name = name;
        index.options.erase("comment");
        return index;
      },
      [](const auto&) -> Answer { return std::nullopt; });
}

std::string alter(const QualifiedName& table) { return "ALTER TABLE " + quoting()(table) + " "; }

// Added without a look at the rows, then validated while others write.
Script add_and_validate(const QualifiedName& table, const Identifier& name, const std::string& clause, Lock lock) {
  Script script;
  script.transactional = false;
  script.needs(lock, LockTime::instant);
  script.add({kShortWait, alter(table) + "DROP CONSTRAINT IF EXISTS " + quoting()(name),
              alter(table) + "ADD " + clause + " NOT VALID", kLongWait,
              alter(table) + "VALIDATE CONSTRAINT " + quoting()(name)});
  return script;
}

std::string not_null_clause(const diff::SetNotNull& change) {
  return fmt::format("CONSTRAINT {} CHECK ({} IS NOT NULL)", quoting()(prepared_check(change)),
                     quoting()(change.column));
}

bool has_unique(const schema::Table& table, const std::optional<Identifier>& name) {
  return std::any_of(table.uniques.begin(), table.uniques.end(),
                     [&](const schema::Unique& unique) { return unique.name == name; });
}

bool is_partitioned(const schema::Schema& schema, const QualifiedName& name) {
  const schema::Table* table = schema.find_table(name);
  return table && has_option(table->options.other, "partition_by");
}

}  // namespace

bool prepares(const diff::Change& change) {
  return schema::match(
      change, [](const diff::AddUnique&) { return true; }, [](const diff::AddPrimaryKey&) { return true; },
      [](const diff::ChangePrimaryKey&) { return true; },
      [](const diff::AddCheck& c) { return c.check.name && !has_option(c.check.options, "not_valid"); },
      [](const diff::AddForeignKey& c) { return c.key.name && !has_option(c.key.options, "not_valid"); },
      [](const diff::SetNotNull&) { return true; }, [](const diff::RenameColumn&) { return true; },
      [](const diff::ReplaceIndex& c) { return !is_exclusion(c.before) && !is_exclusion(c.after); },
      [](const auto&) { return false; });
}

bool can_prepare(const diff::Change& change, const schema::Schema& schema) {
  if (!prepares(change) || !schema.find_table(diff::subject(change))) return false;
  const bool partitioned = is_partitioned(schema, diff::subject(change));
  return schema::match(
      change, [](const diff::AddCheck&) { return true; }, [](const diff::SetNotNull&) { return true; },
      [&](const diff::AddForeignKey& c) { return !partitioned && !is_partitioned(schema, c.key.references); },
      [&](const auto&) { return !partitioned; });
}

bool is_prepared(const diff::Change& change, const plan::Plan& plan) {
  for (const plan::Step& step : plan.steps)
    for (const plan::Operation& operation : step.operations)
      if (const auto* prepare = std::get_if<plan::Prepare>(&operation))
        if (prepare->change == change) return true;
  return false;
}

QualifiedName prepared_index(const diff::Change& change) {
  const QualifiedName table = diff::subject(change);
  if (const auto* replace = std::get_if<diff::ReplaceIndex>(&change)) return stand_in(replace->after.name);
  std::string name = "emcee_" + table.name.text();
  const auto add_parts = [&](const std::vector<schema::KeyPart>& parts) {
    for (const schema::KeyPart& part : parts)
      for (const Identifier& column : part.expression.columns()) name += "_" + column.text();
  };
  schema::match(
      change, [&](const diff::AddUnique& c) { add_parts(c.unique.parts); },
      [&](const diff::AddPrimaryKey&) { name += "_pkey"; }, [&](const diff::ChangePrimaryKey&) { name += "_pkey"; },
      [](const auto&) {});
  return {table.schema, table.name.derived(bounded_name(name + "_key"))};
}

Identifier prepared_constraint(const diff::Change& change, const schema::Schema& schema) {
  const schema::Table* table = schema.find_table(diff::subject(change));
  const auto own = [&](const std::optional<Identifier>& name) {
    const auto taken = [&](const auto& constraint) { return constraint.name == name; };
    const bool is_taken = std::any_of(table->foreign_keys.begin(), table->foreign_keys.end(), taken) ||
                          std::any_of(table->checks.begin(), table->checks.end(), taken) ||
                          std::any_of(table->uniques.begin(), table->uniques.end(), taken) ||
                          (table->primary_key && taken(*table->primary_key));
    return is_taken ? stand_in({{}, *name}).name : *name;
  };
  return schema::match(
      change, [&](const diff::AddCheck& c) { return own(c.check.name); },
      [&](const diff::AddForeignKey& c) { return own(c.key.name); },
      [&](const diff::SetNotNull& c) { return prepared_check(c); },
      [&](const auto& c) { return prepared_index(c).name; });
}

Identifier prepared_check(const diff::SetNotNull& change) {
  return change.column.derived(
      bounded_name("emcee_" + change.table.name.text() + "_" + change.column.text() + "_not_null"));
}

std::string drop_invalid_index(const QualifiedName& index, const QualifiedName& table) {
  return fmt::format(
      "DO $emcee$ BEGIN\n"
      "  IF EXISTS (SELECT FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass({}) AND indrelid = {} "
      "AND "
      "NOT indisvalid) THEN\n"
      "    DROP INDEX {};\n"
      "  END IF;\n"
      "END $emcee$",
      string_literal(quoting()(index)), regclass(table), quoting()(index));
}

Script prepare(const diff::Change& change, const schema::Schema& schema) {
  if (!can_prepare(change, schema)) return {};
  const QualifiedName table = diff::subject(change);
  return schema::match(
      change,
      [&](diff::AddCheck c) {
        c.check.name = prepared_constraint(change, schema);
        return add_and_validate(table, *c.check.name, check_clause(c.check), Lock::access_exclusive);
      },
      [&](diff::AddForeignKey c) {
        c.key.name = prepared_constraint(change, schema);
        return add_and_validate(table, *c.key.name, foreign_key_clause(c.key), Lock::share_row_exclusive);
      },
      [&](const diff::SetNotNull& c) {
        return add_and_validate(table, prepared_check(c), not_null_clause(c), Lock::access_exclusive);
      },
      [&](const diff::RenameColumn& c) {
        Script script;
        script.transactional = false;
        script.needs(Lock::share_update_exclusive, LockTime::none);
        script.add(fmt::format("ANALYZE {} ({})", quoting()(table), quoting()(c.from)));
        return script;
      },
      [&](const auto& c) {
        Script script;
        if (const auto index = index_for(c)) {
          script.transactional = false;
          script.needs(Lock::share_update_exclusive, LockTime::none);
          script.add({kShortWait, drop_invalid_index(index->name, table), kLongWait});
          script.add(create_index(*index, table, true));
        }
        return script;
      });
}

std::vector<std::string> undo_prepare(const diff::Change& change, const schema::Schema& schema) {
  if (!can_prepare(change, schema) || std::holds_alternative<diff::RenameColumn>(change)) return {};
  if (index_for(change)) return {"DROP INDEX IF EXISTS " + quoting()(prepared_index(change))};
  return {alter(diff::subject(change)) + "DROP CONSTRAINT IF EXISTS " + quoting()(prepared_constraint(change, schema))};
}

std::optional<std::string> prepare_probe(const diff::Change& change, const schema::Schema& schema) {
  if (!can_prepare(change, schema) || std::holds_alternative<diff::RenameColumn>(change)) return std::nullopt;
  const QualifiedName table = diff::subject(change);
  const std::string prepared = index_for(change) ? index_is_valid(prepared_index(change))
                                                 : constraint_exists(table, prepared_constraint(change, schema));
  const bool is_change_itself =
      std::holds_alternative<diff::AddCheck>(change) || std::holds_alternative<diff::AddForeignKey>(change);
  // A constraint of that name can be the old one, which makes room for the new one with the change.
  const auto* add = std::get_if<diff::AddUnique>(&change);
  if (is_change_itself || (add && has_unique(*schema.find_table(table), add->unique.name))) return prepared;
  return fmt::format("({} OR {})", prepared, is_done(change).value_or("FALSE"));
}

}  // namespace emcee::postgres
