// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace emcee::cli {

// 100,000
std::string grouped(std::int64_t number);
// `1 row`, `2,000 rows`
std::string counted(std::int64_t number, std::string_view noun);
// 3 ms, 1.2 s, 2 min 05 s, 3 h 07 min
std::string duration(double seconds);

}  // namespace emcee::cli
