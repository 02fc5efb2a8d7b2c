// SQLite is the oracle: what it prepares we parse, and what it refuses as syntax we refuse. The
// inputs are mutants of statements that cover its grammar, from a fixed seed; EMCEE_FUZZ_RUNS sets
// how many.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <memory>
#include <random>

#include "dialects/sqlite/grammar_tree.h"
#include "dialects/sqlite/lexer.h"
#include "dialects/sqlite/parse.h"
#include "tests/sqlite/differential_seeds.h"

namespace emcee::sqlite {
namespace {

enum class Verdict { accepted, refused_as_syntax, refused };

class Oracle {
 public:
  Oracle() {
    sqlite3* db = nullptr;
    sqlite3_open(":memory:", &db);
    db_.reset(db, sqlite3_close);
    EXPECT_EQ(sqlite3_exec(db, std::string(testing::kDifferentialSchema).c_str(), nullptr, nullptr, nullptr),
              SQLITE_OK);
  }

  Verdict ask(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &statement, nullptr);
    sqlite3_finalize(statement);
    message_ = code == SQLITE_OK ? "ok" : sqlite3_errmsg(db_.get());
    if (code == SQLITE_OK) return Verdict::accepted;
    for (const char* text : {"syntax error", "incomplete input", "unrecognized token"})
      if (message_.find(text) != std::string::npos) return Verdict::refused_as_syntax;
    return Verdict::refused;
  }
  const std::string& message() const { return message_; }

 private:
  std::shared_ptr<sqlite3> db_;
  std::string message_;
};

// Parses the first statement, which is all that sqlite3_prepare_v2 looks at. Null: accepted.
std::optional<std::string> refusal(const std::string& sql) {
  const parser::Source source("x.sql", sql);
  const Lexemes tokens = tokenize(sql);
  Parse parse;
  if (const auto failure = parse_statement(tokens, 0, parse)) {
    parser::Coverage coverage;
    const auto statements = sqlite::parse(source, false, coverage);
    return statements ? "(no error)" : to_text(statements.error());
  }
  const auto statement = make_statement(source, tokens, parse, 0);
  if (!statement) return to_text(statement.error());
  return std::nullopt;
}

// Syntax that later versions of SQLite take and 3.40 does not; Emcee takes it too.
class NewerSyntax {
 public:
  explicit NewerSyntax(const std::string& sql) : sql_(sql), tokens_(tokenize(sql)) {}

  bool found() const {
    if (sqlite3_libversion_number() >= 3053000) return false;
    if (kind(0) == Tk::kAlter || (kind(0) == Tk::kExplain && kind(1) == Tk::kAlter) || kind(3) == Tk::kAlter)
      return has(Tk::kConstraint) || has(Tk::kCheck) || has(Tk::kSet) || has(Tk::kNot);  // 3.53
    for (std::size_t i = 0; i < tokens_.size(); ++i)
      if (at(i)) return true;
    return false;
  }

 private:
  Tk kind(std::size_t i) const { return i < tokens_.size() ? tokens_[i].kind : Tk::end; }
  bool has(Tk wanted) const {
    for (const Lexeme& token : tokens_)
      if (token.kind == wanted) return true;
    return false;
  }
  bool is_name(std::size_t i) const { return word_class(kind(i)) != 0; }

  bool at(std::size_t i) const {
    const Lexeme& token = tokens_[i];
    // 3.46: 1_000
    if (token.kind == Tk::integer || token.kind == Tk::real)
      return sql_.substr(token.begin, token.length).find('_') != std::string::npos;
    // 3.50: an alias of the table that a trigger writes
    if (token.kind == Tk::kAs && has(Tk::kTrigger) && i > 1 && is_name(i - 1)) {
      const std::size_t table = kind(i - 2) == Tk::dot ? i - 3 : i - 1;
      const Tk before = kind(table - 1);
      if (before == Tk::kInto || before == Tk::kUpdate || kind(table - 2) == Tk::kOr) return true;
      if (before == Tk::kFrom && kind(table - 2) == Tk::kDelete) return true;
    }
    // 3.47: any expression as the message of RAISE
    if (token.kind == Tk::kRaise && kind(i + 1) == Tk::left && kind(i + 3) == Tk::comma)
      return !is_name(i + 4) || kind(i + 5) != Tk::right;
    // 3.44: ORDER BY among the arguments of a function
    if (token.kind == Tk::kOrder && in_call(i)) return true;
    // 3.48: join words as functions
    return (word_class(token.kind) & kJoinWord) && kind(i + 1) == Tk::left;
  }

  // True where the parenthesis around the token belongs to a call.
  bool in_call(std::size_t i) const {
    for (std::size_t depth = 0; i-- > 0;) {
      if (kind(i) == Tk::right) ++depth;
      if (kind(i) == Tk::left && depth-- == 0) return i > 0 && is_name(i - 1);
    }
    return false;
  }

  const std::string& sql_;
  Lexemes tokens_;
};

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {
    for (std::string_view seed_text : testing::kDifferentialSeeds) seeds_.push_back(words(seed_text));
  }

  std::string next() {
    std::vector<std::string> text = any(seeds_);
    for (std::size_t n = pick(4); n > 0; --n) mutate(text);
    std::string sql;
    for (const std::string& word : text) sql += (sql.empty() ? "" : " ") + word;
    return sql;
  }

 private:
  using Words = std::vector<std::string>;

  static Words words(std::string_view text) {
    Words result;
    for (const Lexeme& token : tokenize(text))
      if (token.length > 0) result.emplace_back(text.substr(token.begin, token.length));
    return result;
  }

  std::size_t pick(std::size_t n) { return random_() % n; }
  template <class C>
  const typename C::value_type& any(const C& c) {
    return c[pick(c.size())];
  }
  std::string token() {
    if (pick(2)) return std::string(testing::kDifferentialTokens[pick(std::size(testing::kDifferentialTokens))]);
    return any(any(seeds_));
  }

  // A part of a seed: any run of words, or what stands between two parentheses.
  Words part() {
    const Words& from = any(seeds_);
    std::size_t begin = pick(from.size());
    std::size_t end = begin + 1 + pick(std::min<std::size_t>(8, from.size() - begin));
    if (from[begin] == "(" && pick(2)) {
      int depth = 0;
      for (end = begin; end < from.size();) {
        depth += from[end] == "(" ? 1 : from[end] == ")" ? -1 : 0;
        ++end;
        if (depth == 0) break;
      }
    }
    return {from.begin() + static_cast<std::ptrdiff_t>(begin), from.begin() + static_cast<std::ptrdiff_t>(end)};
  }

  void mutate(Words& text) {
    if (text.empty()) {
      text.push_back(token());
      return;
    }
    const auto at = text.begin() + static_cast<std::ptrdiff_t>(pick(text.size()));
    switch (pick(7)) {
      case 0:
        text.erase(at);
        return;
      case 1:
        text.insert(at, std::string(*at));
        return;
      case 2:
        std::swap(*at, text[pick(text.size())]);
        return;
      case 3:
        *at = token();
        return;
      case 4:
        text.insert(at, token());
        return;
      case 5: {
        const Words words = part();
        text.insert(at, words.begin(), words.end());
        return;
      }
      default: {
        const Words words = part();
        const auto place = text.erase(at);
        text.insert(place, words.begin(), words.end());
        return;
      }
    }
  }

  std::mt19937 random_;
  std::vector<Words> seeds_;
};

// Compares the two verdicts on one statement; false where they disagree.
void compare(Oracle& oracle, const std::string& sql) {
  if (sql.empty() || sql.front() == ';' || tokenize(sql).front().kind == Tk::semicolon) return;
  if (tokenize(sql).front().kind == Tk::shell_line || tokenize(sql).front().kind == Tk::end) return;
  const Verdict verdict = oracle.ask(sql);
  if (verdict == Verdict::refused) return;
  const auto refused = refusal(sql);
  if (verdict == Verdict::accepted) {
    EXPECT_FALSE(refused) << "SQLite prepares:\n" << sql << "\n" << *refused;
  } else if (!NewerSyntax(sql).found()) {
    EXPECT_TRUE(refused) << "SQLite says: " << oracle.message() << "\n" << sql;
  }
}

TEST(Differential, SeedsAreAccepted) {
  Oracle oracle;
  for (std::string_view seed : testing::kDifferentialSeeds) {
    const std::string sql(seed);
    EXPECT_NE(oracle.ask(sql), Verdict::refused_as_syntax) << sql << ": " << oracle.message();
    EXPECT_FALSE(refusal(sql)) << *refusal(sql);
  }
}

TEST(Differential, MutantsAgreeWithSqlite) {
  const char* runs = std::getenv("EMCEE_FUZZ_RUNS");
  const char* seed = std::getenv("EMCEE_FUZZ_SEED");
  Oracle oracle;
  Mutator mutator(seed ? static_cast<unsigned>(std::atoi(seed)) : 1);
  for (long n = runs ? std::atol(runs) : 150000; n > 0; --n) compare(oracle, mutator.next());
}

}  // namespace
}  // namespace emcee::sqlite
