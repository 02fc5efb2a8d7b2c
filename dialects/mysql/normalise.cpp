#include "dialects/mysql/normalise.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "dialects/mysql/canonical.h"
#include "dialects/mysql/defaults.h"
#include "dialects/mysql/table_keys.h"
#include "parser/refuse.h"

namespace emcee::mysql {

using schema::Column;
using schema::Index;
using schema::KeyPart;
using schema::Result;
using schema::Table;

using parser::refuse;

namespace {

constexpr const char* kImplied = "implied";

KeyPart part_of(const Identifier& column) {
  KeyPart part;
  part.expression = Fragment::column(column);
  return part;
}

Identifier folded(std::string text) { return Identifier(std::move(text), schema::Folding::ignore_case); }

// The columns of an index up to the first part that is none.
std::vector<Identifier> leading_columns(const std::vector<KeyPart>& parts) {
  std::vector<Identifier> result;
  for (const KeyPart& part : parts) {
    const auto column = part.expression.as_column();
    if (!column || part.prefix > 0) break;
    result.push_back(*column);
  }
  return result;
}

bool begins_with(const std::vector<Identifier>& longer, const std::vector<Identifier>& prefix) {
  return longer.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), longer.begin());
}

bool can_serve(const Index& index) { return index.method != "fulltext" && index.method != "spatial"; }

// The number of `t_ibfk_7` under the prefix `t_ibfk_`.
int number_of(const std::optional<Identifier>& name, const std::string& prefix) {
  if (!name || name->text().size() <= prefix.size() ||
      !schema::equal_ignoring_case(std::string_view(name->text()).substr(0, prefix.size()), prefix))
    return 0;
  int number = 0;
  const std::string digits = name->text().substr(prefix.size());
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() ? number : 0;
}

void own_expressions(Table& table) {
  const auto settle = [&](Fragment& fragment) { fragment = own_expression(fragment, table.name.name); };
  for (schema::Check& check : table.checks) settle(check.expression);
  for (Column& column : table.columns)
    if (column.generated) settle(column.generated->expression);
}

}  // namespace

bool is_implied(const Index& index) { return index.source == kImplied; }
void set_implied(Index& index) { index.source = kImplied; }

TableMaker::TableMaker(Table& table, const Session& session, bool fresh)
    : table_(table), session_(session), fresh_(fresh) {
  schema::Options& options = table_.options.other;
  if (fresh) options.emplace("engine", session.engine);
  options.emplace("collation", session.collation);
}

void TableMaker::options(const TableTexts& texts) {
  schema::Options& options = table_.options.other;
  for (const auto& [name, value] : texts.options) options[name] = value;
  if (!texts.collation.empty())
    options["collation"] = texts.collation == "default" ? session_.collation : texts.collation;
  else if (!texts.charset.empty())
    options["collation"] =
        texts.charset == "default" ? session_.collation : default_collation(texts.charset, session_.server);
  if (options["engine"] == "innobase") options["engine"] = "innodb";
  if (options["engine"] == "heap") options["engine"] = "memory";
  if (options["engine"] == "maria") options["engine"] = "aria";
  if (!texts.auto_increment.empty()) table_.options.carried["auto_increment"] = texts.auto_increment;
}

namespace {

// MySQL forgets `TEXT DEFAULT ''`, with a warning, where its sql_mode is not strict; elsewhere it refuses it.
bool is_no_default(const ColumnText& text, const schema::Type& type, const Server& server) {
  if (server.is_mariadb() || !text.plain_default || !(is_lob(type) || family(type) == Family::json)) return false;
  const auto& tokens = text.default_value->tokens();
  return tokens.size() == 1 && tokens[0].role == schema::Role::literal && tokens[0].text == "''";
}

}  // namespace

Result<Column> TableMaker::make_column(const ColumnText& text) {
  const auto type = canonical_type(text.type, collation(), session_.server);
  if (!type)
    return refuse(fmt::format("column {} has the type {}, which {} does not know", text.name.text(), text.type.name,
                              session_.server.is_mariadb() ? "MariaDB" : "MySQL"));
  Column column;
  column.name = text.name;
  column.type = type->type;
  if (has_collation(column.type)) column.collation = folded(type->collation);
  column.options = text.options;
  column.generated = text.generated;
  column.not_null =
      (text.null && !*text.null) || text.auto_increment || type->serial || text.options.count("row_period");
  if (text.auto_increment || type->serial) column.identity = schema::Identity{};
  if (text.default_value && !is_no_default(text, column.type, session_.server))
    column.default_value = canonical_default(*text.default_value, column.type);
  if (!text.on_update.empty()) column.options["on_update"] = text.on_update;
  if (family(column.type) == Family::timestamp && !session_.explicit_timestamps && !text.null && !column.generated) {
    // https://dev.mysql.com/doc/refman/9.0/en/server-system-variables.html#sysvar_explicit_defaults_for_timestamp
    column.not_null = true;
    const bool given = text.default_value || !text.on_update.empty();
    const std::string precision = column.type.arguments.empty() ? "" : "(" + column.type.arguments[0] + ")";
    if (!given && !timestamp_seen_) {
      column.default_value =
          canonical_expression(Fragment({schema::Token{schema::Role::keyword, "CURRENT_TIMESTAMP", {}, {}}}));
      if (!precision.empty())
        column.default_value = Fragment({schema::Token{schema::Role::keyword, "CURRENT_TIMESTAMP", {}, {}},
                                         schema::Token{schema::Role::symbol, "(", {}, {}},
                                         schema::Token{schema::Role::literal, column.type.arguments[0], {}, {}},
                                         schema::Token{schema::Role::symbol, ")", {}, {}}});
      column.options["on_update"] = "CURRENT_TIMESTAMP" + precision;
    } else if (!given || (!text.default_value && timestamp_seen_)) {
      column.default_value =
          canonical_default(Fragment({schema::Token{schema::Role::literal, "0", {}, {}}}), column.type);
    }
    timestamp_seen_ = true;
  }
  return column;
}

Result<void> TableMaker::column(ColumnText text, const Identifier& replaces) {
  EMCEE_ASSIGN(Column column, make_column(text));
  std::vector<Column>& columns = table_.columns;
  if (!replaces.empty()) {
    Column* old = table_.find_column(replaces);
    if (!old) return refuse(fmt::format("table {} has no column named {}", table_.name.text(), replaces.text()));
    *old = column;
    std::erase_if(table_.checks, [&](const schema::Check& check) {
      const auto owner = check.options.find("column");
      return owner != check.options.end() && schema::equal_ignoring_case(owner->second, replaces.text());
    });
  } else {
    if (table_.find_column(column.name))
      return refuse(fmt::format("table {} already has a column named {}", table_.name.text(), column.name.text()));
    columns.push_back(column);
  }
  if (text.first || !text.after.empty()) {
    const auto same = [&](const Column& other) { return other.name == column.name; };
    const auto place = std::find_if(columns.begin(), columns.end(), same);
    Column moved = std::move(*place);
    columns.erase(place);
    auto target = columns.begin();
    if (!text.after.empty()) {
      target =
          std::find_if(columns.begin(), columns.end(), [&](const Column& other) { return other.name == text.after; });
      if (target == columns.end())
        return refuse(fmt::format("table {} has no column named {}", table_.name.text(), text.after.text()));
      ++target;
    }
    columns.insert(target, std::move(moved));
  }
  const KeyPart part = part_of(column.name);
  if (text.primary_key) EMCEE_TRY(index({IndexKind::primary, folded("PRIMARY"), {}, {part}, {}, false}));
  const bool serial = text.type.name == "serial";
  if ((text.unique || serial) && !(text.primary_key && serial))
    EMCEE_TRY(index({IndexKind::unique, {}, {}, {part}, {}, false}));
  for (schema::Check& check : text.checks) {
    if (session_.server.is_mariadb() && !check.name) check.options["column"] = column.name.text();
    table_.checks.push_back(std::move(check));
  }
  if (session_.server.is_mariadb() && text.type.name == "json" && text.checks.empty())
    table_.checks.push_back(
        {std::nullopt,
         Fragment({schema::Token{schema::Role::name, "json_valid", {}, schema::Folding::ignore_case},
                   schema::Token{schema::Role::symbol, "(", {}, {}},
                   schema::Token{schema::Role::column, column.name.text(), {}, column.name.folding()},
                   schema::Token{schema::Role::symbol, ")", {}, {}}}),
         {{"column", column.name.text()}}});
  // References at the column: MariaDB 10.5 and MySQL 9.0 enforce them, older ones ignore them.
  const bool enforced =
      session_.server.is_mariadb() ? session_.server.version >= 100500 : session_.server.version >= 90000;
  if (text.references && enforced) {
    text.references->columns = {column.name};
    TableConstraint inline_key;
    inline_key.foreign_key = std::move(text.references);
    EMCEE_TRY(constraint(std::move(inline_key)));
  }
  return {};
}

Result<void> TableMaker::constraint(TableConstraint constraint) {
  if (constraint.index) return index(std::move(*constraint.index));
  if (constraint.check) {
    table_.checks.push_back(std::move(*constraint.check));
    return {};
  }
  if (!constraint.foreign_key) return {};
  schema::ForeignKey& key = *constraint.foreign_key;
  for (const Identifier& column : key.columns)
    if (!table_.find_column(column))
      return refuse(fmt::format("table {} has no column named {}", table_.name.text(), column.text()));
  const Identifier wanted = key.name ? *key.name : constraint.index_name;
  if (!key.name && !constraint.index_name.empty() && session_.server.is_mariadb()) key.name = constraint.index_name;
  const std::string& engine = table_.options.other["engine"];
  if (engine != "innodb" && engine != "ndbcluster") return {};  // parsed, and forgotten
  index_for(key, wanted);
  table_.foreign_keys.push_back(std::move(key));
  return {};
}

Identifier TableMaker::free_index_name(const Identifier& wanted) const {
  const auto taken = [&](const std::string& name) {
    return schema::equal_ignoring_case(name, "PRIMARY") ||
           std::any_of(table_.indexes.begin(), table_.indexes.end(),
                       [&](const Index& index) { return schema::equal_ignoring_case(index.name.name.text(), name); });
  };
  if (!taken(wanted.text())) return folded(wanted.text());
  for (int i = 2;; ++i)
    if (std::string name = fmt::format("{}_{}", wanted.text(), i); !taken(name)) return folded(std::move(name));
}

// Parts that mean the whole column, and what the server refuses.
Result<void> TableMaker::check_index(Index& index) {
  const bool special = index.method == "fulltext" || index.method == "spatial";
  int total = 0;
  bool too_long = false;
  for (KeyPart& part : index.parts) {
    const auto name = part.expression.as_column();
    if (!name) continue;
    const Column* column = table_.find_column(*name);
    if (!column) return refuse(fmt::format("table {} has no column named {}", table_.name.text(), name->text()));
    part.expression = Fragment::column(column->name);
    if (special) part.prefix = 0;
    if (part.prefix == 0 && index.unique && is_lob(column->type) && session_.server.is_mariadb()) index.method = "hash";
    const Family kind = family(column->type);
    if (part.prefix > 0 && !is_lob(column->type) && (kind == Family::text || kind == Family::blob) &&
        part.prefix == characters(column->type))
      part.prefix = 0;
    const int limit = longest_key(table_);
    const int per_character = character_bytes(*column);
    const int bytes = key_bytes(*column, part.prefix);
    if (column->type.name.starts_with("tiny") && is_lob(column->type) && part.prefix * per_character > 255)
      part.prefix = 255 / per_character;
    total += bytes;
    if (bytes <= limit || special) continue;
    if (!index.unique) part.prefix = limit / per_character;  // with a warning
    too_long = true;
  }
  // MariaDB keeps a hash of what is too long for a unique key.
  if (index.unique && (too_long || total > longest_key(table_)) && session_.server.is_mariadb()) index.method = "hash";
  return {};
}

Result<void> TableMaker::index(IndexText text) {
  if (text.kind == IndexKind::primary) {
    if (table_.primary_key) return refuse(fmt::format("table {} has a primary key already", table_.name.text()));
    schema::PrimaryKey key;
    Index checked;
    checked.unique = true;
    checked.parts = std::move(text.parts);
    EMCEE_TRY(check_index(checked));
    key.parts = std::move(checked.parts);
    key.options = std::move(text.options);
    if (!text.method.empty()) key.options["method"] = text.method;
    table_.primary_key = std::move(key);
    return {};
  }
  Index index;
  index.unique = text.kind == IndexKind::unique;
  index.method = text.kind == IndexKind::fulltext  ? "fulltext"
                 : text.kind == IndexKind::spatial ? "spatial"
                                                   : text.method;
  index.parts = std::move(text.parts);
  index.options = std::move(text.options);
  EMCEE_TRY(check_index(index));
  const auto first = index.parts.front().expression.as_column();
  const auto same_name = [&](const Index& other) { return other.name.name == text.name; };
  // The key that a foreign key brought gives way, also to one of its name.
  const std::vector<Identifier> columns = leading_columns(index.parts);
  if (can_serve(index))
    std::erase_if(table_.indexes, [&](const Index& other) {
      return is_implied(other) && begins_with(columns, leading_columns(other.parts));
    });
  if (text.name.empty())
    index.name.name = free_index_name(first ? *first : folded("functional_index"));
  else if (std::any_of(table_.indexes.begin(), table_.indexes.end(), same_name)) {
    if (text.if_not_exists) return {};
    return refuse(fmt::format("table {} already has an index named {}", table_.name.text(), text.name.text()));
  } else {
    index.name.name = text.name;
  }
  table_.indexes.push_back(std::move(index));
  return {};
}

void TableMaker::index_for(const schema::ForeignKey& key, const Identifier& wanted) {
  Index index;
  for (const Identifier& column : key.columns) {
    const Column* found = table_.find_column(column);
    index.parts.push_back(part_of(found ? found->name : column));
  }
  index.name.name = wanted;  // settled by complete()
  set_implied(index);
  table_.indexes.push_back(std::move(index));
}

Result<void> TableMaker::drop_column(const Identifier& name, bool if_exists) {
  const Column* column = table_.find_column(name);
  if (!column && if_exists) return {};
  if (!column) return refuse(fmt::format("table {} has no column named {}", table_.name.text(), name.text()));
  const auto drop_from = [&](std::vector<KeyPart>& parts) {
    std::erase_if(parts, [&](const KeyPart& part) { return part.expression.as_column() == name; });
  };
  if (table_.primary_key) {
    drop_from(table_.primary_key->parts);
    if (table_.primary_key->parts.empty()) table_.primary_key.reset();
  }
  for (Index& index : table_.indexes) drop_from(index.parts);
  std::erase_if(table_.indexes, [](const Index& index) { return index.parts.empty(); });
  std::erase_if(table_.checks, [&](const schema::Check& check) {
    const std::vector<Identifier> columns = check.expression.columns();
    return columns.size() == 1 && columns.front() == name;
  });
  table_.columns.erase(table_.columns.begin() + (column - table_.columns.data()));
  return {};
}

void TableMaker::convert(const std::string& charset, const std::string& collation) {
  const std::string to = !collation.empty()     ? collation
                         : charset == "default" ? session_.collation
                                                : default_collation(charset, session_.server);
  for (Column& column : table_.columns)
    if (column.collation) column.collation = folded(to);
  table_.options.other["collation"] = to;
}

// In the order of the statement: t_chk_1, t_chk_2 (MySQL); CONSTRAINT_1 (MariaDB), where a check at a
// column has no name.
void TableMaker::name_checks() {
  const std::string prefix = session_.server.is_mariadb() ? "CONSTRAINT_" : table_.name.name.text() + "_chk_";
  int number = 0;
  const auto taken = [&](const std::string& name) {
    return std::any_of(table_.checks.begin(), table_.checks.end(), [&](const schema::Check& check) {
      return check.name && schema::equal_ignoring_case(check.name->text(), name);
    });
  };
  for (schema::Check& check : table_.checks) {
    if (check.name || check.options.count("column")) continue;
    std::string name;
    do name = prefix + std::to_string(++number);
    while (taken(name));
    check.name = folded(std::move(name));
  }
}

Result<void> TableMaker::complete() {
  own_expressions(table_);
  if (table_.primary_key)
    for (const Identifier& name : table_.key_columns())
      if (Column* column = table_.find_column(name)) column->not_null = true;
  // Keys of foreign keys that others make needless, the longer ones first to stay.
  for (std::size_t i = table_.indexes.size(); i-- > 0;) {
    const Index& index = table_.indexes[i];
    if (!is_implied(index)) continue;
    const std::vector<Identifier> columns = leading_columns(index.parts);
    bool served = table_.primary_key && begins_with(leading_columns(table_.primary_key->parts), columns);
    for (std::size_t other = 0; other < table_.indexes.size(); ++other) {
      if (other == i || !can_serve(table_.indexes[other])) continue;
      const std::vector<Identifier> longer = leading_columns(table_.indexes[other].parts);
      const bool both_implied = is_implied(table_.indexes[other]);
      if (begins_with(longer, columns) && (!both_implied || longer.size() > columns.size() || other < i)) served = true;
    }
    if (served) table_.indexes.erase(table_.indexes.begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (Index& index : table_.indexes)
    if (is_implied(index) && index.name.schema.empty()) {
      const auto first = index.parts.front().expression.as_column();
      const Identifier wanted = index.name.name.empty() ? *first : index.name.name;
      index.name.name = folded("");
      index.name.name = free_index_name(wanted);
    }
  const std::string prefix = table_.name.name.text() + "_ibfk_";
  int number = 0;
  if (!fresh_ || !session_.server.is_mariadb())
    for (const schema::ForeignKey& key : table_.foreign_keys) number = std::max(number, number_of(key.name, prefix));
  for (schema::ForeignKey& key : table_.foreign_keys)
    if (!key.name) key.name = folded(prefix + std::to_string(++number));
  name_checks();
  if (table_.columns.empty()) return refuse(fmt::format("table {} has no columns", table_.name.text()));
  return {};
}

parser::BuildRules build_rules() {
  parser::BuildRules rules;
  // Indexes are named within their table.
  rules.normalise = [](Table& table) {
    for (Index& index : table.indexes) index.name.schema = table.name.name;
  };
  rules.relation = [](const std::string& kind) { return kind == "sequence"; };
  rules.constraint_names = true;
  return rules;
}

}  // namespace emcee::mysql
