#include "tests/catalogue/mysql_catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <regex>
#include <sstream>
#include <vector>

namespace emcee::testing {

namespace {

using servers::MysqlClient;

constexpr const char* kNotOurs = "NOT LIKE 'emcee\\_%'";

class Catalogue {
 public:
  Catalogue(MysqlClient& client, const MysqlCatalogueOptions& options)
      : client_(client),
        options_(options),
        database_(client.value("SELECT DATABASE()")),
        mariadb_(client.value("SELECT @@version").find("MariaDB") != std::string::npos) {
    if (!mariadb_) client_.run("SET information_schema_stats_expiry = 0");
  }

  std::string text() {
    schema();
    tables();
    columns();
    keys();
    constraints();
    partitions();
    programs();
    for (const auto& [name, type] : named("SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE "
                                          "TABLE_SCHEMA = DATABASE() AND TABLE_NAME "))
      shown(name, type);
    std::sort(lines_.begin(), lines_.end());
    std::string text;
    for (const std::string& line : lines_) text += line + "\n";
    return text;
  }

 private:
  // The first column is the object; the others stand behind it. One line per row.
  void add(const std::string& kind, const std::string& sql) {
    for (const auto& row : client_.query(sql)) {
      std::string line = kind;
      for (const auto& cell : row) line += " | " + folded(without_database(cell ? trimmed(*cell) : "NULL"));
      lines_.push_back(line);
    }
  }

  std::vector<std::pair<std::string, std::string>> named(const std::string& sql) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& row : client_.query(sql + kNotOurs)) pairs.emplace_back(row.at(0).value(), row.at(1).value());
    return pairs;
  }

  // MySQL keeps the ; of a body where another statement was sent behind it.
  static std::string trimmed(const std::string& text) {
    const std::size_t end = text.find_last_not_of("; \n");
    return end == std::string::npos ? "" : text.substr(0, end + 1);
  }

  std::string without_database(std::string text) const {
    const std::string prefix = "`" + database_ + "`.";
    for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at))
      text.erase(at, prefix.size());
    return text;
  }

  // Names of columns, indexes and constraints are the same in either case; those of tables, which are
  // not, stand in lines of their own.
  static std::string folded(std::string text) {
    bool quoted = false;
    for (char& c : text) {
      if (c == '`') quoted = !quoted;
      if (quoted) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return text;
  }

  std::string sessions(const std::string& columns) const { return options_.sessions ? ", " + columns : ""; }

  void schema() {
    add("schema",
        "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE "
        "SCHEMA_NAME = DATABASE()");
  }

  void tables() {
    add("table", fmt::format("SELECT TABLE_NAME, TABLE_TYPE, ENGINE, ROW_FORMAT, TABLE_COLLATION, CREATE_OPTIONS, "
                             "IF(TABLE_TYPE = 'VIEW', '', TABLE_COMMENT) FROM information_schema.TABLES WHERE "
                             "TABLE_SCHEMA = DATABASE() AND TABLE_NAME {}",
                             kNotOurs));
  }

  void columns() {
    add("column",
        fmt::format("SELECT CONCAT(TABLE_NAME, '.', LOWER(COLUMN_NAME)), COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, "
                    "CHARACTER_SET_NAME, COLLATION_NAME, COLUMN_KEY, EXTRA, GENERATION_EXPRESSION, "
                    "COLUMN_COMMENT{} FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND "
                    "TABLE_NAME {}",
                    mariadb_ ? "" : ", SRS_ID", kNotOurs));
  }

  void keys() {
    add("key",
        fmt::format(
            "SELECT CONCAT(TABLE_NAME, '.', LOWER(INDEX_NAME), ' ', SEQ_IN_INDEX), LOWER(COLUMN_NAME), SUB_PART, "
            "COLLATION, NON_UNIQUE, INDEX_TYPE, COMMENT, INDEX_COMMENT, {} FROM "
            "information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME {}",
            mariadb_ ? "IGNORED" : "IS_VISIBLE, EXPRESSION", kNotOurs));
  }

  void constraints() {
    add("constraint", fmt::format("SELECT CONCAT(TABLE_NAME, '.', LOWER(CONSTRAINT_NAME)), CONSTRAINT_TYPE{} FROM "
                                  "information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = DATABASE() AND "
                                  "TABLE_NAME {}",
                                  mariadb_ ? "" : ", ENFORCED", kNotOurs));
    add("foreign key",
        fmt::format("SELECT CONCAT(k.TABLE_NAME, '.', LOWER(k.CONSTRAINT_NAME), ' ', k.ORDINAL_POSITION), "
                    "LOWER(k.COLUMN_NAME), IF(k.REFERENCED_TABLE_SCHEMA = DATABASE(), '', "
                    "k.REFERENCED_TABLE_SCHEMA), k.REFERENCED_TABLE_NAME, LOWER(k.REFERENCED_COLUMN_NAME), "
                    "r.UPDATE_RULE, r.DELETE_RULE, r.MATCH_OPTION FROM "
                    "information_schema.KEY_COLUMN_USAGE k JOIN "
                    "information_schema.REFERENTIAL_CONSTRAINTS r ON r.CONSTRAINT_SCHEMA = "
                    "k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = "
                    "k.TABLE_NAME WHERE k.TABLE_SCHEMA = DATABASE() AND k.REFERENCED_TABLE_NAME IS NOT "
                    "NULL AND k.TABLE_NAME {}",
                    kNotOurs));
    add("check",
        mariadb_
            ? fmt::format("SELECT CONCAT(TABLE_NAME, '.', LOWER(CONSTRAINT_NAME)), LEVEL, CHECK_CLAUSE FROM "
                          "information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() AND "
                          "TABLE_NAME {}",
                          kNotOurs)
            : fmt::format("SELECT CONCAT(t.TABLE_NAME, '.', LOWER(c.CONSTRAINT_NAME)), t.ENFORCED, c.CHECK_CLAUSE FROM "
                          "information_schema.CHECK_CONSTRAINTS c JOIN information_schema.TABLE_CONSTRAINTS t ON "
                          "t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME "
                          "WHERE c.CONSTRAINT_SCHEMA = DATABASE() AND t.TABLE_NAME {}",
                          kNotOurs));
  }

  void partitions() {
    add("partition",
        fmt::format("SELECT CONCAT(TABLE_NAME, '.', PARTITION_NAME, ' ', COALESCE(SUBPARTITION_NAME, '')), "
                    "PARTITION_ORDINAL_POSITION, SUBPARTITION_ORDINAL_POSITION, PARTITION_METHOD, "
                    "SUBPARTITION_METHOD, PARTITION_EXPRESSION, SUBPARTITION_EXPRESSION, PARTITION_DESCRIPTION, "
                    "PARTITION_COMMENT FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() AND "
                    "PARTITION_NAME IS NOT NULL AND TABLE_NAME {}",
                    kNotOurs));
  }

  void programs() {
    add("trigger",
        fmt::format("SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER, "
                    "DEFINER, ACTION_STATEMENT{} FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() "
                    "AND TRIGGER_NAME {}",
                    sessions("SQL_MODE, CHARACTER_SET_CLIENT, COLLATION_CONNECTION"), kNotOurs));
    add("view", fmt::format("SELECT TABLE_NAME, CHECK_OPTION, IS_UPDATABLE, DEFINER, SECURITY_TYPE, "
                            "VIEW_DEFINITION{} FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE() AND "
                            "TABLE_NAME {}",
                            sessions("CHARACTER_SET_CLIENT, COLLATION_CONNECTION"), kNotOurs));
    add("routine",
        fmt::format("SELECT ROUTINE_NAME, ROUTINE_TYPE, DTD_IDENTIFIER, IS_DETERMINISTIC, SQL_DATA_ACCESS, "
                    "SECURITY_TYPE, DEFINER, ROUTINE_COMMENT, ROUTINE_DEFINITION{} FROM information_schema.ROUTINES "
                    "WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_NAME {}",
                    sessions("SQL_MODE, CHARACTER_SET_CLIENT, COLLATION_CONNECTION"), kNotOurs));
    add("parameter", fmt::format("SELECT SPECIFIC_NAME, ORDINAL_POSITION, ROUTINE_TYPE, PARAMETER_MODE, "
                                 "PARAMETER_NAME, DTD_IDENTIFIER, CHARACTER_SET_NAME, COLLATION_NAME FROM "
                                 "information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = DATABASE() AND "
                                 "SPECIFIC_NAME {}",
                                 kNotOurs));
    // STARTS is the time of creation where the statement gave none.
    add("event", fmt::format("SELECT EVENT_NAME, DEFINER, TIME_ZONE, EVENT_TYPE, EXECUTE_AT, INTERVAL_VALUE, "
                             "INTERVAL_FIELD, ENDS, STATUS, ON_COMPLETION, EVENT_COMMENT, EVENT_DEFINITION{} FROM "
                             "information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() AND EVENT_NAME {}",
                             sessions("SQL_MODE, CHARACTER_SET_CLIENT, COLLATION_CONNECTION"), kNotOurs));
  }

  // What information_schema does not tell: parsers of full-text keys, periods, options of engines,
  // the values of sequences. Character sets of columns are above, and written here or not.
  void shown(const std::string& name, const std::string& type) {
    const bool view = type == "VIEW";
    const bool sequence = type == "SEQUENCE";
    const auto rows = client_.query(fmt::format("SHOW CREATE {} `{}`",
                                                view       ? "VIEW"
                                                : sequence ? "SEQUENCE"
                                                           : "TABLE",
                                                doubled(name)));
    std::istringstream text(without_database(rows.at(0).at(1).value()));
    std::string line;
    std::getline(text, line);
    if (view || sequence) lines_.push_back(fmt::format("shown {} | {}", name, folded(line)));
    static const std::regex noise(
        " AUTO_INCREMENT=[0-9]+| (DEFAULT )?(CHARACTER SET|CHARSET|COLLATE)[ =][A-Za-z0-9_]+|,$| "
        "/\\*!80023 INVISIBLE \\*/");
    while (std::getline(text, line))
      lines_.push_back(fmt::format("shown {} | {}", name, folded(std::regex_replace(line, noise, ""))));
  }

  static std::string doubled(const std::string& name) {
    std::string text;
    for (const char c : name) text += c == '`' ? "``" : std::string(1, c);
    return text;
  }

  MysqlClient& client_;
  MysqlCatalogueOptions options_;
  std::string database_;
  bool mariadb_;
  std::vector<std::string> lines_;
};

}  // namespace

std::string mysql_catalogue(MysqlClient& client, const MysqlCatalogueOptions& options) {
  return Catalogue(client, options).text();
}

}  // namespace emcee::testing
