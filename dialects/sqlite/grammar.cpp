// The statement: https://www.sqlite.org/lang.html; the parts that matter to a schema are in
// grammar_ddl.cpp.
#include "dialects/sqlite/grammar.h"

#include "dialects/sqlite/grammar_rules.h"

namespace emcee::sqlite {

namespace grammar {
namespace {

using enum Tk;

const auto name = nm(Mark::name, "a name");
const auto qualified_name = -(Word(kNm, Mark::name, nullptr, dot) >> sym(dot)) >> name;
const auto savepoint = -op(kSavepoint) >> name;
const auto transaction = maybe(op(kTransaction), -Word(kNm, Mark::name, nullptr));

const auto begin = kw(kBegin) >> -any_of(kDeferred, kImmediate, kExclusive) >> transaction;
const auto finish = any_of(kCommit, kEnd) >> transaction;
const auto rollback = op(kRollback) >> transaction >> maybe(op(kTo), savepoint);

const auto number = lit(integer) | lit(real);
const auto pragma_value = expect("a value")[(any_of(plus, minus) >> number) | number | any_of(kOn, kDelete, kDefault) |
                                            Word(kNm, Mark::name, nullptr)];
const auto pragma = op(kPragma) >> qualified_name >>
                    -((op(equal) >> pragma_value) | (op(left) >> pragma_value >> sym(right)));

const auto attach = op(kAttach) >> -op(kDatabase) >> expression >> kw(kAs) >> expression >> maybe(op(kKey), expression);
const auto vacuum = op(kVacuum) >> -Word(kNm, Mark::name, nullptr) >> maybe(op(kInto), expression);

const auto other =
    note(Part::other)[begin | finish | rollback | (op(kSavepoint) >> name) | (op(kRelease) >> savepoint) | pragma |
                      attach | (op(kDetach) >> -op(kDatabase) >> expression) | vacuum |
                      (op(kReindex) >> -qualified_name) | (op(kAnalyze) >> -qualified_name) | query];
const auto command = ddl | other;
const auto explained = note(Part::other)[op(kExplain) >> maybe(op(kQuery), kw(kPlan)) >> command];
const auto statement = expect("a statement")[explained | (!op(kExplain) >> command)];

// `whole` is what the rule takes, for messages.
template <class Rule>
std::optional<Failure> run(const Rule& rule, const char* whole, const Lexemes& tokens, std::uint32_t first,
                           Parse& parse) {
  parse.nodes.clear();
  if (parse.marks.size() < tokens.size()) parse.marks.resize(tokens.size());
  State state{tokens, parse, {}, tokens.end()};
  state.failure.token = first;
  Iterator it = tokens.begin() + first;
  const bool matched = rule.parse(it, tokens.end(), Context(state), x3::unused, x3::unused);
  parse.end = state.index(it);
  if (matched && (it->kind == end || it->kind == semicolon)) return std::nullopt;
  if (matched) state.expected(it, whole);
  return state.failure;
}

}  // namespace
}  // namespace grammar

std::optional<Failure> parse_statement(const Lexemes& tokens, std::uint32_t first, Parse& parse) {
  return grammar::run(grammar::statement, "the end of the statement", tokens, first, parse);
}

std::optional<Failure> parse_expression(const Lexemes& tokens, Parse& parse) {
  constexpr const char* kWhole = "the end of the expression";
  std::optional<Failure> failure = grammar::run(grammar::expression, kWhole, tokens, 0, parse);
  if (!failure && tokens[parse.end].kind == Tk::semicolon) return Failure{parse.end, false, 1, {kWhole}};
  return failure;
}

}  // namespace emcee::sqlite
