// fuzz: sqlite
// The text of a release map: whatever it is, a map or an error with its place.
#include <cstdint>
#include <cstdlib>

#include "dialects/sqlite/parse.h"
#include "diff/release_map.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace emcee;
  const parser::Source source("release.toml", std::string(reinterpret_cast<const char*>(data), size));
  const auto map = diff::read_release_map(source, "sqlite", schema::Folding::ignore_case, sqlite::parse_expression);
  if (map) {
    (void)diff::resolve(*map, {}, {});
  } else if (!map.error().position) {
    std::abort();
  }
  return 0;
}
