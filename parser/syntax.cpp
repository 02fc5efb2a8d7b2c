#include "parser/syntax.h"

#include <string_view>

namespace emcee::parser {

using schema::Role;

Role role_of(Mark mark) {
  switch (mark) {
    case Mark::symbol:
      return Role::symbol;
    case Mark::keyword:
      return Role::keyword;
    case Mark::literal:
      return Role::literal;
    case Mark::qualifier:
    case Mark::column:
      return Role::column;
    case Mark::table:
      return Role::table;
    case Mark::name:
      return Role::name;
    case Mark::variable:
      return Role::variable;
  }
  return Role::symbol;
}

bool is_name(Role role) { return role == Role::column || role == Role::table || role == Role::name; }

bool Failure::only_end() const { return count == 1 && std::string_view(expected[0]).starts_with("the end"); }

bool Failure::expects_name() const {
  for (std::size_t i = 0; i < count && i < kMost; ++i) {
    const std::string_view what = expected[i];
    if (what == "an expression" || what.ends_with("name")) return true;
  }
  return false;
}

std::string expectation(const Failure& failure) {
  std::string text = "expected ";
  for (std::size_t i = 0; i < failure.count; ++i) {
    if (i > 0) text += i + 1 == failure.count ? " or " : ", ";
    text += failure.expected[i];
  }
  return text;
}

}  // namespace emcee::parser
