#include "dialects/mysql/grants.h"

#include <gtest/gtest.h>

namespace emcee::mysql {
namespace {

Grant parsed(std::string_view line) {
  const auto grant = parse_grant(line);
  EXPECT_TRUE(grant.has_value() && grant->has_value()) << line;
  return grant && *grant ? **grant : Grant{};
}

bool is_ignored(std::string_view line) {
  const auto grant = parse_grant(line);
  EXPECT_TRUE(grant.has_value()) << line;
  return grant && !*grant;
}

TEST(Grants, NamesInAllQuotes) {
  for (const char* line : {"GRANT SELECT, TRIGGER ON `a``b`.`t` TO `u`@`localhost`",
                           "GRANT SELECT, TRIGGER ON \"a`b\".\"t\" TO \"u\"@\"localhost\"",
                           "GRANT SELECT, TRIGGER ON `a``b`.`t` TO 'u'@'localhost' WITH GRANT OPTION"}) {
    const Grant grant = parsed(line);
    EXPECT_EQ(grant.level, Grant::Level::table);
    EXPECT_EQ(grant.database, "a`b");
    EXPECT_EQ(grant.table, "t");
    EXPECT_EQ(grant.grantee, "u@localhost");
    EXPECT_EQ(grant.privileges, (std::set<std::string>{"SELECT", "TRIGGER"}));
  }
  const Grant plain = parsed("GRANT Trigger ON shop.* TO u@localhost");
  EXPECT_EQ(plain.level, Grant::Level::database);
  EXPECT_EQ(plain.database, "shop");
  EXPECT_EQ(plain.privileges, (std::set<std::string>{"TRIGGER"}));
  EXPECT_EQ(parsed("GRANT SELECT ON `a.b c`.* TO ''@'%'").database, "a.b c");
  EXPECT_EQ(parsed("GRANT SELECT ON `a.b c`.* TO ''@'%'").grantee, "@%");
}

TEST(Grants, GlobalLinesOfBothFlavours) {
  const Grant all = parsed(
      "GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` IDENTIFIED VIA unix_socket OR mysql_native_password USING "
      "'*81F5E21E35407D884A6CD4A731AEBFB6AF209E1B' WITH GRANT OPTION");
  EXPECT_EQ(all.level, Grant::Level::global);
  EXPECT_EQ(all.privileges, (std::set<std::string>{"ALL PRIVILEGES"}));
  const Grant dynamic = parsed("GRANT BINLOG_ADMIN,SYSTEM_VARIABLES_ADMIN ON *.* TO `u`@`%`");
  EXPECT_EQ(dynamic.privileges, (std::set<std::string>{"BINLOG_ADMIN", "SYSTEM_VARIABLES_ADMIN"}));
  EXPECT_EQ(parsed("GRANT BINLOG ADMIN, SET USER, SUPER ON *.* TO `u`@`%`").privileges,
            (std::set<std::string>{"BINLOG ADMIN", "SET USER", "SUPER"}));
}

TEST(Grants, ColumnListsBesideTableRights) {
  const Grant grant = parsed("GRANT INSERT (`a`), TRIGGER, UPDATE (`b`, `c,)`) ON `x`.`t` TO `u`@`localhost`");
  EXPECT_EQ(grant.privileges, (std::set<std::string>{"TRIGGER"}));
  EXPECT_EQ(grant.columns.at("INSERT"), (std::set<std::string>{"a"}));
  EXPECT_EQ(grant.columns.at("UPDATE"), (std::set<std::string>{"b", "c,)"}));
}

TEST(Grants, RevokesAndRoles) {
  const Grant revoke = parsed("REVOKE TRIGGER ON `x`.* FROM `u`@`localhost`");
  EXPECT_TRUE(revoke.revoked);
  EXPECT_EQ(revoke.database, "x");
  EXPECT_EQ(parsed("GRANT SELECT ON `x`.* TO `r1`").grantee, "r1");
  EXPECT_EQ(parsed("GRANT SELECT ON `x`.* TO PUBLIC").grantee, "PUBLIC");
}

TEST(Grants, WhatIsNotAboutTables) {
  for (const char* line :
       {"GRANT `r1`@`%`,`r2`@`%` TO `u`@`localhost`", "GRANT `r1` TO `u`@`localhost` WITH ADMIN OPTION",
        "GRANT r1 TO u@localhost", "SET DEFAULT ROLE `r1` FOR `u`@`localhost`",
        "GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION",
        "GRANT EXECUTE, ALTER ROUTINE ON PROCEDURE `x`.`p` TO `u`@`localhost`",
        "GRANT EXECUTE ON FUNCTION `x`.`p` TO `u`@`localhost`", "GRANT EXECUTE ON PACKAGE `x`.`p` TO `u`@`localhost`",
        "GRANT `select`@`%` TO `u`@`localhost`"})
    EXPECT_TRUE(is_ignored(line)) << line;
}

TEST(Grants, WhatIsNoGrant) {
  for (const char* line : {"", "SELECT", "GRANT", "GRANT SELECT ON", "GRANT SELECT ON `a",
                           "GRANT SELECT (a ON b.c TO d", "GRANT SELECT ON a.b", "REVOKE", "GRANT SELECT ON a.* TO"})
    EXPECT_FALSE(parse_grant(line).has_value()) << line;
}

TEST(Grants, Patterns) {
  EXPECT_TRUE(matches("shop", "shop"));
  EXPECT_FALSE(matches("shop", "shop2"));
  EXPECT_TRUE(matches("sh%", "shop"));
  EXPECT_TRUE(matches("%", ""));
  EXPECT_TRUE(matches("s_op", "shop"));
  EXPECT_FALSE(matches("s\\_op", "shop"));
  EXPECT_TRUE(matches("s\\_op", "s_op"));
  EXPECT_TRUE(matches("%\\%%", "a%b"));
  EXPECT_FALSE(matches("%\\%%", "ab"));
  EXPECT_FALSE(matches("_", ""));
}

}  // namespace
}  // namespace emcee::mysql
