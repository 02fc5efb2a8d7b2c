// The sync suite on PostgreSQL, and what only PostgreSQL has: types that are equal without being
// the same bytes, and types without any equality.
#include "tests/sync/sync_suite.h"

namespace emcee::sync_test {
namespace {

Words words() {
  Words w;
  w.flag = "smallint";
  w.real = "double precision";
  w.any_case_text = "TEXT COLLATE nocase";
  return w;
}

// A renamed column: what is written is what the other release reads, byte for byte.
GroupCase renamed(const std::string& name, const std::string& type, std::vector<std::string> values) {
  values.insert(values.begin(), "NULL");
  return {.name = "renamed " + name,
          .old_columns = {{"o", type, values, "n", "", false}},
          .new_columns = {{"n", type, values, "o", "", false}}};
}

std::vector<GroupCase> groups() {
  std::vector<GroupCase> result = common_groups(words());
  result.push_back(renamed("numeric", "numeric", {"1.0", "1.00", "'NaN'"}));
  result.push_back(renamed("float", "double precision", {"0", "'-0'", "'NaN'"}));
  result.push_back(renamed("char", "char(5)", {"'a'", "'A'", "''"}));
  result.push_back(renamed("bpchar", "bpchar", {"'a'", "'a '"}));
  result.push_back(renamed("citext", "citext", {"'a'", "'A'"}));
  result.push_back(renamed("json", "json", {"'[1]'", "'[ 1]'"}));
  result.push_back(renamed("jsonb", "jsonb", {"'[1]'", "'[1.0]'"}));
  result.push_back(renamed("xml", "xml", {"'<a/>'", "'<a></a>'"}));
  result.push_back(renamed("point", "point", {"'(0,0)'", "'(-0,0)'"}));
  result.push_back(renamed("interval", "interval", {"'1 day'", "'24:00:00'"}));
  result.push_back(renamed("array", "numeric[]", {"'{1,NULL}'", "'{1.0,NULL}'", "'{}'"}));
  result.push_back(renamed("enum", "mood", {"'sad'", "'happy'"}));
  result.push_back(renamed("composite", "pair", {"'(1,a)'", "'(1,)'"}));
  result.push_back(renamed("domain", "word", {"'a'", "'A'"}));
  result.push_back(renamed("range", "int4range", {"'[1,3)'", "'empty'"}));
  result.push_back(renamed("time with zone", "timetz", {"'12:00+00'", "'13:00+01'"}));
  result.push_back(renamed("bits", "bit(3)", {"'101'", "'000'"}));

  result.push_back(
      {.name = "scales",
       .old_columns = {{"price", "numeric(10,1)", {"NULL", "1.2", "1.3"}, "amount", "", false}},
       .new_columns = {{"amount", "numeric(10,2)", {"NULL", "1.20", "1.25", "1.30"}, "price", "", false}}});
  result.push_back({.name = "text to enum",
                    .old_columns = {{"o", "text", {"NULL", "'sad'", "'happy'"}, "CAST(n AS text)", "'ok'", true}},
                    .new_columns = {{"n", "mood", {"NULL", "'sad'", "'ok'"}, "CAST(o AS mood)", "'ok'", true}}});
  result.push_back({.name = "flag to words",
                    .old_columns = {{"active", "boolean", {"true", "false"}, "state = 'on'", "true", true}},
                    .new_columns = {{"state",
                                     "varchar(5)",
                                     {"NULL", "'on'", "'off'", "'idle'"},
                                     "CASE WHEN active THEN 'on' ELSE 'off' END",
                                     "",
                                     true}}});
  return result;
}

std::vector<SyncCase> cases() {
  std::vector<SyncCase> result;
  for (const GroupCase& c : groups()) {
    result.push_back({c, "key"});
    const bool of_all_servers = c.name.find("renamed ") != 0;
    if (!of_all_servers || c.old_columns.size() + c.new_columns.size() > 3) continue;
    result.push_back({c, "no key"});
    result.push_back({c, "partitioned"});
  }
  return result;
}

INSTANTIATE_TEST_SUITE_P(All, SyncTriggers, ::testing::ValuesIn(cases()), case_name);

}  // namespace
}  // namespace emcee::sync_test
