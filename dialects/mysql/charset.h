// Character sets and collations. A collation names its character set, so that a schema holds the
// collation alone.
#pragma once

#include <string>
#include <string_view>

#include "dialects/mysql/flavour.h"

namespace emcee::mysql {

// Lower case, and `utf8` by its name of today: utf8mb3.
std::string canonical_charset(std::string_view name);
std::string canonical_collation(std::string_view name);
// The character set that a collation belongs to.
std::string charset_of(std::string_view collation);
// The collation that a character set has where none is named
// (https://dev.mysql.com/doc/refman/9.0/en/charset-charsets.html, asked of both servers).
std::string default_collation(std::string_view charset, const Server& server);
// The collation that compares bytes: `utf8mb4_bin`.
std::string binary_collation(std::string_view charset);
// Bytes of its longest character.
int bytes_per_character(std::string_view charset);
// What a database has that nobody gave a character set: the one both servers ship with today
// (MariaDB as Debian configures it).
std::string server_collation(const Server& server);

}  // namespace emcee::mysql
