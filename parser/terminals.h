// The terminals and directives of which the dialects' grammars are made: Spirit X3 over tokens.
// Only grammars include this. A dialect gives, beside its token kinds `Tk`: spelling(Tk),
// is_keyword(Tk), word_class(const Lexeme&).
#pragma once

#include <boost/spirit/home/x3.hpp>

#include "parser/syntax.h"

namespace emcee::parser {

namespace x3 = boost::spirit::x3;

// The state of one parse. A grammar may derive from it what its own terminals ask for.
template <class LexemeVector, class ParseTree>
struct BasicState {
  using Iterator = typename LexemeVector::const_iterator;

  const LexemeVector& tokens;
  ParseTree& parse;
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

template <class Ctx>
auto& state(const Ctx& context) {
  return x3::get<StateTag>(context);
}

// A token of one kind. A quiet one does not say that it was expected.
template <class Kind>
struct Terminal : x3::parser<Terminal<Kind>> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  constexpr Terminal(Kind k, Mark m, bool q) : kind(k), mark(m), quiet(q) {}

  template <class It, class Ctx, class RuleCtx, class Attribute>
  bool parse(It& first, const It&, const Ctx& context, RuleCtx&, Attribute&) const {
    if (first->kind != kind) {
      if (!quiet) state(context).expected(first, spelling(kind));
      return false;
    }
    state(context).mark(first, mark);
    ++first;
    return true;
  }

  Kind kind;
  Mark mark;
  bool quiet;
};

template <class Kind>
constexpr Terminal<Kind> kw(Kind kind) {
  return {kind, Mark::keyword, false};
}
template <class Kind>
constexpr Terminal<Kind> sym(Kind kind) {
  return {kind, Mark::symbol, false};
}
template <class Kind>
constexpr Terminal<Kind> lit(Kind kind) {
  return {kind, Mark::literal, true};
}
// Operators and keywords that may follow an expression are never listed as expected.
template <class Kind>
constexpr Terminal<Kind> op(Kind kind) {
  return {kind, is_keyword(kind) ? Mark::keyword : Mark::symbol, true};
}

// A token of any of the kinds.
template <class Kind, std::size_t N>
struct AnyOf : x3::parser<AnyOf<Kind, N>> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  template <class It, class Ctx, class RuleCtx, class Attribute>
  bool parse(It& first, const It&, const Ctx& context, RuleCtx&, Attribute&) const {
    for (Kind kind : kinds) {
      if (first->kind != kind) continue;
      state(context).mark(first, is_keyword(kind) ? Mark::keyword : Mark::symbol);
      ++first;
      return true;
    }
    return false;
  }

  std::array<Kind, N> kinds;
};

template <class Kind, class... Kinds>
constexpr AnyOf<Kind, 1 + sizeof...(Kinds)> any_of(Kind kind, Kinds... kinds) {
  return {{}, {kind, kinds...}};
}

// A word that can be a name, of one of the classes that the dialect's word_class tells. `before`
// asks for a token that must follow; Kind::count_: none.
template <class Kind>
struct Word : x3::parser<Word<Kind>> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  constexpr Word(int c, Mark m, const char* w, Kind b = Kind::count_) : classes(c), mark(m), what(w), before(b) {}

  template <class It, class Ctx, class RuleCtx, class Attribute>
  bool parse(It& first, const It&, const Ctx& context, RuleCtx&, Attribute&) const {
    // The end token is no word, so that there is a token behind every word.
    if (!(word_class(*first) & classes) || (before != Kind::count_ && (first + 1)->kind != before)) {
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
  Kind before;
};

// True where the next token is of one of the kinds; takes nothing.
template <class... Kinds>
constexpr auto next_is(Kinds... kinds) {
  return &any_of(kinds...);
}

// Once `first` has matched, `rest` must: no word is taken for a name where the grammar has a use
// for the keyword.
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

  template <class It, class Ctx, class RuleCtx, class Attribute>
  bool parse(It& first, const It& last, const Ctx& context, RuleCtx& rule, Attribute& attribute) const {
    auto& s = state(context);
    const It begin = first;
    const It muted = s.muted;
    s.muted = begin;
    const bool matched = this->subject.parse(first, last, context, rule, attribute);
    s.muted = muted;
    if (!matched || first == begin) s.expected(begin, what);
    return matched;
  }

  const char* what;
};

// Writes a node for what the subject takes.
template <class Subject, class Part>
struct Note : x3::unary_parser<Subject, Note<Subject, Part>> {
  using Base = x3::unary_parser<Subject, Note<Subject, Part>>;
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  constexpr Note(const Subject& inner, Part p) : Base(inner), part(p) {}

  template <class It, class Ctx, class RuleCtx, class Attribute>
  bool parse(It& first, const It& last, const Ctx& context, RuleCtx& rule, Attribute& attribute) const {
    auto& s = state(context);
    auto& nodes = s.parse.nodes;
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

  template <class It, class Ctx, class RuleCtx, class Attribute>
  bool parse(It& first, const It& last, const Ctx& context, RuleCtx& rule, Attribute& attribute) const {
    auto& s = state(context);
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

struct ExpectMaker {
  const char* what;
  template <class Subject>
  constexpr auto operator[](const Subject& subject) const {
    return Expect<typename x3::extension::as_parser<Subject>::value_type>(x3::as_parser(subject), what);
  }
};
template <class Part>
struct NoteMaker {
  Part part;
  template <class Subject>
  constexpr auto operator[](const Subject& subject) const {
    return Note<typename x3::extension::as_parser<Subject>::value_type, Part>(x3::as_parser(subject), part);
  }
};
struct NestedMaker {
  template <class Subject>
  constexpr auto operator[](const Subject& subject) const {
    return Nested<typename x3::extension::as_parser<Subject>::value_type>(x3::as_parser(subject));
  }
};

constexpr ExpectMaker expect(const char* what) { return {what}; }
template <class Part>
constexpr NoteMaker<Part> note(Part part) {
  return {part};
}
inline constexpr NestedMaker nested{};

}  // namespace emcee::parser
