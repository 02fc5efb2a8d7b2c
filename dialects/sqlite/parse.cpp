#include "dialects/sqlite/parse.h"

#include <fmt/format.h>

#include "dialects/sqlite/grammar_tree.h"
#include "dialects/sqlite/lexer.h"
#include "dialects/sqlite/normalise.h"
#include "parser/builder.h"

namespace emcee::sqlite {

using schema::Result;

namespace {

std::string_view text_of(const parser::Source& source, const Lexeme& token) {
  return std::string_view(source.text()).substr(token.begin, token.length);
}

std::string hint_for(const parser::Source& source, const Lexemes& tokens, const Failure& failure) {
  const Lexeme& token = tokens[failure.token];
  const bool behind_comma = failure.token > 0 && tokens[failure.token - 1].kind == Tk::comma;
  if (behind_comma && (token.kind == Tk::right || token.kind == Tk::comma || token.kind == Tk::semicolon))
    return "there is a comma too many";
  if (is_keyword(token.kind) && failure.expects_name())
    return fmt::format("{} is a keyword; as a name it needs quotes: \"{}\"", spelling(token.kind),
                       text_of(source, token));
  return {};
}

schema::Error syntax_error(const parser::Source& source, const Lexemes& tokens, const Failure& failure) {
  const Lexeme& token = tokens[failure.token];
  if (failure.too_deep)
    return source.error(token.begin, fmt::format("nested too deeply: {} levels are the limit", kMaxNesting));
  if (token.kind == Tk::illegal)
    return source.error(token.begin, std::string(describe_illegal(text_of(source, token))));
  const char* const place = token.kind == Tk::end         ? "the text ends too early"
                            : token.kind == Tk::semicolon ? "the statement ends too early"
                                                          : nullptr;
  const bool told = failure.told();
  if (place && !failure.only_end())
    return source.error(token.begin, told ? fmt::format("{}: {}", place, parser::expectation(failure)) : place,
                        hint_for(source, tokens, failure));
  if (!told) return source.error(token.begin, fmt::format("\"{}\" cannot stand here", text_of(source, token)));
  return source.error(token.begin, parser::expectation(failure), hint_for(source, tokens, failure));
}

// Where the statement that begins at `place` and was not understood ends: at its semicolon, or for
// a trigger behind its END, as sqlite3_complete sees it.
std::uint32_t skip_statement(const Lexemes& tokens, std::uint32_t place) {
  std::uint32_t word = place;
  if (tokens[word].kind == Tk::kExplain) ++word;
  const bool create = tokens[word].kind == Tk::kCreate;
  if (create) ++word;
  if (tokens[word].kind == Tk::kTemp || tokens[word].kind == Tk::kTemporary) ++word;
  const bool trigger = create && tokens[word].kind == Tk::kTrigger;
  for (; tokens[place].kind != Tk::end; ++place) {
    if (tokens[place].kind != Tk::semicolon) continue;
    if (!trigger) break;
    if (place >= 2 && tokens[place - 1].kind == Tk::kEnd && tokens[place - 2].kind == Tk::semicolon) break;
  }
  return place;
}

// Hands the statements of the text to `take`, one after the other, until one is refused.
template <class Take>
Result<void> for_each_statement(const parser::Source& source, bool lenient, parser::Coverage& coverage, Take take) {
  const Lexemes tokens = tokenize(source.text());
  Parse parsed;
  std::uint32_t place = 0;
  while (tokens[place].kind != Tk::end) {
    if (tokens[place].kind == Tk::shell_line) {
      const std::string_view line = text_of(source, tokens[place]);
      coverage.skip(std::string(line.front() == '#' ? "#" : line.substr(0, line.find_first_of(" \t\r"))));
    }
    if (tokens[place].kind == Tk::shell_line || tokens[place].kind == Tk::semicolon) {
      ++place;
      continue;
    }
    const auto failure = parse_statement(tokens, place, parsed);
    Result<parser::Statement> statement =
        failure ? schema::fail(syntax_error(source, tokens, *failure)) : make_statement(source, tokens, parsed, place);
    Result<void> taken = statement ? take(*std::move(statement)) : tl::unexpected(std::move(statement).error());
    if (!taken && !lenient) return taken;
    if (!taken) coverage.warnings.push_back(std::move(taken).error());
    place = failure ? skip_statement(tokens, place) : parsed.end;
  }
  return {};
}

}  // namespace

Result<std::vector<parser::Statement>> parse(const parser::Source& source, bool lenient, parser::Coverage& coverage) {
  std::vector<parser::Statement> statements;
  EMCEE_TRY(for_each_statement(source, lenient, coverage, [&](parser::Statement statement) -> Result<void> {
    statements.push_back(std::move(statement));
    return {};
  }));
  return statements;
}

Result<schema::Fragment> parse_expression(const parser::Source& source) {
  const Lexemes tokens = tokenize(source.text(), false);
  Parse parsed;
  if (const auto failure = parse_expression(tokens, parsed))
    return schema::fail(syntax_error(source, tokens, *failure));
  return make_fragment(source, tokens, parsed, 0, parsed.end);
}

Result<schema::Schema> read(const std::vector<parser::Source>& sources, bool lenient, parser::Coverage& coverage) {
  parser::Builder builder(build_rules());
  for (const parser::Source& source : sources)
    EMCEE_TRY(for_each_statement(source, lenient, builder.coverage(), [&](parser::Statement statement) {
      return builder.replay(source, std::move(statement));
    }));
  coverage.add(builder.coverage());
  return builder.finish();
}

}  // namespace emcee::sqlite
