// The groups of columns that the sync tests go through: each kind of mapping once.
#pragma once

#include <fmt/format.h>

#include <ostream>
#include <string>
#include <vector>

#include "plan/sync_group.h"

namespace emcee::sqlite {

struct ColumnCase {
  std::string name, type;
  std::vector<std::string> values;  // SQL literals, NULL included
  std::string expression;           // up of a new column, down of an old one
  std::string default_value;        // SQL, or empty
  bool not_null = false;
};

struct GroupCase {
  std::string name;
  std::vector<ColumnCase> old_columns = {}, new_columns = {}, shared = {};

  plan::BothGiven both = plan::BothGiven::error_if_inconsistent;
  plan::NoneGiven none = plan::NoneGiven::use_default;
  plan::ExplicitNull explicit_null = plan::ExplicitNull::propagate;
  bool lossy = false;
  std::string constraint = {};  // of the table, beside the columns
};

// Test lists show the name, not the bytes.
inline void PrintTo(const GroupCase& c, std::ostream* out) { *out << c.name; }

// --- the groups ------------------------------------------------------------------------------------

inline std::vector<GroupCase> groups() {
  std::vector<GroupCase> result;
  GroupCase g1{
      .name = "G1",
      .old_columns =
          {{"is_public", "BOOLEAN", {"NULL", "0", "1"}, "CASE visibility WHEN 'public' THEN 1 ELSE 0 END", "", true}},
      .new_columns = {{"visibility",
                       "VARCHAR(9)",
                       {"NULL", "'public'", "'private'", "'shared'", "'community'"},
                       "CASE WHEN is_public = 1 THEN 'public' ELSE 'shared' END",
                       "'shared'",
                       true}},
      .shared = {},
      .constraint = "CHECK (is_public IN (0, 1))"};
  result.push_back(g1);
  for (const auto both : {plan::BothGiven::new_wins, plan::BothGiven::old_wins, plan::BothGiven::error}) {
    GroupCase g = g1;
    g.name = fmt::format("G1, both_given {}", static_cast<int>(both));
    g.both = both;
    result.push_back(g);
  }
  GroupCase strict = g1;
  strict.name = "G1, strict policies";
  strict.both = plan::BothGiven::error;
  strict.none = plan::NoneGiven::error;
  result.push_back(strict);

  GroupCase rename{
      .name = "rename",
      .old_columns = {{"name", "TEXT", {"NULL", "'a'", "'A'", "'5'"}, "full_name", "", false}},
      .new_columns = {{"full_name", "TEXT COLLATE NOCASE", {"NULL", "'a'", "'A'", "'5'"}, "name", "", false}},
      .shared = {}};
  result.push_back(rename);
  GroupCase rename_default = rename;
  rename_default.name = "rename with default";
  rename_default.old_columns[0].default_value = "'x'";
  rename_default.old_columns[0].not_null = true;
  rename_default.old_columns[0].values = {"'a'", "'x'", "'A'"};
  rename_default.new_columns[0].default_value = "'x'";
  rename_default.new_columns[0].not_null = true;
  result.push_back(rename_default);
  GroupCase rename_null = rename;
  rename_null.name = "rename, NULL refused";
  rename_null.explicit_null = plan::ExplicitNull::error;
  result.push_back(rename_null);

  GroupCase lossy_pair{.name = "upper and lower",
                       .old_columns = {{"a", "TEXT", {"NULL", "'MiXed'", "'low'"}, "lower(b)", "", false}},
                       .new_columns = {{"b", "TEXT", {"NULL", "'MIXED'", "'LOW'", "'mIxed'"}, "upper(a)", "", false}},
                       .shared = {}};
  result.push_back(lossy_pair);
  GroupCase nocase = lossy_pair;
  nocase.name = "upper and lower, NOCASE";
  nocase.old_columns[0].type = nocase.new_columns[0].type = "TEXT COLLATE NOCASE";
  result.push_back(nocase);

  result.push_back({.name = "types",
                    .old_columns = {{"price", "INTEGER", {"NULL", "5", "12"}, "amount * 100", "", false}},
                    .new_columns = {{"amount", "REAL", {"NULL", "0.05", "0.12", "3.0"}, "price / 100.0", "", false}},
                    .shared = {}});
  result.push_back({.name = "text and number",
                    .old_columns = {{"code", "TEXT", {"NULL", "'5'", "'05'", "'x'"}, "number", "", false}},
                    .new_columns = {{"number", "INTEGER", {"NULL", "5", "6", "'x'"}, "code", "", false}},
                    .shared = {}});
  result.push_back({.name = "any type",
                    .old_columns = {{"a", "BLOB", {"NULL", "1", "1.0", "'1'", "x'31'"}, "b", "", false}},
                    .new_columns = {{"b", "BLOB", {"NULL", "1", "1.0", "'1'"}, "a", "", false}},
                    .shared = {}});
  // N1: one column into two, one into two, a partial inverse.
  result.push_back(
      {.name = "N1",
       .old_columns = {{"socket",
                        "VARCHAR(36)",
                        {"'10.0.0.1:80'", "'::1:22'"},
                        "CASE WHEN port_start = port_end THEN address || ':' || port_start END",
                        "",
                        true}},
       .new_columns =
           {{"address", "VARCHAR(64)", {"NULL", "'10.0.0.1'"}, "rtrim(rtrim(socket, '0123456789'), ':')", "", true},
            {"port_start",
             "INTEGER",
             {"NULL", "80"},
             "CAST(replace(socket, rtrim(socket, '0123456789'), '') AS INTEGER)",
             "",
             true},
            {"port_end",
             "INTEGER",
             {"NULL", "80", "90"},
             "CAST(replace(socket, rtrim(socket, '0123456789'), '') AS INTEGER)",
             "",
             true}},
       .shared = {}});
  // Two columns into one, with a default in the new form and one that may be left out.
  result.push_back({.name = "two into two",
                    .old_columns = {{"first", "TEXT", {"NULL", "'a'", "'b'"}, "x", "", false},
                                    {"last", "TEXT", {"NULL", "'c'"}, "y", "'c'", false}},
                    .new_columns = {{"x", "TEXT", {"NULL", "'a'", "'b'"}, "first", "'dx'", false},
                                    {"y", "TEXT", {"NULL", "'c'", "'d'"}, "last", "", false}},
                    .shared = {}});
  result.push_back({.name = "shared",
                    .old_columns = {{"o", "INTEGER", {"NULL", "1", "2"}, "n - s", "", false}},
                    .new_columns = {{"n", "INTEGER", {"NULL", "11", "12", "21"}, "o + s", "", false}},
                    .shared = {{"s", "INTEGER", {"10", "20"}, "", "", false}}});
  result.push_back({.name = "fill",
                    .old_columns = {},
                    .new_columns = {{"n", "TEXT", {"NULL", "'a'", "'X'"}, "'X'", "", true}},
                    .shared = {}});
  result.push_back({.name = "fill from shared",
                    .old_columns = {},
                    .new_columns = {{"n", "TEXT", {"NULL", "'a'", "'B'"}, "upper(s)", "", true}},
                    .shared = {{"s", "TEXT", {"'a'", "'b'"}, "", "", false}}});
  result.push_back({.name = "no way back",
                    .old_columns = {{"password", "TEXT", {"NULL", "'p'", "'q'"}, "", "", false}},
                    .new_columns = {{"hash", "TEXT", {"NULL", "'H:p'", "'z'"}, "'H:' || password", "", false}},
                    .shared = {},
                    .lossy = true});
  return result;
}

}  // namespace emcee::sqlite
