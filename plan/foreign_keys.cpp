// Foreign keys bind two tables, and some servers bind the columns with them: what has to go before, and
// what has to wait.
#include <algorithm>

#include "plan/draft.h"
#include "plan/index_use.h"
#include "schema/match.h"

namespace emcee::plan {

namespace {

using schema::ForeignKey;
using schema::Table;

std::vector<Identifier> referenced_columns(const ForeignKey& key, const Table& target) {
  return key.referenced.empty() ? target.key_columns() : key.referenced;
}

bool begins_with(const std::vector<schema::KeyPart>& parts, const std::vector<Identifier>& columns) {
  if (parts.size() < columns.size()) return false;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (!(parts[i].expression.as_column() == columns[i])) return false;
  return true;
}

// 2: a unique key of exactly these columns; 1: an index that begins with them; 0: neither.
int served(const Table& table, const std::vector<Identifier>& columns) {
  const auto level = [&](const std::vector<schema::KeyPart>& parts, bool unique) {
    if (!begins_with(parts, columns)) return 0;
    return unique && parts.size() == columns.size() ? 2 : 1;
  };
  int best = table.primary_key ? level(table.primary_key->parts, true) : 0;
  for (const auto& unique : table.uniques) best = std::max(best, level(unique.parts, true));
  for (const auto& index : table.indexes)
    if (!index.where) best = std::max(best, level(index.parts, index.unique));
  return best;
}

// The table serves as target for the key as it will in the new schema.
bool is_ready(const Table& before, const Table& after, const ForeignKey& key) {
  const auto columns = referenced_columns(key, after);
  for (const Identifier& name : columns) {
    const auto *old_column = before.find_column(name), *new_column = after.find_column(name);
    if (!old_column || !new_column || !(old_column->type == new_column->type) ||
        old_column->collation != new_column->collation)
      return false;
  }
  return served(before, columns) >= served(after, columns);
}

bool is_key(const Table& table, const std::vector<Identifier>& columns) {
  return (table.primary_key && are_columns(table.primary_key->parts, columns)) ||
         std::any_of(table.uniques.begin(), table.uniques.end(),
                     [&](const auto& u) { return are_columns(u.parts, columns); }) ||
         std::any_of(table.indexes.begin(), table.indexes.end(),
                     [&](const auto& i) { return i.unique && !i.where && are_columns(i.parts, columns); });
}

// At contract only the target gets its key, or the type, that the key needs.
bool target_waits(const Draft& draft, const ForeignKey& key, const Table& before, const Table& after) {
  if (draft.can().foreign_keys_bind_columns) return !is_ready(before, after, key);
  const auto columns = referenced_columns(key, after);
  return !is_key(before, columns) || std::any_of(columns.begin(), columns.end(), [&](const Identifier& name) {
    return type_waits(draft, key.references, name);
  });
}

struct ChangedColumn {
  QualifiedName table;
  Identifier column;
};

std::vector<ChangedColumn> changed_columns(const std::vector<Item>& items) {
  std::vector<ChangedColumn> result;
  for (const Item& item : items)
    schema::match(
        item.change,
        [&](const diff::ChangeType& c) {
          result.push_back({c.table, c.column});
        },
        [&](const diff::ChangeCollation& c) {
          result.push_back({c.table, c.column});
        },
        [&](const diff::ChangeIdentity& c) {
          result.push_back({c.table, c.column});
        },
        [&](const diff::DropColumn& c) {
          result.push_back({c.table, c.column.name});
        },
        [](const auto&) {});
  return result;
}

// A primary key that becomes another one. Servers let that happen to a key that foreign keys point to,
// and refuse the table later.
struct ChangedKey {
  QualifiedName table;
  std::vector<schema::KeyPart> before, after;
};

std::vector<ChangedKey> changed_keys(const std::vector<Item>& items) {
  std::vector<ChangedKey> result;
  for (const Item& item : items)
    schema::match(
        item.change,
        [&](const diff::ChangePrimaryKey& c) {
          result.push_back({c.table, c.before.parts, c.after.parts});
        },
        [&](const diff::DropPrimaryKey& c) {
          result.push_back({c.table, c.key.parts, {}});
        },
        [](const auto&) {});
  return result;
}

class Rebuild {
 public:
  Rebuild(std::vector<Item>& items, const schema::Schema& schema)
      : items_(items), schema_(schema), changed_(changed_columns(items)), keys_(changed_keys(items)) {
    for (const Item& item : items)
      schema::match(
          item.change, [&](const diff::AddForeignKey& c) { mark(c.table, c.key); },
          [&](const diff::DropForeignKey& c) { mark(c.table, c.key); }, [](const auto&) {});
  }

  // One that nothing else drops or adds in this phase.
  void key_of(const Table& table, const ForeignKey& key, bool again) {
    if (marked(table.name, key) || !is_bound(table, key)) return;
    const diff::DropForeignKey drop{table.name, key};
    const std::string reason = diff::describe(drop);
    if (!again) return items_.push_back({drop, reason, {}});
    items_.push_back({drop, reason, {foreign_key_rebuilt(drop, "its columns or its target change")}});
    items_.push_back({diff::AddForeignKey{table.name, key}, reason, {}});
  }

 private:
  void mark(const QualifiedName& table, const ForeignKey& key) { marked_.emplace_back(table, key); }
  bool marked(const QualifiedName& table, const ForeignKey& key) const {
    return std::find(marked_.begin(), marked_.end(), std::pair(table, key)) != marked_.end();
  }
  bool is_bound(const Table& table, const ForeignKey& key) const {
    const Table* target = schema_.find_table(key.references);
    const auto referenced = target ? referenced_columns(key, *target) : key.referenced;
    const bool loses_target = std::any_of(keys_.begin(), keys_.end(), [&](const ChangedKey& changed) {
      return changed.table == key.references && begins_with(changed.before, referenced) &&
             !begins_with(changed.after, referenced);
    });
    if (loses_target && !(target && keeps_unique(*target, referenced))) return true;
    return std::any_of(changed_.begin(), changed_.end(), [&](const ChangedColumn& changed) {
      const auto among = [&](const QualifiedName& name, const std::vector<Identifier>& columns) {
        return changed.table == name && std::find(columns.begin(), columns.end(), changed.column) != columns.end();
      };
      return among(table.name, key.columns) || among(key.references, referenced);
    });
  }

  // Over just these columns the table has a unique index before and after the phase, to which the servers move the
  // foreign key by themselves (seen on MariaDB 10.11 and MySQL 9.7).
  bool keeps_unique(const Table& target, const std::vector<Identifier>& columns) const {
    const auto touched = [&](const auto& parts) {
      return std::any_of(items_.begin(), items_.end(), [&](const Item& item) {
        return schema::match(
            item.change, [&](const diff::CreateIndex& c) { return c.table == target.name && c.index.parts == parts; },
            [&](const diff::AddUnique& c) { return c.table == target.name && c.unique.parts == parts; },
            [&](const diff::DropIndex& c) { return c.table == target.name && c.index.parts == parts; },
            [&](const diff::DropUnique& c) { return c.table == target.name && c.unique.parts == parts; },
            [](const auto&) { return false; });
      });
    };
    const auto serves = [&](const auto& parts) {
      return parts.size() == columns.size() && begins_with(parts, columns) && !touched(parts);
    };
    return std::any_of(target.uniques.begin(), target.uniques.end(),
                       [&](const auto& unique) { return serves(unique.parts); }) ||
           std::any_of(target.indexes.begin(), target.indexes.end(),
                       [&](const auto& index) { return index.unique && !index.where && serves(index.parts); });
  }

  std::vector<Item>& items_;
  const schema::Schema& schema_;
  std::vector<ChangedColumn> changed_;
  std::vector<ChangedKey> keys_;
  std::vector<std::pair<QualifiedName, ForeignKey>> marked_;
};

}  // namespace

Hazard foreign_key_rebuilt(const diff::DropForeignKey& drop, const std::string& why) {
  return hazard("foreign_key_rebuilt", drop,
                why + ", and until it is there again nothing checks its columns and nothing cascades");
}

void postpone_foreign_keys(Draft& draft, diff::CreateTable& change) {
  if (!draft.can().foreign_keys_need_target) return;
  const diff::CreateTable whole = change;
  auto& keys = change.table.foreign_keys;
  for (auto key = keys.begin(); key != keys.end();) {
    const Table *before = draft.old_table(key->references), *after = draft.after.find_table(key->references);
    if (!before || !after || !target_waits(draft, *key, *before, *after)) {
      ++key;
      continue;
    }
    const diff::AddForeignKey add{change.table.name, *key};
    draft.require(Requirement::foreign_key, change.table.name, add);
    draft.in_contract(add, whole);
    key = keys.erase(key);
    change.table.source.clear();
  }
}

bool unseats_foreign_key(const Draft& draft, const diff::Change& change, const QualifiedName& table,
                         const std::vector<Identifier>& columns) {
  if (!(diff::subject(change) == table)) return false;
  return schema::match(
      change,
      [&](const diff::ChangeType& c) {
        if (std::find(columns.begin(), columns.end(), c.column) == columns.end()) return false;
        const TypeRelation relation = draft.dialect.relate(c.before, c.after);
        return relation == TypeRelation::other || (relation == TypeRelation::narrow && c.before.name != c.after.name);
      },
      [&](const diff::ChangePrimaryKey& c) { return are_columns(c.before.parts, columns); },
      [&](const diff::DropPrimaryKey& c) { return are_columns(c.key.parts, columns); },
      [&](const diff::DropUnique& c) { return are_columns(c.unique.parts, columns); },
      [](const auto&) { return false; });
}

StandingKeys standing_foreign_keys(const Draft& draft) {
  StandingKeys result;
  const auto add = [&](const Table& table) {
    for (const ForeignKey& key : table.foreign_keys) result.emplace_back(table.name, key);
  };
  for (const Table& table : draft.before.tables()) add(table);
  for (const Item& item : draft.expand)
    schema::match(
        item.change, [&](const diff::CreateTable& c) { add(c.table); },
        [&](const diff::AddForeignKey& c) { result.emplace_back(c.table, c.key); }, [](const auto&) {});
  return result;
}

void foreign_keys_step_aside(const Draft& draft, const StandingKeys& standing, std::vector<Item>& items) {
  std::vector<Item> around;
  for (const auto& [table, key] : standing) {
    const Table* after = draft.after.find_table(table);
    const Table* parent = draft.before.find_table(key.references);
    const auto referenced = parent ? referenced_columns(key, *parent) : key.referenced;
    const auto cause = std::find_if(items.begin(), items.end(), [&, &table = table, &key = key](const Item& item) {
      return unseats_foreign_key(draft, item.change, key.references, referenced) ||
             (std::holds_alternative<diff::ChangeType>(item.change) &&
              unseats_foreign_key(draft, item.change, table, key.columns));
    });
    if (cause == items.end()) continue;
    const diff::Change drop = diff::DropForeignKey{table, key};
    if (std::any_of(items.begin(), items.end(), [&](const Item& item) { return item.change == drop; })) continue;
    around.push_back({drop, cause->reason, {}});
    if (!after) continue;
    const auto stays = std::find(after->foreign_keys.begin(), after->foreign_keys.end(), key);
    if (stays == after->foreign_keys.end()) continue;
    around.back().hazards.push_back(
        foreign_key_rebuilt({table, key}, "the key or the columns that it stands on change"));
    around.push_back({diff::AddForeignKey{table, *stays}, cause->reason, {}});
  }
  items.insert(items.end(), std::make_move_iterator(around.begin()), std::make_move_iterator(around.end()));
}

void rebuild_foreign_keys(Draft& draft) {
  if (!draft.can().foreign_keys_bind_columns) return;
  Rebuild at_expand(draft.expand, draft.before);
  for (const Table& table : draft.before.tables())
    for (const ForeignKey& key : table.foreign_keys) at_expand.key_of(table, key, true);

  Rebuild at_contract(draft.contract_tables, draft.after);
  for (const Table& table : draft.before.tables()) {
    const Table* after = draft.after.find_table(table.name);
    for (const ForeignKey& key : table.foreign_keys)
      if (!after || std::find(after->foreign_keys.begin(), after->foreign_keys.end(), key) != after->foreign_keys.end())
        at_contract.key_of(table, key, after != nullptr);
  }
}

bool foreign_key_needs(const schema::Schema& schema, const QualifiedName& table, const Identifier& column) {
  const auto among = [&](const std::vector<Identifier>& columns) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  };
  return std::any_of(schema.tables().begin(), schema.tables().end(), [&](const Table& child) {
    return std::any_of(child.foreign_keys.begin(), child.foreign_keys.end(), [&](const ForeignKey& key) {
      if (child.name == table && among(key.columns)) return true;
      const Table* target = key.references == table ? schema.find_table(table) : nullptr;
      return target && among(referenced_columns(key, *target));
    });
  });
}

}  // namespace emcee::plan
