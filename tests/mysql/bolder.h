// ALTER TABLE with a better algorithm than the one that was planned: the server has to refuse it.
#pragma once

#include <string>
#include <utility>

namespace emcee::mysql {

// The statement with the next better algorithm; empty where there is none.
inline std::string bolder(const std::string& sql) {
  const auto with = [&](const char* from, const char* to) {
    const auto at = sql.rfind(from);
    return at == std::string::npos ? std::string() : sql.substr(0, at) + to;
  };
  for (const auto& [from, to] : {std::pair{"ALGORITHM=COPY, LOCK=SHARED", "ALGORITHM=INPLACE, LOCK=NONE"},
                                 std::pair{"ALGORITHM=INPLACE, LOCK=SHARED", "ALGORITHM=INPLACE, LOCK=NONE"},
                                 std::pair{"ALGORITHM=INPLACE, LOCK=NONE", "ALGORITHM=INSTANT"},
                                 std::pair{"ALGORITHM=NOCOPY, LOCK=NONE", "ALGORITHM=INSTANT"}})
    if (auto better = with(from, to); !better.empty()) return better;
  return {};
}

}  // namespace emcee::mysql
