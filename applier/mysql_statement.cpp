#include "applier/mysql_statement.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "schema/match.h"

namespace emcee::applier {

namespace {

struct CloseStatement {
  void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
};
struct FreeResult {
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};
using OpenStatement = std::unique_ptr<MYSQL_STMT, CloseStatement>;
using ResultSet = std::unique_ptr<MYSQL_RES, FreeResult>;

// https://mariadb.com/kb/en/mariadb-error-codes/: this command is not supported in the prepared
// statement protocol yet.
constexpr unsigned kNotPreparable = 1295;
constexpr unsigned kBinary = 63;  // number of the character set of bytes

MysqlFailure failure_of(MYSQL& mysql) { return {mysql_errno(&mysql), mysql_error(&mysql)}; }

// libmariadb 3.3 leaves an error that comes in place of a row with the connection only.
MysqlFailure failure_of(MYSQL_STMT* statement) {
  if (mysql_stmt_errno(statement) != 0) return {mysql_stmt_errno(statement), mysql_stmt_error(statement)};
  MYSQL& mysql = *statement->mysql;
  if (mysql_errno(&mysql) != 0) return failure_of(mysql);
  return {CR_UNKNOWN_ERROR, "the answer of the server cannot be read"};
}

// The end of a string, a quoted name or a comment that begins at `at`; `at` where none does.
std::size_t skip_quoted(std::string_view sql, std::size_t at) {
  const auto to = [&](std::string_view end) {
    const std::size_t found = sql.find(end, at + (end == "*/" ? 2 : 1));
    return found == std::string_view::npos ? sql.size() : found + end.size();
  };
  const char c = sql[at];
  const std::string_view rest = sql.substr(at);
  if (c == '`') return to("`");
  if (c == '#') return to("\n");
  if (rest.starts_with("--") && (rest.size() == 2 || static_cast<unsigned char>(rest[2]) <= ' ')) return to("\n");
  if (rest.starts_with("/*")) return to("*/");
  if (c != '\'' && c != '"') return at;
  for (std::size_t i = at + 1; i < sql.size(); ++i) {
    if (sql[i] == '\\')
      ++i;
    else if (sql[i] == c)
      return i + 1;
  }
  return sql.size();
}

// What one parameter is bound as; the buffers live as long as this.
struct Parameter {
  std::int64_t integer = 0;
  double real = 0;
  MYSQL_BIND bind{};
};

void bind(Parameter& parameter, const Value& value) {
  MYSQL_BIND& to = parameter.bind;
  const auto bytes = [&](enum_field_types type, const void* data, std::size_t size) {
    to.buffer_type = type;
    to.buffer = const_cast<void*>(data);
    to.buffer_length = static_cast<unsigned long>(size);
  };
  schema::match(
      value, [&](std::monostate) { to.buffer_type = MYSQL_TYPE_NULL; },
      [&](std::int64_t v) {
        parameter.integer = v;
        bytes(MYSQL_TYPE_LONGLONG, &parameter.integer, sizeof(v));
      },
      [&](double v) {
        parameter.real = v;
        bytes(MYSQL_TYPE_DOUBLE, &parameter.real, sizeof(v));
      },
      [&](const std::string& v) { bytes(MYSQL_TYPE_STRING, v.data(), v.size()); },
      // Without an address it would be NULL.
      [&](const Blob& v) { bytes(MYSQL_TYPE_BLOB, v.empty() ? static_cast<const void*>("") : v.data(), v.size()); });
}

enum class Kind : std::uint8_t { integer, bits, real, text, bytes };

Kind kind_of(const MYSQL_FIELD& field) {
  switch (field.type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR:
      return Kind::integer;
    case MYSQL_TYPE_BIT:
      return Kind::bits;
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
      return Kind::real;
    case MYSQL_TYPE_VARCHAR:
    case MYSQL_TYPE_VAR_STRING:
    case MYSQL_TYPE_STRING:
    case MYSQL_TYPE_TINY_BLOB:
    case MYSQL_TYPE_MEDIUM_BLOB:
    case MYSQL_TYPE_LONG_BLOB:
    case MYSQL_TYPE_BLOB:
      return field.charsetnr == kBinary ? Kind::bytes : Kind::text;
    case MYSQL_TYPE_GEOMETRY:
      return Kind::bytes;
    default:  // decimals, times, JSON
      return Kind::text;
  }
}

struct Column {
  Kind kind = Kind::text;
  bool is_unsigned = false;
  std::int64_t integer = 0;
  double real = 0;
  unsigned long size = 0;
  my_bool null = 0;
  std::string buffer;
};

Value number(std::uint64_t value) {
  if (value > static_cast<std::uint64_t>(INT64_MAX)) return std::to_string(value);
  return static_cast<std::int64_t>(value);
}

Value bits(const std::string& bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return number(value);
}

class RowReader {
 public:
  RowReader(MYSQL_STMT* statement, MYSQL_RES* metadata) : statement_(statement) {
    const unsigned count = mysql_num_fields(metadata);
    columns_.resize(count);
    binds_.resize(count);
    for (unsigned i = 0; i < count; ++i) set_up(columns_[i], binds_[i], mysql_fetch_fields(metadata)[i]);
  }

  MYSQL_BIND* binds() { return binds_.data(); }

  // The row that was fetched. False where the server or the library failed.
  bool read(Row& row) {
    for (unsigned i = 0; i < columns_.size(); ++i) {
      Column& column = columns_[i];
      if (column.null != 0) {
        row.emplace_back(std::monostate{});
      } else if (column.kind == Kind::integer) {
        row.push_back(column.is_unsigned ? number(static_cast<std::uint64_t>(column.integer)) : column.integer);
      } else if (column.kind == Kind::real) {
        row.emplace_back(column.real);
      } else {
        if (!fetch(column, i)) return false;
        if (column.kind == Kind::bits)
          row.push_back(bits(column.buffer));
        else if (column.kind == Kind::bytes)
          row.emplace_back(Blob(column.buffer.begin(), column.buffer.end()));
        else
          row.emplace_back(column.buffer);
      }
    }
    return true;
  }

 private:
  static void set_up(Column& column, MYSQL_BIND& bind, const MYSQL_FIELD& field) {
    column.kind = kind_of(field);
    column.is_unsigned = (field.flags & UNSIGNED_FLAG) != 0;
    bind.is_null = &column.null;
    bind.length = &column.size;
    if (column.kind == Kind::integer) {
      bind.buffer_type = MYSQL_TYPE_LONGLONG;
      bind.buffer = &column.integer;
      bind.buffer_length = sizeof(column.integer);
      bind.is_unsigned = column.is_unsigned ? 1 : 0;
    } else if (column.kind == Kind::real) {
      bind.buffer_type = MYSQL_TYPE_DOUBLE;
      bind.buffer = &column.real;
      bind.buffer_length = sizeof(column.real);
    } else {  // its size is only known with the row
      bind.buffer_type = column.kind == Kind::text ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
    }
  }

  bool fetch(Column& column, unsigned number) {
    column.buffer.resize(std::max<std::size_t>(column.size, 1));
    MYSQL_BIND bind{};
    bind.buffer_type = column.kind == Kind::text ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
    bind.buffer = column.buffer.data();
    bind.buffer_length = static_cast<unsigned long>(column.buffer.size());
    bind.length = &column.size;
    bind.is_null = &column.null;
    if (mysql_stmt_fetch_column(statement_, &bind, number, 0) != 0) return false;
    column.buffer.resize(column.size);
    return true;
  }

  MYSQL_STMT* statement_;
  std::vector<Column> columns_;
  std::vector<MYSQL_BIND> binds_;
};

}  // namespace

MysqlParameters place_parameters(std::string_view sql) {
  MysqlParameters placed;
  for (std::size_t i = 0; i < sql.size();) {
    if (const std::size_t end = skip_quoted(sql, i); end != i) {
      placed.sql += sql.substr(i, end - i);
      i = end;
      continue;
    }
    placed.sql += sql[i];
    if (sql[i++] != '?') continue;
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(sql.data() + i, sql.data() + sql.size(), number);
    if (error != std::errc{}) continue;
    i = static_cast<std::size_t>(end - sql.data());
    placed.places.push_back(number - 1);
  }
  return placed;
}

MysqlFailure run_text(MYSQL& mysql, std::string_view sql) {
  if (mysql_real_query(&mysql, sql.data(), static_cast<unsigned long>(sql.size())) != 0) return failure_of(mysql);
  while (true) {
    const ResultSet rows(mysql_store_result(&mysql));
    if (!rows && mysql_field_count(&mysql) != 0) return failure_of(mysql);
    const int next = mysql_next_result(&mysql);
    if (next < 0) return {};
    if (next > 0) return failure_of(mysql);
  }
}

MysqlFailure run_prepared(MYSQL& mysql, std::string_view sql, const Row& parameters, std::size_t limit,
                          MysqlRows& result) {
  const MysqlParameters placed = place_parameters(sql);
  const OpenStatement statement(mysql_stmt_init(&mysql));
  if (mysql_stmt_prepare(statement.get(), placed.sql.data(), static_cast<unsigned long>(placed.sql.size())) != 0) {
    const MysqlFailure failure = failure_of(statement.get());
    if (failure.number != kNotPreparable || !parameters.empty()) return failure;
    const MysqlFailure plain = run_text(mysql, sql);
    result.affected = static_cast<std::int64_t>(mysql_affected_rows(&mysql));
    return plain;
  }

  std::vector<Parameter> values(placed.places.size());
  std::vector<MYSQL_BIND> binds(placed.places.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (placed.places[i] >= parameters.size()) return {CR_UNKNOWN_ERROR, "a parameter has no value"};
    bind(values[i], parameters[placed.places[i]]);
    binds[i] = values[i].bind;
  }
  if (!binds.empty() && mysql_stmt_bind_param(statement.get(), binds.data()) != 0) return failure_of(statement.get());
  if (mysql_stmt_execute(statement.get()) != 0) return failure_of(statement.get());

  const ResultSet metadata(mysql_stmt_result_metadata(statement.get()));
  if (!metadata) {
    result.affected = static_cast<std::int64_t>(mysql_stmt_affected_rows(statement.get()));
    return {};
  }
  RowReader reader(statement.get(), metadata.get());
  if (mysql_stmt_bind_result(statement.get(), reader.binds()) != 0) return failure_of(statement.get());
  while (true) {
    const int status = mysql_stmt_fetch(statement.get());
    if (status == MYSQL_NO_DATA) return {};
    if (status != 0 && status != MYSQL_DATA_TRUNCATED) return failure_of(statement.get());
    if (result.rows.size() >= limit) continue;  // the rest has to be read before the next statement
    if (!reader.read(result.rows.emplace_back())) return failure_of(statement.get());
  }
}

std::string without_delimiters(std::string_view text) {
  static constexpr std::string_view kBegin = "DELIMITER //\n", kEnd = "//\nDELIMITER ;\n";
  std::string result;
  for (std::size_t begin; (begin = text.find(kBegin)) != std::string_view::npos;) {
    const std::size_t end = text.find(kEnd, begin);
    if (end == std::string_view::npos) break;
    result += text.substr(0, begin);
    result += text.substr(begin + kBegin.size(), end - begin - kBegin.size());
    result += ";\n";
    text.remove_prefix(end + kEnd.size());
  }
  return result += text;
}

}  // namespace emcee::applier
