#include "dialects/mysql/program_text.h"

#include <algorithm>

#include "dialects/mysql/group_sql.h"
#include "dialects/mysql/quoting.h"
#include "dialects/mysql/table_text.h"
#include "schema/is_one_of.h"

namespace emcee::mysql {

using schema::Fragment;
using schema::Role;

namespace {

// Comments before a body, which MySQL keeps with it.
std::string_view comments_before(const Reader& reader, const Node& node) {
  if (node.begin == 0) return {};
  const std::string_view before = reader.text(node.begin - 1);
  const char* const end = before.data() + before.size();
  std::string_view gap(end, static_cast<std::size_t>(reader.text(node.begin).data() - end));
  gap.remove_prefix(std::min(gap.find_first_not_of(" \t\r\n"), gap.size()));
  return gap.find("*/") == std::string_view::npos ? gap : std::string_view();
}

// What the server gets of a text: the client drops a backslash at the end of a line.
std::string sent(const Reader& reader, const Node& node) {
  std::string result(comments_before(reader, node));
  const char* from = reader.text(node).data();
  for (std::uint32_t i = node.begin; i < node.end; ++i) {
    const std::string_view token = reader.text(i);
    for (; from != token.data(); ++from)
      if (!(*from == '\\' && (from[1] == '\n' || from[1] == '\r'))) result += *from;
    result += token;
    from += token.size();
  }
  return result;
}

// The text as written, where it means the same under the server's own sql_mode.
Fragment verbatim(const Reader& reader, const Node& node) {
  const Fragment tokens = reader.fragment(node);
  const LexMode& mode = reader.session().mode;
  const std::string_view text = reader.text(node);
  const bool plain = !mode.ansi_quotes && !mode.no_backslash_escapes && text.find("/*!") == std::string_view::npos &&
                     text.find("*/") == std::string_view::npos;
  return plain ? Fragment(tokens.tokens(), sent(reader, node)) : tokens;
}

schema::Token keyword(std::string text) { return schema::Token{Role::keyword, std::move(text), {}, {}}; }

void append(std::vector<schema::Token>& to, const Fragment& from) {
  to.insert(to.end(), from.tokens().begin(), from.tokens().end());
}

// What the server writes although nobody did.
void append_implied(std::vector<schema::Token>& to, const Fragment& from) {
  for (schema::Token token : from.tokens()) {
    token.implied = true;
    to.push_back(std::move(token));
  }
}

bool is_default(std::string_view characteristic) {
  for (std::string_view known :
       {"not deterministic", "contains sql", "language sql", "sql security definer", "enable", "comment ''"})
    if (characteristic == known) return true;
  return false;
}

// RETURNS varchar(10) CHARSET utf8mb4 COLLATE ...: the type as the server spells it.
void append_returns(std::vector<schema::Token>& to, const Reader& reader, const Node& node) {
  to.push_back(keyword("RETURNS"));
  const Node* type = reader.find(node, Part::type);
  if (!type) return append(to, reader.fragment(node));
  TypeText text;
  const std::string collation = reader.session().collation;
  for (const Node& child : reader.parts(*type)) {
    if (child.part == Part::type_name) text.name = reader.words(child);
    if (child.part == Part::type_argument) text.arguments.emplace_back(reader.text(child));
    if (child.part == Part::charset) text.charset = canonical_charset(unquote(reader.text(child.begin)));
    if (child.part == Part::type_attribute && reader.starts(child, Tk::kUnsigned)) text.is_unsigned = true;
  }
  const auto canonical = canonical_type(text, collation, reader.server());
  if (!canonical) return append(to, reader.fragment(node));
  to.push_back(keyword(canonical->type.text));
  if (has_collation(canonical->type)) {
    const Node* written = reader.find(node, Part::collation);
    const std::string collate =
        written ? canonical_collation(unquote(reader.text(written->begin))) : canonical->collation;
    append_implied(to, Fragment({keyword("CHARSET"), keyword(charset_of(collate))}));
  }
}

Fragment routine(const Reader& reader, const Node& definition) {
  std::vector<schema::Token> tokens;
  if (const Node* parameters = reader.find(definition, Part::parameters)) append(tokens, reader.fragment(*parameters));
  if (const Node* returns = reader.find(definition, Part::returns)) append_returns(tokens, reader, *returns);
  std::vector<std::string> characteristics;
  for (const Node& child : reader.parts(definition))
    if (child.part == Part::characteristic && !is_default(reader.words(child)))
      characteristics.push_back(to_canonical_sql(reader.fragment(child), quoting()));
  std::sort(characteristics.begin(), characteristics.end());
  for (std::string& characteristic : characteristics) tokens.push_back(keyword(std::move(characteristic)));
  append(tokens, reader.fragment(*reader.find(definition, Part::body)));
  return Fragment(std::move(tokens));
}

Fragment event(const Reader& reader, const Node& definition) {
  std::vector<schema::Token> tokens;
  const Node& schedule = *reader.find(definition, Part::schedule);
  if (const Node* starts = reader.find(schedule, Part::starts)) {
    append(tokens, reader.fragment(schedule.begin, starts->begin));
    append_implied(tokens, reader.fragment(*starts));
    append(tokens, reader.fragment(starts->end, schedule.end));
  } else {
    append(tokens, reader.fragment(schedule));
  }
  const Node* completion = reader.find(definition, Part::completion);
  if (completion && reader.kind(completion->begin + 2) != Tk::kNot) append(tokens, reader.fragment(*completion));
  if (const Node* state = reader.find(definition, Part::characteristic); state && !is_default(reader.words(*state)))
    append(tokens, reader.fragment(*state));
  if (const Node* comment = reader.find(definition, Part::comment)) append(tokens, reader.fragment(*comment));
  tokens.push_back(keyword("DO"));
  append(tokens, reader.fragment(*reader.find(definition, Part::body)));
  return Fragment(std::move(tokens));
}

// `SELECT *`, `a, t.*`.
bool has_star(const Fragment& query) {
  const auto& tokens = query.tokens();
  for (std::size_t i = 1; i < tokens.size(); ++i)
    if (tokens[i].text == "*" && tokens[i].role == Role::symbol &&
        schema::is_one_of(schema::to_upper(tokens[i - 1].text), {"SELECT", "DISTINCT", "ALL", ",", "."}))
      return true;
  return false;
}

}  // namespace

parser::View read_view(const Reader& reader, const Node& node, const ColumnsOf& columns_of) {
  std::vector<std::string> texts;  // of the results, without their names
  parser::View view;
  view.name = reader.object(*reader.find(node, Part::target));
  for (const Node& child : reader.parts(node)) {
    if (child.part == Part::view_column) view.columns.push_back(reader.name(child));
    if (child.part == Part::query) {
      view.query = verbatim(reader, child);
      for (const Node& item : reader.parts(child)) {
        if (item.part != Part::select_item) continue;
        const Node* alias = reader.find(item, Part::alias);
        texts.emplace_back(reader.text(item.begin, alias ? alias->begin : item.end));
      }
    }
    if (child.part == Part::view_option) {
      const std::string words = reader.words(child);
      if (words == "sql security invoker") view.options["sql_security"] = "invoker";
      if (words == "algorithm = merge") view.options["algorithm"] = "merge";
      if (words == "algorithm = temptable") view.options["algorithm"] = "temptable";
    }
    if (child.part == Part::check_option)
      view.options["check_option"] = reader.kind(child.begin + 1) == Tk::kLocal ? "local" : "cascaded";
  }
  const Fragment canonical = canonical_query(view.query, columns_of, texts, view.columns);
  if (!result_names(canonical)) return view;
  // The names of its columns are those of its results; MySQL shows the list, MariaDB does not.
  std::string source = view.query.source();
  if (has_star(view.query))  // the server writes the columns out that it finds, and some may be about to go
    source = expression_sql(canonical_query(view.query, columns_of, texts, view.columns, false));
  view.query = Fragment(canonical.tokens(), std::move(source));
  for (const schema::Identifier& column : view.columns)
    view.source += (view.source.empty() ? "(" : ", ") + quoting()(column);
  if (!view.columns.empty()) view.source += ")";
  view.columns.clear();
  return view;
}

parser::Trigger read_trigger(const Reader& reader, const Node& node) {
  parser::Trigger trigger;
  trigger.name.name = reader.table_name(*reader.find(node, Part::object_name));
  trigger.table = reader.object(*reader.find(node, Part::target));
  trigger.time = reader.starts(*reader.find(node, Part::trigger_time), Tk::kBefore) ? schema::TriggerTime::before
                                                                                    : schema::TriggerTime::after;
  switch (reader.kind(reader.find(node, Part::trigger_event)->begin)) {
    case Tk::kInsert:
      trigger.events = {schema::TriggerEvent::insert};
      break;
    case Tk::kUpdate:
      trigger.events = {schema::TriggerEvent::update};
      break;
    default:
      trigger.events = {schema::TriggerEvent::remove};
  }
  trigger.body = verbatim(reader, *reader.find(node, Part::body));
  return trigger;
}

// Known by its kind and name. The source is the statement without its definer.
parser::OpaqueObject read_object(const Reader& reader, const Node& node) {
  parser::OpaqueObject object;
  const Node& kind = *reader.find(node, Part::kind);
  const Node& definition = *reader.find(node, Part::definition);
  object.kind = reader.words(kind);
  const Node& named = *reader.find(node, Part::object_name);
  object.name.name = object.kind == "sequence" ? reader.table_name(named) : reader.name(named);
  if (const Node* database = reader.find(node, Part::schema_name);
      database && !reader.session().database.empty() &&
      reader.table_name(*database).text() != reader.session().database)
    object.name.schema = reader.table_name(*database);
  if (reader.has(definition, Part::body) && reader.starts(kind, Tk::kEvent))
    object.definition = event(reader, definition);
  else if (reader.has(definition, Part::body))
    object.definition = routine(reader, definition);
  else
    object.definition = reader.fragment(definition);
  const Fragment text = verbatim(reader, definition);
  object.source = "CREATE " + schema::to_upper(object.kind) + " " + quoting()(object.name) +
                  (object.kind == "procedure" || object.kind == "function" ? "" : " ") +
                  (text.source().empty() ? expression_sql(text) : text.source());
  return object;
}

}  // namespace emcee::mysql
