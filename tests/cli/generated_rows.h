// K2: rows of another table that come with each row, their keys made by the database, on every server, with both
// releases writing.
#pragma once

#include "tests/cli/cases.h"

namespace emcee::testing {

inline constexpr const char* kDomains = R"map([[fill]]
table = "identity_provider"
column = "domain_id"
value = { sqlite = "lower(hex(randomblob(16)))", postgres = "replace(gen_random_uuid()::text, '-', '')", mysql = "replace(uuid(), '-', '')" }
row = { table = "project", key = "id", values = { name = "id", enabled = "TRUE", is_domain = "TRUE", domain_id = "'root'", parent_id = "'root'" } }
)map";
inline constexpr const char* kAccept = R"map(
[[accept]]
hazard = "row_in_one_statement"
reason = "no release makes identity providers of projects"
[[accept]]
hazard = "replace_by_other_key"
reason = "no release uses REPLACE on projects"
)map";

class GeneratedRows : public Cases {
 protected:
  void start_domains(const std::string& more = {}) {
    start("K2_idp_domain", kDomains + more + kAccept);
    ASSERT_EQ(
        sql("INSERT INTO project (id, name, domain_id, is_domain) VALUES ('root', 'root', 'root', TRUE), ('p', 'p', "
            "'root', FALSE)"),
        "");
  }
  static bool refused(const std::string& output) { return output.starts_with("error"); }
  std::string old_idp(const std::string& id) {
    return sql(fmt::format("INSERT INTO identity_provider (id, enabled) VALUES ('{}', TRUE)", id));
  }
  std::string domain(const std::string& id) {
    return sql(fmt::format("SELECT domain_id FROM identity_provider WHERE id = '{}'", id));
  }
  int count(const std::string& what) {
    const std::string number = sql("SELECT count(*) FROM " + what);
    return refused(number) ? -1 : std::stoi(number);
  }
  // Providers with their own generated project.
  int pairs() {
    return count(
        "identity_provider AS i JOIN project AS p ON p.id = i.domain_id AND p.name = i.id AND p.is_domain AND "
        "p.enabled "
        "AND p.domain_id = 'root' AND p.parent_id = 'root'");
  }
  int generated() { return count("project WHERE id NOT IN ('root', 'p') AND id NOT LIKE 'own%'"); }
  int dangling() {
    return count("identity_provider WHERE domain_id IS NOT NULL AND domain_id NOT IN (SELECT id FROM project)");
  }
  int nobodys() {
    return count(
        "project AS p WHERE p.id NOT IN ('root', 'p') AND NOT EXISTS (SELECT 1 FROM identity_provider AS i WHERE "
        "i.domain_id = p.id)");
  }
  void expect_one_to_one(const std::string& when) {
    EXPECT_EQ(dangling(), 0) << when;
    EXPECT_EQ(nobodys(), 0) << when;
    EXPECT_EQ(count("identity_provider WHERE domain_id IS NOT NULL"), count("project") - 2) << when;
  }
};

}  // namespace emcee::testing
