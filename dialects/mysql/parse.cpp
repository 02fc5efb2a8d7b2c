#include "dialects/mysql/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "dialects/mysql/canonical.h"
#include "dialects/mysql/grammar_tree.h"
#include "dialects/mysql/lexer.h"
#include "dialects/mysql/normalise.h"
#include "parser/builder.h"

namespace emcee::mysql {

using schema::equal_ignoring_case;
using schema::Result;

namespace {

std::string_view text_of(const parser::Source& source, const Lexeme& token) {
  return std::string_view(source.text()).substr(token.begin, token.length);
}

std::string hint_for(const parser::Source& source, const Lexemes& tokens, const Failure& failure) {
  const Lexeme& token = tokens[failure.token];
  const bool behind_comma = failure.token > 0 && tokens[failure.token - 1].kind == Tk::comma;
  if (behind_comma && (token.kind == Tk::right || token.kind == Tk::comma || token.kind == Tk::end))
    return "there is a comma too many";
  if (is_keyword(token.kind) && !(token.classes & kNameWord) && failure.expects_name())
    return fmt::format("{} is a keyword; as a name it needs quotes: `{}`", spelling(token.kind),
                       text_of(source, token));
  return {};
}

schema::Error syntax_error(const parser::Source& source, const Lexemes& tokens, const Failure& failure) {
  // A text with such a token is wrong there, wherever the grammar stopped.
  for (const Lexeme& token : tokens)
    if (token.kind == Tk::illegal)
      return source.error(token.begin, std::string(describe_illegal(text_of(source, token))));
  const Lexeme& token = tokens[failure.token];
  if (failure.too_deep)
    return source.error(token.begin, fmt::format("nested too deeply: {} levels are the limit", kMaxNesting));
  const bool told = failure.told();
  if (token.kind == Tk::end && !failure.only_end())
    return source.error(
        token.begin,
        told ? "the statement ends too early: " + parser::expectation(failure) : "the statement ends too early",
        hint_for(source, tokens, failure));
  if (!told) return source.error(token.begin, fmt::format("\"{}\" cannot stand here", text_of(source, token)));
  return source.error(token.begin, parser::expectation(failure), hint_for(source, tokens, failure));
}

// One connection that runs the texts.
class Connection {
 public:
  Connection(const Server& server, bool lenient) : session_(server), lenient_(lenient), builder_(build_rules()) {}

  Result<void> run(const parser::Source& source) {
    session_.mode = {};
    Lexer lexer(source.text(), session_.server);
    for (;;) {
      lexer.mode = session_.mode;
      switch (lexer.next(tokens_)) {
        case Lexer::Found::end:
          return {};
        case Lexer::Found::client_line:
          client_line(lexer.line());
          continue;
        case Lexer::Found::data:
          builder_.coverage().skip(schema::to_upper(lexer.line()) == "INSERT" ? "INSERT" : "REPLACE");
          continue;
        case Lexer::Found::statement:
          break;
      }
      while (tokens_.front().kind != Tk::end) {
        Result<void> done = statement(source);
        if (!done && !lenient_) return done;
        if (!done) builder_.coverage().warnings.push_back(std::move(done).error());
        // What stands behind a semicolon is a statement too, where the client looks for another delimiter.
        auto rest = std::find_if(tokens_.begin() + parse_.end, tokens_.end() - 1,
                                 [](const Lexeme& token) { return token.kind == Tk::semicolon; });
        while (rest->kind == Tk::semicolon) ++rest;
        tokens_.erase(tokens_.begin(), rest);
      }
    }
  }

  parser::Builder& builder() { return builder_; }

 private:
  void client_line(std::string_view line) {
    const std::size_t blank = line.find_first_of(" \t");
    const std::string_view command = line.substr(0, blank);
    if (equal_ignoring_case(command, "use") && blank != std::string_view::npos) {
      std::string_view name = line.substr(line.find_first_not_of(" \t", blank));
      use(unquote(name));
    }
    builder_.coverage().skip(schema::to_upper(command));
  }

  void use(const std::string& database) {
    session_.database = database;
    const auto known = databases_.find(database);
    session_.collation = known == databases_.end() ? server_collation(session_.server) : known->second;
  }

  Result<void> statement(const parser::Source& source) {
    if (const auto failure = mysql::parse_statement(tokens_, session_.server, parse_))
      return schema::fail(syntax_error(source, tokens_, *failure));
    const Reader reader(source, tokens_, parse_, session_);
    if (reader.root().part == Part::create_database || reader.root().part == Part::alter_database) database(reader);
    if (reader.root().part == Part::other) settings(reader);
    const Lookup lookup{[&](const schema::QualifiedName& name) { return builder_.find_table(name); },
                        [&](const schema::Identifier& name) { return columns_of(name); }};
    EMCEE_ASSIGN(std::vector<parser::Statement> statements,
                 make_statements(reader, source, tokens_, parse_.end, lookup));
    for (parser::Statement& made : statements) EMCEE_TRY(builder_.replay(source, std::move(made)));
    return {};
  }

  std::optional<std::vector<schema::Identifier>> columns_of(const schema::Identifier& name) {
    const schema::Identifier exact(name.text());
    if (const parser::Table* table = builder_.find_table({{}, exact})) {
      std::vector<schema::Identifier> columns;
      for (const schema::Column& column : table->columns)
        if (!column.options.count("invisible")) columns.push_back(column.name);
      return columns;
    }
    const parser::View* view = builder_.find_view({{}, exact});
    return view ? result_names(view->query) : std::nullopt;
  }

  // CREATE and ALTER DATABASE: what its tables take for granted.
  void database(const Reader& reader) {
    const Node& root = reader.root();
    const Node* named = reader.find(root, Part::object_name);
    const std::string name = named ? reader.table_name(*named).text() : session_.database;
    std::string collation = server_collation(session_.server);
    for (const Node& child : reader.parts(root)) {
      if (child.part == Part::charset)
        collation = default_collation(canonical_charset(unquote(reader.text(child.begin))), session_.server);
      if (child.part == Part::collation) collation = canonical_collation(unquote(reader.text(child.begin)));
    }
    databases_[name] = collation;
    if (name == session_.database) session_.collation = collation;
  }

  // SET and USE, as far as they change what later statements mean.
  void settings(const Reader& reader) {
    if (reader.kind(0) == Tk::kUse && reader.root().end > 1) use(unquote(reader.text(1)));
    if (reader.kind(0) != Tk::kSet) return;
    const std::uint32_t end = reader.root().end;
    for (std::uint32_t i = 1; i + 2 < end; ++i) {
      const Tk sign = reader.kind(i + 1);
      if (sign != Tk::equal && sign != Tk::assign) continue;
      std::string name = schema::to_lower(unquote(reader.text(i)));
      name = name.substr(name.find_last_of("@.") == std::string::npos ? 0 : name.find_last_of("@.") + 1);
      const std::string value = schema::to_lower(unquote(reader.text(i + 2)));
      if (name == "sql_mode") sql_mode(reader.kind(i + 2) == Tk::string ? value : "");
      if (name == "default_storage_engine" || name == "storage_engine") session_.engine = value;
      if (name == "explicit_defaults_for_timestamp") session_.explicit_timestamps = value == "1" || value == "on";
    }
  }

  void sql_mode(const std::string& modes) {
    session_.mode = {};
    for (const char* mode : {"ansi", "db2", "maxdb", "mssql", "oracle", "postgresql"})
      if (modes.find(mode) != std::string::npos) session_.mode.ansi_quotes = true;
    session_.mode.no_backslash_escapes = modes.find("no_backslash_escapes") != std::string::npos;
  }

  Session session_;
  bool lenient_;
  parser::Builder builder_;
  Lexemes tokens_;
  Parse parse_;
  std::map<std::string, std::string> databases_;  // name -> collation
};

}  // namespace

Result<schema::Fragment> parse_expression(const parser::Source& source, const Server& server) {
  Lexemes tokens;
  Lexer(source.text(), server).all(tokens);
  Parse parse;
  if (const auto failure = mysql::parse_expression(tokens, server, parse))
    return schema::fail(syntax_error(source, tokens, *failure));
  const Session session(server);
  return Reader(source, tokens, parse, session).fragment(0, parse.end);
}

Result<schema::Schema> read(const std::vector<parser::Source>& sources, const Server& server, bool lenient,
                            parser::Coverage& coverage) {
  Connection connection(server, lenient);
  for (const parser::Source& source : sources) EMCEE_TRY(connection.run(source));
  coverage.add(connection.builder().coverage());
  return connection.builder().finish();
}

}  // namespace emcee::mysql
