#include "rehearse/model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "rehearse/world.h"

namespace emcee::rehearse {

using plan::GroupRow;
using plan::SyncGroup;
using plan::Values;

namespace {

GroupRow group_row(const SyncGroup& group, const Cells& cells) {
  const auto value = [&](const Identifier& name) {
    const auto found = cells.find(name);
    return found == cells.end() ? Value() : found->second;
  };
  GroupRow row;
  for (const auto& column : group.old_columns) row.old_values.push_back(value(column.name));
  for (const auto& column : group.new_columns) row.new_values.push_back(value(column.name));
  for (const auto& name : group.shared) row.shared.push_back(value(name));
  return row;
}

}  // namespace

Result<std::unique_ptr<Evaluator>> Evaluator::make(std::string own_table, const Table& table, const SyncGroup& group,
                                                   Database& database, const plan::Plan& plan,
                                                   const plan::Dialect& dialect) {
  std::unique_ptr<Evaluator> evaluator(new Evaluator(*database.application, group, dialect));
  evaluator->name_ = std::move(own_table);
  std::vector<const schema::Column*> columns;
  const auto add = [&](const schema::Table& declared, const Identifier& name) {
    columns.push_back(declared.find_column(name));
    evaluator->columns_.push_back(dialect.quoting()(name));
  };
  for (const auto& column : group.old_columns) add(*table.before, column.name);
  for (const auto& column : group.new_columns) add(*table.after, column.name);
  for (const auto& name : group.shared) add(table.before->find_column(name) ? *table.before : *table.after, name);
  EMCEE_TRY(evaluator->connection_.execute(
      relaxed_table(evaluator->name_, columns, *table.before, dialect, plan.before.constraint_names())));
  return evaluator;
}

Values Evaluator::evaluate(const GroupRow& row, bool up) {
  std::vector<std::string> literals;
  for (const Values* part : {&row.old_values, &row.new_values, &row.shared})
    for (const Value& value : *part) literals.push_back(literal(value, connection_));
  const std::string values = fmt::format("{}", fmt::join(literals, ", "));
  const auto [found, first] = answers_.try_emplace((up ? "up " : "down ") + values);
  if (first) found->second = ask(values, up);
  if (found->second) return *found->second;
  refused_ = true;
  return Values(up ? group_.new_columns.size() : group_.old_columns.size());
}

std::optional<Values> Evaluator::ask(const std::string& values, bool up) {
  std::vector<std::string> asked, expressions;
  const auto add = [&](const Identifier& name, const schema::Fragment& expression) {
    asked.push_back(dialect_.quoting()(name));
    expressions.push_back(expression_sql(expression, dialect_));
  };
  if (up)
    for (const auto& column : group_.new_columns) add(column.name, column.up);
  else
    for (const auto& column : group_.old_columns) add(column.name, *column.down);
  for (const std::string& sql :
       {fmt::format("DELETE FROM {}", name_),
        fmt::format("INSERT INTO {} ({}) VALUES ({})", name_, fmt::join(columns_, ", "), values)})
    if (!connection_.execute(sql)) return std::nullopt;
  if (!assign(connection_, name_, asked, expressions)) return std::nullopt;
  auto rows = connection_.query(fmt::format("SELECT {} FROM {}", fmt::join(asked, ", "), name_));
  if (!rows || rows->size() != 1) return std::nullopt;
  return std::move(rows->front());
}

Result<TableModel> TableModel::make(const Table& table, int number, Database& database, const plan::Plan& plan,
                                    const plan::Dialect& dialect) {
  TableModel result;
  for (const SyncGroup* group : table.groups) {
    Group made;
    made.model.group = *group;
    if (group->freeze) {
      plan::Values converted;
      for (const auto& column : group->new_columns) converted.push_back(*table.frozen_value(column.name));
      made.model.up = [converted](const GroupRow&) { return converted; };
    } else {
      EMCEE_ASSIGN(made.evaluator, Evaluator::make(fmt::format("emcee_rehearsal_{}_{}", number, result.groups_.size()),
                                                   table, *group, database, plan, dialect));
      Evaluator& evaluator = *made.evaluator;
      made.model.up = [&evaluator](const GroupRow& row) { return evaluator.up(row); };
      made.model.down = [&evaluator](const GroupRow& row) { return evaluator.down(row); };
    }
    for (const auto& column : group->old_columns)
      made.model.old_defaults.push_back(table.find(column.name)->default_old);
    for (const auto& column : group->new_columns) {
      const Column* known = table.find(column.name);
      made.model.new_defaults.push_back(known != nullptr && column.default_value ? known->default_new : Value());
    }
    result.groups_.push_back(std::move(made));
  }
  return result;
}

template <class Ask>
std::optional<Cells> TableModel::settled(Cells cells, const Ask& ask) {
  for (Group& group : groups_) {
    if (group.evaluator) group.evaluator->take_refusal();
    const plan::Outcome outcome = ask(group.model, group_row(group.model.group, cells));
    const auto* row = std::get_if<GroupRow>(&outcome);
    if (row == nullptr || (group.evaluator && group.evaluator->take_refusal())) return std::nullopt;
    store(group.model.group, *row, cells);
  }
  return cells;
}

std::optional<Cells> TableModel::inserted(Cells given, const Cells* replaced) {
  for (const Group& group : groups_) {
    const auto& columns = group.model.group.old_columns;
    for (std::size_t i = 0; i < columns.size(); ++i) given.try_emplace(columns[i].name, group.model.old_defaults[i]);
  }
  return settled(std::move(given), [&](const plan::SyncModel& model, const GroupRow& row) {
    return plan::after_insert(model, row, replaced ? std::optional(group_row(model.group, *replaced)) : std::nullopt);
  });
}

std::optional<Cells> TableModel::updated(const Cells& before, const Cells& given) {
  Cells cells = before;
  for (const auto& [name, value] : given) cells[name] = value;
  return settled(std::move(cells), [&](const plan::SyncModel& model, const GroupRow& row) {
    return plan::after_update(model, group_row(model.group, before), row);
  });
}

Cells TableModel::after_backfill(Cells cells) {
  for (const Group& group : groups_)
    store(group.model.group, plan::after_backfill(group.model, group_row(group.model.group, cells)), cells);
  return cells;
}

bool TableModel::has_image(const Cells& cells) {
  const Cells filled = after_backfill(cells);
  for (const Group& group : groups_)
    for (const auto& column : group.model.group.new_columns)
      if (column.not_null && plan::is_null(filled.at(column.name))) return false;
  return true;
}

bool TableModel::is_frozen() const {
  return std::any_of(groups_.begin(), groups_.end(),
                     [](const Group& group) { return group.model.group.freeze.has_value(); });
}

bool TableModel::keeps_rows() const {
  return std::any_of(groups_.begin(), groups_.end(), [](const Group& group) {
    const auto& freeze = group.model.group.freeze;
    return freeze && freeze->deletes;
  });
}

std::vector<Cells> TableModel::during_backfill(const Cells& cells) {
  std::vector<Cells> possible = {cells};
  for (const Group& group : groups_) {
    const GroupRow row = group_row(group.model.group, cells);
    const GroupRow filled = plan::after_backfill(group.model, row);
    if (filled == row) continue;
    for (std::size_t i = 0, count = possible.size(); i < count; ++i)
      store(group.model.group, filled, possible.emplace_back(possible[i]));
  }
  return possible;
}

}  // namespace emcee::rehearse
