// Changes that go into one ALTER TABLE: the server takes the algorithm that is written out, and none
// that is better. Each change alone: render_test.cpp.
#include "dialects/mysql/algorithms.h"

#include <gtest/gtest.h>

#include "dialects/mysql/alter_table.h"
#include "dialects/mysql/dialect.h"
#include "dialects/mysql/parse.h"
#include "diff/diff.h"
#include "servers/mysql_server.h"
#include "tests/mysql/bolder.h"

namespace emcee::mysql {
namespace {

using servers::kMysqlFlavours;
using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

struct Case {
  const char *name, *before, *after;
  bool of_mysql = false;  // MariaDB does not know it
};

constexpr Case kCases[] = {
    {"a_column_beside_a_fulltext_index", "CREATE TABLE t (a text, FULLTEXT KEY f (a))",
     "CREATE TABLE t (a text, b int, FULLTEXT KEY f (a))"},
    {"a_column_beside_two_fulltext_indexes", "CREATE TABLE t (a text, b text, FULLTEXT KEY f (a), FULLTEXT KEY g (b))",
     "CREATE TABLE t (a text, b text, c int, FULLTEXT KEY f (a), FULLTEXT KEY g (b))"},
    {"not_null_beside_a_fulltext_index", "CREATE TABLE t (a text, b int, FULLTEXT KEY f (a))",
     "CREATE TABLE t (a text, b int NOT NULL, FULLTEXT KEY f (a))"},
    {"a_primary_key_beside_a_fulltext_index", "CREATE TABLE t (a text, b int NOT NULL, FULLTEXT KEY f (a))",
     "CREATE TABLE t (a text, b int NOT NULL, PRIMARY KEY (b), FULLTEXT KEY f (a))"},
    {"not_null_beside_two_fulltext_indexes",
     "CREATE TABLE t (a text, b text, c int, FULLTEXT KEY f (a), FULLTEXT KEY g (b))",
     "CREATE TABLE t (a text, b text, c int NOT NULL, FULLTEXT KEY f (a), FULLTEXT KEY g (b))"},
    {"a_primary_key_beside_two_fulltext_indexes",
     "CREATE TABLE t (a text, b text, c int NOT NULL, FULLTEXT KEY f (a), FULLTEXT KEY g (b))",
     "CREATE TABLE t (a text, b text, c int NOT NULL, PRIMARY KEY (c), FULLTEXT KEY f (a), FULLTEXT KEY g (b))"},
    {"collations_of_a_text_and_its_table",
     "CREATE TABLE t (id int PRIMARY KEY, a text) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
     "CREATE TABLE t (id int PRIMARY KEY, a text) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"},
    {"collations_of_a_varchar_and_its_table",
     "CREATE TABLE t (id int PRIMARY KEY, a varchar(900)) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
     "CREATE TABLE t (id int PRIMARY KEY, a varchar(900)) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"},
    {"collation_of_a_text_and_another_key",
     "CREATE TABLE t (id int NOT NULL, k int NOT NULL, a text COLLATE utf8mb4_unicode_ci, PRIMARY KEY (id)) CHARACTER "
     "SET utf8mb4",
     "CREATE TABLE t (id int NOT NULL, k int NOT NULL, a text COLLATE utf8mb4_bin, PRIMARY KEY (k)) CHARACTER SET "
     "utf8mb4"},
    {"collation_of_two_texts",
     "CREATE TABLE t (id int PRIMARY KEY, a text COLLATE utf8mb4_unicode_ci, b text COLLATE utf8mb4_unicode_ci) "
     "CHARACTER SET utf8mb4",
     "CREATE TABLE t (id int PRIMARY KEY, a text COLLATE utf8mb4_bin, b text COLLATE utf8mb4_bin) CHARACTER SET "
     "utf8mb4"},
    {"longer_indexed_bytes_and_a_column", "CREATE TABLE t (id int PRIMARY KEY, b varbinary(20), KEY k (b))",
     "CREATE TABLE t (id int PRIMARY KEY, b varbinary(30), c int, KEY k (b))"},
    {"an_index_and_a_column", "CREATE TABLE t (id int PRIMARY KEY, b int)",
     "CREATE TABLE t (id int PRIMARY KEY, b int, c int, KEY k (b))"},
    {"an_index_and_a_virtual_column", "CREATE TABLE t (id int PRIMARY KEY, b int)",
     "CREATE TABLE t (id int PRIMARY KEY, b int, c int AS (id + 1) VIRTUAL, KEY k (b))"},
    {"a_virtual_column_and_a_longer_text", "CREATE TABLE t (id int PRIMARY KEY, a varchar(15), b text)",
     "CREATE TABLE t (id int PRIMARY KEY, a varchar(45), b text, c int AS (char_length(b)) VIRTUAL)"},
    {"no_column_beside_a_virtual_one_and_a_fulltext_index",
     "CREATE TABLE t (id int PRIMARY KEY, a text, b int, v int AS (id + 1) VIRTUAL, FULLTEXT KEY f (a))",
     "CREATE TABLE t (id int PRIMARY KEY, a text, v int AS (id + 1) VIRTUAL, FULLTEXT KEY f (a))"},
    {"a_primary_key_beside_a_virtual_column", "CREATE TABLE t (a int NOT NULL, v int AS (a + 1) VIRTUAL)",
     "CREATE TABLE t (a int NOT NULL, v int AS (a + 1) VIRTUAL, PRIMARY KEY (a))"},
    {"two_virtual_columns", "CREATE TABLE t (id int PRIMARY KEY)",
     "CREATE TABLE t (id int PRIMARY KEY, a int AS (id + 1) VIRTUAL, b int AS (id + 2) VIRTUAL)"},
    {"a_comment_of_json", "CREATE TABLE t (id int PRIMARY KEY, a json NOT NULL)",
     "CREATE TABLE t (id int PRIMARY KEY, a json NOT NULL COMMENT 'x')"},
    {"json_that_may_be_null", "CREATE TABLE t (id int PRIMARY KEY, a json NOT NULL)",
     "CREATE TABLE t (id int PRIMARY KEY, a json)"},
    {"json_that_becomes_a_text", "CREATE TABLE t (id int PRIMARY KEY, a json NOT NULL)",
     "CREATE TABLE t (id int PRIMARY KEY, a longtext COLLATE utf8mb4_bin NOT NULL)"},
    {"a_text_that_becomes_json", "CREATE TABLE t (id int PRIMARY KEY, a longtext COLLATE utf8mb4_unicode_ci NOT NULL)",
     "CREATE TABLE t (id int PRIMARY KEY, a json NOT NULL)"},
    {"an_index_over_that_of_a_foreign_key",
     "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, a int, FOREIGN KEY (a) REFERENCES p "
     "(id))",
     "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, a int, KEY a (a), KEY b (a, id), "
     "FOREIGN "
     "KEY (a) REFERENCES p (id))"},
    {"a_primary_key_over_the_index_of_a_foreign_key",
     "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int NOT NULL, b int NOT NULL, FOREIGN KEY (a) REFERENCES "
     "p "
     "(id))",
     "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int NOT NULL, b int NOT NULL, KEY a (a), PRIMARY KEY (a, "
     "b), FOREIGN KEY (a) REFERENCES p (id))"},
    {"an_index_and_no_column", "CREATE TABLE t (id int PRIMARY KEY, b int, c int)",
     "CREATE TABLE t (id int PRIMARY KEY, b int, KEY k (b))"},
    {"no_index_and_a_column", "CREATE TABLE t (id int PRIMARY KEY, b int, KEY k (b))",
     "CREATE TABLE t (id int PRIMARY KEY, b int, c int)"},
    {"a_column_of_a_compressed_table", "CREATE TABLE t (id int PRIMARY KEY) ROW_FORMAT=COMPRESSED",
     "CREATE TABLE t (id int PRIMARY KEY, b int) ROW_FORMAT=COMPRESSED"},
    {"no_column_of_a_compressed_table", "CREATE TABLE t (id int PRIMARY KEY, b int) KEY_BLOCK_SIZE=8",
     "CREATE TABLE t (id int PRIMARY KEY) KEY_BLOCK_SIZE=8"},
    {"not_null_beside_a_spatial_index",
     "CREATE TABLE t (id int PRIMARY KEY, a int, p point NOT NULL, SPATIAL KEY s (p))",
     "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, p point NOT NULL, SPATIAL KEY s (p))"},
    {"a_column_beside_a_spatial_index", "CREATE TABLE t (id int PRIMARY KEY, p point NOT NULL, SPATIAL KEY s (p))",
     "CREATE TABLE t (id int PRIMARY KEY, p point NOT NULL, a int, SPATIAL KEY s (p))"},
    {"a_column_and_an_index_beside_a_spatial_one",
     "CREATE TABLE t (id int PRIMARY KEY, a int, p point NOT NULL, SPATIAL KEY s (p))",
     "CREATE TABLE t (id int PRIMARY KEY, a int, p point NOT NULL, b int, SPATIAL KEY s (p), KEY k (a))"},
    {"an_index_beside_a_spatial_one", "CREATE TABLE t (id int PRIMARY KEY, a int, p point NOT NULL, SPATIAL KEY s (p))",
     "CREATE TABLE t (id int PRIMARY KEY, a int, p point NOT NULL, SPATIAL KEY s (p), KEY k (a))"},
    {"an_index_of_an_expression", "CREATE TABLE t (id int PRIMARY KEY, a varchar(20))",
     "CREATE TABLE t (id int PRIMARY KEY, a varchar(20), KEY k ((lower(a))))", true},
    {"an_index_of_an_expression_and_a_column", "CREATE TABLE t (id int PRIMARY KEY, a varchar(20))",
     "CREATE TABLE t (id int PRIMARY KEY, a varchar(20), b int, KEY k ((lower(a))))", true},
    {"an_index_of_an_expression_and_another_one", "CREATE TABLE t (id int PRIMARY KEY, a varchar(20))",
     "CREATE TABLE t (id int PRIMARY KEY, a varchar(20), KEY k ((lower(a))), KEY l (a))", true},
};

std::ostream& operator<<(std::ostream& out, const Case& which) { return out << which.name; }

class Together : public ::testing::TestWithParam<std::tuple<MysqlFlavour, Case>> {};

TEST_P(Together, IsWhatTheServerTakesAndNothingBetterIs) {
  const auto& [flavour, which] = GetParam();
  EMCEE_NEEDS_MYSQL(flavour);
  if (which.of_mysql && flavour == MysqlFlavour::mariadb) return;
  auto& shared = MysqlServer::shared(flavour);
  MysqlClient client(shared.root(shared.fresh_database()));
  const Server server = flavour == MysqlFlavour::mariadb ? kMariadb : kMysql;
  const auto parsed = [&](const char* sql) {
    parser::Coverage coverage;
    return read({parser::Source("t.sql", sql)}, server, false, coverage).value();
  };
  const schema::Schema before = parsed(which.before), after = parsed(which.after);
  const schema::QualifiedName t{{}, schema::Identifier("t")};
  const auto changes = diff::diff(before, after).changes;
  const AlterTable altered = alter_table(changes, *before.find_table(t), *after.find_table(t), server);
  ASSERT_EQ(altered.statements.size(), 1U);
  client.run(which.before);
  if (const std::string better = bolder(altered.statements.front()); !better.empty()) {
    EXPECT_NE(client.try_sql(better), 0U) << "the server can do better: " << better;
  }
  EXPECT_EQ(client.try_sql(altered.statements.front()), 0U) << client.message() << "\n" << altered.statements.front();
}

INSTANTIATE_TEST_SUITE_P(Both, Together,
                         ::testing::Combine(::testing::ValuesIn(kMysqlFlavours), ::testing::ValuesIn(kCases)),
                         [](const auto& info) {
                           return std::string(to_string(std::get<0>(info.param))) + "_" + std::get<1>(info.param).name;
                         });

}  // namespace
}  // namespace emcee::mysql
