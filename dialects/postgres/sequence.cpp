#include "dialects/postgres/sequence.h"

#include <fmt/format.h>

#include <cstdlib>

namespace emcee::postgres {

using schema::Options;

namespace {

struct Limits {
  long long low, high;
};

Limits limits_of(const std::string& type) {
  if (type == "smallint") return {-32768, 32767};
  if (type == "integer") return {-2147483648LL, 2147483647LL};
  return {INT64_MIN, INT64_MAX};
}

std::string number_of(const Node* node) {
  if (!node) return {};
  if (node->node_case == PG_QUERY__NODE__NODE_INTEGER) return fmt::format("{}", node->integer->ival);
  if (node->node_case == PG_QUERY__NODE__NODE_FLOAT) return node->float_->fval;
  return {};
}

bool truth_of(const Node* node) {
  if (!node) return true;
  if (node->node_case == PG_QUERY__NODE__NODE_BOOLEAN) return node->boolean->boolval;
  return number_of(node) != "0";
}

struct Clause {
  const char* option;
  const char* words;
};
constexpr Clause kClauses[] = {{"as", "AS"},
                               {"start", "START WITH"},
                               {"increment", "INCREMENT BY"},
                               {"minimum", "MINVALUE"},
                               {"maximum", "MAXVALUE"},
                               {"cache", "CACHE"}};

}  // namespace

Options sequence_options(Node* const* nodes, std::size_t count, Options options, const std::string& type) {
  if (type != "bigint" && !options.count("as")) options["as"] = type;
  for (std::size_t i = 0; i < count; ++i) {
    const PgQuery__DefElem& element = *nodes[i]->def_elem;
    const std::string name = element.defname;
    if (name == "as" && element.arg && element.arg->node_case == PG_QUERY__NODE__NODE_TYPE_NAME) {
      options["as"] = type_name(*element.arg->type_name).name;
    } else if (name == "cycle") {
      options.erase("cycle");
      if (truth_of(element.arg)) options["cycle"] = "true";
    } else if (name == "sequence_name" && element.arg && element.arg->node_case == PG_QUERY__NODE__NODE_LIST) {
      options["name"] = text_of(element.arg->list->items[element.arg->list->n_items - 1]);
    } else if (name == "minvalue" || name == "maxvalue" || name == "start" || name == "increment" || name == "cache") {
      const std::string option = name == "minvalue" ? "minimum" : name == "maxvalue" ? "maximum" : name;
      const std::string value = number_of(element.arg);
      options.erase(option);
      if (!value.empty()) options[option] = value;
    }
  }
  // What the server would choose is left out.
  const auto value = [&](const char* option, long long otherwise) {
    const auto it = options.find(option);
    return it == options.end() ? otherwise : std::strtoll(it->second.c_str(), nullptr, 10);
  };
  const auto drop = [&](const char* option, long long standard) {
    if (options.count(option) && value(option, standard) == standard) options.erase(option);
  };
  if (const auto it = options.find("as"); it != options.end() && it->second == "bigint") options.erase(it);
  const Limits limits = limits_of(options.count("as") ? options["as"] : "bigint");
  const bool ascending = value("increment", 1) > 0;
  const long long low = ascending ? 1 : limits.low, high = ascending ? limits.high : -1;
  drop("start", ascending ? value("minimum", low) : value("maximum", high));
  drop("minimum", low);
  drop("maximum", high);
  drop("increment", 1);
  drop("cache", 1);
  return options;
}

std::string sequence_clauses(const Options& options) {
  std::string text;
  for (const Clause& clause : kClauses)
    if (const auto it = options.find(clause.option); it != options.end())
      text += fmt::format("{}{} {}", text.empty() ? "" : " ", clause.words, it->second);
  if (options.count("cycle")) text += text.empty() ? "CYCLE" : " CYCLE";
  return text;
}

schema::Fragment sequence_definition(const Options& options) {
  Tokens tokens;
  for (const Clause& clause : kClauses)
    if (const auto it = options.find(clause.option); it != options.end())
      append(tokens, {keyword(clause.words),
                      std::string_view(clause.option) == "as" ? keyword(it->second) : literal(it->second)});
  if (options.count("cycle")) tokens.push_back(keyword("CYCLE"));
  return schema::Fragment(std::move(tokens));
}

Options read_sequence_clauses(const schema::Fragment& definition) {
  Options options;
  const Tokens& tokens = definition.tokens();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is(Role::keyword, "CYCLE")) options["cycle"] = "true";
    for (const Clause& clause : kClauses)
      if (tokens[i].is(Role::keyword, clause.words) && i + 1 < tokens.size())
        options[clause.option] = tokens[i + 1].text;
  }
  return options;
}

std::vector<std::string> owned_by(Node* const* nodes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const PgQuery__DefElem& element = *nodes[i]->def_elem;
    if (std::string_view(element.defname) == "owned_by" && element.arg)
      return texts_of(element.arg->list->items, element.arg->list->n_items);
  }
  return {};
}

}  // namespace emcee::postgres
