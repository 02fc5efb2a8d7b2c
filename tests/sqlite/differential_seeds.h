// Statements that SQLite prepares on the schema of the differential test, for all of its grammar.
#pragma once

#include <string_view>

#include "dialects/sqlite/tokens.h"

namespace emcee::testing {

// What the database holds. Mutants of the seeds name these tables and columns.
inline constexpr std::string_view kDifferentialSchema = R"sql(
CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c REAL, d);
CREATE TABLE u (a, b, x, y, UNIQUE (a, b));
CREATE TABLE w (a TEXT PRIMARY KEY, b) WITHOUT ROWID;
CREATE TABLE x (a CHECK (a > 0) CONSTRAINT named CHECK (a < 9), b NOT NULL, c);
CREATE INDEX ti ON t (b);
CREATE VIEW v AS SELECT a, b FROM t;
CREATE TRIGGER tt AFTER INSERT ON t BEGIN DELETE FROM u; END;
)sql";

inline constexpr std::string_view kDifferentialSeeds[] = {
    // CREATE TABLE
    "CREATE TABLE n (a)",
    "CREATE TABLE n (a INTEGER PRIMARY KEY AUTOINCREMENT, b VARCHAR(10) NOT NULL DEFAULT 'x', c DECIMAL(10, -2))",
    "CREATE TEMP TABLE IF NOT EXISTS n (a INT NULL, b UNSIGNED BIG INT UNIQUE ON CONFLICT REPLACE)",
    "CREATE TEMPORARY TABLE temp.n (a)",
    "CREATE TABLE main.n (a CONSTRAINT k PRIMARY KEY DESC ON CONFLICT FAIL, b CONSTRAINT x CONSTRAINT y CHECK (b > 1))",
    "CREATE TABLE n (a DEFAULT 5, b DEFAULT -5.5, c DEFAULT +1e3, d DEFAULT (1 + 1), e DEFAULT NULL, f DEFAULT x'00')",
    "CREATE TABLE n (a DEFAULT CURRENT_TIMESTAMP, b DEFAULT true, c DEFAULT word, d DEFAULT \"q\", e DEFAULT - 'x')",
    "CREATE TABLE n (a REFERENCES t, b REFERENCES t (a) ON DELETE CASCADE ON UPDATE SET NULL MATCH FULL)",
    "CREATE TABLE n (a REFERENCES t ON DELETE SET DEFAULT ON UPDATE RESTRICT NOT DEFERRABLE INITIALLY IMMEDIATE)",
    "CREATE TABLE n (a REFERENCES t ON DELETE NO ACTION ON INSERT CASCADE DEFERRABLE INITIALLY DEFERRED NOT NULL)",
    "CREATE TABLE n (a COLLATE nocase, b TEXT COLLATE 'binary', c AS (a || b), d GENERATED ALWAYS AS (a) STORED)",
    "CREATE TABLE n (a, b INT GENERATED ALWAYS AS (a + 1) VIRTUAL, c NOT NULL GENERATED ALWAYS AS (b))",
    "CREATE TABLE n (a INT, b INT, PRIMARY KEY (a, b DESC) ON CONFLICT IGNORE, UNIQUE (b COLLATE nocase) CHECK (a <> "
    "b))",
    "CREATE TABLE n (a, b, CONSTRAINT f FOREIGN KEY (a, b) REFERENCES u (a, b) ON DELETE CASCADE DEFERRABLE)",
    "CREATE TABLE n (a, CONSTRAINT empty, CONSTRAINT c CHECK (a IN (1, 2)) ON CONFLICT ABORT)",
    "CREATE TABLE n (a INTEGER, PRIMARY KEY (a AUTOINCREMENT))",
    "CREATE TABLE n (a TEXT PRIMARY KEY, b ANY) STRICT, WITHOUT ROWID",
    "CREATE TABLE n (a INTEGER NOT NULL PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE n AS SELECT a, b AS z FROM t WHERE a > 1", "CREATE TABLE n AS WITH q AS (SELECT 1) SELECT * FROM q",
    "CREATE TABLE [n n] (`a a` \"text\", 'b' 'INT', replace INT, key, abort TEXT DEFAULT abort)",
    "CREATE TABLE left (cross INT, full, end TEXT, current_date, no, indexed INT, window, over, filter)",
    // CREATE INDEX, VIEW, TRIGGER, VIRTUAL TABLE
    "CREATE INDEX n ON t (a, b COLLATE nocase DESC, lower(c) ASC)",
    "CREATE UNIQUE INDEX IF NOT EXISTS main.n ON u (a + b, x) WHERE y IS NOT NULL AND x > 1",
    "CREATE VIEW n AS SELECT * FROM t",
    "CREATE TEMP VIEW IF NOT EXISTS n (p, q) AS SELECT a, count(*) FROM u GROUP BY a HAVING count(*) > 1",
    "CREATE VIEW n AS WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 9) SELECT i FROM r",
    "CREATE TRIGGER n BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'no') WHERE new.a < 0; END",
    "CREATE TRIGGER IF NOT EXISTS main.n AFTER UPDATE OF a, b ON t FOR EACH ROW WHEN old.a IS NOT new.a "
    "BEGIN UPDATE u SET x = new.a, (a, b) = (1, 2) WHERE a = old.a; DELETE FROM w WHERE a = 1; END",
    "CREATE TRIGGER n DELETE ON t BEGIN INSERT INTO u (a, b) VALUES (old.a, old.b), (1, 2); "
    "REPLACE INTO w VALUES (1, 2); INSERT OR IGNORE INTO w SELECT 1, 2; END",
    "CREATE TRIGGER n INSTEAD OF INSERT ON v BEGIN INSERT INTO t (a) SELECT new.a FROM u ORDER BY 1 LIMIT 1; END",
    "CREATE TRIGGER n AFTER INSERT ON u BEGIN INSERT INTO u VALUES (1, 2, 3, 4) ON CONFLICT (a, b) DO UPDATE SET "
    "x = excluded.x WHERE y > 1; WITH q AS (SELECT 1 AS z) SELECT z FROM q; END",
    "CREATE TEMP TRIGGER n AFTER DELETE ON t BEGIN UPDATE OR REPLACE u SET a = 1 FROM w WHERE w.a = u.a; END",
    "CREATE VIRTUAL TABLE n USING fts5(a, b, content='', tokenize = \"porter ascii\")",
    "CREATE VIRTUAL TABLE IF NOT EXISTS main.n USING rtree(id, x0, x1, +aux TEXT)",
    // ALTER, DROP
    "ALTER TABLE t RENAME TO n", "ALTER TABLE main.t RENAME COLUMN b TO n", "ALTER TABLE t RENAME b TO n",
    "ALTER TABLE t ADD COLUMN n INT NOT NULL DEFAULT 5 CHECK (n > 1) COLLATE nocase REFERENCES u (a)",
    "ALTER TABLE t ADD n AS (a + 1)", "ALTER TABLE t ADD COLUMN column TEXT", "ALTER TABLE t DROP COLUMN d",
    "ALTER TABLE t DROP d", "DROP TABLE IF EXISTS t", "DROP TABLE main.u", "DROP INDEX ti", "DROP VIEW IF EXISTS v",
    "DROP TRIGGER IF EXISTS main.tt",
    // SELECT
    "SELECT 1, 'x', x'0f', 1.5e-3, .5, 5., 0x1F, NULL, CURRENT_TIME, ?, ?1, :n, @n, $n",
    "SELECT DISTINCT a AS one, b two, t.c \"three\", main.t.d, t.* FROM t AS q, main.t ORDER BY 1 DESC NULLS LAST, b "
    "ASC",
    "SELECT ALL * FROM t LEFT OUTER JOIN u ON t.a = u.a NATURAL JOIN w CROSS JOIN x INNER JOIN v USING (a)",
    "SELECT * FROM t, (SELECT a FROM u) AS s JOIN (t AS z JOIN w USING (a)) LIMIT 5 OFFSET 1",
    "SELECT * FROM t INDEXED BY ti WHERE b = 1 UNION SELECT * FROM t NOT INDEXED EXCEPT SELECT * FROM u LIMIT 1, 2",
    "SELECT * FROM json_each('[1]') AS j, pragma_table_info('t') WHERE j.value = 1",
    "SELECT a FROM t GROUP BY a, b HAVING a > 1 INTERSECT SELECT 1 ORDER BY a COLLATE nocase",
    "WITH q (z) AS MATERIALIZED (VALUES (1), (2)), r AS NOT MATERIALIZED (SELECT 1) SELECT * FROM q, r",
    "SELECT row_number() OVER (PARTITION BY a ORDER BY b), sum(a) FILTER (WHERE a > 1) OVER win FROM t "
    "WINDOW win AS (ORDER BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES), z AS (win)",
    "SELECT sum(a) OVER (RANGE UNBOUNDED PRECEDING), max(a) OVER (ORDER BY a GROUPS BETWEEN UNBOUNDED PRECEDING AND "
    "1 FOLLOWING EXCLUDE NO OTHERS), min(a) OVER (ORDER BY b ROWS 2 PRECEDING EXCLUDE GROUP) FROM t",
    "SELECT a + b - c * d / 2 % 3 || 'x', a << 1 | 2 & ~3 >> -1, NOT a = b AND c <> d OR a == 1 FROM t",
    "SELECT a < b, a <= b, a > b, a >= b, a != b, a IS b, a IS NOT b, a ISNULL, a NOTNULL, a NOT NULL FROM t",
    "SELECT a IS DISTINCT FROM b, a IS NOT DISTINCT FROM b, a BETWEEN 1 AND 2, a NOT BETWEEN b AND c AND d FROM t",
    "SELECT a IN (1, 2), a NOT IN (SELECT b FROM u), a IN u, a IN main.w, a IN (), a IN json_each('[]') FROM t",
    "SELECT a LIKE 'x%' ESCAPE '!', a NOT LIKE b, a GLOB b, a COLLATE nocase = b, CAST(a AS VARCHAR(3)) FROM t",
    "SELECT CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'y' ELSE 'z' END, CASE WHEN a > 1 THEN 2 END FROM t",
    "SELECT EXISTS (SELECT 1), (SELECT a FROM t), (a, b) = (1, 2), (a), count(*), count(DISTINCT a), max(1, 2) FROM t",
    "SELECT d -> '$.x' ->> 0, d ->> 'y', replace(b, 'x', 'y'), like('a', b), left, abs(-a) FROM t, (SELECT 1 AS left)",
    "SELECT a, b FROM t WHERE (a, b) IN (SELECT a, b FROM u) AND NOT EXISTS (SELECT 1 FROM w WHERE w.a = t.a)",
    "SELECT - + ~ - a, NOT NOT a, a - -1, (a) , ((a + 1)) FROM t",
    "VALUES (1, 2), (3, 4) UNION ALL SELECT a, b FROM t ORDER BY 1",
    // Writes
    "INSERT INTO t VALUES (1, 'x', 2.5, NULL)",
    "INSERT OR REPLACE INTO main.t AS z (a, b) VALUES (1, 2) RETURNING a, b AS q, *",
    "REPLACE INTO t (a) SELECT a FROM u WHERE true", "INSERT INTO t DEFAULT VALUES RETURNING *",
    "INSERT INTO u (a, b) VALUES (1, 2) ON CONFLICT (a, b) WHERE x > 1 DO NOTHING ON CONFLICT DO UPDATE SET x = 1, "
    "y = excluded.y WHERE x <> 1 RETURNING x",
    "INSERT INTO t SELECT * FROM t WHERE 1 ON CONFLICT (a) DO UPDATE SET b = 1",
    "WITH q AS (SELECT 1 AS z) INSERT INTO t (a) SELECT z FROM q",
    "UPDATE t SET a = 1, b = (SELECT b FROM u) WHERE a > 1",
    "UPDATE OR IGNORE main.t AS z INDEXED BY ti SET (a, b) = (SELECT 1, 2), c = 3 WHERE z.b = 1 RETURNING *",
    "UPDATE t SET b = u.b FROM u JOIN w ON u.a = w.a WHERE t.a = u.a",
    "WITH q AS (SELECT 1) UPDATE t SET a = 1 WHERE a IN q", "DELETE FROM t",
    "DELETE FROM main.t AS z NOT INDEXED WHERE z.a = 1 RETURNING z.a",
    "WITH q AS (SELECT 1 AS a) DELETE FROM t WHERE a IN (SELECT a FROM q)",
    // The rest
    "BEGIN", "BEGIN DEFERRED TRANSACTION", "BEGIN EXCLUSIVE", "BEGIN IMMEDIATE TRANSACTION named", "COMMIT TRANSACTION",
    "END", "ROLLBACK", "ROLLBACK TRANSACTION TO SAVEPOINT s", "ROLLBACK TO s", "SAVEPOINT s", "RELEASE SAVEPOINT s",
    "RELEASE s", "PRAGMA foreign_keys", "PRAGMA main.user_version = 5", "PRAGMA foreign_keys = ON",
    "PRAGMA table_info(t)", "PRAGMA cache_size = -2000", "PRAGMA journal_mode = delete", "PRAGMA x = default",
    "PRAGMA cache_size(+5)", "ATTACH 'f' AS g", "ATTACH DATABASE 'f' AS g KEY 'k'", "DETACH DATABASE g", "DETACH g",
    "VACUUM", "VACUUM main INTO 'f'", "REINDEX", "REINDEX t", "REINDEX main.ti", "ANALYZE", "ANALYZE main.t",
    "EXPLAIN SELECT 1", "EXPLAIN QUERY PLAN SELECT * FROM t", "EXPLAIN CREATE TABLE n (a)"};

// Tokens that mutants are given.
inline constexpr std::string_view kDifferentialTokens[] = {"(",
                                                           ")",
                                                           ",",
                                                           ";",
                                                           ".",
                                                           "*",
                                                           "+",
                                                           "-",
                                                           "=",
                                                           "==",
                                                           "<>",
                                                           "||",
                                                           "->",
                                                           "->>",
                                                           "~",
                                                           "<",
                                                           ">>",
                                                           "&",
                                                           "|",
                                                           "1",
                                                           "2.5",
                                                           "x'00'",
                                                           "'s'",
                                                           "?",
                                                           ":v",
                                                           "a",
                                                           "b",
                                                           "c",
                                                           "t",
                                                           "u",
                                                           "n",
                                                           "\"a\"",
                                                           "[b]",
                                                           "`c`",
                                                           "#",
                                                           "!",
                                                           "0x",
                                                           "1e",
                                                           "'",
                                                           "\"",
                                                           "/*",
                                                           "--",
                                                           "$",
                                                           "@",
                                                           "@p",
                                                           "x'0'",
                                                           "1a",
                                                           "-- c\n",
                                                           "/* c */",
                                                           "new",
                                                           "old",
                                                           "excluded",
                                                           "rowid",
                                                           "strict",
                                                           "stored",
                                                           "true",
                                                           "nocase",
#define EMCEE_TEXT(id, text, fallback) text,
                                                           EMCEE_SQLITE_KEYWORDS(EMCEE_TEXT)
#undef EMCEE_TEXT
};

}  // namespace emcee::testing
