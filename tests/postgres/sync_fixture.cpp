#include "tests/postgres/sync_fixture.h"

namespace emcee::postgres_test {

plan::SyncGroup images_group() {
  plan::SyncGroup group;
  group.name = "images_visibility";
  group.table.name = id("images");
  group.old_columns = {{id("is_public"), parse("CASE visibility WHEN 'public' THEN 1 ELSE 0 END"), {}, true}};
  group.new_columns = {
      {id("visibility"), parse("CASE WHEN is_public = 1 THEN 'public' ELSE 'shared' END"), parse("'shared'"), true}};
  return group;
}

schema::Schema images_schema() {
  schema::Table table;
  table.name.name = id("images");
  table.columns = {make_column("id", "integer", true), make_column("is_public", "smallint", true),
                   make_column("other", "text"), make_column("visibility", "varchar(9)")};
  table.primary_key = schema::PrimaryKey{{}, {{schema::Fragment::column(id("id")), {}}}};
  return make_schema({table});
}

plan::SyncGroup rename_group(const std::string& table, const std::string& from, const std::string& to) {
  plan::SyncGroup group;
  group.name = table + "_" + to;
  group.table.name = id(table);
  group.old_columns = {{id(from), schema::Fragment::column(id(to)), {}, false}};
  group.new_columns = {{id(to), schema::Fragment::column(id(from)), {}, false}};
  group.one_to_one = true;
  return group;
}

}  // namespace emcee::postgres_test
