// The terminals and directives of which the grammar is made: Spirit X3 over tokens.
#pragma once

#include <boost/spirit/home/x3.hpp>

#include "dialects/sqlite/grammar.h"

namespace emcee::sqlite::grammar {

namespace x3 = boost::spirit::x3;

using Iterator = Tokens::const_iterator;

// The state of one parse.
struct State {
  const Tokens& tokens;
  Parse& parse;
  Failure failure;
  Iterator muted;  // nothing is expected at this token: an enclosing `expect` speaks for it
  int depth = 0;

  std::uint32_t index(Iterator it) const { return static_cast<std::uint32_t>(it - tokens.begin()); }

  void mark(Iterator it, Mark mark) { parse.marks[index(it)] = mark; }

  void expected(Iterator it, const char* what) {
    if (it == muted) return;
    const std::uint32_t place = index(it);
    if (place < failure.token || failure.too_deep) return;
    if (place > failure.token) {
      failure.token = place;
      failure.count = 0;
    }
    for (std::size_t i = 0; i < failure.count && i < Failure::kMost; ++i)
      if (failure.expected[i] == what) return;
    if (failure.count < Failure::kMost) failure.expected[failure.count] = what;
    ++failure.count;
  }
};

struct StateTag;
using Context = x3::context<StateTag, State>;

template <class Ctx>
State& state(const Ctx& context) {
  return x3::get<StateTag>(context);
}

// A token of one kind. A quiet one does not say that it was expected.
struct Terminal : x3::parser<Terminal> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  constexpr Terminal(Tk k, Mark m, bool q) : kind(k), mark(m), quiet(q) {}

  template <class Ctx, class RuleCtx, class Attribute>
  bool parse(Iterator& first, const Iterator&, const Ctx& context, RuleCtx&, Attribute&) const {
    if (first->kind != kind) {
      if (!quiet) state(context).expected(first, spelling(kind));
      return false;
    }
    state(context).mark(first, mark);
    ++first;
    return true;
  }

  Tk kind;
  Mark mark;
  bool quiet;
};

constexpr Terminal kw(Tk kind) { return {kind, Mark::keyword, false}; }
constexpr Terminal sym(Tk kind) { return {kind, Mark::symbol, false}; }
constexpr Terminal lit(Tk kind) { return {kind, Mark::literal, true}; }
// Operators and keywords that may follow an expression are never listed as expected.
constexpr Terminal op(Tk kind) { return {kind, is_keyword(kind) ? Mark::keyword : Mark::symbol, true}; }

// A token of any of the kinds.
template <std::size_t N>
struct AnyOf : x3::parser<AnyOf<N>> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  template <class Ctx, class RuleCtx, class Attribute>
  bool parse(Iterator& first, const Iterator&, const Ctx& context, RuleCtx&, Attribute&) const {
    for (Tk kind : kinds) {
      if (first->kind != kind) continue;
      state(context).mark(first, is_keyword(kind) ? Mark::keyword : Mark::symbol);
      ++first;
      return true;
    }
    return false;
  }

  std::array<Tk, N> kinds;
};

template <class... Kinds>
constexpr AnyOf<sizeof...(Kinds)> any_of(Kinds... kinds) {
  return {{}, {kinds...}};
}

// A word that can be a name: see word_class. `before` asks for a token that must follow.
struct Word : x3::parser<Word> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  constexpr Word(int c, Mark m, const char* w, Tk b = Tk::count_) : classes(c), mark(m), what(w), before(b) {}

  template <class Ctx, class RuleCtx, class Attribute>
  bool parse(Iterator& first, const Iterator&, const Ctx& context, RuleCtx&, Attribute&) const {
    // The end token is no word, so that there is a token behind every word.
    if (!(word_class(first->kind) & classes) || (before != Tk::count_ && (first + 1)->kind != before)) {
      if (what) state(context).expected(first, what);
      return false;
    }
    state(context).mark(first, mark);
    ++first;
    return true;
  }

  int classes;
  Mark mark;
  const char* what;
  Tk before;
};

// The classes of parse.y: id, ids, idj and nm.
inline constexpr int kId = kNameWord | kIndexedWord;
inline constexpr int kIds = kNameWord | kStringWord;
inline constexpr int kIdj = kNameWord | kIndexedWord | kJoinWord;
inline constexpr int kNm = kNameWord | kIndexedWord | kJoinWord | kStringWord;

constexpr Word nm(Mark mark, const char* what) { return {kNm, mark, what}; }

// True where the next token is of one of the kinds; takes nothing.
template <class... Kinds>
constexpr auto next_is(Kinds... kinds) {
  return &any_of(kinds...);
}

// Once `first` has matched, `rest` must: SQLite's parser never takes a word for a name where the
// grammar has a use for the keyword.
template <class First, class Rest>
constexpr auto maybe(First first, Rest rest) {
  return (first >> rest) | !first;
}

// Names what stands here as a whole: failing at its very beginning, the subject expects `what`
// instead of all of its alternatives.
template <class Subject>
struct Expect : x3::unary_parser<Subject, Expect<Subject>> {
  using Base = x3::unary_parser<Subject, Expect<Subject>>;
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  constexpr Expect(const Subject& inner, const char* w) : Base(inner), what(w) {}

  template <class Ctx, class RuleCtx, class Attribute>
  bool parse(Iterator& first, const Iterator& last, const Ctx& context, RuleCtx& rule, Attribute& attribute) const {
    State& s = state(context);
    const Iterator begin = first;
    const Iterator muted = s.muted;
    s.muted = begin;
    const bool matched = this->subject.parse(first, last, context, rule, attribute);
    s.muted = muted;
    if (!matched || first == begin) s.expected(begin, what);
    return matched;
  }

  const char* what;
};

// Writes a node for what the subject takes.
template <class Subject>
struct Note : x3::unary_parser<Subject, Note<Subject>> {
  using Base = x3::unary_parser<Subject, Note<Subject>>;
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  constexpr Note(const Subject& inner, Part p) : Base(inner), part(p) {}

  template <class Ctx, class RuleCtx, class Attribute>
  bool parse(Iterator& first, const Iterator& last, const Ctx& context, RuleCtx& rule, Attribute& attribute) const {
    State& s = state(context);
    std::vector<Node>& nodes = s.parse.nodes;
    const std::size_t place = nodes.size();
    nodes.push_back({part, s.index(first), 0, 0});
    if (!this->subject.parse(first, last, context, rule, attribute)) {
      nodes.resize(place);
      return false;
    }
    nodes[place].end = s.index(first);
    nodes[place].next = static_cast<std::uint32_t>(nodes.size());
    return true;
  }

  Part part;
};

// Takes a level of nesting.
template <class Subject>
struct Nested : x3::unary_parser<Subject, Nested<Subject>> {
  using Base = x3::unary_parser<Subject, Nested<Subject>>;
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  constexpr explicit Nested(const Subject& inner) : Base(inner) {}

  template <class Ctx, class RuleCtx, class Attribute>
  bool parse(Iterator& first, const Iterator& last, const Ctx& context, RuleCtx& rule, Attribute& attribute) const {
    State& s = state(context);
    if (s.depth >= kMaxNesting && !s.failure.too_deep) {
      s.failure.token = s.index(first);
      s.failure.too_deep = true;
    }
    if (s.failure.too_deep) return false;
    ++s.depth;
    const bool matched = this->subject.parse(first, last, context, rule, attribute);
    --s.depth;
    return matched;
  }
};

template <template <class> class Directive, class... Extra>
struct Maker {
  constexpr explicit Maker(Extra... e) : extra(e...) {}
  template <class Subject>
  constexpr auto operator[](const Subject& subject) const {
    using Parser = typename x3::extension::as_parser<Subject>::value_type;
    return std::apply([&](auto... e) { return Directive<Parser>(x3::as_parser(subject), e...); }, extra);
  }
  std::tuple<Extra...> extra;
};

constexpr auto expect(const char* what) { return Maker<Expect, const char*>(what); }
constexpr auto note(Part part) { return Maker<Note, Part>(part); }
inline constexpr Maker<Nested> nested{};

}  // namespace emcee::sqlite::grammar
