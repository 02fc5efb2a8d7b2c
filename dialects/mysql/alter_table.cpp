#include "dialects/mysql/alter_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "dialects/mysql/ddl.h"
#include "dialects/mysql/quoting.h"
#include "dialects/mysql/table_keys.h"
#include "schema/is_one_of.h"
#include "schema/match.h"

namespace emcee::mysql {

using schema::Identifier;
using schema::Table;

namespace {

class Commands {
 public:
  Commands(const Table& before, const Table& after, const Server& server)
      : before_(before), after_(after), server_(server) {}

  void operator()(const diff::AddColumn& c) {
    add("ADD COLUMN " + column_definition(now(c.column.name, c.column), after_, server_));
  }
  void operator()(const diff::DropColumn& c) { add("DROP COLUMN " + quoting()(c.column.name)); }
  void operator()(const diff::RenameColumn& c) {
    add(fmt::format("RENAME COLUMN {} TO {}", quoting()(c.from), quoting()(c.to)));
  }
  template <class OfColumn>
  requires requires(const OfColumn& c) { c.column.text(); }
  void operator()(const OfColumn& c) { modify(c.column); }

  void operator()(const diff::AddPrimaryKey& c) {
    add("ADD " + primary_key_clause(c.key));
    keep_indexes(c.key.parts);
  }
  void operator()(const diff::ChangePrimaryKey& c) {
    add("DROP PRIMARY KEY");
    add("ADD " + primary_key_clause(c.after));
    keep_indexes(c.after.parts);
  }
  void operator()(const diff::DropPrimaryKey&) { add("DROP PRIMARY KEY"); }
  void operator()(const diff::CreateIndex& c) {
    add("ADD " + index_clause(c.index));
    keep_indexes(c.index.parts);
  }
  void operator()(const diff::DropIndex& c) { add("DROP KEY " + quoting()(c.index.name.name)); }
  void operator()(const diff::RenameIndex& c) {
    add(fmt::format("RENAME KEY {} TO {}", quoting()(c.from.name), quoting()(c.to.name)));
  }
  void operator()(const diff::ReplaceIndex& c) {
    add("DROP KEY " + quoting()(c.before.name.name));
    add("ADD " + index_clause(c.after));
    keep_indexes(c.after.parts);
  }
  void operator()(const diff::AddForeignKey& c) { add("ADD " + foreign_key_clause(c.key, server_)); }
  void operator()(const diff::DropForeignKey& c) {
    if (c.key.name) add("DROP FOREIGN KEY " + quoting()(*c.key.name));
  }
  void operator()(const diff::AddCheck& c) {
    if (const auto column = owner(c.check)) return modify(*column);
    add("ADD " + check_clause(c.check));
  }
  void operator()(const diff::DropCheck& c) {
    if (const auto column = owner(c.check)) return modify(*column);
    if (c.check.name) add("DROP CONSTRAINT " + quoting()(*c.check.name));
  }
  void operator()(const diff::RenameConstraint& c) {
    for (const schema::ForeignKey& key : after_.foreign_keys) {
      if (key.name != c.to) continue;
      add("DROP FOREIGN KEY " + quoting()(c.from));
      add("ADD " + foreign_key_clause(key, server_));
    }
    for (const schema::Check& check : after_.checks) {
      if (check.name != c.to) continue;
      add("DROP CONSTRAINT " + quoting()(c.from));
      add("ADD " + check_clause(check));
    }
  }
  void operator()(const diff::ChangeTableOption& c) {
    if (c.option == "partition_by") {
      partitioning_ = c.after ? *c.after : "REMOVE PARTITIONING";
    } else if (c.option == "system_versioning") {
      add(c.after ? "ADD SYSTEM VERSIONING" : "DROP SYSTEM VERSIONING");
    } else if (c.after) {
      add(option_clause(c.option, *c.after));
    } else {
      add(option_clause(c.option, default_of(c.option)));
    }
  }
  template <class Other>
  void operator()(const Other&) {}  // not a change of a table in place

  std::vector<std::string> take(Cost cost) {
    serve_interim_key();
    std::vector<std::string> statements;
    const std::string alter = "ALTER TABLE " + quoting()(after_.name) + " ";
    if (!commands_.empty())
      statements.push_back(fmt::format("{}{}, {}", alter, fmt::join(commands_, ", "), clauses(cost, server_)));
    if (!partitioning_.empty()) statements.push_back(alter + partitioning_);
    return statements;
  }

 private:
  void add(std::string command) { commands_.push_back(std::move(command)); }

  // An interim key comes where the last declared one leaves the AUTO_INCREMENT column, and goes with
  // the column or where a declared one comes.
  void serve_interim_key() {
    const schema::Column *had = without_key(before_), *has = without_key(after_);
    if (had && has && had->name == has->name) return;
    if (had && after_.find_column(had->name)) add("DROP KEY " + quoting().quoted(interim_key(*had)));
    if (has) add(fmt::format("ADD UNIQUE KEY {} ({})", quoting().quoted(interim_key(*has)), quoting()(has->name)));
  }

  // The index that a server made for a foreign key by itself goes without a word as soon as another one begins with
  // its columns, unless it is declared: then contract could not drop it, and a rollback not take the other one back.
  // To declare what is there costs nothing.
  void keep_indexes(const std::vector<schema::KeyPart>& parts) {
    for (const schema::Index& index : before_.indexes) {
      const bool stays = std::find(after_.indexes.begin(), after_.indexes.end(), index) != after_.indexes.end();
      const bool covered =
          index.parts.size() <= parts.size() && std::equal(index.parts.begin(), index.parts.end(), parts.begin());
      const std::string name = quoting()(index.name.name);
      const bool done = std::find(commands_.begin(), commands_.end(), "DROP KEY " + name) != commands_.end();
      if (!stays || !covered || done || index.unique || !serves_foreign_key(index)) continue;
      add("DROP KEY " + name);
      add("ADD " + index_clause(index));
    }
  }

  bool serves_foreign_key(const schema::Index& index) const {
    return std::any_of(before_.foreign_keys.begin(), before_.foreign_keys.end(), [&](const schema::ForeignKey& key) {
      return key.columns.size() == index.parts.size() &&
             std::equal(key.columns.begin(), key.columns.end(), index.parts.begin(),
                        [](const Identifier& column, const schema::KeyPart& part) {
                          return part.expression.as_column() == column;
                        });
    });
  }

  // The column as it is after all changes of this statement.
  const schema::Column& now(const Identifier& name, const schema::Column& otherwise) const {
    const schema::Column* column = after_.find_column(name);
    return column ? *column : otherwise;
  }

  void modify(const Identifier& name) {
    const schema::Column* column = after_.find_column(name);
    if (!column || !before_.find_column(name)) return;  // it comes or goes with this statement
    if (std::find(modified_.begin(), modified_.end(), name) != modified_.end()) return;
    modified_.push_back(name);
    schema::Column spelled = *column;
    // MariaDB: a text with this check is JSON, and one that is not spelled so would be another type. JSON takes no
    // CHARACTER SET.
    if (is_json_text(after_, *column) && column->collation) {
      spelled.type.text = "json COLLATE " + column->collation->text();
      spelled.collation.reset();
    }
    add("MODIFY COLUMN " + column_definition(spelled, after_, server_));
  }

  static std::string option_clause(const std::string& option, const std::string& value) {
    Table only;
    only.options.other[option] = value;
    return table_options(only).substr(1);
  }

  // MariaDB: a check without a name stands at its column.
  static std::optional<Identifier> owner(const schema::Check& check) {
    const auto it = check.options.find("column");
    if (it == check.options.end()) return std::nullopt;
    return Identifier(it->second, schema::Folding::ignore_case);
  }

  static std::string default_of(const std::string& option) {
    if (schema::is_one_of(option, {"comment", "compression", "connection"})) return "";
    if (schema::is_one_of(option, {"key_block_size", "max_rows", "min_rows", "avg_row_length", "checksum",
                                   "delay_key_write", "autoextend_size"}))
      return "0";
    if (option == "engine") return "innodb";
    if (option == "encryption") return "N";
    if (option == "insert_method") return "NO";
    return option == "auto_increment" ? "1" : "DEFAULT";
  }

  const Table& before_;
  const Table& after_;
  const Server& server_;
  std::vector<std::string> commands_;
  std::vector<Identifier> modified_;
  std::string partitioning_;
};

}  // namespace

AlterTable alter_table(const std::vector<diff::Change>& changes, const Table& before, const Table& after,
                       const Server& server) {
  AlterTable result;
  Commands commands(before, after, server);
  for (const diff::Change& change : changes) {
    std::visit([&](const auto& c) { commands(c); }, change);
    result.cost = together(result.cost, cost_of(change, before, after, server), server);
  }
  result.cost = together(result.cost, cost_of_clustering(before, after, server), server);
  result.cost = together(result.cost, cost_beside_virtual_columns(changes), server);
  result.statements = commands.take(result.cost);
  return result;
}

}  // namespace emcee::mysql
