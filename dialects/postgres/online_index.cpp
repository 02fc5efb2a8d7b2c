#include "dialects/postgres/online_index.h"

#include <fmt/format.h>
#include <algorithm>

#include "dialects/postgres/ddl.h"
#include "dialects/postgres/names.h"
#include "dialects/postgres/partitions.h"
#include "dialects/postgres/prepare.h"
#include "schema/match.h"

namespace emcee::postgres {

using plan::LockTime;
using schema::Index;
using schema::QualifiedName;

namespace {

void build(Script& script, const Index& index, const QualifiedName& table) {
  script.transactional = false;
  script.needs(Lock::share_update_exclusive, LockTime::none);
  script.add({kShortWait, drop_invalid_index(index.name, table), kLongWait});
  script.add(create_index(index, table, true));
}

void drop(Script& script, const Index& index) {
  script.transactional = false;
  script.needs(Lock::share_update_exclusive, LockTime::none);
  script.add({kLongWait, "DROP INDEX CONCURRENTLY IF EXISTS " + quoting()(index.name)});
}

// Built under another name; then both names change hands at once.
void replace(Script& script, const Index& before, const Index& after, const QualifiedName& table) {
  Index built = after;
  built.name = stand_in(after.name);
  built.options.erase("comment");
  build(script, built, table);
  script.needs(Lock::access_exclusive, LockTime::instant);
  script.add({kShortWait,
              fmt::format("DO $emcee$ BEGIN\n  DROP INDEX {};\n  ALTER INDEX {} RENAME TO {};\nEND $emcee$",
                          quoting()(before.name), quoting()(built.name), quoting()(after.name.name)),
              kLongWait});
  if (const auto it = after.options.find("comment"); it != after.options.end())
    script.add(comment_on_index(after.name, it->second));
}

// The index that the partition has of this definition, as the new schema names it.
Index index_of_partition(const schema::Table& partition, const Index& index, const schema::Schema& last) {
  Index own = index;
  own.options.erase("comment");
  own.name = {partition.name.schema,
              partition.name.name.derived(bounded_name(partition.name.name.text() + "_" + index.name.name.text()))};
  if (const schema::Table* at_last = last.find_table(partition.name))
    for (const Index& each : at_last->indexes)
      if (can_be_part(each, index)) own = each;
  return own;
}

// An index without any rows on the table itself, which is valid when each partition has one attached.
void build_partitioned(Script& script, const Index& index, const schema::Table& table, const schema::Schema& before,
                       const schema::Schema& last) {
  script.transactional = false;
  script.needs(Lock::share, LockTime::instant);
  Index only = index;
  only.options["only"] = "true";
  script.add(kShortWait);
  script.add(create_index(only, table.name));
  for (const schema::Table* partition : partitions_of(table, before)) {
    Index own = index_of_partition(*partition, index, last);
    // A partition that is new came with it.
    const auto there = std::find_if(partition->indexes.begin(), partition->indexes.end(),
                                    [&](const Index& each) { return can_be_part(each, index); });
    if (there != partition->indexes.end())
      own.name = there->name;
    else if (has_option(partition->options.other, "partition_by"))
      build_partitioned(script, own, *partition, before, last);
    else
      build(script, own, partition->name);
    script.add(fmt::format("ALTER INDEX {} ATTACH PARTITION {}", quoting()(index.name), quoting()(own.name)));
  }
  script.add(kLongWait);
}

}  // namespace

bool change_index_online(Script& script, const diff::Change& change, const schema::Schema& before,
                         const schema::Schema& last) {
  const schema::Table* table = before.find_table(diff::subject(change));
  if (!table) return false;
  if (has_option(table->options.other, "partition_by")) {
    const auto* create = std::get_if<diff::CreateIndex>(&change);
    if (!create || is_exclusion(create->index)) return false;
    build_partitioned(script, create->index, *table, before, last);
    return true;
  }
  const schema::Table* at_last = last.find_table(table->name);
  return schema::match(
      change,
      [&](const diff::CreateIndex& c) {
        if (is_exclusion(c.index)) return false;
        build(script, c.index, table->name);
        if (at_last) script.add(rely_on(*at_last, c.index));
        return true;
      },
      [&](const diff::DropIndex& c) {
        if (is_exclusion(c.index)) return false;
        drop(script, c.index);
        return true;
      },
      [&](const diff::ReplaceIndex& c) {
        if (is_exclusion(c.before) || is_exclusion(c.after)) return false;
        replace(script, c.before, c.after, table->name);
        if (at_last) script.add(rely_on(*at_last, c.after));
        return true;
      },
      [](const auto&) { return false; });
}

}  // namespace emcee::postgres
