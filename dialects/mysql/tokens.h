// The tokens of MySQL and MariaDB.
//
// Reserved words: https://dev.mysql.com/doc/refman/9.0/en/keywords.html (9.7) and
// https://mariadb.com/kb/en/reserved-words/ (10.11); both lists were asked of the servers by using
// every word as the name of a column.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/mysql/flavour.h"
#include "parser/syntax.h"

namespace emcee::mysql {

// Where a word is reserved; `name`: nowhere, but the grammar has a use for it.
// clang-format off
#define EMCEE_MYSQL_KEYWORDS(X) \
  X(kAbsent, "ABSENT", name) X(kAccessible, "ACCESSIBLE", both) X(kAction, "ACTION", name) X(kAdd, "ADD", both) \
  X(kAfter, "AFTER", name) X(kAgainst, "AGAINST", name) X(kAggregate, "AGGREGATE", name) \
  X(kAlgorithm, "ALGORITHM", name) X(kAll, "ALL", both) X(kAlter, "ALTER", both) X(kAlways, "ALWAYS", name) \
  X(kAnalyze, "ANALYZE", both) X(kAnd, "AND", both) X(kAny, "ANY", name) X(kArray, "ARRAY", name) X(kAs, "AS", both) \
  X(kAsc, "ASC", both) X(kAscii, "ASCII", name) X(kAsensitive, "ASENSITIVE", both) X(kAt, "AT", name) \
  X(kAtomic, "ATOMIC", name) X(kAuto, "AUTO", name) X(kAutoextendSize, "AUTOEXTEND_SIZE", name) \
  X(kAutoIncrement, "AUTO_INCREMENT", name) X(kAvgRowLength, "AVG_ROW_LENGTH", name) X(kBefore, "BEFORE", both) \
  X(kBegin, "BEGIN", name) X(kBetween, "BETWEEN", both) X(kBigint, "BIGINT", both) X(kBinary, "BINARY", both) \
  X(kBinlog, "BINLOG", name) X(kBlob, "BLOB", both) X(kBoolean, "BOOLEAN", name) X(kBoth, "BOTH", both) \
  X(kBtree, "BTREE", name) X(kBy, "BY", both) X(kByte, "BYTE", name) X(kCache, "CACHE", name) X(kCall, "CALL", both) \
  X(kCascade, "CASCADE", both) X(kCascaded, "CASCADED", name) X(kCase, "CASE", both) X(kCast, "CAST", name) \
  X(kChange, "CHANGE", both) X(kChar, "CHAR", both) X(kCharacter, "CHARACTER", both) X(kCharset, "CHARSET", name) \
  X(kCheck, "CHECK", both) X(kChecksum, "CHECKSUM", name) X(kClone, "CLONE", name) X(kClose, "CLOSE", name) \
  X(kCoalesce, "COALESCE", name) X(kCollate, "COLLATE", both) X(kColumn, "COLUMN", both) \
  X(kColumns, "COLUMNS", name) X(kColumnFormat, "COLUMN_FORMAT", name) X(kComment, "COMMENT", name) \
  X(kCommit, "COMMIT", name) X(kCompletion, "COMPLETION", name) X(kCompressed, "COMPRESSED", name) \
  X(kCompression, "COMPRESSION", name) X(kCondition, "CONDITION", both) X(kConnection, "CONNECTION", name) \
  X(kConstraint, "CONSTRAINT", both) X(kContains, "CONTAINS", name) X(kContinue, "CONTINUE", both) \
  X(kConvert, "CONVERT", both) X(kCreate, "CREATE", both) X(kCross, "CROSS", both) X(kCube, "CUBE", mysql) \
  X(kCumeDist, "CUME_DIST", mysql) X(kCurrent, "CURRENT", name) X(kCurrentDate, "CURRENT_DATE", both) \
  X(kCurrentRole, "CURRENT_ROLE", mariadb) X(kCurrentTime, "CURRENT_TIME", both) \
  X(kCurrentTimestamp, "CURRENT_TIMESTAMP", both) X(kCurrentUser, "CURRENT_USER", both) X(kCursor, "CURSOR", both) \
  X(kCycle, "CYCLE", name) X(kData, "DATA", name) X(kDatabase, "DATABASE", mysql) X(kDatabases, "DATABASES", both) \
  X(kDate, "DATE", name) X(kDatetime, "DATETIME", name) X(kDay, "DAY", name) X(kDayHour, "DAY_HOUR", both) \
  X(kDayMicrosecond, "DAY_MICROSECOND", both) X(kDayMinute, "DAY_MINUTE", both) X(kDaySecond, "DAY_SECOND", both) \
  X(kDeallocate, "DEALLOCATE", name) X(kDec, "DEC", both) X(kDecimal, "DECIMAL", both) X(kDeclare, "DECLARE", both) \
  X(kDefault, "DEFAULT", both) X(kDefiner, "DEFINER", name) X(kDelayed, "DELAYED", both) \
  X(kDelayKeyWrite, "DELAY_KEY_WRITE", name) X(kDelete, "DELETE", both) \
  X(kDeleteDomainId, "DELETE_DOMAIN_ID", mariadb) X(kDenseRank, "DENSE_RANK", mysql) X(kDesc, "DESC", both) \
  X(kDescribe, "DESCRIBE", both) X(kDeterministic, "DETERMINISTIC", both) X(kDirectory, "DIRECTORY", name) \
  X(kDisable, "DISABLE", name) X(kDiscard, "DISCARD", name) X(kDistinct, "DISTINCT", both) \
  X(kDistinctrow, "DISTINCTROW", both) X(kDiv, "DIV", both) X(kDo, "DO", name) X(kDouble, "DOUBLE", both) \
  X(kDoDomainIds, "DO_DOMAIN_IDS", mariadb) X(kDrop, "DROP", both) X(kDual, "DUAL", both) \
  X(kDumpfile, "DUMPFILE", name) X(kDuplicate, "DUPLICATE", name) X(kEach, "EACH", both) X(kElse, "ELSE", both) \
  X(kElseif, "ELSEIF", both) X(kEmpty, "EMPTY", mysql) X(kEnable, "ENABLE", name) X(kEnclosed, "ENCLOSED", both) \
  X(kEncrypted, "ENCRYPTED", name) X(kEncryption, "ENCRYPTION", name) X(kEncryptionKeyId, "ENCRYPTION_KEY_ID", name) \
  X(kEnd, "END", name) X(kEnds, "ENDS", name) X(kEnforced, "ENFORCED", name) X(kEngine, "ENGINE", name) \
  X(kEngineAttribute, "ENGINE_ATTRIBUTE", name) X(kError, "ERROR", name) X(kEscape, "ESCAPE", name) \
  X(kEscaped, "ESCAPED", both) X(kEvent, "EVENT", name) X(kEvery, "EVERY", name) X(kExamined, "EXAMINED", name) \
  X(kExcept, "EXCEPT", both) X(kExchange, "EXCHANGE", name) X(kExclude, "EXCLUDE", name) \
  X(kExecute, "EXECUTE", name) X(kExists, "EXISTS", both) X(kExit, "EXIT", both) X(kExpansion, "EXPANSION", name) \
  X(kExplain, "EXPLAIN", both) X(kExternal, "EXTERNAL", mysql) X(kExtract, "EXTRACT", name) X(kFalse, "FALSE", both) \
  X(kFetch, "FETCH", both) X(kFirst, "FIRST", name) X(kFirstValue, "FIRST_VALUE", mysql) X(kFloat, "FLOAT", both) \
  X(kFloat4, "FLOAT4", both) X(kFloat8, "FLOAT8", both) X(kFlush, "FLUSH", name) X(kFollowing, "FOLLOWING", name) \
  X(kFollows, "FOLLOWS", name) X(kFor, "FOR", both) X(kForce, "FORCE", both) X(kForeign, "FOREIGN", both) \
  X(kFormat, "FORMAT", name) X(kFound, "FOUND", name) X(kFrom, "FROM", both) X(kFull, "FULL", name) \
  X(kFulltext, "FULLTEXT", both) X(kFunction, "FUNCTION", mysql) X(kGenerated, "GENERATED", mysql) \
  X(kGet, "GET", mysql) X(kGetFormat, "GET_FORMAT", name) X(kGlobal, "GLOBAL", name) X(kGrant, "GRANT", both) \
  X(kGroup, "GROUP", both) X(kGrouping, "GROUPING", mysql) X(kGroups, "GROUPS", mysql) X(kHandler, "HANDLER", name) \
  X(kHash, "HASH", name) X(kHaving, "HAVING", both) X(kHelp, "HELP", name) X(kHighPriority, "HIGH_PRIORITY", both) \
  X(kHistory, "HISTORY", name) X(kHour, "HOUR", name) X(kHourMicrosecond, "HOUR_MICROSECOND", both) \
  X(kHourMinute, "HOUR_MINUTE", both) X(kHourSecond, "HOUR_SECOND", both) X(kIetfQuotes, "IETF_QUOTES", name) \
  X(kIf, "IF", both) X(kIgnore, "IGNORE", both) X(kIgnored, "IGNORED", name) \
  X(kIgnoreDomainIds, "IGNORE_DOMAIN_IDS", mariadb) X(kImport, "IMPORT", name) X(kIn, "IN", both) \
  X(kIndex, "INDEX", both) X(kInfile, "INFILE", both) X(kInner, "INNER", both) X(kInout, "INOUT", both) \
  X(kInsensitive, "INSENSITIVE", both) X(kInsert, "INSERT", both) X(kInsertMethod, "INSERT_METHOD", name) \
  X(kInstall, "INSTALL", name) X(kInstance, "INSTANCE", name) X(kInt, "INT", both) X(kInt1, "INT1", both) \
  X(kInt2, "INT2", both) X(kInt3, "INT3", both) X(kInt4, "INT4", both) X(kInt8, "INT8", both) \
  X(kInteger, "INTEGER", both) X(kIntersect, "INTERSECT", both) X(kInterval, "INTERVAL", both) \
  X(kInto, "INTO", both) X(kInvisible, "INVISIBLE", name) X(kInvoker, "INVOKER", name) \
  X(kIoAfterGtids, "IO_AFTER_GTIDS", mysql) X(kIoBeforeGtids, "IO_BEFORE_GTIDS", mysql) X(kIs, "IS", both) \
  X(kIterate, "ITERATE", both) X(kJoin, "JOIN", both) X(kJson, "JSON", name) X(kJsonTable, "JSON_TABLE", mysql) \
  X(kKey, "KEY", both) X(kKeys, "KEYS", both) X(kKeyBlockSize, "KEY_BLOCK_SIZE", name) X(kKill, "KILL", both) \
  X(kLag, "LAG", mysql) X(kLanguage, "LANGUAGE", name) X(kLast, "LAST", name) X(kLastValue, "LAST_VALUE", mysql) \
  X(kLateral, "LATERAL", mysql) X(kLead, "LEAD", mysql) X(kLeading, "LEADING", both) X(kLeave, "LEAVE", both) \
  X(kLeft, "LEFT", both) X(kLess, "LESS", name) X(kLibrary, "LIBRARY", mysql) X(kLike, "LIKE", both) \
  X(kLimit, "LIMIT", both) X(kLinear, "LINEAR", both) X(kLines, "LINES", both) X(kList, "LIST", name) \
  X(kLoad, "LOAD", both) X(kLocal, "LOCAL", name) X(kLocaltime, "LOCALTIME", both) \
  X(kLocaltimestamp, "LOCALTIMESTAMP", both) X(kLock, "LOCK", both) X(kLocked, "LOCKED", name) \
  X(kLogfile, "LOGFILE", name) X(kLong, "LONG", both) X(kLongblob, "LONGBLOB", both) X(kLongtext, "LONGTEXT", both) \
  X(kLoop, "LOOP", both) X(kLowPriority, "LOW_PRIORITY", both) \
  X(kMasterDemoteToReplica, "MASTER_DEMOTE_TO_REPLICA", mariadb) \
  X(kMasterDemoteToSlave, "MASTER_DEMOTE_TO_SLAVE", mariadb) \
  X(kMasterSslVerifyServerCert, "MASTER_SSL_VERIFY_SERVER_CERT", mariadb) X(kMatch, "MATCH", both) \
  X(kMaxvalue, "MAXVALUE", both) X(kMaxRows, "MAX_ROWS", name) X(kMediumblob, "MEDIUMBLOB", both) \
  X(kMediumint, "MEDIUMINT", both) X(kMediumtext, "MEDIUMTEXT", both) X(kMember, "MEMBER", name) \
  X(kMerge, "MERGE", name) X(kMicrosecond, "MICROSECOND", name) X(kMiddleint, "MIDDLEINT", both) \
  X(kMinute, "MINUTE", name) X(kMinuteMicrosecond, "MINUTE_MICROSECOND", both) \
  X(kMinuteSecond, "MINUTE_SECOND", both) X(kMinRows, "MIN_ROWS", name) X(kMod, "MOD", both) X(kMode, "MODE", name) \
  X(kModifies, "MODIFIES", both) X(kModify, "MODIFY", name) X(kMonth, "MONTH", name) X(kNational, "NATIONAL", name) \
  X(kNatural, "NATURAL", both) X(kNchar, "NCHAR", name) X(kNext, "NEXT", name) X(kNo, "NO", name) \
  X(kNodegroup, "NODEGROUP", name) X(kNot, "NOT", both) X(kNow, "NOW", name) X(kNowait, "NOWAIT", name) \
  X(kNoWriteToBinlog, "NO_WRITE_TO_BINLOG", both) X(kNthValue, "NTH_VALUE", mysql) X(kNtile, "NTILE", mysql) \
  X(kNull, "NULL", both) X(kNulls, "NULLS", name) X(kNumeric, "NUMERIC", both) X(kOf, "OF", mysql) \
  X(kOffline, "OFFLINE", name) X(kOffset, "OFFSET", mariadb) X(kOn, "ON", both) X(kOnline, "ONLINE", name) \
  X(kOnly, "ONLY", name) X(kOpen, "OPEN", name) X(kOptimize, "OPTIMIZE", both) \
  X(kOptimizerCosts, "OPTIMIZER_COSTS", mysql) X(kOption, "OPTION", mysql) X(kOptionally, "OPTIONALLY", both) \
  X(kOr, "OR", both) X(kOrder, "ORDER", both) X(kOthers, "OTHERS", name) X(kOut, "OUT", both) \
  X(kOuter, "OUTER", both) X(kOutfile, "OUTFILE", both) X(kOver, "OVER", both) X(kOverlaps, "OVERLAPS", name) \
  X(kPackage, "PACKAGE", name) X(kPackKeys, "PACK_KEYS", name) X(kPageChecksum, "PAGE_CHECKSUM", mariadb) \
  X(kPageCompressed, "PAGE_COMPRESSED", name) X(kPageCompressionLevel, "PAGE_COMPRESSION_LEVEL", name) \
  X(kParser, "PARSER", name) X(kParseVcolExpr, "PARSE_VCOL_EXPR", mariadb) X(kPartial, "PARTIAL", name) \
  X(kPartition, "PARTITION", both) X(kPartitioning, "PARTITIONING", name) X(kPartitions, "PARTITIONS", name) \
  X(kPassword, "PASSWORD", name) X(kPercentRank, "PERCENT_RANK", mysql) X(kPeriod, "PERIOD", name) \
  X(kPersist, "PERSIST", name) X(kPersistent, "PERSISTENT", name) X(kPersistOnly, "PERSIST_ONLY", name) \
  X(kPortion, "PORTION", mariadb) X(kPosition, "POSITION", name) X(kPrecedes, "PRECEDES", name) \
  X(kPreceding, "PRECEDING", name) X(kPrecision, "PRECISION", both) X(kPrepare, "PREPARE", name) \
  X(kPreserve, "PRESERVE", name) X(kPrevious, "PREVIOUS", name) X(kPrimary, "PRIMARY", both) \
  X(kProcedure, "PROCEDURE", both) X(kPurge, "PURGE", both) X(kQualify, "QUALIFY", mysql) \
  X(kQuarter, "QUARTER", name) X(kQuery, "QUERY", name) X(kQuick, "QUICK", name) X(kRange, "RANGE", both) \
  X(kRank, "RANK", mysql) X(kRead, "READ", both) X(kReads, "READS", both) X(kReadWrite, "READ_WRITE", both) \
  X(kReal, "REAL", both) X(kRebuild, "REBUILD", name) X(kRecursive, "RECURSIVE", both) \
  X(kReferences, "REFERENCES", both) X(kRefSystemId, "REF_SYSTEM_ID", mariadb) X(kRegexp, "REGEXP", both) \
  X(kRelease, "RELEASE", both) X(kRemove, "REMOVE", name) X(kRename, "RENAME", both) \
  X(kReorganize, "REORGANIZE", name) X(kRepair, "REPAIR", name) X(kRepeat, "REPEAT", both) \
  X(kReplace, "REPLACE", both) X(kReplica, "REPLICA", name) X(kRequire, "REQUIRE", both) X(kReset, "RESET", name) \
  X(kResignal, "RESIGNAL", both) X(kResource, "RESOURCE", name) X(kRespect, "RESPECT", name) \
  X(kRestart, "RESTART", name) X(kRestrict, "RESTRICT", both) X(kReturn, "RETURN", both) \
  X(kReturning, "RETURNING", mariadb) X(kReturns, "RETURNS", name) X(kReverse, "REVERSE", name) \
  X(kRevoke, "REVOKE", both) X(kRight, "RIGHT", both) X(kRlike, "RLIKE", both) X(kRole, "ROLE", name) \
  X(kRollback, "ROLLBACK", name) X(kRollup, "ROLLUP", name) X(kRow, "ROW", mysql) X(kRows, "ROWS", both) \
  X(kRowFormat, "ROW_FORMAT", name) X(kRowNumber, "ROW_NUMBER", both) X(kRtree, "RTREE", name) \
  X(kSavepoint, "SAVEPOINT", name) X(kSchedule, "SCHEDULE", name) X(kSchema, "SCHEMA", mysql) \
  X(kSchemas, "SCHEMAS", both) X(kSecond, "SECOND", name) X(kSecondaryEngine, "SECONDARY_ENGINE", name) \
  X(kSecondaryEngineAttribute, "SECONDARY_ENGINE_ATTRIBUTE", name) X(kSecondMicrosecond, "SECOND_MICROSECOND", both) \
  X(kSecurity, "SECURITY", name) X(kSelect, "SELECT", both) X(kSensitive, "SENSITIVE", both) \
  X(kSeparator, "SEPARATOR", both) X(kSequence, "SEQUENCE", name) X(kSerial, "SERIAL", name) \
  X(kServer, "SERVER", name) X(kSession, "SESSION", name) X(kSet, "SET", both) X(kShare, "SHARE", name) \
  X(kShow, "SHOW", both) X(kShutdown, "SHUTDOWN", name) X(kSignal, "SIGNAL", both) X(kSigned, "SIGNED", name) \
  X(kSimple, "SIMPLE", name) X(kSkip, "SKIP", name) X(kSlave, "SLAVE", name) X(kSmallint, "SMALLINT", both) \
  X(kSome, "SOME", name) X(kSoname, "SONAME", name) X(kSounds, "SOUNDS", name) X(kSpatial, "SPATIAL", both) \
  X(kSpecific, "SPECIFIC", both) X(kSql, "SQL", both) X(kSqlexception, "SQLEXCEPTION", both) \
  X(kSqlstate, "SQLSTATE", both) X(kSqlwarning, "SQLWARNING", both) X(kSqlBigResult, "SQL_BIG_RESULT", both) \
  X(kSqlBufferResult, "SQL_BUFFER_RESULT", name) X(kSqlCache, "SQL_CACHE", name) \
  X(kSqlCalcFoundRows, "SQL_CALC_FOUND_ROWS", both) X(kSqlNoCache, "SQL_NO_CACHE", name) \
  X(kSqlSmallResult, "SQL_SMALL_RESULT", both) X(kSqlTsiDay, "SQL_TSI_DAY", name) \
  X(kSqlTsiHour, "SQL_TSI_HOUR", name) X(kSqlTsiMinute, "SQL_TSI_MINUTE", name) \
  X(kSqlTsiMonth, "SQL_TSI_MONTH", name) X(kSqlTsiQuarter, "SQL_TSI_QUARTER", name) \
  X(kSqlTsiSecond, "SQL_TSI_SECOND", name) X(kSqlTsiWeek, "SQL_TSI_WEEK", name) X(kSqlTsiYear, "SQL_TSI_YEAR", name) \
  X(kSrid, "SRID", name) X(kSsl, "SSL", both) X(kStart, "START", name) X(kStarting, "STARTING", both) \
  X(kStarts, "STARTS", name) X(kStatsAutoRecalc, "STATS_AUTO_RECALC", mariadb) \
  X(kStatsPersistent, "STATS_PERSISTENT", mariadb) X(kStatsSamplePages, "STATS_SAMPLE_PAGES", mariadb) \
  X(kStop, "STOP", name) X(kStorage, "STORAGE", name) X(kStored, "STORED", mysql) \
  X(kStraightJoin, "STRAIGHT_JOIN", both) X(kSubpartition, "SUBPARTITION", name) \
  X(kSubpartitions, "SUBPARTITIONS", name) X(kSystem, "SYSTEM", mysql) X(kSystemTime, "SYSTEM_TIME", name) \
  X(kTable, "TABLE", both) X(kTables, "TABLES", name) X(kTablesample, "TABLESAMPLE", mysql) \
  X(kTablespace, "TABLESPACE", name) X(kTableChecksum, "TABLE_CHECKSUM", name) X(kTemporary, "TEMPORARY", name) \
  X(kTemptable, "TEMPTABLE", name) X(kTerminated, "TERMINATED", both) X(kThan, "THAN", name) X(kThen, "THEN", both) \
  X(kTies, "TIES", name) X(kTime, "TIME", name) X(kTimestamp, "TIMESTAMP", name) \
  X(kTimestampadd, "TIMESTAMPADD", name) X(kTimestampdiff, "TIMESTAMPDIFF", name) X(kTinyblob, "TINYBLOB", both) \
  X(kTinyint, "TINYINT", both) X(kTinytext, "TINYTEXT", both) X(kTo, "TO", both) X(kTrailing, "TRAILING", both) \
  X(kTransaction, "TRANSACTION", name) X(kTransactional, "TRANSACTIONAL", name) X(kTrigger, "TRIGGER", both) \
  X(kTrue, "TRUE", both) X(kTruncate, "TRUNCATE", name) X(kType, "TYPE", name) X(kUnbounded, "UNBOUNDED", name) \
  X(kUndefined, "UNDEFINED", name) X(kUndo, "UNDO", both) X(kUnicode, "UNICODE", name) \
  X(kUninstall, "UNINSTALL", name) X(kUnion, "UNION", both) X(kUnique, "UNIQUE", both) X(kUnknown, "UNKNOWN", name) \
  X(kUnlock, "UNLOCK", both) X(kUnsigned, "UNSIGNED", both) X(kUntil, "UNTIL", name) X(kUpdate, "UPDATE", both) \
  X(kUsage, "USAGE", both) X(kUse, "USE", both) X(kUser, "USER", name) X(kUsing, "USING", both) \
  X(kUtcDate, "UTC_DATE", both) X(kUtcTime, "UTC_TIME", both) X(kUtcTimestamp, "UTC_TIMESTAMP", both) \
  X(kValidation, "VALIDATION", name) X(kValue, "VALUE", name) X(kValues, "VALUES", both) \
  X(kVarbinary, "VARBINARY", both) X(kVarchar, "VARCHAR", both) X(kVarcharacter, "VARCHARACTER", both) \
  X(kVarying, "VARYING", both) X(kVersioning, "VERSIONING", name) X(kView, "VIEW", name) \
  X(kVirtual, "VIRTUAL", mysql) X(kVisible, "VISIBLE", name) X(kWait, "WAIT", name) X(kWeek, "WEEK", name) \
  X(kWhen, "WHEN", both) X(kWhere, "WHERE", both) X(kWhile, "WHILE", both) X(kWindow, "WINDOW", mysql) \
  X(kWith, "WITH", both) X(kWithin, "WITHIN", name) X(kWithout, "WITHOUT", name) X(kWrite, "WRITE", both) \
  X(kXa, "XA", name) X(kXor, "XOR", both) X(kYear, "YEAR", name) X(kYearMonth, "YEAR_MONTH", both) \
  X(kZerofill, "ZEROFILL", both)
// clang-format on

enum class Tk : std::uint16_t {
  end,
  illegal,
  // Symbols.
  semicolon,
  left,
  right,
  left_brace,
  right_brace,
  comma,
  dot,
  colon,
  star,
  plus,
  minus,
  slash,
  percent,
  equal,
  null_safe_equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  assign,
  bit_and,
  bit_or,
  bit_xor,
  bit_not,
  shift_left,
  shift_right,
  and_and,
  or_or,
  exclamation,
  arrow,  // -> and ->>
  // Words and values.
  introducer,  // _utf8mb4, before a string
  integer,
  real,
  string,
  hex,
  bits,
  variable,    // @a, @@a, ?
  identifier,  // a, `a`, and "a" under ANSI_QUOTES
#define EMCEE_ENUMERATOR(id, text, where) id,
  EMCEE_MYSQL_KEYWORDS(EMCEE_ENUMERATOR)
#undef EMCEE_ENUMERATOR
      count_,
};

// What a token may stand for, as a set.
enum : std::uint8_t {
  kNameWord = 1,    // identifiers and words that are not reserved here
  kQuotedWord = 2,  // in quotes
  kStringWord = 4,  // 'x'
};

struct Lexeme {
  Tk kind = Tk::end;
  std::uint32_t begin = 0;  // byte offset
  std::uint32_t length = 0;
  std::uint8_t classes = 0;
};
using Lexemes = std::vector<Lexeme>;
inline std::uint8_t word_class(const Lexeme& token) { return token.classes; }

// The keyword that the text spells in any case, or Tk::identifier.
Tk keyword(std::string_view text);
constexpr bool is_keyword(Tk kind) { return kind > Tk::identifier; }
// True where the word is no name on that server.
bool reserved(Tk kind, const Server& server);
// True where it is reserved by either flavour.
bool reserved_anywhere(std::string_view word);

// How messages name a kind: `SELECT`, `","`, `a number`.
const char* spelling(Tk kind);

// A name without its quotes.
std::string unquote(std::string_view text);
// What a string literal means: without quotes and escapes. `escapes`: backslashes count.
std::string unquote_text(std::string_view text, bool escapes);

}  // namespace emcee::mysql
