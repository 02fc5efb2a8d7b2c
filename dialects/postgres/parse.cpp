#include "dialects/postgres/parse.h"

#include <fmt/format.h>

#include "dialects/postgres/expression.h"
#include "dialects/postgres/normalise.h"
#include "dialects/postgres/print.h"
#include "dialects/postgres/script.h"
#include "dialects/postgres/session.h"
#include "dialects/postgres/walker.h"

namespace emcee::postgres {

using schema::Result;

namespace {

schema::Error syntax_error(const parser::Source& source, std::size_t begin, const SyntaxError& error) {
  return source.error(begin + error.offset, error.message);
}

Result<void> run(const parser::Source& source, const std::string& text, parser::Span span, Session& session) {
  const std::string statement = text.substr(span.begin, span.end - span.begin);
  auto tree = parse_tree(statement);
  if (!tree) return schema::fail(syntax_error(source, span.begin, tree.error()));
  if ((*tree)->n_stmts == 0) return {};
  if (depth_of(&(*tree)->base) > kMaxNesting)
    return schema::fail(
        source.error(span.begin, fmt::format("nested too deeply: {} levels are the limit", kMaxNesting)));
  return Walker(session, source, span).walk(**tree);
}

}  // namespace

namespace {

// True where every parenthesis that closes was opened before.
bool is_balanced(const std::string& text) {
  int depth = 0;
  for (const ScannedToken& token : scan(text)) {
    if (text[token.begin] == '(' && token.end == token.begin + 1) ++depth;
    if (text[token.begin] == ')' && token.end == token.begin + 1 && --depth < 0) return false;
  }
  return depth == 0;
}

Result<schema::Fragment> parse_one(const parser::Source& source) {
  static const std::string kBefore = "SELECT (", kAfter = "\n)";
  if (source.text().find('\0') != std::string::npos)
    return schema::fail(source.error(source.text().find('\0'), "a NUL byte cannot stand here"));
  auto tree = parse_tree(kBefore + source.text() + kAfter);
  if (!tree) {
    const std::size_t offset = std::max(tree.error().offset, kBefore.size()) - kBefore.size();
    return schema::fail(source.error(std::min(offset, source.text().size()), tree.error().message));
  }
  if (depth_of(&(*tree)->base) > kMaxNesting)
    return schema::fail(source.error(0, fmt::format("nested too deeply: {} levels are the limit", kMaxNesting)));
  const auto not_one = [&] { return schema::fail(source.error(0, "this is not one expression")); };
  if (!is_balanced(source.text())) return not_one();
  if ((*tree)->n_stmts != 1 || (*tree)->stmts[0]->stmt->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) return not_one();
  const PgQuery__SelectStmt& select = *(*tree)->stmts[0]->stmt->select_stmt;
  const bool plain = select.n_target_list == 1 && !select.n_from_clause && !select.where_clause && !select.larg &&
                     !select.n_sort_clause && !select.limit_count && !select.limit_offset && !select.n_group_clause &&
                     !is_set(select.target_list[0]->res_target->name);
  if (!plain) return not_one();
  const Node* value = select.target_list[0]->res_target->val;
  if (value->node_case == PG_QUERY__NODE__NODE_ROW_EXPR) return not_one();  // `a, b`
  auto piece = expression(value, Context{});
  if (!piece) {
    schema::Error error = std::move(piece).error();
    if (!error.position) error.position = source.at(0);
    return schema::fail(std::move(error));
  }
  // A result of an inner SELECT is a column of nobody: `(SELECT count(*) AS count ..)`.
  for (std::size_t i = 1; i < piece->tokens.size(); ++i)
    if (piece->tokens[i - 1].is(schema::Role::keyword, "AS") && piece->tokens[i].role == schema::Role::column)
      piece->tokens[i].role = schema::Role::name;
  return schema::Fragment(std::move(piece->tokens));
}

}  // namespace

Result<schema::Fragment> parse_expression(const parser::Source& source) {
  Result<schema::Fragment> result;
  with_large_stack([&] { result = parse_one(source); });
  return result;
}

namespace {

// Runs the statements of one text.
Result<void> run_statements(const parser::Source& source, bool lenient, Session& session) {
  parser::Builder& builder = session.builder();
  const std::string text = without_psql(source, builder.coverage());
  session.set_path({"public"});
  for (const parser::Span span : statements_of(text)) {
    Result<void> outcome = run(source, text, span, session);
    if (outcome) continue;
    if (!lenient) return outcome;
    builder.coverage().warnings.push_back(std::move(outcome).error());
  }
  return {};
}

Result<void> run_all(const parser::Source& source, bool lenient, Session& session) {
  Result<void> result;
  with_large_stack([&] { result = run_statements(source, lenient, session); });
  return result;
}

}  // namespace

std::optional<std::vector<schema::Identifier>> view_columns(const schema::Schema& schema,
                                                            const schema::QualifiedName& view) {
  parser::Builder builder(build_rules());
  Session session(builder, kAssumedVersion);
  if (!run_all(parser::Source("<schema>", print(schema)), true, session)) return std::nullopt;
  const auto columns = session.view_columns(view);
  if (!columns) return std::nullopt;
  std::vector<schema::Identifier> names;
  for (const ColumnInfo& column : *columns) names.push_back(identifier(column.name));
  return names;
}

Result<schema::Schema> read(const std::vector<parser::Source>& sources, bool lenient, parser::Coverage& coverage,
                            int version) {
  parser::Builder builder(build_rules());
  Session session(builder, version);
  for (const parser::Source& source : sources) EMCEE_TRY(run_all(source, lenient, session));
  coverage.add(builder.coverage());
  return builder.finish();
}

}  // namespace emcee::postgres
