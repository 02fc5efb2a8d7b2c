// Errors are values. A code says what the reader does next, and decides the exit code.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <tl/expected.hpp>

namespace emcee::schema {

// The next action of whoever reads the message.
enum class ErrorCode {
  usage,            // call the command differently
  fix_text,         // the text cannot be parsed
  fix_schema,       // the text parses, but does not make sense (an unknown column, a table twice)
  add_to_map,       // two schemas cannot show it: the release map must say it
  answer_is_no,     // the question was answered: findings, differences, rows out of sync
  accept_hazard,    // possible, but somebody has to say so
  wrong_order,      // another command comes first; nothing was touched
  grant_privilege,  // a right or a setting is missing
  look_at_server,   // the database failed
  try_again,        // locked, in a deadlock, disconnected: the same may succeed a little later
  interrupted,      // stopped on request; run again to resume
  report_bug,       // Emcee is wrong
};

// A place in a source text. Lines and columns count from 1; columns count bytes.
struct Position {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;
  std::string line_text;  // the whole line, for the caret
};

struct Error {
  ErrorCode code = ErrorCode::report_bug;
  std::string message;
  std::optional<Position> position;
  std::string hint;  // the way out; may be empty
};

// As people read it, ending in a newline:
//
//   new.sql:12:5: error: expected a type name
//     name ,
//          ^
//   hint: ...
std::string to_text(const Error& error);

// The exit code of the process (docs/exit-codes.md).
int exit_code(ErrorCode code);

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string hint = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::nullopt, std::move(hint)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace emcee::schema

// Evaluates a Result<void> or Result<T> and returns its error from the enclosing function.
#define EMCEE_TRY(expression)                                       \
  do {                                                              \
    if (auto emcee_try_result = (expression); !emcee_try_result)    \
      return ::tl::unexpected(std::move(emcee_try_result).error()); \
  } while (false)

// EMCEE_ASSIGN(auto x, f()): x is the value of f(), or the enclosing function returns f()'s error.
#define EMCEE_CONCAT_(a, b) a##b
#define EMCEE_CONCAT(a, b) EMCEE_CONCAT_(a, b)
#define EMCEE_ASSIGN_(tmp, declaration, expression)          \
  auto tmp = (expression);                                   \
  if (!tmp) return ::tl::unexpected(std::move(tmp).error()); \
  declaration = *std::move(tmp)
#define EMCEE_ASSIGN(declaration, expression) \
  EMCEE_ASSIGN_(EMCEE_CONCAT(emcee_assign_, __LINE__), declaration, expression)
