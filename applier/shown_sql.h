// A statement as an error message shows it.
#pragma once

#include <string>
#include <string_view>

namespace emcee::applier {

// Its first 200 bytes.
inline std::string shown_sql(std::string_view sql) {
  constexpr std::size_t most = 200;
  return sql.size() <= most ? std::string(sql) : std::string(sql.substr(0, most)) + " ...";
}

}  // namespace emcee::applier
