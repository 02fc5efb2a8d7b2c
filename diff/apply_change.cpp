#include "diff/apply_change.h"

#include <fmt/format.h>
#include <algorithm>

#include "diff/rename.h"
#include "parser/alter.h"
#include "schema/match.h"

namespace emcee::diff {

namespace {

using schema::Result;
using schema::Schema;

tl::unexpected<schema::Error> misfit(std::string message) {
  return schema::fail(schema::ErrorCode::report_bug, "a change does not fit the schema: " + std::move(message));
}

// A copy of the table is changed and put in place of it, so that an error leaves the schema as it was.
template <class F>
Result<void> change_table(Schema& schema, const QualifiedName& name, const F& change) {
  const Table* table = schema.find_table(name);
  if (!table) return misfit(fmt::format("there is no table {}", name.text()));
  Table copy = *table;
  EMCEE_TRY(change(copy));
  if (auto put = schema.put(std::move(copy)); !put) return misfit(put.error().message);
  return {};
}

// The same, where the text of CREATE TABLE no longer holds.
template <class F>
Result<void> alter_table(Schema& schema, const QualifiedName& name, const F& change) {
  return change_table(schema, name, [&](Table& table) -> Result<void> {
    table.source.clear();
    return change(table);
  });
}

template <class F>
Result<void> change_column(Schema& schema, const QualifiedName& table, const Identifier& name, const F& change) {
  return alter_table(schema, table, [&](Table& t) -> Result<void> {
    Column* column = t.find_column(name);
    if (!column) return misfit(fmt::format("there is no column {}.{}", t.name.text(), name.text()));
    if (!change(*column)) return misfit(fmt::format("{}.{} is not as expected", t.name.text(), name.text()));
    return {};
  });
}

// Sets an attribute that is `before` to `after`; false where it is something else.
template <class T>
bool exchange(T& attribute, const T& before, const T& after) {
  if (!(attribute == before)) return false;
  attribute = after;
  return true;
}

bool exchange_option(schema::Options& options, const std::string& name, const std::optional<std::string>& before,
                     const std::optional<std::string>& after) {
  const auto it = options.find(name);
  if (before ? it == options.end() || it->second != *before : it != options.end()) return false;
  if (after) {
    options[name] = *after;
  } else {
    options.erase(name);
  }
  return true;
}

bool rename_constraint(Table& table, const Identifier& from, const Identifier& to) {
  const auto rename = [&](auto& constraint) {
    const bool found = constraint.name == from;
    if (found) constraint.name = to;
    return found;
  };
  if (table.primary_key && rename(*table.primary_key)) return true;
  return std::any_of(table.uniques.begin(), table.uniques.end(), rename) ||
         std::any_of(table.foreign_keys.begin(), table.foreign_keys.end(), rename) ||
         std::any_of(table.checks.begin(), table.checks.end(), rename);
}

template <class T>
auto add_to(std::vector<T> Table::*list, const T& value) {
  return [=, &value](Table& table) -> Result<void> {
    (table.*list).push_back(value);
    return {};
  };
}

// One of several equal constraints goes: the one of the same name, where there is one.
template <class T>
auto drop_from(std::vector<T> Table::*list, const T& value, std::string_view what) {
  return [=, &value](Table& table) -> Result<void> {
    auto& values = table.*list;
    auto it =
        std::find_if(values.begin(), values.end(), [&](const T& v) { return v == value && v.name == value.name; });
    if (it == values.end()) it = std::find(values.begin(), values.end(), value);
    if (it == values.end()) return misfit(fmt::format("table {} has no such {}", table.name.text(), what));
    values.erase(it);
    return {};
  };
}

Index* find_index(Table& table, const QualifiedName& name) {
  const auto it =
      std::find_if(table.indexes.begin(), table.indexes.end(), [&](const Index& i) { return i.name == name; });
  return it == table.indexes.end() ? nullptr : &*it;
}

auto change_index(const QualifiedName& name, const Index* after, const std::optional<QualifiedName>& to) {
  return [=](Table& table) -> Result<void> {
    Index* index = find_index(table, name);
    if (!index) return misfit(fmt::format("table {} has no index {}", table.name.text(), name.text()));
    if (after) *index = *after;
    if (to) {
      index->name = *to;
      index->source.clear();
    }
    return {};
  };
}

void drop_triggers_of(Schema& schema, const QualifiedName& relation) {
  std::vector<QualifiedName> names;
  for (const Trigger* trigger : schema.triggers_of(relation)) names.push_back(trigger->name);
  for (const QualifiedName& name : names) schema.remove_trigger(name);
}

bool relation_exists(const Schema& schema, const QualifiedName& name) {
  return schema.find_table(name) || schema.find_view(name);
}

template <class T>
Result<void> create(Schema& schema, const T* existing, const T& object) {
  if (existing) return misfit(fmt::format("{} is there already", object.name.text()));
  schema.put(object);
  return {};
}
template <class T>
Result<void> replace(Schema& schema, const T* existing, const T& after) {
  if (!existing) return misfit(fmt::format("there is no {}", after.name.text()));
  schema.put(after);
  return {};
}
Result<void> removed(bool was_there, const QualifiedName& name) {
  if (!was_there) return misfit(fmt::format("there is no {}", name.text()));
  return {};
}

class Apply {
 public:
  explicit Apply(Schema& schema) : schema_(schema) {}

  using R = Result<void>;

  R operator()(const CreateTable& c) const {
    if (relation_exists(schema_, c.table.name)) return misfit(fmt::format("{} is there already", c.table.name.text()));
    if (auto put = schema_.put(c.table); !put) return misfit(put.error().message);
    return {};
  }
  R operator()(const DropTable& c) const {
    if (schema_.find_table(c.table.name)) drop_triggers_of(schema_, c.table.name);
    return removed(schema_.remove_table(c.table.name), c.table.name);
  }
  R operator()(const RenameTable& c) const {
    if (!schema_.find_table(c.from)) return misfit(fmt::format("there is no table {}", c.from.text()));
    if (relation_exists(schema_, c.to)) return misfit(fmt::format("{} is there already", c.to.text()));
    return rename_table(schema_, c.from, c.to);
  }
  R operator()(const AddColumn& c) const { return alter_table(schema_, c.table, add_to(&Table::columns, c.column)); }
  R operator()(const DropColumn& c) const {
    return alter_table(schema_, c.table, [&](Table& t) -> R {
      if (auto done = parser::alter(t, parser::DropColumn{c.column.name}); !done) return misfit(done.error().message);
      return {};
    });
  }
  R operator()(const RenameColumn& c) const {
    const Table* table = schema_.find_table(c.table);
    if (!table || !table->find_column(c.from))
      return misfit(fmt::format("there is no column {}.{}", c.table.text(), c.from.text()));
    if (table->find_column(c.to)) return misfit(fmt::format("{}.{} is there already", c.table.text(), c.to.text()));
    return rename_column(schema_, c.table, c.from, c.to);
  }
  R operator()(const ChangeType& c) const {
    return change_column(schema_, c.table, c.column, [&](Column& x) { return exchange(x.type, c.before, c.after); });
  }
  R operator()(const SetNotNull& c) const {
    return change_column(schema_, c.table, c.column, [&](Column& x) {
      x.not_null_conflict = c.conflict;
      return exchange(x.not_null, false, true);
    });
  }
  R operator()(const DropNotNull& c) const {
    return change_column(schema_, c.table, c.column, [&](Column& x) {
      x.not_null_conflict = schema::Conflict::abort;
      return exchange(x.not_null, true, false);
    });
  }
  R operator()(const AddDefault& c) const { return set_default(c.table, c.column, {}, c.value); }
  R operator()(const DropDefault& c) const { return set_default(c.table, c.column, c.value, {}); }
  R operator()(const ChangeDefault& c) const { return set_default(c.table, c.column, c.before, c.after); }
  R operator()(const ChangeGenerated& c) const {
    return change_column(schema_, c.table, c.column,
                         [&](Column& x) { return exchange(x.generated, c.before, c.after); });
  }
  R operator()(const ChangeCollation& c) const {
    return change_column(schema_, c.table, c.column,
                         [&](Column& x) { return exchange(x.collation, c.before, c.after); });
  }

  R operator()(const ChangeIdentity& c) const {
    return change_column(schema_, c.table, c.column,
                         [&](Column& x) { return exchange(x.identity, c.before, c.after); });
  }
  R operator()(const ChangeColumnOption& c) const {
    return change_column(schema_, c.table, c.column,
                         [&](Column& x) { return exchange_option(x.options, c.option, c.before, c.after); });
  }
  R operator()(const ChangeTableOption& c) const {
    return alter_table(schema_, c.table, [&](Table& t) -> R {
      if (!exchange_option(t.options.other, c.option, c.before, c.after))
        return misfit(fmt::format("the options of {} are not as expected", t.name.text()));
      return {};
    });
  }
  R operator()(const RenameConstraint& c) const {
    return alter_table(schema_, c.table, [&](Table& t) -> R {
      if (!rename_constraint(t, c.from, c.to))
        return misfit(fmt::format("table {} has no constraint {}", t.name.text(), c.from.text()));
      return {};
    });
  }

  R operator()(const AddPrimaryKey& c) const { return set_key(c.table, {}, c.key); }
  R operator()(const DropPrimaryKey& c) const { return set_key(c.table, c.key, {}); }
  R operator()(const ChangePrimaryKey& c) const { return set_key(c.table, c.before, c.after); }
  R operator()(const AddUnique& c) const { return alter_table(schema_, c.table, add_to(&Table::uniques, c.unique)); }
  R operator()(const DropUnique& c) const {
    return alter_table(schema_, c.table, drop_from(&Table::uniques, c.unique, "unique constraint"));
  }
  R operator()(const AddForeignKey& c) const {
    return alter_table(schema_, c.table, add_to(&Table::foreign_keys, c.key));
  }
  R operator()(const DropForeignKey& c) const {
    return alter_table(schema_, c.table, drop_from(&Table::foreign_keys, c.key, "foreign key"));
  }
  R operator()(const AddCheck& c) const { return alter_table(schema_, c.table, add_to(&Table::checks, c.check)); }
  R operator()(const DropCheck& c) const {
    return alter_table(schema_, c.table, drop_from(&Table::checks, c.check, "check"));
  }

  R operator()(const CreateIndex& c) const { return change_table(schema_, c.table, add_to(&Table::indexes, c.index)); }
  R operator()(const DropIndex& c) const {
    return change_table(schema_, c.table, drop_from(&Table::indexes, c.index, "index"));
  }
  R operator()(const RenameIndex& c) const {
    return change_table(schema_, c.table, change_index(c.from, nullptr, c.to));
  }
  R operator()(const ReplaceIndex& c) const {
    return change_table(schema_, c.table, change_index(c.before.name, &c.after, std::nullopt));
  }

  R operator()(const ChangeOptions& c) const {
    return alter_table(schema_, c.table, [&](Table& t) -> R {
      if (!exchange(t.options, c.before, c.after))
        return misfit(fmt::format("the options of {} are not as expected", t.name.text()));
      return {};
    });
  }

  R operator()(const CreateView& c) const {
    if (relation_exists(schema_, c.view.name)) return misfit(fmt::format("{} is there already", c.view.name.text()));
    schema_.put(c.view);
    return {};
  }
  R operator()(const DropView& c) const {
    if (schema_.find_view(c.view.name)) drop_triggers_of(schema_, c.view.name);
    return removed(schema_.remove_view(c.view.name), c.view.name);
  }
  R operator()(const ReplaceView& c) const { return replace(schema_, schema_.find_view(c.before.name), c.after); }
  R operator()(const CreateTrigger& c) const {
    return create(schema_, schema_.find_trigger(c.trigger.name), c.trigger);
  }
  R operator()(const DropTrigger& c) const { return removed(schema_.remove_trigger(c.trigger.name), c.trigger.name); }
  R operator()(const ReplaceTrigger& c) const { return replace(schema_, schema_.find_trigger(c.before.name), c.after); }
  R operator()(const CreateObject& c) const {
    return create(schema_, schema_.find_object(c.object.kind, c.object.name), c.object);
  }
  R operator()(const DropObject& c) const {
    return removed(schema_.remove_object(c.object.kind, c.object.name), c.object.name);
  }
  R operator()(const ReplaceObject& c) const {
    return replace(schema_, schema_.find_object(c.before.kind, c.before.name), c.after);
  }

 private:
  R set_default(const QualifiedName& table, const Identifier& column, const std::optional<Fragment>& before,
                const std::optional<Fragment>& after) const {
    return change_column(schema_, table, column, [&](Column& x) { return exchange(x.default_value, before, after); });
  }
  R set_key(const QualifiedName& table, const std::optional<PrimaryKey>& before,
            const std::optional<PrimaryKey>& after) const {
    return alter_table(schema_, table, [&](Table& t) -> R {
      if (!exchange(t.primary_key, before, after))
        return misfit(fmt::format("the primary key of {} is not as expected", t.name.text()));
      return {};
    });
  }

  Schema& schema_;
};

}  // namespace

Result<void> apply_change(Schema& schema, const Change& change) { return schema::match(change, Apply(schema)); }

}  // namespace emcee::diff
