// fuzz: sqlite
// Any bytes as an expression of a release map: an error or a fragment that prints as an equal one.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "dialects/sqlite/dialect.h"

using emcee::parser::Source;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto dialect = emcee::sqlite::make_dialect();
  const auto fragment = dialect->parse_expression(Source("fuzz", std::string(data, data + size)));
  if (!fragment) return 0;
  const std::string printed = emcee::schema::to_canonical_sql(*fragment, dialect->quoting());
  const auto again = dialect->parse_expression(Source("printed", printed));
  if (!again || !(*again == *fragment)) std::abort();
  return 0;
}
