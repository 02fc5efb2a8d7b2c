#include "dialects/postgres/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_map>

#include "dialects/postgres/ddl.h"
#include "dialects/postgres/piece.h"

namespace emcee::postgres {

using schema::Schema;
using schema::Table;

namespace {

// Something that others can name, and the names that it mentions.
struct Item {
  std::string name;  // without schema and arguments
  std::vector<std::string> statements;
  std::vector<std::string> mentions;
};

void mention(Item& item, const schema::Fragment& fragment) {
  for (const Token& token : fragment.tokens()) {
    if (token.role == Role::name || token.role == Role::table) item.mentions.push_back(token.text);
    if (!token.qualifier.empty()) item.mentions.push_back(token.qualifier.text());
    if (token.role == Role::literal) {  // nextval('app.s'::regclass)
      const std::size_t dot = token.text.rfind('.');
      const std::size_t begin = dot == std::string::npos ? 1 : dot + 1;
      std::string name = token.text.size() > begin ? token.text.substr(begin, token.text.size() - begin - 1) : "";
      if (name.size() > 1 && name.front() == '"') name = name.substr(1, name.size() - 2);
      item.mentions.push_back(std::move(name));
    }
  }
}

// `app."Mood"[]` names the type Mood.
void mention_type(Item& item, const std::string& type) {
  std::string name = element_of(type);
  if (const std::size_t dot = name.rfind('.'); dot != std::string::npos) name = name.substr(dot + 1);
  if (name.size() > 1 && name.front() == '"') name = name.substr(1, name.size() - 2);
  item.mentions.push_back(std::move(name));
}

Item item_of(const Table& table) {
  Item item{table.name.name.text(), create_table(table, false), {}};
  for (const schema::Column& column : table.columns) {
    mention_type(item, column.type.name);
    if (column.default_value) mention(item, *column.default_value);
    if (column.generated) mention(item, column.generated->expression);
  }
  for (const schema::Check& check : table.checks) mention(item, check.expression);
  for (const char* option : {"partition_of", "inherits"})
    if (const auto it = table.options.other.find(option); it != table.options.other.end())
      for (const ScannedToken& token : scan(it->second))
        item.mentions.push_back(unquoted(std::string_view(it->second).substr(token.begin, token.end - token.begin)));
  return item;
}

Item item_of(const schema::View& view) {
  Item item{view.name.name.text(), create_view(view), {}};
  mention(item, view.query);
  return item;
}

Item item_of(const schema::OpaqueObject& object) {
  const std::string& name = object.name.name.text();
  Item item{name.substr(0, name.find('(')), {create_object(object)}, {}};
  mention(item, object.definition);
  return item;
}

// Each after those that it mentions; else in the order given.
class InOrder {
 public:
  explicit InOrder(std::vector<Item> items) : items_(std::move(items)), seen_(items_.size()) {
    for (std::size_t i = 0; i < items_.size(); ++i) places_[items_[i].name].push_back(i);
  }
  std::string print() {
    for (std::size_t i = 0; i < items_.size(); ++i) visit(i);
    return std::move(text_);
  }

 private:
  void visit(std::size_t i) {
    if (seen_[i]) return;
    seen_[i] = true;
    for (const std::string& name : items_[i].mentions)
      if (const auto it = places_.find(name); it != places_.end())
        for (const std::size_t other : it->second) visit(other);
    for (const std::string& statement : items_[i].statements) text_ += statement + ";\n";
  }

  std::vector<Item> items_;
  std::vector<bool> seen_;
  std::unordered_map<std::string, std::vector<std::size_t>> places_;
  std::string text_;
};

// Objects that can be named come first, in this order; the others last, in theirs.
constexpr std::array<std::string_view, 26> kFirst = {"schema",
                                                     "extension",
                                                     "language",
                                                     "collation",
                                                     "enum",
                                                     "type",
                                                     "range",
                                                     "domain",
                                                     "sequence",
                                                     "text search parser",
                                                     "text search template",
                                                     "text search dictionary",
                                                     "text search configuration",
                                                     "text search mapping",
                                                     "foreign data wrapper",
                                                     "server",
                                                     "user mapping",
                                                     "access method",
                                                     "function",
                                                     "procedure",
                                                     "aggregate",
                                                     "operator",
                                                     "operator family",
                                                     "operator class",
                                                     "operator family member",
                                                     "cast"};
constexpr std::array<std::string_view, 12> kLast = {
    "sequence owner", "index",        "rule",    "policy", "statistics",         "event trigger",
    "publication",    "subscription", "comment", "owner",  "default privileges", "grant"};

template <std::size_t N>
std::size_t rank(const std::array<std::string_view, N>& kinds, std::string_view kind) {
  return static_cast<std::size_t>(std::find(kinds.begin(), kinds.end(), kind) - kinds.begin());
}

// Partitions before what they are partitions of: the index of the parent takes over theirs.
void print_indexes(const Schema& schema, std::string& text) {
  std::vector<const Table*> tables;
  for (const Table& table : schema.tables()) tables.push_back(&table);
  const auto parents = std::stable_partition(tables.begin(), tables.end(), [](const Table* table) {
    return !has_option(table->options.other, "partition_by");
  });
  std::stable_partition(parents, tables.end(),
                        [](const Table* table) { return has_option(table->options.other, "partition_of"); });
  for (const Table* table : tables)
    for (const schema::Index& index : table->indexes)
      for (const auto& statements : {create_index(index, table->name), rely_on(*table, index)})
        for (const std::string& statement : statements) text += statement + ";\n";
}

}  // namespace

std::string print(const Schema& schema) {
  std::vector<const schema::OpaqueObject*> first, last;
  for (const schema::OpaqueObject& object : schema.objects())
    (rank(kLast, object.kind) < kLast.size() ? last : first).push_back(&object);
  std::stable_sort(first.begin(), first.end(),
                   [](const auto* a, const auto* b) { return rank(kFirst, a->kind) < rank(kFirst, b->kind); });
  std::stable_sort(last.begin(), last.end(),
                   [](const auto* a, const auto* b) { return rank(kLast, a->kind) < rank(kLast, b->kind); });
  std::vector<Item> items;
  for (const schema::OpaqueObject* object : first) items.push_back(item_of(*object));
  for (const Table& table : schema.tables()) items.push_back(item_of(table));
  for (const schema::View& view : schema.views()) items.push_back(item_of(view));
  // Bodies of functions may name what comes later.
  const bool functions = std::any_of(first.begin(), first.end(), [](const auto* object) {
    return object->kind == "function" || object->kind == "procedure";
  });
  std::string text = functions ? "SET check_function_bodies = false;\n" : "";
  text += InOrder(std::move(items)).print();
  print_indexes(schema, text);
  for (const Table& table : schema.tables())
    for (const schema::ForeignKey& key : table.foreign_keys)
      for (const std::string& statement : add_foreign_key(key, table.name)) text += statement + ";\n";
  const auto print_last = [&](bool triggers_done) {
    for (const schema::OpaqueObject* object : last)
      if ((rank(kLast, object->kind) >= rank(kLast, "comment")) == triggers_done)
        text += create_object(*object) + ";\n";
  };
  print_last(false);
  for (const schema::Trigger& trigger : schema.triggers())
    for (const std::string& statement : create_trigger(trigger)) text += statement + ";\n";
  print_last(true);
  return text;
}

}  // namespace emcee::postgres
