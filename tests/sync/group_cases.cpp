#include "tests/sync/group_cases.h"

#include <fmt/format.h>

namespace emcee::sync_test {

using plan::BothGiven;
using plan::ExplicitNull;
using plan::NoneGiven;

std::vector<ColumnCase> GroupCase::columns() const {
  std::vector<ColumnCase> result = old_columns;
  result.insert(result.end(), new_columns.begin(), new_columns.end());
  result.insert(result.end(), shared.begin(), shared.end());
  return result;
}

namespace {

// One flag becomes four words: many to one, so a way back that loses, and every policy.
void add_g1(std::vector<GroupCase>& result, const Words& w) {
  GroupCase g1{
      .name = "G1",
      .old_columns =
          {{"is_public", w.flag, {"NULL", "0", "1"}, "CASE visibility WHEN 'public' THEN 1 ELSE 0 END", "", true}},
      .new_columns = {{"visibility",
                       "VARCHAR(9)",
                       {"NULL", "'public'", "'private'", "'shared'", "'community'"},
                       "CASE WHEN is_public = 1 THEN 'public' ELSE 'shared' END",
                       "'shared'",
                       true}},
      .constraint = "CHECK (is_public IN (0, 1))"};
  result.push_back(g1);
  for (const auto both : {BothGiven::new_wins, BothGiven::old_wins, BothGiven::error}) {
    GroupCase g = g1;
    g.name = fmt::format("G1, both_given {}", static_cast<int>(both));
    g.both = both;
    result.push_back(g);
  }
  GroupCase strict = g1;
  strict.name = "G1, strict policies";
  strict.both = BothGiven::error;
  strict.none = NoneGiven::error;
  result.push_back(strict);
  GroupCase allow = g1;
  allow.name = "G1, none_given allowed";
  allow.none = NoneGiven::allow;
  allow.old_columns[0].default_value = "1";
  result.push_back(allow);
}

void add_renames(std::vector<GroupCase>& result, const Words& w) {
  GroupCase rename{.name = "rename",
                   .old_columns = {{"name", w.text, {"NULL", "'a'", "'A'", "'5'"}, "full_name", "", false}},
                   .new_columns = {{"full_name", w.any_case_text, {"NULL", "'a'", "'A'", "'5'"}, "name", "", false}}};
  result.push_back(rename);
  GroupCase with_default = rename;
  with_default.name = "rename with default";
  with_default.old_columns[0].default_value = "'x'";
  with_default.old_columns[0].not_null = true;
  with_default.old_columns[0].values = {"'a'", "'x'", "'A'"};
  with_default.new_columns[0].default_value = "'x'";
  with_default.new_columns[0].not_null = true;
  result.push_back(with_default);
  GroupCase no_null = rename;
  no_null.name = "rename, NULL refused";
  no_null.explicit_null = ExplicitNull::error;
  result.push_back(no_null);
}

// Expressions that are no inverses of each other.
void add_lossy_pairs(std::vector<GroupCase>& result, const Words& w) {
  GroupCase pair{.name = "upper and lower",
                 .old_columns = {{"a", w.text, {"NULL", "'MiXed'", "'low'"}, "lower(b)", "", false}},
                 .new_columns = {{"b", w.text, {"NULL", "'MIXED'", "'LOW'", "'mIxed'"}, "upper(a)", "", false}}};
  result.push_back(pair);
  pair.name = "upper and lower, any case";
  pair.old_columns[0].type = pair.new_columns[0].type = w.any_case_text;
  result.push_back(pair);
  result.push_back({.name = "types",
                    .old_columns = {{"price", w.integer, {"NULL", "5", "12"}, "amount * 100", "", false}},
                    .new_columns = {{"amount", w.real, {"NULL", "0.05", "0.12", "3.0"}, "price / 100.0", "", false}}});
}

void add_composites(std::vector<GroupCase>& result, const Words& w) {
  // N1: one column into three, and back only where the range is one port.
  const std::string back = w.concat(w.concat("address", "':'"), "port_start");
  const std::string port = "CAST(replace(socket, rtrim(socket, '0123456789'), '') AS INTEGER)";
  result.push_back(
      {.name = "N1",
       .old_columns = {{"socket",
                        "VARCHAR(36)",
                        {"'10.0.0.1:80'", "'::1:22'"},
                        "CASE WHEN port_start = port_end THEN " + back + " END",
                        "",
                        true}},
       .new_columns =
           {{"address", "VARCHAR(64)", {"NULL", "'10.0.0.1'"}, "rtrim(rtrim(socket, '0123456789'), ':')", "", true},
            {"port_start", w.integer, {"NULL", "80"}, port, "", true},
            {"port_end", w.integer, {"NULL", "80", "90"}, port, "", true}},
       .constraint = "CHECK (port_start < 65536)"});
  // A default in the new form, and one in the old.
  result.push_back({.name = "two into two",
                    .old_columns = {{"first", w.text, {"NULL", "'a'", "'b'"}, "x", "", false},
                                    {"last", w.text, {"NULL", "'c'"}, "y", "'c'", false}},
                    .new_columns = {{"x", w.text, {"NULL", "'a'", "'b'"}, "first", "'dx'", false},
                                    {"y", w.text, {"NULL", "'c'", "'d'"}, "last", "", false}}});
}

void add_shared(std::vector<GroupCase>& result, const Words& w) {
  result.push_back({.name = "shared",
                    .old_columns = {{"o", w.integer, {"NULL", "1", "2"}, "n - s", "", false}},
                    .new_columns = {{"n", w.integer, {"NULL", "11", "12", "21"}, "o + s", "", false}},
                    .shared = {{"s", w.integer, {"10", "20"}, "", "", false}}});
  result.push_back({.name = "fill", .new_columns = {{"n", w.text, {"NULL", "'a'", "'X'"}, "'X'", "", true}}});
  result.push_back({.name = "fill from shared",
                    .new_columns = {{"n", w.text, {"NULL", "'a'", "'B'"}, "upper(s)", "", true}},
                    .shared = {{"s", w.text, {"'a'", "'b'"}, "", "", false}}});
  result.push_back(
      {.name = "no way back",
       .old_columns = {{"password", w.text, {"NULL", "'p'", "'q'"}, "", "", false}},
       .new_columns = {{"hash", w.text, {"NULL", "'H:p'", "'z'"}, w.concat("'H:'", "password"), "", false}},
       .lossy = true});
}

// K1: what only the application can convert.
void add_frozen(std::vector<GroupCase>& result, const Words& w) {
  GroupCase k1{.name = "K1",
               .old_columns = {{"secret", w.text, {"NULL", "'p'", "'P'"}, "", "", false}},
               .new_columns = {{"encrypted", w.text, {"NULL", "'x'", "'y'"}, "", "", true},
                               {"key_hash", w.text, {"NULL", "'k'"}, "", "", true}},
               .freeze = plan::Freeze{"secrets are frozen"}};
  result.push_back(k1);
  k1.name = "K1, for the new release as well";
  k1.freeze = plan::Freeze{"secrets are frozen", true, true};
  result.push_back(k1);
  k1.name = "K1, half of it required";
  k1.freeze = plan::Freeze{"secrets are frozen", false, true};
  k1.new_columns[1].not_null = false;
  result.push_back(k1);
  k1.name = "K1, nothing required";
  k1.freeze = plan::Freeze{"secrets are frozen", true, false};
  k1.old_columns[0].default_value = "'p'";
  k1.new_columns[0].not_null = false;
  result.push_back(k1);
}

// K2: N is the key of a row of another table. It is the same each time here, so that a model can foresee it.
void add_generated(std::vector<GroupCase>& result, const Words& w) {
  GroupCase k2{
      .name = "K2",
      .new_columns = {{"k", "VARCHAR(20)", {"NULL", "'k-a'", "'own'", "'lost'"}, w.concat("'k-'", "s"), "", true}},
      .shared = {{"s", "VARCHAR(9)", {"'a'", "'b'"}, "", "", false}},
      .generates = true};
  result.push_back(k2);
  k2.name = "K2, inserts frozen";
  k2.frozen_inserts = "no row is added";
  result.push_back(k2);
  // The one that a release writes itself has the key 1.
  result.push_back({.name = "K2, counted",
                    .new_columns = {{"k", "BIGINT", {"NULL", "500000000", "1", "1000000000"}, "-1", "", true}},
                    .shared = {{"s", "VARCHAR(9)", {"'a'", "'b'"}, "", "", false}},
                    .generates = true,
                    .counted = true});
}

// Children that follow their parent's key: both directions look into the same table.
void add_looked_up(std::vector<GroupCase>& result) {
  GroupCase children{.name = "looked up",
                     .old_columns = {{"o",
                                      "VARCHAR(20)",
                                      {"NULL", "'ann'", "'bob'", "'nobody'"},
                                      "(SELECT r.name FROM r WHERE r.k = t.n)",
                                      "",
                                      false}},
                     .new_columns = {{"n",
                                      "VARCHAR(20)",
                                      {"NULL", "'k-ann'", "'k-bob'", "'nowhere'"},
                                      "(SELECT r.k FROM r WHERE r.name = t.o)",
                                      "",
                                      false}},
                     .looks_up = true};
  result.push_back(children);
  children.name = "looked up, required";
  children.old_columns[0].not_null = children.new_columns[0].not_null = true;
  result.push_back(children);
}

}  // namespace

std::vector<GroupCase> common_groups(const Words& words) {
  std::vector<GroupCase> result;
  add_g1(result, words);
  add_renames(result, words);
  add_lossy_pairs(result, words);
  add_composites(result, words);
  add_shared(result, words);
  add_frozen(result, words);
  add_generated(result, words);
  add_looked_up(result);
  return result;
}

}  // namespace emcee::sync_test
