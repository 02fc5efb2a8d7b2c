// A release as `emcee plan` writes it, for tests that run it on a server.
#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "codegen/codegen.h"
#include "servers/mysql_server.h"
#include "tests/support/planning.h"

namespace emcee::mysql {

inline void write_release(servers::MysqlFlavour flavour, const std::string& before, const std::string& after,
                          const std::string& map, const std::filesystem::path& folder) {
  const auto planned = testing::plan_case(
      {"", "plan", {{"dialect", std::string(to_string(flavour))}, {"best-effort", ""}}, {before, after, map}, "", 0});
  if (!planned) throw std::runtime_error(schema::to_text(planned.error()));
  if (planned->planning.refused()) throw std::runtime_error("the plan is refused");
  const auto files = codegen::generate(planned->planning.plan, *planned->dialect, "test");
  if (!files) throw std::runtime_error(schema::to_text(files.error()));
  for (const auto& file : *files) {
    std::filesystem::create_directories((folder / file.path).parent_path());
    std::ofstream(folder / file.path, std::ios::binary) << file.text;
  }
}

}  // namespace emcee::mysql
