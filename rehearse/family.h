// Tables whose rows hang together: by lookups, generated rows, columns that move, and the foreign keys between them.
// They are rehearsed as one.
#pragma once

#include <map>
#include <set>

#include "rehearse/table.h"

namespace emcee::rehearse {

using schema::QualifiedName;

struct Family {
  struct Member {
    std::size_t table = 0, column = 0;
  };
  struct Domain {
    std::vector<Member> members;
    std::vector<Candidate> values;  // keys that may be there, or not
  };

  // As the new release declares it.
  struct ForeignKey {
    std::size_t from = 0, to = 0;
    std::vector<std::pair<Identifier, Identifier>> columns;
    bool dangles(const std::map<Identifier, Value>& row,
                 const std::map<std::vector<Value>, std::map<Identifier, Value>>& others) const;
  };

  std::vector<Table> tables;             // their columns include those of the key
  std::vector<Domain> domains;           // Column::domain is the place in it, plus one
  std::vector<plan::SyncGroup> fills;    // of columns that both releases have: only batches do these
  std::vector<std::size_t> order;        // of tables: what others look into comes before them
  std::vector<ForeignKey> foreign_keys;  // between them
  // Tables that others point to, but with held columns; their names as SQL has them.
  std::vector<std::string> references;
  std::map<std::string, std::vector<Value>> spare_keys;  // of generated rows, by their group: no statement has them

  // All groups that generate rows.
  std::vector<const plan::SyncGroup*> generating() const;
  std::optional<std::size_t> find(const QualifiedName& name) const;
  bool is_referenced(const Table& table) const;
};

// The names of all tables that hang together with another one.
std::set<QualifiedName> related_tables(const plan::Plan& plan);

// Those of them that can be rehearsed; `skipped` gets a line for each that cannot. As find_tables.
Result<Family> find_family(const plan::Plan& plan, const plan::Dialect& dialect, Database& old_database,
                           Database& new_database, std::vector<std::string>& skipped);

}  // namespace emcee::rehearse
