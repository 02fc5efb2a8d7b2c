// The terminals of which the grammar is made, beside those of parser/terminals.h.
#pragma once

#include "dialects/mysql/grammar.h"
#include "parser/terminals.h"

namespace emcee::mysql::grammar {

namespace x3 = boost::spirit::x3;

using namespace parser;  // NOLINT: the words of which a grammar is made
using Iterator = Lexemes::const_iterator;
struct State : parser::BasicState<Lexemes, Parse> {
  Server server;
};
using Context = x3::context<parser::StateTag, State>;
using Word = parser::Word<Tk>;
using Terminal = parser::Terminal<Tk>;

constexpr Word nm(Mark mark, const char* what) { return {kNameWord, mark, what}; }

// Takes nothing; true for one flavour.
struct Only : x3::parser<Only> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  constexpr explicit Only(Flavour f) : flavour(f) {}
  template <class Ctx, class RuleCtx, class Attribute>
  bool parse(Iterator&, const Iterator&, const Ctx& context, RuleCtx&, Attribute&) const {
    return state(context).server.flavour == flavour;
  }
  Flavour flavour;
};
inline constexpr Only mariadb{Flavour::mariadb};
inline constexpr Only mysql{Flavour::mysql};

// One or more tokens whose parentheses match, up to a semicolon, the end, or a closing parenthesis
// (and to a comma, where `to_comma`): what is carried along and never looked into.
struct Verbatim : x3::parser<Verbatim> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  constexpr explicit Verbatim(bool comma) : to_comma(comma) {}
  template <class Ctx, class RuleCtx, class Attribute>
  bool parse(Iterator& first, const Iterator&, const Ctx& context, RuleCtx&, Attribute&) const {
    auto& s = state(context);
    std::size_t depth = 0;
    Iterator it = first;
    for (;; ++it) {
      const Tk kind = it->kind;
      if (kind == Tk::end || kind == Tk::illegal || kind == Tk::semicolon) break;
      if (depth == 0 && (kind == Tk::right || (to_comma && kind == Tk::comma))) break;
      if (kind == Tk::left) ++depth;
      if (kind == Tk::right) --depth;
      s.mark(it, mark_of(kind));
    }
    if (it == first || depth > 0 || it->kind == Tk::illegal) {
      s.expected(it, depth > 0 ? spelling(Tk::right) : "more");
      return false;
    }
    first = it;
    return true;
  }

  static Mark mark_of(Tk kind) {
    if (is_keyword(kind)) return Mark::keyword;
    if (kind == Tk::identifier) return Mark::name;
    if (kind == Tk::variable) return Mark::variable;
    return kind >= Tk::introducer && kind <= Tk::bits ? Mark::literal : Mark::symbol;
  }

  bool to_comma;
};
inline constexpr Verbatim verbatim{false};
inline constexpr Verbatim verbatim_to_comma{true};

}  // namespace emcee::mysql::grammar
