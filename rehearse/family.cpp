#include "rehearse/family.h"

#include <fmt/format.h>

#include <algorithm>

#include "diff/lookup.h"
#include "plan/sync_model.h"
#include "rehearse/probe.h"

namespace emcee::rehearse {

using plan::SyncGroup;

namespace {

constexpr int kKeys = 6;  // few, so that rows meet

struct End {
  QualifiedName table;
  Identifier column;
};
// Two columns that speak of the same things.
struct Link {
  End from, to;
};

bool hangs_together(const SyncGroup& group) { return !group.lookups.empty() || group.row || group.move; }

// With those of columns that both releases have.
std::vector<SyncGroup> all_groups(const plan::Plan& plan) {
  std::vector<SyncGroup> groups = plan.groups;
  for (const plan::Step& step : plan.steps)
    for (const plan::Operation& operation : step.operations) {
      const auto* backfill = std::get_if<plan::Backfill>(&operation);
      if (backfill == nullptr) continue;
      for (const SyncGroup& group : backfill->groups)
        if (std::none_of(plan.groups.begin(), plan.groups.end(), [&](const auto& g) { return g.name == group.name; }))
          groups.push_back(group);
    }
  return groups;
}

std::vector<Link> links_of(const SyncGroup& group) {
  std::vector<Link> links;
  for (const plan::Lookup& lookup : group.lookups)
    for (const auto& pair : lookup.key) links.push_back({{lookup.table, pair.column}, {lookup.of, pair.equals}});
  if (group.row) links.push_back({{group.table, group.new_columns.front().name}, {group.row->table, group.row->key}});
  for (std::size_t i = 0; i < group.holding.size(); ++i)
    links.push_back({{group.table, group.old_columns[i].name}, {group.row->table, group.holding[i]}});
  if (group.move)
    for (const auto& pair : group.move->key)
      links.push_back({{group.move->part, pair.part}, {group.move->whole, pair.whole}});
  return links;
}

std::vector<Link> links_of(const schema::Schema& schema) {
  std::vector<Link> links;
  for (const schema::Table& table : schema.tables())
    for (const schema::ForeignKey& key : table.foreign_keys) {
      const schema::Table* other = schema.find_table(key.references);
      if (other == nullptr) continue;
      const std::vector<Identifier> referenced = key.referenced.empty() ? other->key_columns() : key.referenced;
      for (std::size_t i = 0; i < key.columns.size() && i < referenced.size(); ++i)
        links.push_back({{table.name, key.columns[i]}, {other->name, referenced[i]}});
    }
  return links;
}

std::vector<Link> all_links(const plan::Plan& plan) {
  std::vector<Link> links;
  for (const SyncGroup& group : all_groups(plan))
    for (Link& link : links_of(group)) links.push_back(std::move(link));
  for (const schema::Schema* schema : {&plan.before, &plan.after})
    for (Link& link : links_of(*schema)) links.push_back(std::move(link));
  return links;
}

bool changes(const plan::Plan& plan, const QualifiedName& name) {
  const schema::Table *before = plan.before.find_table(name), *after = plan.after.find_table(name);
  return !before || !after || !(*before == *after) ||
         std::any_of(plan.groups.begin(), plan.groups.end(),
                     [&](const SyncGroup& group) { return group.table == name; });
}

std::optional<std::string> reason_against(const Table& table) {
  if (table.own_triggers) return "triggers of the application are on it";
  for (const SyncGroup* group : table.groups) {
    if (group->freeze) return "a program converts its rows, and it hangs together with other tables";
    if (!group->move && !group->row && !group->deterministic)
      return "an expression of its map gives another value each time";
    if (group->new_columns.size() == 1 && table.after && !table.after->find_column(group->new_columns.front().name))
      return "a copy of a column takes its place, which no release writes";
  }
  for (const schema::Table* each : {table.before, table.after})
    if (each != nullptr && each->options.other.contains("partition_by")) return "it is partitioned";
  return std::nullopt;
}

// The columns of the key are columns as all others, with the numbers of few rows.
std::optional<std::string> add_key_columns(Table& table, const plan::Plan& plan, const plan::Dialect& dialect,
                                           Database& old_database, Database& new_database) {
  const bool is_old = table.before != nullptr;
  const schema::Table& first = is_old ? *table.before : *table.after;
  Probe probe(is_old ? old_database : new_database, is_old ? plan.before : plan.after, first, dialect);
  const std::vector<Identifier> names = table.key_names();
  std::vector<Column> columns;
  for (std::size_t i = 0; i < names.size(); ++i) {
    Column column;
    column.name = names[i];
    column.sql = table.key[i];
    column.in_old = column.required_old = column.not_null_old = table.before != nullptr;
    column.in_new = column.required_new = column.not_null_new = table.after != nullptr;
    std::vector<std::string> texts;
    for (int key = 1; key <= kKeys; ++key) texts.push_back(fmt::format(fmt::runtime(table.key_shapes[i]), key));
    column.values = probe.typed(*first.find_column(names[i]), texts);
    if (column.values.size() < texts.size()) return "no keys could be made up for " + names[i].text();
    columns.push_back(std::move(column));
  }
  table.columns.insert(table.columns.begin(), columns.begin(), columns.end());
  return std::nullopt;
}

// Keys of generated rows that no release gives: they stand for those that the database makes.
std::vector<Value> spare_keys(const SyncGroup& group, const plan::Plan& plan, const plan::Dialect& dialect,
                              Database& new_database) {
  const schema::Table& table = *plan.after.find_table(group.row->table);
  const schema::Column& column = *table.find_column(group.row->key);
  Probe probe(new_database, plan.after, table, dialect);
  std::vector<std::string> texts;
  if (const std::string shape = probe.shape(column); !shape.empty())
    for (int key = 41; key <= 58; ++key) texts.push_back(fmt::format(fmt::runtime(shape), key));
  std::vector<Value> keys;
  for (const Candidate& candidate : probe.typed(column, texts)) keys.push_back(candidate.stored);
  return keys;
}

// What generated rows are made of has to be known.
std::optional<std::string> unknown_value(const Family& family, const SyncGroup& group) {
  const auto table = family.find(group.table);
  for (const auto& value : group.row->values)
    for (const Identifier& name : diff::columns_of_row(value.expression, group.table.name))
      if (table && !family.tables[*table].find(name))
        return fmt::format("{} cannot be written, and the generated rows need it", name.text());
  if (family.spare_keys.at(group.name).empty()) return "no keys could be made up for " + group.row->table.text();
  return std::nullopt;
}

// The rules say what becomes of a row that goes or is replaced while others have its key.
bool is_held_key(const plan::Plan& plan, const End& end) {
  return std::any_of(plan.groups.begin(), plan.groups.end(), [&](const SyncGroup& group) {
    return group.holds_old() && group.table == end.table && group.new_columns.front().name == end.column;
  });
}

// What a group needs has to be known.
std::optional<std::string> missing_column(const Family& family, const Link& link) {
  for (const End* end : {&link.from, &link.to})
    if (const auto table = family.find(end->table); table && !family.tables[*table].find(end->column))
      return fmt::format("{}.{} cannot be written", end->table.text(), end->column.text());
  return std::nullopt;
}

void add_domains(Family& family, const std::vector<Link>& links) {
  const auto column_of = [&](const End& end) -> Family::Member* {
    static Family::Member member;
    const auto table = family.find(end.table);
    if (!table) return nullptr;
    auto& columns = family.tables[*table].columns;
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i].name == end.column) {
        member = {*table, i};
        return &member;
      }
    return nullptr;
  };
  const auto column_at = [&](const Family::Member& member) -> Column& {
    return family.tables[member.table].columns[member.column];
  };
  for (const Link& link : links) {
    const Family::Member* found = column_of(link.from);
    if (found == nullptr) continue;
    const Family::Member from = *found;
    found = column_of(link.to);
    if (found == nullptr) continue;
    const Family::Member to = *found;
    const std::size_t a = column_at(from).domain, b = column_at(to).domain;
    if (a != 0 && a == b) continue;
    if (a == 0 && b == 0) {
      family.domains.push_back({{from, to}, {}});
      column_at(from).domain = column_at(to).domain = family.domains.size();
    } else if (a == 0 || b == 0) {
      family.domains[std::max(a, b) - 1].members.push_back(a == 0 ? from : to);
      column_at(a == 0 ? from : to).domain = std::max(a, b);
    } else {
      for (const Family::Member& member : family.domains[b - 1].members) {
        family.domains[a - 1].members.push_back(member);
        column_at(member).domain = a;
      }
      family.domains[b - 1].members.clear();
    }
  }
  // The numbers of rows of one table are keys; else what is known of one of the columns.
  for (Family::Domain& domain : family.domains)
    for (const bool keys : {true, false})
      for (const Family::Member& member : domain.members) {
        const Column& column = column_at(member);
        if (domain.values.empty() && !column.numbered && (!keys || family.tables[member.table].is_key(column.name)))
          domain.values = column.values;
      }
}

// Generated rows may point to rows of fixed keys: such rows shall be there.
void add_spoken_keys(Family& family) {
  for (const SyncGroup* group : family.generating())
    for (const auto& assignment : group->row->values) {
      const Column* column = family.tables[*family.find(group->row->table)].find(assignment.column);
      if (column == nullptr || column->domain == 0) continue;
      std::vector<Candidate>& keys = family.domains[column->domain - 1].values;
      for (const schema::Token& token : assignment.expression.tokens())
        for (const Candidate& candidate : column->values)
          if (candidate.sql == token.text && !plan::is_null(candidate.stored) &&
              std::none_of(keys.begin(), keys.end(),
                           [&](const Candidate& key) { return key.stored == candidate.stored; }))
            keys.push_back(candidate);
    }
}

void add_foreign_keys(Family& family, const schema::Schema& schema) {
  for (const schema::Table& table : schema.tables())
    for (const schema::ForeignKey& key : table.foreign_keys) {
      const auto from = family.find(table.name), to = family.find(key.references);
      if (!from || !to) continue;
      Family::ForeignKey known{*from, *to, {}};
      const std::vector<Identifier> referenced =
          key.referenced.empty() ? family.tables[*to].after->key_columns() : key.referenced;
      for (std::size_t i = 0; i < key.columns.size() && i < referenced.size(); ++i)
        known.columns.emplace_back(key.columns[i], referenced[i]);
      family.foreign_keys.push_back(std::move(known));
    }
}

// And what generates rows before their table.
std::vector<std::size_t> looked_up_first(const Family& family) {
  std::vector<std::size_t> order;
  const auto is_done = [&](std::size_t t) { return std::find(order.begin(), order.end(), t) != order.end(); };
  const auto waits = [&](std::size_t t) {
    for (const SyncGroup* group : family.generating())
      if (group->row->table == family.tables[t].name() && !is_done(*family.find(group->table))) return true;
    for (const SyncGroup* group : family.tables[t].groups)
      for (const plan::Lookup& lookup : group->lookups)
        if (const auto other = family.find(lookup.table); other && !is_done(*other)) return true;
    return false;
  };
  while (order.size() < family.tables.size()) {
    std::size_t next = family.tables.size();
    for (std::size_t t = 0; t < family.tables.size(); ++t)
      if (!is_done(t) && (next == family.tables.size() || (waits(next) && !waits(t)))) next = t;
    order.push_back(next);
  }
  return order;
}

}  // namespace

std::optional<std::size_t> Family::find(const QualifiedName& name) const {
  for (std::size_t i = 0; i < tables.size(); ++i)
    if (tables[i].name() == name) return i;
  return std::nullopt;
}

std::vector<const SyncGroup*> Family::generating() const {
  std::vector<const SyncGroup*> result;
  for (const Table& table : tables)
    for (const SyncGroup* group : table.groups)
      if (group->row) result.push_back(group);
  for (const SyncGroup& group : fills)
    if (group.row) result.push_back(&group);
  return result;
}

bool Family::is_referenced(const Table& table) const {
  return std::find(references.begin(), references.end(), table.sql) != references.end();
}

bool Family::ForeignKey::dangles(const std::map<Identifier, Value>& row,
                                 const std::map<std::vector<Value>, std::map<Identifier, Value>>& others) const {
  const auto value = [](const std::map<Identifier, Value>& cells, const Identifier& name) {
    const auto found = cells.find(name);
    return found == cells.end() ? Value() : found->second;
  };
  for (const auto& [column, referenced] : columns)
    if (plan::is_null(value(row, column))) return false;
  return std::none_of(others.begin(), others.end(), [&](const auto& other) {
    return std::all_of(columns.begin(), columns.end(),
                       [&](const auto& pair) { return value(row, pair.first) == value(other.second, pair.second); });
  });
}

std::set<QualifiedName> related_tables(const plan::Plan& plan) {
  std::set<QualifiedName> names;
  for (const SyncGroup& group : all_groups(plan))
    if (hangs_together(group)) {
      names.insert(group.table);
      for (const Link& link : links_of(group)) {
        names.insert(link.from.table);
        names.insert(link.to.table);
      }
    }
  const std::vector<Link> links = all_links(plan);
  for (std::size_t size = 0; size != names.size();) {
    size = names.size();
    for (const Link& link : links) {
      // A row needs those that it points to; of those that point to it, whoever writes them counts.
      if (names.contains(link.from.table)) names.insert(link.to.table);
      if (names.contains(link.to.table) && changes(plan, link.from.table)) names.insert(link.from.table);
    }
  }
  return names;
}

Result<Family> find_family(const plan::Plan& plan, const plan::Dialect& dialect, Database& old_database,
                           Database& new_database, std::vector<std::string>& skipped) {
  Family family;
  const std::set<QualifiedName> names = related_tables(plan);
  const std::vector<Link> links = all_links(plan);
  std::map<QualifiedName, std::string> reasons;
  for (const QualifiedName& name : names) {
    Table table;
    table.related = true;
    table.before = plan.before.find_table(name);
    table.after = plan.after.find_table(name);
    if (!table.before && !table.after) continue;
    table.sql = dialect.quoting()(name);
    for (const SyncGroup& group : plan.groups)
      if (group.table == name) table.groups.push_back(&group);
    std::optional<std::string> reason = examine_table(table, plan, dialect, old_database, new_database);
    if (!reason) reason = reason_against(table);
    if (!reason) reason = add_key_columns(table, plan, dialect, old_database, new_database);
    if (reason) reasons[name] = *reason;
    family.tables.push_back(std::move(table));
  }
  for (const SyncGroup& group : all_groups(plan))
    for (const Link& link : links_of(group))
      if (auto reason = missing_column(family, link); reason && names.contains(group.table))
        reasons.try_emplace(group.table, *reason);
  for (const SyncGroup& group : all_groups(plan)) {
    if (!group.row) continue;
    family.spare_keys[group.name] = spare_keys(group, plan, dialect, new_database);
    if (auto reason = unknown_value(family, group)) reasons.try_emplace(group.table, *reason);
  }
  // One that is left out takes those with it that hang together with it.
  for (bool more = true; more;) {
    more = false;
    for (const Link& link : links)
      for (const auto& [left_out, other] :
           {std::pair(link.from.table, link.to.table), std::pair(link.to.table, link.from.table)})
        if (reasons.contains(left_out) && names.contains(other) && !reasons.contains(other)) {
          reasons[other] = "it hangs together with " + left_out.text();
          more = true;
        }
  }
  for (const auto& [name, reason] : reasons) skipped.push_back(fmt::format("{}: {}", name.text(), reason));
  std::erase_if(family.tables, [&](const Table& table) { return reasons.contains(table.name()); });
  for (const SyncGroup& group : all_groups(plan)) {
    const bool declared =
        std::any_of(plan.groups.begin(), plan.groups.end(), [&](const SyncGroup& g) { return g.name == group.name; });
    if (!declared && family.find(group.table)) family.fills.push_back(group);
  }
  add_domains(family, links);
  add_spoken_keys(family);
  add_foreign_keys(family, plan.after);
  family.order = looked_up_first(family);
  for (const schema::Schema* schema : {&plan.before, &plan.after})
    for (const Link& link : links_of(*schema))
      if (!is_held_key(plan, link.from)) family.references.push_back(dialect.quoting()(link.to.table));
  return family;
}

}  // namespace emcee::rehearse
