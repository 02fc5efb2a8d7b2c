// Cuts a text into SQLite's tokens, without spaces and comments.
#pragma once

#include <string_view>

#include "dialects/sqlite/tokens.h"

namespace emcee::sqlite {

// The tokens of the text, the last of which is Tk::end; texts of 4 GiB and more are one illegal
// token. Never fails: what SQLite does not recognise is a Tk::illegal that the grammar refuses.
// A line that begins with `.` or `#` where a statement could begin is a Tk::shell_line, as the
// sqlite3 shell reads it (https://www.sqlite.org/cli.html).
// An expression has no such lines: `.5` is a number there.
Lexemes tokenize(std::string_view text, bool shell_lines = true);

// Why a token is illegal, in plain words.
std::string_view describe_illegal(std::string_view token);

}  // namespace emcee::sqlite
