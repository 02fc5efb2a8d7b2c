#include "dialects/mysql/algorithms.h"

#include <fmt/format.h>
#include <algorithm>

#include "dialects/mysql/charset.h"
#include "dialects/mysql/ddl.h"
#include "dialects/mysql/table_keys.h"
#include "dialects/mysql/types.h"
#include "schema/match.h"

namespace emcee::mysql {

using schema::Column;
using schema::Identifier;
using schema::Table;

namespace {

constexpr Cost kInstant{};
constexpr Cost kCopy{Algorithm::copy, true};

bool is_innodb(const Table& table) {
  const auto it = table.options.other.find("engine");
  return it == table.options.other.end() || schema::equal_ignoring_case(it->second, "InnoDB");
}

template <class Wanted>
bool any_index(const Table& table, const Wanted& wanted) {
  return std::any_of(table.indexes.begin(), table.indexes.end(), wanted);
}
auto fulltext_indexes(const Table& table) {
  return std::count_if(table.indexes.begin(), table.indexes.end(),
                       [](const schema::Index& index) { return index.method == "fulltext"; });
}
bool has_generated(const Table& table) {
  return std::any_of(table.columns.begin(), table.columns.end(),
                     [](const Column& c) { return c.generated.has_value(); });
}
bool is_compressed(const Table& table) {
  const auto format = table.options.other.find("row_format");
  return table.options.other.count("key_block_size") > 0 ||
         (format != table.options.other.end() && schema::equal_ignoring_case(format->second, "compressed"));
}
// MySQL: the server makes a hidden column for an expression.
bool is_functional(const schema::Index& index) {
  return std::any_of(index.parts.begin(), index.parts.end(),
                     [](const schema::KeyPart& part) { return !part.expression.as_column(); });
}
bool is_partitioned(const Table& table) { return table.options.other.count("partition_by") > 0; }

// Anything but a literal and the time of the statement, which all rows share.
bool is_computed(const schema::Fragment& value) {
  if (is_constant(value)) return false;
  const std::string& word = value.tokens().front().text;
  return !schema::equal_ignoring_case(word.substr(0, word.find('(')), "current_timestamp");
}

bool is_indexed(const Table& table, const Identifier& column) {
  const auto names = [&](const schema::KeyPart& part) { return part.expression.mentions_column(column); };
  const auto in = [&](const auto& parts) { return std::any_of(parts.begin(), parts.end(), names); };
  return (table.primary_key && in(table.primary_key->parts)) ||
         any_index(table, [&](const schema::Index& index) { return in(index.parts); });
}

bool is_in(const std::vector<Identifier>& columns, const Identifier& column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

// No engine has to be asked: the server itself keeps these.
bool is_in_dictionary(const diff::Change& change) {
  return schema::match(
      change, [](const diff::AddDefault&) { return true; }, [](const diff::DropDefault&) { return true; },
      [](const diff::ChangeDefault&) { return true; }, [](const diff::RenameColumn&) { return true; },
      [](const diff::RenameIndex&) { return true; }, [](const diff::DropCheck&) { return true; },
      [](const diff::ChangeColumnOption& c) { return c.option == "comment"; },
      [](const diff::ChangeTableOption& c) { return c.option == "comment"; }, [](const auto&) { return false; });
}

bool has_spatial_index(const Table& table) {
  return any_index(table, [](const schema::Index& index) { return index.method == "spatial"; });
}

// Beside the writers, but for spatial and full-text indexes: MariaDB makes one anew, and no more, and none beside
// columns that are computed; MySQL none.
Cost cost_of_rebuild(const Table& table, const Server& server) {
  const auto indexes = fulltext_indexes(table);
  if (server.is_mariadb() && indexes > 0 && has_generated(table)) return kCopy;
  if (indexes > (server.is_mariadb() ? 1 : 0)) return kCopy;
  return {Algorithm::inplace, indexes > 0 || has_spatial_index(table), true};
}

class Costs {
 public:
  Costs(const Table& before, const Table& after, const Server& server)
      : before_(before), after_(after), server_(server) {}

  Cost operator()(const diff::AddColumn& c) const {
    if (c.column.generated) return c.column.generated->stored ? kCopy : instant();
    if (c.column.identity) return {Algorithm::inplace, true};
    if (c.column.default_value && is_computed(*c.column.default_value)) return kCopy;
    return moved();
  }
  Cost operator()(const diff::DropColumn& c) const {
    if (is_partitioned(before_) && server_.is_mariadb()) return inplace();
    const Column* interim = without_key(before_);
    const bool indexed = is_indexed(before_, c.column.name) || (interim && interim->name == c.column.name);
    if (c.column.generated && !c.column.generated->stored)
      return indexed ? together(index(), instant(), server_) : instant();
    return indexed ? together(index(), moved(), server_) : moved();
  }
  Cost operator()(const diff::CreateIndex& c) const {
    if (c.index.unique && c.index.method == "hash") return kCopy;
    if (c.index.method == "fulltext" || c.index.method == "spatial" || is_functional(c.index))
      return {Algorithm::inplace, true};
    return sorted();
  }
  Cost operator()(const diff::DropIndex&) const { return index(); }
  Cost operator()(const diff::ReplaceIndex& c) const { return (*this)(diff::CreateIndex{c.table, c.after}); }
  Cost operator()(const diff::RenameIndex&) const { return metadata(); }
  // With foreign_key_checks on, so that the server looks at the rows.
  Cost operator()(const diff::AddForeignKey&) const { return kCopy; }
  Cost operator()(const diff::DropForeignKey&) const { return metadata(); }
  Cost operator()(const diff::AddCheck& c) const {
    const bool not_enforced = c.check.options.count("not_enforced") > 0;
    return not_enforced && !server_.is_mariadb() ? inplace() : kCopy;
  }
  Cost operator()(const diff::DropCheck& c) const {
    // MariaDB: a text without the check that makes it JSON is another type.
    const auto is_bound = [&](const Column& column) {
      return is_json_text(before_, column) && !is_json_text(after_, column) &&
             c.check.expression.mentions_column(column.name);
    };
    return std::any_of(before_.columns.begin(), before_.columns.end(), is_bound) ? kCopy : kInstant;
  }
  // A constraint cannot be renamed: it goes and comes again.
  Cost operator()(const diff::RenameConstraint&) const { return kCopy; }
  Cost operator()(const diff::AddDefault&) const { return kInstant; }
  Cost operator()(const diff::DropDefault&) const { return kInstant; }
  Cost operator()(const diff::ChangeDefault&) const { return kInstant; }
  Cost operator()(const diff::SetNotNull& c) const {
    if (!server_.is_mariadb()) return inplace();
    // In place MariaDB would have to know what a NULL among timestamps becomes.
    const Column* column = before_.find_column(c.column);
    const bool is_timestamp = column && column->type.name == "timestamp";
    return has_generated(before_) || is_timestamp ? kCopy : inplace();
  }
  Cost operator()(const diff::DropNotNull&) const {
    return server_.is_mariadb() && has_generated(before_) ? kCopy : inplace();
  }
  Cost operator()(const diff::RenameColumn&) const { return kInstant; }
  Cost operator()(const diff::ChangeType& c) const {
    const auto relation = relate(c.before, c.after, server_);
    if (server_.is_mariadb() && relation == plan::TypeRelation::widen_rewrite && is_short(c)) return kInstant;
    if (relation != plan::TypeRelation::widen_metadata) return kCopy;
    // MariaDB sorts an index of byte strings anew where they become longer.
    if (server_.is_mariadb() && family(c.after) == Family::blob && is_indexed(before_, c.column))
      return is_in(clustered_key(before_), c.column) ? inplace() : sorted();
    if (family(c.after) == Family::enumeration || family(c.after) == Family::set) return kInstant;
    return metadata();
  }
  Cost operator()(const diff::ChangeCollation& c) const {
    const Column* column = after_.find_column(c.column);
    const bool text = column && has_collation(column->type);
    if (!text || !c.before || !c.after || !same_charset(*c.before, *c.after) || is_indexed(before_, c.column))
      return kCopy;
    Cost cost = metadata();
    cost.changes_lobs = is_lob(column->type);
    return cost;
  }
  Cost operator()(const diff::ChangeGenerated&) const { return kCopy; }
  Cost operator()(const diff::ChangeIdentity&) const { return kCopy; }
  Cost operator()(const diff::ChangeColumnOption& c) const {
    return c.option == "comment" || c.option == "on_update" || c.option == "invisible" ? kInstant : kCopy;
  }
  Cost operator()(const diff::ChangeTableOption& c) const {
    if (c.option == "comment" || c.option == "auto_increment") return metadata();
    return c.option == "collation" ? inplace() : kCopy;
  }
  Cost operator()(const diff::AddPrimaryKey&) const { return inplace(); }
  Cost operator()(const diff::ChangePrimaryKey&) const { return inplace(); }
  Cost operator()(const diff::DropPrimaryKey&) const { return kCopy; }
  template <class Other>
  Cost operator()(const Other&) const {
    return kInstant;
  }

 private:
  // MariaDB: a text of up to 127 bytes becomes longer than 255 in place
  // (https://mariadb.com/kb/en/innodb-online-ddl-operations-with-the-instant-alter-algorithm/).
  bool is_short(const diff::ChangeType& c) const {
    const auto is_varchar = [](const schema::Type& type) { return type.text.rfind("varchar(", 0) == 0; };
    const Column* column = before_.find_column(c.column);
    if (!is_varchar(c.before) || !is_varchar(c.after) || !column || !column->collation) return false;
    return std::stol(c.before.arguments.front()) * bytes_per_character(charset_of(column->collation->text())) <= 127;
  }

  // What is INSTANT but for full-text indexes.
  Cost instant() const { return fulltext_indexes(before_) ? inplace() : kInstant; }
  Cost metadata() const { return server_.is_mariadb() ? kInstant : Cost{Algorithm::inplace}; }
  Cost index() const { return {server_.is_mariadb() ? Algorithm::nocopy : Algorithm::inplace, false}; }
  Cost moved() const {
    Cost cost = is_compressed(before_) ? inplace() : instant();
    cost.moves_columns = true;
    cost.beside_gis = has_spatial_index(before_);
    return cost;
  }
  Cost sorted() const {
    Cost cost = index();
    cost.sorts = true;
    return cost;
  }
  Cost inplace() const { return cost_of_rebuild(before_, server_); }

  static bool same_charset(const Identifier& a, const Identifier& b) {
    return charset_of(a.text()) == charset_of(b.text());
  }

  const Table& before_;
  const Table& after_;
  const Server& server_;
};

}  // namespace

Cost cost_of(const diff::Change& change, const Table& before, const Table& after, const Server& server) {
  // MariaDB makes the hidden column of a hashed key anew whatever else the statement does.
  if (has_hashed_key(before) && !std::holds_alternative<diff::DropIndex>(change)) return kCopy;
  const Cost cost = schema::match(change, Costs(before, after, server));
  return is_innodb(before) || is_in_dictionary(change) ? cost : kCopy;
}

Cost cost_of_clustering(const Table& before, const Table& after, const Server& server) {
  const auto old_key = clustered_key(before), new_key = clustered_key(after);
  if (!is_innodb(before) || old_key == new_key) return kInstant;
  return new_key.empty() ? kCopy : cost_of_rebuild(before, server);
}

Cost cost_beside_virtual_columns(const std::vector<diff::Change>& changes) {
  bool any = false, other = false;
  for (const diff::Change& change : changes) {
    const Column* column = schema::match(
        change, [](const diff::AddColumn& c) { return &c.column; }, [](const diff::DropColumn& c) { return &c.column; },
        [](const auto&) -> const Column* { return nullptr; });
    const schema::Index* index = schema::match(
        change, [](const diff::CreateIndex& c) { return &c.index; }, [](const diff::DropIndex& c) { return &c.index; },
        [](const auto&) -> const schema::Index* { return nullptr; });
    const bool is_virtual =
        (column && column->generated && !column->generated->stored) || (index && is_functional(*index));
    any = any || is_virtual;
    other = other || !(is_virtual || index);
  }
  return any && other ? kCopy : kInstant;
}

Cost together(Cost a, Cost b, const Server& server) {
  Cost both{std::max(a.algorithm, b.algorithm), a.writers_wait || b.writers_wait,
            a.rebuilds || b.rebuilds,           a.sorts || b.sorts,
            a.moves_columns || b.moves_columns, a.beside_gis || b.beside_gis,
            a.changes_lobs || b.changes_lobs};
  // The columns do not move at once any more, and a spatial index lets nobody write meanwhile.
  if (both.beside_gis && both.algorithm != Algorithm::instant) both.writers_wait = true;
  if (server.is_mariadb() && both.sorts && both.moves_columns) {
    both.algorithm = std::max(both.algorithm, Algorithm::inplace);
    both.rebuilds = true;
  }
  if (!server.is_mariadb() && both.rebuilds && both.changes_lobs) both.writers_wait = true;
  return both;
}

std::string clauses(Cost cost, const Server& server) {
  static constexpr std::string_view kWords[] = {"INSTANT", "NOCOPY", "INPLACE", "COPY"};
  const std::string_view algorithm = kWords[static_cast<std::size_t>(cost.algorithm)];
  // MySQL: "LOCK=NONE/SHARED/EXCLUSIVE is not supported for ALGORITHM=INSTANT", error 1221.
  if (cost.algorithm == Algorithm::instant && !server.is_mariadb()) return "ALGORITHM=INSTANT";
  return fmt::format("ALGORITHM={}, LOCK={}", algorithm, cost.writers_wait ? "SHARED" : "NONE");
}

plan::LockTime lock_time(Cost cost) {
  if (cost.algorithm == Algorithm::copy) return plan::LockTime::rewrite;
  return cost.writers_wait ? plan::LockTime::scan : plan::LockTime::instant;
}

}  // namespace emcee::mysql
