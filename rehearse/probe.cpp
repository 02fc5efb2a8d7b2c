#include "rehearse/probe.h"

#include <fmt/format.h>

#include <algorithm>

#include "plan/sync_model.h"

namespace emcee::rehearse {

const std::vector<std::string> kTexts = {"42",
                                         "0",
                                         "1",
                                         "7",
                                         "-1",
                                         "1.5",
                                         "",
                                         "a",
                                         "A",
                                         "ab",
                                         "Ab",
                                         "a b",
                                         "12:34:56",
                                         "true",
                                         "[1]",
                                         "{}",
                                         "10.0.0.1:80",
                                         "2024-02-29",
                                         "2024-02-29 12:34:56",
                                         "{\"a\": 1}",
                                         "5f4dcc3b-5aa7-4d61-8d83-27deb882cf99"};

namespace {

constexpr const char* kProbe = "emcee_rehearsal";
// Shapes of a key: a number stands for the row.
constexpr const char* kCountedShape = "'70{:02}'";  // no rehearsal counts so far
constexpr const char* kKeyShapes[] = {"'{}'", "'00000000-0000-4000-8000-{:012}'", "'2001-01-01 00:00:{:02}'"};

void add_literals(const schema::Fragment& fragment, std::vector<std::string>& texts) {
  for (const schema::Token& token : fragment.tokens()) {
    if (token.role != schema::Role::literal || token.text.empty()) continue;
    if (token.text.front() == '\'')
      texts.push_back(token.text);
    else if (std::isdigit(static_cast<unsigned char>(token.text.front())))
      texts.push_back("'" + token.text + "'");
  }
}

}  // namespace

bool takes(applier::Connection& connection, const std::string& sql) { return connection.execute(sql).has_value(); }

std::optional<Value> first_value(applier::Connection& connection, const std::string& sql) {
  const auto rows = connection.query(sql);
  if (!rows || rows->empty()) return std::nullopt;
  return rows->front().front();
}

std::vector<std::string> spoken_of(const plan::Plan& plan, const schema::Table& table) {
  std::vector<std::string> texts;
  for (const plan::SyncGroup& group : plan.groups) {
    if (group.row && group.row->table == table.name)
      for (const auto& value : group.row->values) add_literals(value.expression, texts);
    if (group.table != table.name) continue;
    for (const plan::NewColumn& column : group.new_columns) add_literals(column.up, texts);
    for (const plan::OldColumn& column : group.old_columns)
      if (column.down) add_literals(*column.down, texts);
  }
  for (const schema::Check& check : table.checks) add_literals(check.expression, texts);
  for (const schema::Column& column : table.columns) {
    if (column.default_value) add_literals(*column.default_value, texts);
    for (const std::string& argument : column.type.arguments)
      if (argument.starts_with('\'')) texts.push_back(argument);
  }
  for (const schema::OpaqueObject& object : plan.after.objects())
    if (object.kind.find("type") != std::string::npos) add_literals(object.definition, texts);
  return texts;
}

bool is_required(const schema::Column& column) {
  return column.not_null && !column.default_value && !column.generated && !column.identity;
}

bool in_unique(const schema::Table& table, const Identifier& name) {
  const auto names = [&](const std::vector<schema::KeyPart>& parts) {
    return std::any_of(parts.begin(), parts.end(), [&](const auto& p) { return p.expression.mentions_column(name); });
  };
  return std::any_of(table.uniques.begin(), table.uniques.end(), [&](const auto& u) { return names(u.parts); }) ||
         std::any_of(table.indexes.begin(), table.indexes.end(),
                     [&](const auto& index) { return index.unique && names(index.parts); });
}

std::vector<Candidate> Probe::typed(const schema::Column& column, const std::vector<std::string>& texts) {
  const std::string name = dialect_.quoting()(column.name);
  const std::string drop = fmt::format("DROP TABLE IF EXISTS {}", kProbe);
  std::vector<Candidate> found;
  if (!takes(db_, drop) || !takes(db_, relaxed_table(kProbe, {&column}, table_, dialect_, schema_.constraint_names())))
    return found;
  const auto stored = [&](const std::string& text) -> std::optional<Value> {
    if (!takes(db_, fmt::format("DELETE FROM {}", kProbe)) ||
        !takes(db_, fmt::format("INSERT INTO {} ({}) VALUES ({})", kProbe, name, text)))
      return std::nullopt;
    return first_value(db_, fmt::format("SELECT {} FROM {}", name, kProbe));
  };
  // A column that stores 42 as a number holds numbers, even where the server (SQLite) takes a text.
  const std::optional<Value> number = stored("'42'");
  for (const std::string& text : texts) {
    const std::optional<Value> value = stored(text);
    if (!value || plan::is_null(*value) || (number && number->index() != value->index())) continue;
    // An enum stores 0, and does not take what it stores.
    if (is_mysql(dialect_) && std::holds_alternative<std::string>(*value) && stored(literal(*value, db_)) != value)
      continue;
    const bool known = std::any_of(found.begin(), found.end(), [&](const auto& c) { return c.stored == *value; });
    if (!known) found.push_back({text, *value});
  }
  takes(db_, drop);
  return found;
}

std::string Probe::shape(const schema::Column& column, bool counted) {
  std::vector<const char*> shapes(std::begin(kKeyShapes), std::end(kKeyShapes));
  if (counted) shapes.insert(shapes.begin(), kCountedShape);
  for (const char* shape : shapes)
    if (typed(column, {fmt::format(fmt::runtime(shape), 1), fmt::format(fmt::runtime(shape), 59)}).size() == 2)
      return shape;
  return {};
}

}  // namespace emcee::rehearse
