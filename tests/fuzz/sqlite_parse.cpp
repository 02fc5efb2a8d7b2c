// fuzz: sqlite
// Any text: it is parsed or refused, never a crash; and what builds a schema prints as a schema
// that is equal to it.
#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/parse.h"

namespace {

using namespace emcee;

void require(bool holds, const char* what, const std::string& text) {
  if (holds) return;
  std::cerr << what << ":\n" << text << "\n";
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const parser::Source source("fuzz.sql", text);
  parser::Coverage coverage;
  sqlite::parse_expression(source);
  const auto schema = sqlite::read({source}, true, coverage);
  if (!schema) return 0;
  const std::string printed = sqlite::print(*schema);
  const auto again = sqlite::read({parser::Source("printed.sql", printed)}, false, coverage);
  require(again.has_value(), again ? "" : to_text(again.error()).c_str(), printed);
  require(*again == *schema, "prints as another schema", printed);
  return 0;
}
