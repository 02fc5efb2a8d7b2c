// Conditions, calls and queries that servers keep in another form than they were written in: the catalogue reads as the
// text does.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dialects/mysql/ddl.h"
#include "tests/mysql_parse/oracle.h"

namespace emcee::mysql {
namespace {

using servers::MysqlFlavour;

class Rewritten : public ::testing::TestWithParam<MysqlFlavour> {
 protected:
  void SetUp() override { EMCEE_NEEDS_MYSQL(GetParam()); }
  static void expect_same(const std::string& text) {
    Scratch scratch(GetParam());
    const auto refused = scratch.load(text);
    ASSERT_FALSE(refused) << *refused;
    const auto schema = read_text(text, GetParam());
    ASSERT_TRUE(schema) << to_text(schema.error());
    for (const std::string& other : {scratch.inspect(), scratch.dump()}) {
      const auto again = read_text(other, GetParam());
      ASSERT_TRUE(again) << to_text(again.error());
      EXPECT_EQ(difference(*schema, *again), "");
    }
  }
};
INSTANTIATE_TEST_SUITE_P(All, Rewritten, ::testing::ValuesIn(servers::kMysqlFlavours),
                         ::testing::PrintToStringParamName());

constexpr const char* kTables =
    "CREATE TABLE p (id INT PRIMARY KEY, h TINYINT(1), k INT, s VARCHAR(20), d DATETIME, n DECIMAL(5,2), j JSON, "
    "FULLTEXT (s));\nCREATE TABLE r (id INT PRIMARY KEY, p INT, t VARCHAR(20), h INT);\n";

TEST_P(Rewritten, Conditions) {
  std::string text = kTables;
  int views = 0;
  for (const char* condition : {R"(NOT h)",
                                R"(NOT (h))",
                                R"(!h)",
                                R"(h)",
                                R"(NOT (k + 1))",
                                R"(NOT k = 1)",
                                R"(NOT (k = 1 AND h))",
                                R"(NOT (k = 1 OR s = 'x'))",
                                R"(NOT (k IN (1, 2)))",
                                R"(NOT (s LIKE 'a%'))",
                                R"(NOT (k BETWEEN 1 AND 2))",
                                R"(NOT (s IS NULL))",
                                R"(NOT EXISTS (SELECT 1 FROM p q WHERE q.k = p.id))",
                                R"(NOT coalesce(h, 0))",
                                R"(NOT NOT h)",
                                R"(h AND k)",
                                R"(h OR k > 1)",
                                R"(NOT s)",
                                R"((NOT h) = 1)",
                                R"(NOT (k <=> 1))",
                                R"(NOT (k > 1))",
                                R"(k <> 1 AND NOT h)",
                                R"(NOT (h XOR k))",
                                R"(CASE WHEN h THEN 1 ELSE 0 END)",
                                R"(IF(h, 1, 0))",
                                R"(NOT (NOT (k = 2)))",
                                R"(s REGEXP '^a' OR s NOT REGEXP 'b')",
                                R"(k NOT IN (1, 2, 3) AND s NOT LIKE 'x%')",
                                R"(k NOT BETWEEN 1 AND 5)",
                                R"(d > NOW() - INTERVAL 1 DAY)",
                                R"(NOT (k > 1 AND s IS NOT NULL))",
                                R"(MATCH (s) AGAINST ('x'))",
                                R"(k & 4)",
                                R"(k % 2)",
                                R"(EXISTS (SELECT 1 FROM p q WHERE q.h))"})
    text += fmt::format("CREATE VIEW v{} AS SELECT id FROM p WHERE {};\n", ++views, condition);
  expect_same(text);
}

TEST_P(Rewritten, ChecksAndGeneratedColumns) {
  std::string text;
  int tables = 0;
  for (const char* condition :
       {R"(NOT h)", R"(NOT k = 1)", R"(NOT (k = 1 AND h))", R"(NOT (k IN (1, 2)))", R"(NOT (s IS NULL))",
        R"(NOT NOT h)", R"(h AND k)", R"(h OR k > 1)", R"((NOT h) = 1)", R"(NOT (k > 1))", R"(NOT (k + 1))",
        R"(s REGEXP '^a' OR s NOT REGEXP 'b')", R"(s LIKE 'a%' AND NOT s LIKE '%b')", R"(h IS TRUE)",
        R"(h IS NOT FALSE)", R"(k BETWEEN 1 AND 3 OR NOT h)", R"(k XOR h)", R"(s <> '' AND length(s) < 5)",
        R"(json_valid(s))"})
    text += fmt::format(
        "CREATE TABLE c{0} (id INT PRIMARY KEY, h TINYINT(1), k INT, s VARCHAR(20), g INT AS ({1}), CONSTRAINT x{0} "
        "CHECK ({1}));\n",
        ++tables, condition);
  expect_same(text);
}

TEST_P(Rewritten, Queries) {
  std::string text = kTables;
  int views = 0;
  for (
      const char* query :
      {R"(SELECT p.id, r.t FROM p JOIN r ON r.p = p.id AND NOT r.h WHERE p.h)",
       R"(SELECT p.id, COUNT(r.id) AS n FROM p LEFT JOIN r ON r.p = p.id AND r.h GROUP BY p.id HAVING COUNT(r.id) AND NOT MAX(r.h))",
       R"(SELECT p.id, NOT p.h AS off FROM p)",
       R"(SELECT p.id, p.h AND p.k AS both_of FROM p)",
       R"(SELECT p.id, CASE WHEN NOT p.h THEN 'a' WHEN p.k THEN 'b' END AS c FROM p)",
       R"(SELECT id FROM p WHERE NOT EXISTS (SELECT 1 FROM r WHERE r.p = p.id AND r.h))",
       R"(SELECT id FROM p WHERE k IN (SELECT p FROM r WHERE h) OR k NOT IN (SELECT p FROM r))",
       R"(SELECT id FROM p WHERE MATCH (s) AGAINST ('x' IN BOOLEAN MODE) AND h)",
       R"(SELECT id FROM p WHERE MATCH (s) AGAINST ('x' WITH QUERY EXPANSION))",
       R"(SELECT id FROM p WHERE MATCH (s) AGAINST ('x' IN NATURAL LANGUAGE MODE) > 0.5)",
       R"(SELECT IF(h, 'yes', 'no') AS f, IFNULL(s, '') AS s2, COALESCE(k, n, 0) AS v FROM p)",
       R"(SELECT (SELECT MAX(r.id) FROM r WHERE r.p = p.id) AS last_r FROM p WHERE (SELECT COUNT(*) FROM r WHERE r.p = p.id) > 1)",
       R"(SELECT id, SUM(k) OVER (PARTITION BY h ORDER BY id) AS running FROM p)",
       R"(SELECT id FROM p WHERE EXISTS (SELECT * FROM r WHERE r.p = p.id))",
       R"(SELECT id FROM p WHERE NOT EXISTS (SELECT NULL FROM r WHERE r.p = p.id AND r.h))",
       R"(SELECT id FROM p WHERE EXISTS (SELECT r.id, r.t FROM r WHERE r.p = p.id))",
       R"(SELECT x.* FROM (SELECT * FROM p WHERE h) AS x)",
       R"(SELECT p.*, x.c FROM p JOIN (SELECT p AS pp, COUNT(*) AS c FROM r GROUP BY p) x ON x.pp = p.id)",
       R"(SELECT * FROM p WHERE id IN (SELECT p FROM r))",
       R"(SELECT * FROM p JOIN (SELECT id AS rid, p AS rp FROM r) AS r2 ON r2.rp = p.id)",
       R"(SELECT DISTINCT s FROM p WHERE s <> '' ORDER BY s LIMIT 10)",
       R"(SELECT id FROM p UNION ALL SELECT id FROM r WHERE h ORDER BY id)",
       R"(WITH x AS (SELECT id, k FROM p WHERE h) SELECT x.id FROM x WHERE x.k)",
       R"(SELECT p.*, r.t FROM p, r WHERE p.id = r.p AND (p.h OR r.h))",
       R"(SELECT id, DATE_FORMAT(d, '%Y-%m') AS ym, YEAR(d) AS y, d + INTERVAL 1 DAY AS nd, DATEDIFF(NOW(), d) AS dd FROM p)",
       R"(SELECT id, CAST(s AS UNSIGNED) AS u, CONVERT(s USING utf8mb4) AS cu, CAST(n AS DECIMAL(10,2)) AS dn, CAST(k AS CHAR(10)) AS ck FROM p)",
       R"(SELECT h, GROUP_CONCAT(DISTINCT s ORDER BY s DESC SEPARATOR '; ') AS g FROM p GROUP BY h)",
       R"(SELECT h, COUNT(DISTINCT k) AS c, AVG(n) AS a, MIN(s) AS mi FROM p GROUP BY h WITH ROLLUP)",
       R"(SELECT id FROM p WHERE d BETWEEN '2020-01-01' AND '2021-01-01' AND NOT d IS NULL)",
       R"(SELECT id, s COLLATE utf8mb4_bin AS sb, UPPER(s) AS us, CONCAT_WS('-', s, k) AS cw, TRIM(BOTH ' ' FROM s) AS ts, SUBSTRING(s FROM 2 FOR 3) AS ss, LEFT(s, 1) AS ls, REPLACE(s, 'a', 'b') AS rs FROM p)",
       R"(SELECT id, k DIV 2 AS kd, k MOD 3 AS km, -k AS neg, k | 1 AS bo, k << 2 AS sh, ~k AS bn, k ^ 1 AS bx FROM p)",
       R"(SELECT id, EXTRACT(YEAR FROM d) AS ey, TIMESTAMPDIFF(MINUTE, d, NOW()) AS td, POSITION('a' IN s) AS po, CHAR_LENGTH(s) AS cl FROM p)",
       R"(SELECT id FROM p WHERE s LIKE 'a\_%' ESCAPE '\\' OR s LIKE CONCAT('%', k, '%'))",
       R"(SELECT id FROM p WHERE k > ALL (SELECT p FROM r) OR k = ANY (SELECT p FROM r WHERE NOT h))",
       R"(SELECT x.n FROM (SELECT k AS n FROM p WHERE h UNION SELECT p FROM r) AS x WHERE x.n)",
       R"(SELECT id FROM p WHERE JSON_EXTRACT(j, '$.a') = 1 AND JSON_CONTAINS(j, '1', '$.b'))",
       R"(SELECT id FROM p WHERE IF(h, k, 0) AND GREATEST(k, 1) AND ISNULL(s))",
       R"(SELECT id FROM p WHERE s REGEXP '^[a-z]+$' AND NOT s RLIKE 'x')",
       R"(SELECT id FROM p WHERE h = TRUE AND k <> FALSE AND NOT (h = 1 AND k = 2))",
       R"(SELECT id FROM p WHERE h IS UNKNOWN OR h IS NOT UNKNOWN)",
       R"(SELECT id FROM p WHERE NULLIF(k, 0) AND STRCMP(s, 'a') AND (h OR NOT k) AND !h)",
       R"(SELECT id FROM p ORDER BY h DESC, k IS NULL, FIELD(s, 'a', 'b'))",
       R"(SELECT id FROM p ORDER BY NOT h)",
       R"(SELECT MAX(id) AS m FROM p GROUP BY h AND k)",
       R"(SELECT id FROM p WHERE ((h)) AND ((k > 1) OR ((s IS NULL))))",
       R"(SELECT id FROM p WHERE 1 AND h)",
       R"(SELECT id FROM p WHERE h AND 0 = k)",
       R"(SELECT id FROM p STRAIGHT_JOIN (SELECT id AS rid FROM r) rr ON rid = id)",
       R"(SELECT p.id FROM p LEFT JOIN (r JOIN p p2 ON p2.id = r.p) ON r.id = p.k WHERE r.h)",
       R"(SELECT p.id FROM p NATURAL JOIN r)",
       R"(SELECT p.id FROM p RIGHT JOIN r ON r.p = p.id)",
       R"(SELECT (SELECT MAX(r.id) FROM r WHERE r.p = p.id) AS last_r FROM p WHERE (SELECT COUNT(*) FROM r WHERE r.p = p.id) > 1)",
       R"(SELECT p.id, (SELECT r.t FROM r WHERE r.p = p.id ORDER BY r.id DESC LIMIT 1) AS t FROM p)",
       R"(WITH RECURSIVE t AS (SELECT id, k, 1 AS lvl FROM p WHERE k IS NULL UNION ALL SELECT p.id, p.k, t.lvl + 1 FROM p JOIN t ON p.k = t.id) SELECT * FROM t)",
       R"(WITH a (x, y) AS (SELECT id, k FROM p), b AS (SELECT x FROM a WHERE y) SELECT a.x, b.x AS bx FROM a JOIN b ON b.x = a.x)",
       R"(SELECT p.id, x.c FROM p LEFT JOIN (SELECT p, COUNT(*) AS c FROM r GROUP BY p) x ON x.p = p.id)",
       R"(SELECT COUNT(*) AS n, SUM(CASE WHEN h THEN 1 ELSE 0 END) AS hs, SUM(h = 1 AND k > 2) AS hk FROM p)",
       R"(SELECT id, IF(k > 1 AND NOT h, 'a', IFNULL(s, 'b')) AS x, NULLIF(s, '') AS y FROM p)",
       R"(SELECT id, CASE k WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END AS w FROM p)",
       R"(SELECT id FROM p WHERE d >= CURDATE() AND d < CURDATE() + INTERVAL 1 MONTH AND DATE(d) = '2020-01-01' AND TIME(d) > '10:00')",
       R"(SELECT id FROM p WHERE DATE_SUB(NOW(), INTERVAL 7 DAY) < d AND UNIX_TIMESTAMP(d) > 5 AND DAYOFWEEK(d) = 1 AND WEEK(d, 1) = 3 AND QUARTER(d) = 2)",
       R"(SELECT id FROM p WHERE CONCAT(s, ' ', k) = 'a 1' AND LOWER(s) = 'x' AND LENGTH(s) > 3 AND LPAD(s, 5, '0') = '0000a' AND INSTR(s, 'b') AND LOCATE('c', s, 2))",
       R"(SELECT id FROM p WHERE ROUND(n, 1) > 1.5 AND FLOOR(n) = 1 AND CEIL(n) = 2 AND ABS(k) > 1 AND MOD(k, 2) = 1 AND POW(k, 2) > 4 AND TRUNCATE(n, 1) > 0 AND SIGN(k) = 1 AND RAND() < 0.5)",
       R"(SELECT id, USER() AS us, CURRENT_USER() AS cu, DATABASE() AS db, VERSION() AS ve, CONNECTION_ID() AS ci, LAST_INSERT_ID() AS li FROM p)",
       R"(SELECT id, STR_TO_DATE(s, '%Y') AS sd, MAKEDATE(2020, 5) AS md, LAST_DAY(d) AS ld, ADDDATE(d, 5) AS ad, DATE_ADD(d, INTERVAL '1:2' MINUTE_SECOND) AS da, ADDTIME(d, '1:00') AS at2, SEC_TO_TIME(k) AS st FROM p)",
       R"(SELECT id, n / 2 AS nd, n * 2.5 AS nm, (k + 1) * 2 AS kk, k - (1 - h) AS kh, k + 1 + 2 AS k3, -(k + 1) AS nk, NOT (k > 1) AS nn FROM p)",
       R"(SELECT id, s IN ('a', 'b') AS i1, s NOT IN ('a') AS i2, k BETWEEN 1 AND 2 AS b1, s IS NULL AS n1, s <=> NULL AS n2, s LIKE 'a%' AS l1 FROM p)",
       R"(SELECT id AS `weird name`, k AS `select`, s AS `a``b` FROM p AS `t t`)",
       R"(SELECT `t t`.`id` FROM p AS `t t` WHERE `t t`.h)",
       R"(SELECT p.id AS pid, r.id AS rid FROM p INNER JOIN r ON p.id = r.p CROSS JOIN p AS p3)",
       R"(SELECT 1 AS one, 'x' AS x, NULL AS n, TRUE AS t, -1.5 AS m, DATE '2020-01-01' AS d, TIMESTAMP '2020-01-01 00:00:00' AS ts)",
       R"(SELECT h, COUNT(*) FROM p GROUP BY h)",
       R"(SELECT MAX(k), s FROM p GROUP BY s HAVING MAX(k) > 3 ORDER BY MAX(k) DESC)",
       R"(SELECT id, k+1, CONCAT(s,'x') FROM p)",
       R"(SELECT p.* FROM p WHERE p.id IN (1))",
       R"((SELECT id FROM p LIMIT 1) UNION (SELECT id FROM r LIMIT 2) ORDER BY id LIMIT 3)",
       R"(SELECT id FROM p EXCEPT SELECT id FROM r)",
       R"(SELECT id FROM p INTERSECT SELECT id FROM r)",
       R"(SELECT SQL_NO_CACHE id FROM p)",
       R"(SELECT JSON_OBJECT('a', k, 'b', s) AS j, JSON_ARRAY(1, k) AS ja, JSON_UNQUOTE(JSON_EXTRACT(j, '$.a')) AS ju FROM p)",
       R"(SELECT id FROM p WHERE k = (SELECT MAX(k) FROM p AS p2 WHERE p2.h = p.h))",
       R"(SELECT DISTINCT h, k FROM p WHERE k IS NOT NULL AND (h, k) NOT IN (SELECT h, id FROM r))",
       R"(SELECT id, ROW_NUMBER() OVER (PARTITION BY h ORDER BY k DESC) AS rn FROM p)",
       R"(SELECT id, UUID() AS u, SHA2(s, 256) AS sh, HEX(s) AS hx, CRC32(s) AS cr FROM p)"})
    text += fmt::format("CREATE VIEW v{} AS {};\n", ++views, query);
  expect_same(text);
}

// The view is made while the table still has a column that goes: what it shows is written out.
TEST_P(Rewritten, StarsAreWrittenOut) {
  const auto schema =
      read_text(std::string(kTables) + "CREATE VIEW v AS SELECT r.*, p.s AS q FROM r, p WHERE NOT r.h;", GetParam());
  ASSERT_TRUE(schema) << to_text(schema.error());
  const std::string text = create_view(schema->views().front());
  EXPECT_EQ(text.find('*'), std::string::npos) << text;
  EXPECT_NE(text.find("NOT"), std::string::npos) << text;
}

// A list of names stays one, where the server shows it.
TEST_P(Rewritten, NamesBeforeTheQuery) {
  const auto schema =
      read_text(std::string(kTables) + "CREATE VIEW v (a, b) AS SELECT id, k + 1 FROM p WHERE h;", GetParam());
  ASSERT_TRUE(schema) << to_text(schema.error());
  EXPECT_EQ(create_view(schema->views().front()), "CREATE VIEW `v` (`a`, `b`) AS SELECT id, k + 1 FROM p WHERE h");
}

// What only one of the two knows, or keeps as it is.
class RewrittenByMysql : public Rewritten {};
INSTANTIATE_TEST_SUITE_P(All, RewrittenByMysql, ::testing::Values(MysqlFlavour::mysql),
                         ::testing::PrintToStringParamName());

TEST_P(RewrittenByMysql, Queries) {
  std::string text = kTables;
  int views = 0;
  for (const char* query :
       {R"(SELECT id FROM p WHERE j ->> '$.a' = 'x')", R"(SELECT id FROM p WHERE j ->> '$.a' = 'x' AND j -> '$.b' > 1)",
        R"(SELECT id, LAG(k, 1, 0) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS l FROM p)"})
    text += fmt::format("CREATE VIEW v{} AS {};\n", ++views, query);
  expect_same(text);
}

}  // namespace
}  // namespace emcee::mysql
