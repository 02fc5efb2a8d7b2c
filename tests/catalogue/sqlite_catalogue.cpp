#include "tests/catalogue/sqlite_catalogue.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <vector>

#include "schema/identifier.h"

namespace emcee::testing {

namespace {

using Row = std::vector<std::string>;

std::string sorted(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Runs of blanks count as one: SQLite keeps a type as it was written, but for the case of standard ones.
std::string collapsed(const std::string& text) {
  std::istringstream in(text);
  std::string result;
  for (std::string word; in >> word;) result += (result.empty() ? "" : " ") + word;
  return result;
}

class Database {
 public:
  // Somebody else's connection.
  explicit Database(sqlite3* db) : db_(db, [](sqlite3*) {}) {}
  std::string run(const std::string& sql) {
    char* message = nullptr;
    if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, &message) == SQLITE_OK) return {};
    std::string text = message ? message : "unknown";
    sqlite3_free(message);
    return text;
  }

  // NULL is `-`.
  std::vector<Row> query(const std::string& sql, const std::string& argument) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &statement, nullptr);
    const std::shared_ptr<sqlite3_stmt> guard(statement, sqlite3_finalize);
    if (sqlite3_bind_parameter_count(statement) > 0)
      sqlite3_bind_text(statement, 1, argument.c_str(), -1, SQLITE_TRANSIENT);
    std::vector<Row> rows;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      Row row;
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const unsigned char* text = sqlite3_column_text(statement, i);
        row.push_back(text ? reinterpret_cast<const char*>(text) : "-");
      }
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  std::shared_ptr<sqlite3> db_;
};

std::string table_by_pragma(Database& db, const Row& table) {
  const std::string& name = table[0];
  std::vector<std::string> lines;
  for (const Row& c :
       db.query("SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?)", name))
    lines.push_back(fmt::format("  column {} type={} notnull={} default={} pk={} hidden={}", schema::to_lower(c[0]),
                                schema::to_upper(collapsed(c[1])), c[2], collapsed(c[3]), c[4], c[5]));
  std::vector<std::string> keys;
  for (const Row& k : db.query("SELECT id, \"table\", \"from\", \"to\", on_update, on_delete FROM "
                               "pragma_foreign_key_list(?) ORDER BY id, seq",
                               name)) {
    const std::size_t id = std::stoul(k[0]);
    if (keys.size() <= id) keys.resize(id + 1);
    if (keys[id].empty()) keys[id] = fmt::format("  key to {} update={} delete={}", schema::to_lower(k[1]), k[4], k[5]);
    keys[id] += fmt::format(" {}->{}", schema::to_lower(k[2]), schema::to_lower(k[3]));
  }
  lines.insert(lines.end(), keys.begin(), keys.end());
  for (const Row& i : db.query("SELECT name, \"unique\", origin, partial FROM pragma_index_list(?)", name)) {
    std::string line = fmt::format("  index {} unique={} origin={} partial={}",
                                   i[2] == "c" ? schema::to_lower(i[0]) : "auto", i[1], i[2], i[3]);
    for (const Row& p : db.query("SELECT name, coll, desc FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno", i[0]))
      line += fmt::format(" [{} {} {}]", schema::to_lower(p[0]), schema::to_upper(p[1]), p[2]);
    lines.push_back(std::move(line));
  }
  return fmt::format("table {} without_rowid={} strict={}\n", schema::to_lower(name), table[1], table[2]) +
         sorted(std::move(lines));
}

std::string action(schema::ReferentialAction action) {
  static const char* const kNames[] = {"NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"};
  return kNames[static_cast<int>(action)];
}

std::string key_parts(const schema::Table& table, const std::vector<schema::KeyPart>& parts) {
  std::string text;
  for (const schema::KeyPart& part : parts) {
    const auto name = part.expression.as_column();
    const schema::Column* column = name ? table.find_column(*name) : nullptr;
    std::string collation = part.collation ? part.collation->text() : "BINARY";
    if (!part.collation && column && column->collation) collation = column->collation->text();
    text += fmt::format(" [{} {} {}]", column ? schema::to_lower(name->text()) : "-", schema::to_upper(collation),
                        part.descending ? 1 : 0);
  }
  return text;
}

// SQLite takes the quotes off a type that is one quoted word.
std::string shown(const schema::Type& type) {
  const bool quoted = !type.text.empty() && std::string_view("\"'`[").find(type.text.front()) != std::string_view::npos;
  return schema::to_upper(quoted ? type.name : type.text);
}

std::string table_of(const schema::Table& table) {
  std::vector<std::string> lines;
  const auto key = table.key_columns();
  for (const schema::Column& c : table.columns) {
    const auto place = std::find(key.begin(), key.end(), c.name);
    lines.push_back(fmt::format("  column {} type={} notnull={} default={} pk={} hidden={}",
                                schema::to_lower(c.name.text()), shown(c.type), c.not_null ? 1 : 0,
                                c.default_value ? collapsed(c.default_value->source()) : "-",
                                place == key.end() ? 0 : place - key.begin() + 1,
                                !c.generated          ? 0
                                : c.generated->stored ? 3
                                                      : 2));
  }
  for (const schema::ForeignKey& k : table.foreign_keys) {
    std::string line = fmt::format("  key to {} update={} delete={}", schema::to_lower(k.references.name.text()),
                                   action(k.on_update), action(k.on_delete));
    for (std::size_t i = 0; i < k.columns.size(); ++i)
      line += fmt::format(" {}->{}", schema::to_lower(k.columns[i].text()),
                          i < k.referenced.size() ? schema::to_lower(k.referenced[i].text()) : "-");
    lines.push_back(std::move(line));
  }
  if (table.primary_key && !table.primary_key->is_rowid)
    lines.push_back("  index auto unique=1 origin=pk partial=0" + key_parts(table, table.primary_key->parts));
  for (const schema::Unique& u : table.uniques)
    lines.push_back("  index auto unique=1 origin=u partial=0" + key_parts(table, u.parts));
  for (const schema::Index& i : table.indexes)
    lines.push_back(fmt::format("  index {} unique={} origin=c partial={}", schema::to_lower(i.name.name.text()),
                                i.unique ? 1 : 0, i.where ? 1 : 0) +
                    key_parts(table, i.parts));
  return fmt::format("table {} without_rowid={} strict={}\n", schema::to_lower(table.name.name.text()),
                     table.options.without_rowid ? 1 : 0, table.options.strict ? 1 : 0) +
         sorted(std::move(lines));
}

}  // namespace

std::string without_shell_lines(const std::string& sql) {
  std::istringstream in(sql);
  std::string result;
  for (std::string line; std::getline(in, line);)
    if (line.empty() || (line[0] != '.' && line[0] != '#')) result += line + "\n";
  return result;
}

std::string catalogue(sqlite3* handle, bool texts) {
  Database db(handle);
  std::vector<std::string> objects;
  for (const Row& t :
       db.query("SELECT name, wr, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' "
                "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'emcee\\_%' ESCAPE '\\'",
                ""))
    objects.push_back(table_by_pragma(db, t));
  for (const Row& t : db.query("SELECT type, name FROM pragma_table_list WHERE schema = 'main' AND "
                               "type IN ('view', 'virtual')",
                               ""))
    objects.push_back(t[0] + " " + schema::to_lower(t[1]) + "\n");
  for (const Row& t : db.query("SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger'", ""))
    objects.push_back("trigger " + schema::to_lower(t[0]) + " on " + schema::to_lower(t[1]) + "\n");
  if (texts)
    for (const Row& t : db.query("SELECT sql FROM sqlite_schema WHERE type IN ('view', 'trigger')", ""))
      objects.push_back("text " + collapsed(t[0]) + "\n");
  return sorted(std::move(objects));
}

std::string catalogue_by_pragma(const std::string& sql) {
  sqlite3* db = nullptr;
  sqlite3_open(":memory:", &db);
  const std::shared_ptr<sqlite3> guard(db, sqlite3_close);
  if (const std::string error = Database(db).run(without_shell_lines(sql)); !error.empty())
    return "error: " + error + "\n";
  return catalogue(db, false);
}

std::string catalogue_of(const schema::Schema& schema) {
  std::vector<std::string> objects;
  for (const schema::Table& table : schema.tables()) objects.push_back(table_of(table));
  for (const schema::View& view : schema.views())
    objects.push_back("view " + schema::to_lower(view.name.name.text()) + "\n");
  for (const schema::OpaqueObject& object : schema.objects())
    objects.push_back("virtual " + schema::to_lower(object.name.name.text()) + "\n");
  for (const schema::Trigger& trigger : schema.triggers())
    objects.push_back("trigger " + schema::to_lower(trigger.name.name.text()) + " on " +
                      schema::to_lower(trigger.table.name.text()) + "\n");
  return sorted(std::move(objects));
}

}  // namespace emcee::testing
