// Names and texts as MySQL and MariaDB read them, whatever ANSI_QUOTES says. Texts need a session
// without NO_BACKSLASH_ESCAPES, which every script of Emcee sets.
#pragma once

#include <string>
#include <string_view>

#include "schema/fragment.h"

namespace emcee::mysql {

// Every name stands in backticks: the list of reserved words grows with every version.
const schema::Quoting& quoting();

// `'it''s'`; a zero byte and a backslash are escaped.
std::string string_literal(std::string_view text);

}  // namespace emcee::mysql
