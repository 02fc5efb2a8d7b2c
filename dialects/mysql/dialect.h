// MySQL and MariaDB as a plan::Dialect.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "dialects/mysql/flavour.h"
#include "plan/dialect.h"

namespace emcee::mysql {

// The newest servers that were tested.
inline constexpr Server kMysql{Flavour::mysql, 90704};
inline constexpr Server kMariadb{Flavour::mariadb, 101119};

// Never null. `version`: of the server that will run the scripts; 0: the newest that was tested.
std::unique_ptr<plan::Dialect> make_mysql(int version = 0);
std::unique_ptr<plan::Dialect> make_mariadb(int version = 0);

// `10.11.19` -> 101119; 0 where it is no version.
int parse_version(std::string_view text);

}  // namespace emcee::mysql
