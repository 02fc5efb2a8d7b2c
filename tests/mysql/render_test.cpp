// Every change of a table on real servers: forward, probe, undo, as SHOW CREATE TABLE sees it; and
// the algorithm that is written out is the best that the server takes.
#include "dialects/mysql/render.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "dialects/mysql/ddl.h"
#include "diff/apply_change.h"
#include "servers/mysql_server.h"
#include "tests/mysql/bolder.h"

namespace emcee::mysql {
namespace {

using diff::Change;
using schema::Column;
using schema::Fragment;
using schema::Identifier;
using schema::Role;
using schema::Token;
using servers::kMysqlFlavours;
using servers::MysqlClient;
using servers::MysqlFlavour;
using servers::MysqlServer;

// What the cases are made for: they are the same but for the spelling of types.
MysqlFlavour flavour_of_cases = MysqlFlavour::mysql;

Identifier id(const char* text) { return Identifier(text, schema::Folding::ignore_case); }
schema::QualifiedName name(const char* text) { return {{}, Identifier(text)}; }

Fragment literal(const char* text) { return Fragment({Token{Role::literal, text, {}, {}}}); }
Fragment keyword(const char* text) { return Fragment({Token{Role::keyword, text, {}, {}}}); }
Fragment column_of(const char* text) { return Fragment::column(id(text)); }
Fragment greater(const char* column, const char* number) {
  return Fragment(
      {Token{Role::column, column, {}, {}}, Token{Role::symbol, ">", {}, {}}, Token{Role::literal, number, {}, {}}});
}

// MariaDB shows how wide numbers are.
std::string spelled(const std::string& text, MysqlFlavour flavour) {
  if (flavour != MysqlFlavour::mariadb) return text;
  return text == "int" ? "int(11)" : text == "bigint" ? "bigint(20)" : text == "smallint" ? "smallint(6)" : text;
}

// `type` as the server spells it, split into its name and arguments for relate().
schema::Type type(const std::string& plain) {
  const std::string text = spelled(plain, flavour_of_cases);
  schema::Type result{text, text, {}};
  const auto open = text.find('('), close = text.find(')');
  if (open == std::string::npos) return result;
  result.name = text.substr(0, open) + text.substr(close + 1);
  std::string argument;
  for (const char c : text.substr(open + 1, close - open - 1) + ",") {
    if (c != ',') {
      argument += c;
      continue;
    }
    result.arguments.push_back(argument);
    argument.clear();
  }
  return result;
}

Column column(const char* of, const std::string& t, bool not_null = false, std::optional<Fragment> value = {}) {
  Column result;
  result.name = id(of);
  result.type = type(t);
  result.not_null = not_null;
  result.default_value = std::move(value);
  if (t.rfind("varchar", 0) == 0 || t == "text" || t.rfind("enum", 0) == 0)
    result.collation = Identifier("utf8mb4_general_ci");
  return result;
}

schema::KeyPart part(const char* of) {
  schema::KeyPart result;
  result.expression = column_of(of);
  return result;
}

schema::Index index(const char* of, std::vector<schema::KeyPart> parts, bool unique = false) {
  schema::Index result;
  result.name = name(of);
  result.parts = std::move(parts);
  result.unique = unique;
  return result;
}

schema::ForeignKey foreign_key(const char* of) {
  schema::ForeignKey key;
  key.name = id(of);
  key.columns = {id("parent")};
  key.references = name("parents");
  key.referenced = {id("id")};
  key.on_delete = schema::ReferentialAction::cascade;
  return key;
}

schema::Check check(const char* of) {
  schema::Check result;
  result.name = id(of);
  result.expression = greater("amount", "0");
  return result;
}

schema::Table parents() {
  schema::Table table;
  table.name = name("parents");
  table.columns = {column("id", "int", true)};
  table.primary_key.emplace();
  table.primary_key->parts = {part("id")};
  return table;
}

// Something of everything.
schema::Table things() {
  schema::Table table;
  table.name = name("things");
  table.columns = {column("id", "int", true), column("name", "varchar(30)", true, literal("'x'")),
                   column("amount", "int"), column("parent", "int"), column("kind", "enum('a','b')")};
  table.primary_key.emplace();
  table.primary_key->parts = {part("id")};
  table.indexes = {index("by_name", {part("name")}), index("by_parent", {part("parent")})};
  table.options.other = {{"engine", "innodb"}, {"collation", "utf8mb4_general_ci"}};
  return table;
}

struct RenderCase {
  const char* what;
  std::vector<Change> before;  // what it takes to get there from `things`
  Change change;
};

std::vector<RenderCase> render_cases() {
  const schema::QualifiedName t = name("things");
  Column invisible = column("extra", "int");
  invisible.options["invisible"] = "yes";
  Column commented = column("extra", "int");
  commented.options["comment"] = "it's \\ here";
  Column computed = column("twice", "int");
  computed.generated =
      schema::Generated{Fragment({Token{Role::column, "amount", {}, {}}, Token{Role::symbol, "*", {}, {}},
                                  Token{Role::literal, "2", {}, {}}}),
                        false};
  Column stored = computed;
  stored.generated->stored = true;
  Column touched = column("touched", "timestamp", true, keyword("CURRENT_TIMESTAMP"));
  touched.options["on_update"] = "CURRENT_TIMESTAMP";
  const Column moment = column("moment", "timestamp", false, literal("'2020-01-01 00:00:00'"));
  schema::Index fulltext = index("words", {part("name")});
  fulltext.method = "fulltext";
  schema::PrimaryKey both;
  both.parts = {part("id"), part("name")};
  schema::Index prefixed = index("by_name", {part("name")});
  prefixed.parts[0].prefix = 7;
  const auto type_of = [&](const char* c, const char* from, const char* to) -> Change {
    return diff::ChangeType{t, id(c), type(from), type(to)};
  };
  return {
      {"AddColumn", {}, diff::AddColumn{t, column("extra", "int")}},
      {"AddColumnWithDefault", {}, diff::AddColumn{t, column("extra", "int", true, literal("7"))}},
      {"AddColumnInvisible", {}, diff::AddColumn{t, invisible}},
      {"AddColumnWithComment", {}, diff::AddColumn{t, commented}},
      {"AddColumnVirtual", {}, diff::AddColumn{t, computed}},
      {"AddColumnStored", {}, diff::AddColumn{t, stored}},
      {"AddColumnTouched", {}, diff::AddColumn{t, touched}},
      {"DropColumn", {}, diff::DropColumn{t, column("amount", "int")}},
      {"RenameColumn", {}, diff::RenameColumn{t, id("amount"), id("sum")}},
      {"WidenVarchar", {}, type_of("name", "varchar(30)", "varchar(60)")},
      {"WidenVarcharFar", {}, type_of("name", "varchar(30)", "varchar(300)")},
      {"WidenVarcharFarther",
       {type_of("name", "varchar(30)", "varchar(40)")},
       type_of("name", "varchar(40)", "varchar(300)")},
      {"WidenInt", {}, type_of("amount", "int", "bigint")},
      {"NarrowInt", {}, type_of("amount", "int", "smallint")},
      {"AppendEnum", {}, type_of("kind", "enum('a','b')", "enum('a','b','c')")},
      {"PrependEnum", {}, type_of("kind", "enum('a','b')", "enum('c','a','b')")},
      {"SetNotNull", {}, diff::SetNotNull{t, id("amount"), {}}},
      {"SetNotNullTimestamp", {diff::AddColumn{t, moment}}, diff::SetNotNull{t, id("moment"), {}}},
      {"DropNotNull", {}, diff::DropNotNull{t, id("name"), {}}},
      {"AddDefault", {}, diff::AddDefault{t, id("amount"), literal("5")}},
      {"DropDefault", {}, diff::DropDefault{t, id("name"), literal("'x'")}},
      {"ChangeDefault", {}, diff::ChangeDefault{t, id("name"), literal("'x'"), literal("'y'")}},
      {"CommentColumn", {}, diff::ChangeColumnOption{t, id("amount"), "comment", std::nullopt, "how 'much'"}},
      {"HideColumn", {}, diff::ChangeColumnOption{t, id("amount"), "invisible", std::nullopt, "yes"}},
      {"ShowColumn",
       {diff::AddColumn{t, invisible}},
       diff::ChangeColumnOption{t, id("extra"), "invisible", "yes", std::nullopt}},
      {"CommentTable", {}, diff::ChangeTableOption{t, "comment", std::nullopt, "many 'things'"}},
      {"CreateIndex", {}, diff::CreateIndex{t, index("by_amount", {part("amount")})}},
      {"CreateUniqueIndex", {}, diff::CreateIndex{t, index("one_amount", {part("amount")}, true)}},
      {"CreateFulltextIndex", {}, diff::CreateIndex{t, fulltext}},
      {"DropIndex", {}, diff::DropIndex{t, index("by_name", {part("name")})}},
      {"RenameIndex", {}, diff::RenameIndex{t, name("by_name"), name("names")}},
      {"ReplaceIndex", {}, diff::ReplaceIndex{t, index("by_name", {part("name")}), prefixed}},
      {"ChangePrimaryKey", {}, diff::ChangePrimaryKey{t, *things().primary_key, both}},
      {"DropPrimaryKey", {}, diff::DropPrimaryKey{t, *things().primary_key}},
      {"AddForeignKey", {}, diff::AddForeignKey{t, foreign_key("of_parent")}},
      {"DropForeignKey",
       {diff::AddForeignKey{t, foreign_key("of_parent")}},
       diff::DropForeignKey{t, foreign_key("of_parent")}},
      {"RenameForeignKey",
       {diff::AddForeignKey{t, foreign_key("of_parent")}},
       diff::RenameConstraint{t, id("of_parent"), id("parent_of")}},
      {"AddCheck", {}, diff::AddCheck{t, check("positive")}},
      {"DropCheck", {diff::AddCheck{t, check("positive")}}, diff::DropCheck{t, check("positive")}},
      {"RenameCheck",
       {diff::AddCheck{t, check("positive")}},
       diff::RenameConstraint{t, id("positive"), id("above_zero")}},
      {"RenameTable", {}, diff::RenameTable{t, name("objects")}},
  };
}

std::vector<std::pair<MysqlFlavour, std::string>> all() {
  std::vector<std::pair<MysqlFlavour, std::string>> result;
  for (const MysqlFlavour flavour : kMysqlFlavours)
    for (const RenderCase& one : render_cases()) result.emplace_back(flavour, one.what);
  return result;
}

class MysqlChanges : public ::testing::TestWithParam<std::pair<MysqlFlavour, std::string>> {
 protected:
  void SetUp() override {
    EMCEE_NEEDS_MYSQL(flavour());
    auto& shared = MysqlServer::shared(flavour());
    client_ = std::make_unique<MysqlClient>(shared.root(shared.fresh_database()));
  }
  static MysqlFlavour flavour() { return GetParam().first; }
  static RenderCase test() {
    flavour_of_cases = flavour();
    for (RenderCase& one : render_cases())
      if (one.what == GetParam().second) return one;
    throw std::logic_error("no such case");
  }
  static Server server() {
    return flavour() == MysqlFlavour::mariadb ? Server{Flavour::mariadb, 101119} : Server{Flavour::mysql, 90704};
  }

  static plan::Step step(const Change& change) {
    plan::Step result;
    result.phase = plan::Phase::expand;
    result.operations.push_back(plan::Restructure{{change}});
    return result;
  }
  void run(const std::vector<std::string>& statements) {
    for (const std::string& sql : statements) ASSERT_EQ(client_->try_sql(sql), 0u) << client_->message() << "\n" << sql;
  }
  std::string shown(const std::string& table) {
    const auto rows = client_->query("SHOW CREATE TABLE " + table);
    return rows.at(0).at(1).value_or("");
  }
  // What the server makes of the table when it is new.
  std::string fresh(const schema::Table& table) {
    auto& shared = MysqlServer::shared(flavour());
    MysqlClient other(shared.root(shared.fresh_database()));
    other.run(create_table(parents(), server()));
    other.run(create_table(table, server()));
    return other.query("SHOW CREATE TABLE " + table.name.name.text()).at(0).at(1).value_or("");
  }
  // SHOW CREATE TABLE lists columns, keys and constraints in the order in which they came.
  static std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> result(1);
    for (const char c : text)
      if (c == '\n')
        result.emplace_back();
      else if (c != ',' || !result.back().empty())
        result.back() += c;
    for (std::string& line : result)
      if (!line.empty() && line.back() == ',') line.pop_back();
    std::sort(result.begin(), result.end());
    return result;
  }

  std::unique_ptr<MysqlClient> client_;
};

TEST_P(MysqlChanges, GoForwardAndBackAsTheServerSeesThem) {
  const RenderCase test = this->test();
  schema::SchemaParts parts;
  parts.tables = {parents(), things()};
  schema::Schema before = schema::Schema::make(std::move(parts)).value();
  for (const Change& change : test.before) ASSERT_TRUE(diff::apply_change(before, change));
  schema::Schema after = before;
  ASSERT_TRUE(diff::apply_change(after, test.change));

  for (const schema::Table& table : before.tables()) run({create_table(table, server())});
  run({"INSERT INTO parents (id) VALUES (1), (2)",
       "INSERT INTO things (id, name, amount, parent, kind) VALUES (1, 'a', 1, 1, 'a'), (2, 'b', 2, 2, 'b')"});
  const std::string first = shown("things");

  const plan::Plan plan;
  const auto rendered = render(step(test.change), before, after, plan, server());
  ASSERT_TRUE(rendered) << schema::to_text(rendered.error());
  ASSERT_FALSE(rendered->run.empty());
  if (!rendered->probe.empty()) {
    EXPECT_EQ(client_->value(rendered->probe), "0") << rendered->probe;
  }

  const std::string better = bolder(rendered->run.front());
  if (!better.empty()) {
    // Tried on an empty copy, so that it does not count where it succeeds.
    auto& shared = MysqlServer::shared(flavour());
    MysqlClient other(shared.root(shared.fresh_database()));
    for (const schema::Table& table : before.tables()) other.run(create_table(table, server()));
    EXPECT_NE(other.try_sql(better), 0u) << "the server can do better: " << better;
  }

  run(rendered->run);
  const schema::Table& now = *after.find_table(diff::subject(test.change));
  EXPECT_EQ(lines(shown(now.name.name.text())), lines(fresh(now)));
  if (!rendered->probe.empty()) {
    EXPECT_EQ(client_->value(rendered->probe), "1") << rendered->probe;
  }

  run(rendered->undo);
  EXPECT_EQ(lines(shown("things")), lines(first));
  if (!rendered->probe.empty()) {
    EXPECT_EQ(client_->value(rendered->probe), "0") << rendered->probe;
  }
}

INSTANTIATE_TEST_SUITE_P(Mysql, MysqlChanges, ::testing::ValuesIn(all()), [](const auto& info) {
  return std::string(servers::to_string(info.param.first)) + "_" + info.param.second;
});

}  // namespace
}  // namespace emcee::mysql
