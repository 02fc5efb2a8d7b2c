// Statements that change what is carried verbatim: what they say becomes a part of the object, as a
// CREATE alone would say it, or an object of its own where no CREATE can.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "dialects/postgres/object.h"
#include "dialects/postgres/walker.h"

namespace emcee::postgres {

using schema::OpaqueObject;
using schema::QualifiedName;
using schema::Result;

namespace {

// A number, negative for the default, and since libpg_query 17 a node that is missing then.
template <class Target>
int statistics_target(const Target& target) {
  if constexpr (std::is_pointer_v<Target>)
    return target && target->node_case == PG_QUERY__NODE__NODE_INTEGER ? target->integer->ival : -1;
  else
    return target;
}

// The nodes of one list go to the end of another.
void move_nodes(Node**& to, std::size_t& to_count, Node**& from, std::size_t& from_count) {
  if (from_count == 0) return;
  to = static_cast<Node**>(std::realloc(to, (to_count + from_count) * sizeof(Node*)));
  std::memcpy(to + to_count, from, from_count * sizeof(Node*));
  to_count += from_count;
  from_count = 0;
}

// Two entries of a publication that are about the same table or schema.
bool same_entry(const Node& a, const Node& b) {
  const PgQuery__PublicationObjSpec &x = *a.publication_obj_spec, &y = *b.publication_obj_spec;
  if (x.pubtable && y.pubtable)
    return std::string_view(x.pubtable->relation->schemaname) == y.pubtable->relation->schemaname &&
           std::string_view(x.pubtable->relation->relname) == y.pubtable->relation->relname;
  return !x.pubtable && !y.pubtable && std::string_view(x.name) == y.name;
}

bool same_option(const Node& a, const Node& b) { return std::string_view(a.def_elem->defname) == b.def_elem->defname; }

// Leaves out what one of the others replaces.
template <class Same>
void remove_replaced(Node** nodes, std::size_t& count, Node* const* by, std::size_t by_count, Same same) {
  remove_nodes(nodes, count, [&](const Node& node) {
    return std::any_of(by, by + by_count, [&](const Node* other) { return same(node, *other); });
  });
}

void set_source(OpaqueObject& object, std::string source) {
  object.source = std::move(source);
  object.definition = statement_tokens(object.source);
}

std::string first_statement(const std::string& source) { return source.substr(0, source.find(";\n")); }

}  // namespace

// One CREATE with all its tables: pg_dump adds them one by one.
Result<void> Walker::alter_publication(PgQuery__ParseResult& tree) {
  normalise_names(tree, session_);
  PgQuery__AlterPublicationStmt& stmt = *tree.stmts[0]->stmt->alter_publication_stmt;
  return replay(parser::AlterObject{
      "publication", {{}, identifier(stmt.pubname)}, [&](OpaqueObject& object) -> Outcome {
        const auto parsed = parse_tree(object.source);
        if (!parsed) return misunderstood("this publication");
        PgQuery__CreatePublicationStmt& publication = *(*parsed)->stmts[0]->stmt->create_publication_stmt;
        const auto action = stmt.action;
        if (action == PG_QUERY__ALTER_PUBLICATION_ACTION__AP_SetObjects) {
          remove_nodes(publication.pubobjects, publication.n_pubobjects, [](const Node&) { return true; });
          publication.for_all_tables = stmt.for_all_tables;
        } else {
          remove_replaced(publication.pubobjects, publication.n_pubobjects, stmt.pubobjects, stmt.n_pubobjects,
                          same_entry);
        }
        if (action != PG_QUERY__ALTER_PUBLICATION_ACTION__AP_DropObjects)
          move_nodes(publication.pubobjects, publication.n_pubobjects, stmt.pubobjects, stmt.n_pubobjects);
        remove_replaced(publication.options, publication.n_options, stmt.options, stmt.n_options, same_option);
        move_nodes(publication.options, publication.n_options, stmt.options, stmt.n_options);
        normalise_names(**parsed, session_);
        set_source(object, deparse(**parsed));
        return {};
      }});
}

// https://www.postgresql.org/docs/15/sql-createopclass.html: without FAMILY the server takes the family of
// the same name, or makes it.
Result<void> Walker::create_operator_class(const PgQuery__CreateOpClassStmt& stmt) {
  const auto parts = texts_of(stmt.opclassname, stmt.n_opclassname);
  const QualifiedName name = session_.created(parts.size() > 1 ? parts[0] : "", parts.back());
  const std::string method = quoting()(identifier(stmt.amname));
  QualifiedName family = name;
  if (stmt.n_opfamilyname > 0) {
    const auto words = texts_of(stmt.opfamilyname, stmt.n_opfamilyname);
    family = session_.created(words.size() > 1 ? words[0] : "", words.back());
  } else {
    OpaqueObject own{"operator family", name, {}, {}};
    set_source(own, fmt::format("CREATE OPERATOR FAMILY {} USING {}", quoting()(name), method));
    EMCEE_TRY(replay(parser::CreateObject{std::move(own), true, false}));
  }
  const std::string type = type_of(*stmt.datatype).name;
  std::vector<std::string> items;
  for (const OperatorItem& item : operator_items(stmt.items, stmt.n_items, type)) items.push_back(item.text);
  if (items.empty()) items.push_back("STORAGE " + type);
  OpaqueObject object{"operator class", name, {}, {}};
  set_source(object,
             fmt::format("CREATE OPERATOR CLASS {} {}FOR TYPE {} USING {} FAMILY {} AS {}", quoting()(name),
                         stmt.is_default ? "DEFAULT " : "", type, method, quoting()(family), fmt::join(items, ", ")));
  return replay(parser::CreateObject{std::move(object), false, false});
}

// In the order of their kinds and numbers; STORAGE only where it is another type than that of the class.
std::vector<Walker::OperatorItem> Walker::operator_items(Node* const* items, std::size_t count,
                                                         const std::string& type) const {
  struct Placed {
    int kind, number;
    OperatorItem item;
  };
  std::vector<Placed> placed;
  for (std::size_t i = 0; i < count; ++i) {
    const PgQuery__CreateOpClassItem& item = *items[i]->create_op_class_item;
    if (item.storedtype) {
      const std::string stored = type_of(*item.storedtype).name;
      if (stored != type) placed.push_back({3, 0, {"STORAGE", "STORAGE " + stored}});
      continue;
    }
    const bool is_operator = item.itemtype == 1;  // OPCLASS_ITEM_OPERATOR of the server's parsenodes.h
    const std::string both = fmt::format("({}, {})", type, type);
    const auto types = [&](Node* const* nodes, std::size_t n) {
      return n > 0 ? argument_list(nodes, n, session_) : both;
    };
    std::string key, text;
    if (is_operator) {
      key = fmt::format(
          "OPERATOR {} {}", item.number,
          item.name ? types(item.name->objargs, item.name->n_objargs) : types(item.class_args, item.n_class_args));
      if (item.name) {
        const auto names = texts_of(item.name->objname, item.name->n_objname);
        const bool plain = names.size() == 1 || names[0] == "pg_catalog" || names[0] == "public";
        text = fmt::format("OPERATOR {} {}{}{}", item.number, plain ? "" : quoting()(identifier(names[0])) + ".",
                           names.back(), types(item.name->objargs, item.name->n_objargs));
      }
      if (item.n_order_family > 0) {
        auto family = texts_of(item.order_family, item.n_order_family);
        if (family.size() > 1 && (family[0] == "pg_catalog" || family[0] == "public")) family.erase(family.begin());
        for (std::string& word : family) word = quoting()(identifier(word));
        text += fmt::format(" FOR ORDER BY {}", fmt::join(family, "."));
      }
    } else {
      key = fmt::format("FUNCTION {} {}", item.number, types(item.class_args, item.n_class_args));
      if (item.name) {
        const auto names = texts_of(item.name->objname, item.name->n_objname);
        const bool plain = names.size() == 1 || names[0] == "pg_catalog";
        const QualifiedName function =
            plain ? QualifiedName{{}, identifier(names.back())} : session_.function(names[0], names.back());
        text = fmt::format("{} {}{}", key, quoting()(function),
                           argument_list(item.name->objargs, item.name->n_objargs, session_));
      }
    }
    placed.push_back({is_operator ? 1 : 2, item.number, {std::move(key), std::move(text)}});
  }
  std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return std::tie(a.kind, a.number, a.item.key) < std::tie(b.kind, b.number, b.item.key);
  });
  std::vector<OperatorItem> result;
  for (Placed& each : placed) result.push_back(std::move(each.item));
  return result;
}

// One object for each member, since a family that is in use can only be changed by ALTER.
Result<void> Walker::alter_operator_family(const PgQuery__AlterOpFamilyStmt& stmt) {
  const auto parts = texts_of(stmt.opfamilyname, stmt.n_opfamilyname);
  const std::string family =
      fmt::format("{} USING {}", quoting()(session_.created(parts.size() > 1 ? parts[0] : "", parts.back())),
                  quoting()(identifier(stmt.amname)));
  for (const OperatorItem& item : operator_items(stmt.items, stmt.n_items, "")) {
    OpaqueObject member{"operator family member", {identifier(family), identifier(item.key)}, {}, {}};
    if (stmt.is_drop) {
      EMCEE_TRY(drop_object({member.kind}, member.name, false));
      continue;
    }
    set_source(member, fmt::format("ALTER OPERATOR FAMILY {} ADD {}", family, item.text));
    EMCEE_TRY(replay(parser::CreateObject{std::move(member), false, false}));
  }
  return {};
}

namespace {

// What a configuration of the server maps, by the name of a language or `simple`.
// https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/snowball/snowball_create.pl
std::string built_in_dictionary(const std::string& configuration, std::string_view token) {
  constexpr std::array<std::string_view, 3> kWords = {"word", "hword", "hword_part"};
  constexpr std::array<std::string_view, 3> kAsciiWords = {"asciiword", "asciihword", "hword_asciipart"};
  const auto is_one_of = [&](const auto& list) { return std::find(list.begin(), list.end(), token) != list.end(); };
  if (configuration == "simple") return "simple";
  if (is_one_of(kWords)) return configuration + "_stem";
  const bool other_script = configuration == "russian" || configuration == "hindi";
  if (is_one_of(kAsciiWords)) return other_script ? "english_stem" : configuration + "_stem";
  return "simple";
}

constexpr std::array<std::string_view, 19> kMappedTokens = {"asciiword",
                                                            "word",
                                                            "numword",
                                                            "url",
                                                            "host",
                                                            "sfloat",
                                                            "version",
                                                            "hword_numpart",
                                                            "hword_part",
                                                            "email",
                                                            "hword_asciipart",
                                                            "numhword",
                                                            "asciihword",
                                                            "hword",
                                                            "url_path",
                                                            "file",
                                                            "float",
                                                            "int",
                                                            "uint"};

}  // namespace

Result<void> Walker::map_token(const QualifiedName& configuration, const std::string& token,
                               const std::vector<std::string>& dictionaries, bool replace) {
  OpaqueObject mapping{"text search mapping", {identifier(quoting()(configuration)), identifier(token)}, {}, {}};
  set_source(mapping,
             fmt::format("ALTER TEXT SEARCH CONFIGURATION {} ADD MAPPING FOR {} WITH {}", quoting()(configuration),
                         quoting()(mapping.name.name), fmt::join(dictionaries, ", ")));
  return replay(parser::CreateObject{std::move(mapping), false, replace});
}

// As pg_dump has it: a parser, and one mapping for each kind of token. A copy is spelled out.
Result<void> Walker::create_text_search_configuration(const PgQuery__DefineStmt& stmt) {
  const auto parts = texts_of(stmt.defnames, stmt.n_defnames);
  const QualifiedName name = session_.created(parts.size() > 1 ? parts[0] : "", parts.back());
  std::string parser = "\"default\"";
  std::vector<std::string> copied;
  for (std::size_t i = 0; i < stmt.n_definition; ++i) {
    const PgQuery__DefElem& option = *stmt.definition[i]->def_elem;
    std::vector<std::string> words;
    if (option.arg && option.arg->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
      words = texts_of(option.arg->type_name->names, option.arg->type_name->n_names);
    else if (option.arg)
      words = {std::string(text_of(option.arg))};
    if (words.size() > 1 && (words[0] == "pg_catalog" || words[0] == "public")) words.erase(words.begin());
    if (std::string_view(option.defname) == "copy") {
      copied = words;
      continue;
    }
    for (std::string& word : words) word = quoting()(identifier(word));
    parser = fmt::format("{}", fmt::join(words, "."));
  }
  std::vector<std::pair<std::string, std::vector<std::string>>> mappings;
  if (!copied.empty()) {
    const QualifiedName from = copied.size() > 1 ? QualifiedName{identifier(copied[0]), identifier(copied[1])}
                                                 : session_.relation("", copied[0]);
    if (const OpaqueObject* known = builder_.find_object("text search configuration", from)) {
      const std::string& source = known->source;
      const std::size_t at = source.find("(PARSER = ") + 10;
      parser = source.substr(at, source.size() - 1 - at);
      builder_.for_each_object([&](const OpaqueObject& object) {
        if (object.kind != "text search mapping" || object.name.schema.text() != quoting()(from)) return;
        mappings.push_back({object.name.name.text(), {object.source.substr(object.source.find(" WITH ") + 6)}});
      });
    } else if (copied.size() == 1) {
      for (const std::string_view token : kMappedTokens)
        mappings.push_back({std::string(token), {built_in_dictionary(copied[0], token)}});
    } else {
      return refuse(fmt::format("there is no text search configuration named {}", from.text()));
    }
  }
  OpaqueObject object{"text search configuration", name, {}, {}};
  set_source(object, fmt::format("CREATE TEXT SEARCH CONFIGURATION {} (PARSER = {})", quoting()(name), parser));
  EMCEE_TRY(replay(parser::CreateObject{std::move(object), false, false}));
  for (const auto& [token, dictionaries] : mappings) EMCEE_TRY(map_token(name, token, dictionaries, false));
  return {};
}

Result<void> Walker::alter_text_search(const PgQuery__AlterTSConfigurationStmt& stmt) {
  const auto parts = texts_of(stmt.cfgname, stmt.n_cfgname);
  const QualifiedName name = listed(parts);
  std::vector<std::string> dictionaries;
  for (std::size_t i = 0; i < stmt.n_dicts; ++i) {
    auto words = texts_of(stmt.dicts[i]->list->items, stmt.dicts[i]->list->n_items);
    if (words.size() > 1 && (words[0] == "pg_catalog" || words[0] == "public")) words.erase(words.begin());
    for (std::string& word : words) word = quoting()(identifier(word));
    dictionaries.push_back(fmt::format("{}", fmt::join(words, ".")));
  }
  const bool maps = stmt.kind == PG_QUERY__ALTER_TSCONFIG_TYPE__ALTER_TSCONFIG_ADD_MAPPING ||
                    stmt.kind == PG_QUERY__ALTER_TSCONFIG_TYPE__ALTER_TSCONFIG_ALTER_MAPPING_FOR_TOKEN;
  const bool drops = stmt.kind == PG_QUERY__ALTER_TSCONFIG_TYPE__ALTER_TSCONFIG_DROP_MAPPING;
  if (!maps && !drops) return misunderstood("ALTER MAPPING REPLACE");
  for (const std::string& token : texts_of(stmt.tokentype, stmt.n_tokentype)) {
    if (maps) {
      EMCEE_TRY(
          map_token(name, token, dictionaries, stmt.kind != PG_QUERY__ALTER_TSCONFIG_TYPE__ALTER_TSCONFIG_ADD_MAPPING));
      continue;
    }
    const QualifiedName mapping{identifier(quoting()(name)), identifier(token)};
    EMCEE_TRY(drop_object({"text search mapping"}, mapping, stmt.missing_ok != 0));
  }
  return {};
}

// A second statement of the same object, in place of the one that it has.
Result<void> Walker::set_second_statement(const std::string& kind, const QualifiedName& name,
                                          const std::string& statement) {
  return replay(parser::AlterObject{kind, name, [&](OpaqueObject& object) -> Outcome {
                                      const std::string create = first_statement(object.source);
                                      set_source(object, statement.empty() ? create : create + ";\n" + statement);
                                      return {};
                                    }});
}

Result<void> Walker::alter_event_trigger(const PgQuery__AlterEventTrigStmt& stmt) {
  const QualifiedName name{{}, identifier(stmt.trigname)};
  const char state = is_set(stmt.tgenabled) ? *stmt.tgenabled : 'O';  // as pg_event_trigger.evtenabled
  const char* word = state == 'D' ? "DISABLE" : state == 'A' ? "ENABLE ALWAYS" : state == 'R' ? "ENABLE REPLICA" : "";
  return set_second_statement("event trigger", name,
                              *word ? fmt::format("ALTER EVENT TRIGGER {} {}", quoting()(name), word) : "");
}

Result<void> Walker::alter_statistics(const PgQuery__AlterStatsStmt& stmt) {
  const auto parts = texts_of(stmt.defnames, stmt.n_defnames);
  const QualifiedName name = listed(parts);
  const int target = statistics_target(stmt.stxstattarget);
  return set_second_statement(
      "statistics", name,
      target < 0 ? "" : fmt::format("ALTER STATISTICS {} SET STATISTICS {}", quoting()(name), target));
}

// OPTIONS of a column stand within CREATE FOREIGN TABLE.
Result<void> Walker::alter_foreign_column(const QualifiedName& table, PgQuery__AlterTableCmd& command) {
  return replay(parser::AlterObject{
      "foreign table", table, [&](OpaqueObject& object) -> Outcome {
        const auto parsed = parse_tree(object.source);
        if (!parsed || !command.def || command.def->node_case != PG_QUERY__NODE__NODE_LIST)
          return misunderstood("this foreign table");
        PgQuery__CreateStmt& create = *(*parsed)->stmts[0]->stmt->create_foreign_table_stmt->base_stmt;
        for (std::size_t i = 0; i < create.n_table_elts; ++i) {
          if (create.table_elts[i]->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF) continue;
          PgQuery__ColumnDef& column = *create.table_elts[i]->column_def;
          if (std::string_view(column.colname) != command.name) continue;
          PgQuery__List& options = *command.def->list;
          remove_replaced(column.fdwoptions, column.n_fdwoptions, options.items, options.n_items, same_option);
          remove_nodes(options.items, options.n_items, [](const Node& node) {
            return node.def_elem->defaction == PG_QUERY__DEF_ELEM_ACTION__DEFELEM_DROP;
          });
          for (std::size_t k = 0; k < options.n_items; ++k)
            options.items[k]->def_elem->defaction = PG_QUERY__DEF_ELEM_ACTION__DEFELEM_UNSPEC;
          move_nodes(column.fdwoptions, column.n_fdwoptions, options.items, options.n_items);
        }
        normalise_names(**parsed, session_);
        set_source(object, deparse(**parsed));
        return {};
      }});
}

}  // namespace emcee::postgres
