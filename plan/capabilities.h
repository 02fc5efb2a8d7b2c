// What a server can do, as data: filled from dialect, flavour and version. The planner never sees
// the name of a dialect.
#pragma once

#include <string>

namespace emcee::plan {

struct Capabilities {
  std::string dialect;         // for output only
  std::string server_version;  // for output only

  // All DDL runs in transactions, and a table can change in several ways at once: the changes of
  // a table in one phase are one step, and contract needs no fence but for what is bound ahead.
  bool transactional_ddl = false;
  // Changes of one table are cheaper together than one by one.
  bool merge_table_changes = false;
  // A virtual column comes and goes in a statement of its own, if rows are not to be copied.
  bool virtual_columns_alone = false;
  // Indexes are built and dropped while others write, each in a step of its own.
  bool online_indexes = false;
  // A table can be made only after those that its foreign keys point to.
  bool foreign_keys_need_target = false;
  // Neither the columns of a foreign key can change while it is there, nor the indexes it relies on.
  bool foreign_keys_bind_columns = false;
  // What a foreign key writes by itself (ON DELETE SET NULL, ON UPDATE CASCADE) fires no trigger.
  bool cascades_pass_triggers = false;
  // A trigger before an INSERT can take the row away that is in its way.
  bool triggers_clear_the_way = false;
  // A trigger can supply a value for a NOT NULL column that the statement left out.
  bool trigger_fills_not_null = false;
  // The number that the server gives a row is stored in it before triggers look, in every column that counts.
  bool numbers_before_triggers = false;
  // A UNIQUE constraint can be made only while the table is written anew; until then a unique
  // index takes its place.
  bool unique_needs_rewrite = false;
  // The application can see that triggers wrote after its statement (SQLite: RETURNING).
  bool returning_before_triggers = false;
  // An updatable view can stand for a renamed table.
  bool rename_table_by_view = false;
  // A copy can, which triggers keep equal to the table.
  bool rename_table_by_copy = false;
  // Tables, views and all other objects share one set of names.
  bool one_namespace = false;
  // One connection writes at a time, so what a trigger reads of another table is as it will be.
  bool one_writer = false;
  // In REPEATABLE READ a trigger sees nothing that came after the snapshot of its transaction.
  bool triggers_keep_snapshot = false;
  // A default can number rows (PostgreSQL's sequences).
  bool defaults_number = false;
  // The number that a row is going to get is known only when it is there: who needs it before inserts the row,
  // deletes it again and keeps the number (MySQL: AUTO_INCREMENT).
  bool numbers_by_inserting = false;
  // A trigger cannot write a table that the statement names (MySQL: error 1442).
  bool statement_bars_tables = false;
  // A column refuses what is wider than its type; on SQLite widths are there for readers.
  bool widths_bind = false;
  // An INSERT without a list of columns has to give all of them; on PostgreSQL the last ones may be left out.
  bool inserts_count_columns = false;
  // Generated columns are among them (MySQL: DEFAULT stands for their value).
  bool inserts_count_generated = false;
  // Columns can be kept from INSERTs without a list of columns and from SELECT *.
  bool hides_columns = false;
  // An upsert says which key it goes by, and fails without it; else it goes by those that are there.
  bool upserts_name_keys = true;
  // REPLACE exists and can remove rows through any unique key.
  bool has_replace = false;
};

}  // namespace emcee::plan
