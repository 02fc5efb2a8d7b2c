#include "dialects/mysql/types.h"

#include <algorithm>
#include <charconv>

#include "dialects/mysql/charset.h"
#include "schema/is_one_of.h"

namespace emcee::mysql {

using schema::Type;

namespace {

long number(const std::string& text, long otherwise = 0) {
  long value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

struct Alias {
  std::string_view from, to;
};
// https://dev.mysql.com/doc/refman/9.0/en/other-vendor-data-types.html, https://mariadb.com/kb/en/data-types/
constexpr Alias kAliases[] = {
    {"int1", "tinyint"},
    {"int2", "smallint"},
    {"int3", "mediumint"},
    {"middleint", "mediumint"},
    {"int4", "int"},
    {"integer", "int"},
    {"int8", "bigint"},
    {"dec", "decimal"},
    {"numeric", "decimal"},
    {"fixed", "decimal"},
    {"number", "decimal"},
    {"float4", "float"},
    {"float8", "double"},
    {"double precision", "double"},
    {"real", "double"},
    {"character", "char"},
    {"character varying", "varchar"},
    {"char varying", "varchar"},
    {"varcharacter", "varchar"},
    {"character varchar", "varchar"},
    {"char varchar", "varchar"},
    {"long", "mediumtext"},
    {"long varchar", "mediumtext"},
    {"long varcharacter", "mediumtext"},
    {"long char varying", "mediumtext"},
    {"long character varying", "mediumtext"},
    {"long varbinary", "mediumblob"},
    {"clob", "longtext"},
    {"geomcollection", "geometrycollection"},
};

// Types of national characters: utf8mb3.
constexpr Alias kNational[] = {
    {"nchar", "char"},
    {"national char", "char"},
    {"national character", "char"},
    {"nvarchar", "varchar"},
    {"nchar varying", "varchar"},
    {"nchar varchar", "varchar"},
    {"nchar varcharacter", "varchar"},
    {"national varchar", "varchar"},
    {"national varcharacter", "varchar"},
    {"national char varying", "varchar"},
    {"national character varying", "varchar"},
};

constexpr std::string_view kKnown[] = {"tinyint",      "smallint",
                                       "mediumint",    "int",
                                       "bigint",       "float",
                                       "double",       "decimal",
                                       "bit",          "bool",
                                       "boolean",      "serial",
                                       "char",         "varchar",
                                       "tinytext",     "text",
                                       "mediumtext",   "longtext",
                                       "binary",       "varbinary",
                                       "tinyblob",     "blob",
                                       "mediumblob",   "longblob",
                                       "enum",         "set",
                                       "date",         "time",
                                       "datetime",     "timestamp",
                                       "year",         "json",
                                       "geometry",     "point",
                                       "linestring",   "polygon",
                                       "multipoint",   "multilinestring",
                                       "multipolygon", "geometrycollection"};
constexpr std::string_view kMariadbOnly[] = {"uuid", "inet4", "inet6", "xmltype"};

constexpr std::string_view kIntegers[] = {"tinyint", "smallint", "mediumint", "int", "bigint"};
constexpr std::string_view kTexts[] = {"char", "varchar", "tinytext", "text", "mediumtext", "longtext"};
constexpr std::string_view kBlobs[] = {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"};
constexpr std::string_view kSpatial[] = {"geometry",   "point",           "linestring",   "polygon",
                                         "multipoint", "multilinestring", "multipolygon", "geometrycollection"};

// Width of an integer where none was written.
std::string default_width(std::string_view name, bool is_unsigned) {
  constexpr int kWidths[] = {4, 6, 9, 11, 20};
  const auto place = std::find(std::begin(kIntegers), std::end(kIntegers), name) - std::begin(kIntegers);
  return std::to_string(kWidths[place] - (is_unsigned && place < 4 ? 1 : 0));
}

// TEXT(n) is the smallest type with room for n characters.
std::string lob_for(long length, int bytes, bool text) {
  const long size = length * bytes;
  const char* prefix = size <= 255 ? "tiny" : size <= 65535 ? "" : size <= 16777215 ? "medium" : "long";
  return std::string(prefix) + (text ? "text" : "blob");
}

std::string spell(const std::string& name, const std::vector<std::string>& arguments, bool is_unsigned, bool zerofill) {
  std::string text = name;
  if (!arguments.empty()) {
    text += '(';
    for (std::size_t i = 0; i < arguments.size(); ++i) text += (i ? "," : "") + arguments[i];
    text += ')';
  }
  if (is_unsigned) text += " unsigned";
  if (zerofill) text += " zerofill";
  return text;
}

void settle_integer(std::string& name, std::vector<std::string>& arguments, bool is_unsigned, bool zerofill,
                    const Server& server) {
  if (name == "bool" || name == "boolean") {
    name = "tinyint";
    arguments = {"1"};
  }
  if (arguments.empty() || arguments.front() == "0") arguments = {default_width(name, is_unsigned)};
  // MySQL forgets widths since 8.0.19, but for ZEROFILL and what tools take for a boolean.
  const bool keeps = server.is_mariadb() || server.version < 80019 || zerofill ||
                     (name == "tinyint" && arguments.front() == "1" && !is_unsigned);
  if (!keeps) arguments.clear();
}

}  // namespace

std::optional<ColumnType> canonical_type(const TypeText& text, const std::string& table_collation,
                                         const Server& server) {
  ColumnType result;
  std::string name = text.name;
  std::vector<std::string> arguments = text.arguments;
  bool is_unsigned = text.is_unsigned || text.zerofill;
  const bool zerofill = text.zerofill;
  std::string charset = text.charset;
  for (const Alias& alias : kNational)
    if (alias.from == name) {
      name = alias.to;
      charset = "utf8mb3";
    }
  for (const Alias& alias : kAliases)
    if (alias.from == name) name = alias.to;
  if (!schema::is_one_of(name, kKnown) && !(server.is_mariadb() && schema::is_one_of(name, kMariadbOnly)) &&
      !(!server.is_mariadb() && name == "vector"))
    return std::nullopt;
  if (name == "serial") {
    name = "bigint";
    is_unsigned = true;
    result.serial = true;
  }
  std::string collation = text.collation;
  if (server.is_mariadb() && name == "json") {
    name = "longtext";
    collation = collation.empty() ? "utf8mb4_bin" : collation;
    charset.clear();
    result.json_check = true;
  }
  if (schema::is_one_of(name, kIntegers) || name == "bool" || name == "boolean") {
    settle_integer(name, arguments, is_unsigned, zerofill, server);
  } else if (name == "float" && arguments.size() == 1) {
    name = number(arguments.front()) > 24 ? "double" : "float";
    arguments.clear();
  } else if (name == "decimal") {
    if (arguments.empty() || arguments.front() == "0") arguments = {"10"};
    if (arguments.size() == 1) arguments.push_back("0");
  } else if ((name == "bit" || name == "char" || name == "binary") && arguments.empty()) {
    arguments = {"1"};
  } else if (name == "year") {
    arguments.clear();
    if (server.is_mariadb()) arguments = {"4"};
  } else if ((name == "datetime" || name == "timestamp" || name == "time") &&
             arguments == std::vector<std::string>{"0"}) {
    arguments.clear();
  } else if (name == "vector" && arguments.empty()) {
    arguments = {"2048"};
  } else if (name == "geometrycollection" && !server.is_mariadb()) {
    name = "geomcollection";
  }
  const bool texts = schema::is_one_of(name, kTexts) || name == "enum" || name == "set";
  if (texts) {
    if (text.byte) charset = "binary";
    if (!collation.empty() && !charset.empty() && charset_of(collation) != charset) return std::nullopt;
    if (collation.empty() && !charset.empty())
      collation = text.binary ? binary_collation(charset) : default_collation(charset, server);
    if (collation.empty()) collation = text.binary ? binary_collation(charset_of(table_collation)) : table_collation;
    if (collation == "binary" && name != "enum" && name != "set") {
      name = name == "char" ? "binary" : name == "varchar" ? "varbinary" : name.substr(0, name.size() - 4) + "blob";
      collation.clear();
    }
  }
  if ((name == "text" || name == "blob") && !arguments.empty()) {
    name = lob_for(number(arguments.front()), name == "text" ? bytes_per_character(charset_of(collation)) : 1,
                   name == "text");
    arguments.clear();
  }
  result.collation = collation;
  result.type.name = name + (is_unsigned ? " unsigned" : "") + (zerofill ? " zerofill" : "");
  result.type.text = spell(name, arguments, is_unsigned, zerofill);
  result.type.arguments = std::move(arguments);
  return result;
}

int argument(const Type& type, std::size_t place, int otherwise) {
  int value = otherwise;
  if (place < type.arguments.size()) {
    const std::string& text = type.arguments[place];
    std::from_chars(text.data(), text.data() + text.size(), value);
  }
  return value;
}

std::string_view first_word(const Type& type) { return std::string_view(type.name).substr(0, type.name.find(' ')); }

Family family(const Type& type) {
  const std::string_view name = first_word(type);
  if (schema::is_one_of(name, kIntegers)) return Family::integer;
  if (schema::is_one_of(name, kTexts)) return Family::text;
  if (schema::is_one_of(name, kBlobs)) return Family::blob;
  if (schema::is_one_of(name, kSpatial) || name == "geomcollection") return Family::spatial;
  if (name == "decimal") return Family::decimal;
  if (name == "float" || name == "double") return Family::floating;
  if (name == "bit") return Family::bit;
  if (name == "enum") return Family::enumeration;
  if (name == "set") return Family::set;
  if (name == "date") return Family::date;
  if (name == "time") return Family::time;
  if (name == "datetime") return Family::datetime;
  if (name == "timestamp") return Family::timestamp;
  if (name == "year") return Family::year;
  if (name == "json") return Family::json;
  return Family::other;
}

bool is_unsigned(const Type& type) { return type.name.find(" unsigned") != std::string::npos; }
bool has_collation(const Type& type) {
  const Family f = family(type);
  return f == Family::text || f == Family::enumeration || f == Family::set;
}
bool is_lob(const Type& type) {
  return type.name.ends_with("text") || type.name.ends_with("blob") || family(type) == Family::spatial;
}

}  // namespace emcee::mysql
