#include "tests/cli/sandbox.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

namespace emcee::testing {

namespace fs = std::filesystem;

Sandbox::Sandbox() {
  std::string name = (fs::temp_directory_path() / "emcee-cli-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no folder " << name;
  folder_ = name;
}

Sandbox::~Sandbox() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Sandbox::write(const std::string& file, const std::string& text) const {
  fs::create_directories((folder_ / file).parent_path());
  std::ofstream(folder_ / file, std::ios::binary) << text;
}

std::string Sandbox::read(const std::string& file) const {
  std::ostringstream text;
  text << std::ifstream(folder_ / file, std::ios::binary).rdbuf();
  return text.str();
}

cli::ProgramResult Sandbox::shell(const std::string& script) const {
  // The environment of whoever runs the tests must not colour or move anything.
  const std::string prologue =
      "unset NO_COLOR; export LC_ALL=C TERM=xterm; cd \"$1\" || exit 99; PATH=$(dirname \"$0\"):$PATH\n";
  auto result = cli::run_program({"sh", "-c", prologue + script, EMCEE_BINARY, folder_.string()});
  if (!result) {
    ADD_FAILURE() << result.error().message;
    return {};
  }
  return *std::move(result);
}

}  // namespace emcee::testing
