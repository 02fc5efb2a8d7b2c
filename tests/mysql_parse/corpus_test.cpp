// Every real schema of the corpus on the real servers: what they accept we accept, their dumps read as
// the text itself, and what we print makes the same tables.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "dialects/mysql/ddl.h"
#include "tests/mysql_parse/oracle.h"
#include "tests/support/corpus.h"

namespace emcee::mysql {
namespace {

using servers::MysqlFlavour;

class MysqlCorpus : public ::testing::TestWithParam<MysqlFlavour> {};
INSTANTIATE_TEST_SUITE_P(All, MysqlCorpus, ::testing::ValuesIn(servers::kMysqlFlavours),
                         ::testing::PrintToStringParamName());

// The first line in which two texts differ.
std::string first_difference(const std::string& a, const std::string& b) {
  std::size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  const auto line = [i](const std::string& text) {
    const std::size_t begin = text.rfind('\n', std::min(i, text.size())) + 1;
    return text.substr(begin, text.find('\n', std::min(i, text.size())) - begin);
  };
  return line(a) + "\n  " + line(b);
}

struct Count {
  int files = 0, loaded = 0, read = 0, dump = 0, printed = 0, inspected = 0;
};

void check(const std::string& text, MysqlFlavour flavour, Count& count, std::vector<std::string>& failures,
           std::string name) {
  ++count.files;
  Scratch scratch(flavour);
  const auto refused = scratch.load(text);
  if (refused) {
    fmt::print("  the server refuses {}: {}\n", name, *refused);
    return;
  }
  ++count.loaded;
  const auto schema = read_text(text, flavour);
  if (!schema) {
    failures.push_back(name + ": read: " + to_text(schema.error()));
    return;
  }
  ++count.read;
  if (text.find("CALL updateOptionDataDef()") != std::string::npos) {
    fmt::print("  {} makes tables in a procedure that it calls: not compared\n", name);
    return;
  }
  const auto same = [&](const std::string& other, const char* what, int& counted) {
    const auto again = read_text(other, flavour);
    const std::string found = again ? difference(*schema, *again) : to_text(again.error());
    if (found.empty())
      ++counted;
    else
      failures.push_back(fmt::format("{}: {}: {}", name, what, found));
  };
  same(scratch.dump(), "dump", count.dump);
  same(scratch.inspect(), "inspect", count.inspected);
  Scratch copy(flavour);
  const std::string printed = print(*schema, server_of(flavour));
  // A text may ask for a mode that takes more than the server's own: so do the sessions of Emcee.
  const std::string mode = "SET sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';\n";
  if (const auto error = copy.load(mode + printed)) {
    failures.push_back(name + ": print: " + *error);
    return;
  }
  if (const std::string a = scratch.show_create(), b = copy.show_create(); a != b)
    failures.push_back(name + ": print: " + first_difference(a, b));
  else
    ++count.printed;
}

TEST_P(MysqlCorpus, ReadsAsTheServerDoes) {
  EMCEE_NEEDS_MYSQL(GetParam());
  const auto pairs = testing::corpus_pairs("mysql");
  ASSERT_FALSE(pairs.empty()) << "NO CORPUS at " << EMCEE_CORPUS << ": set -DEMCEE_CORPUS=...";
  Count count;
  std::vector<std::string> failures;
  std::set<std::string> seen;
  const char* const only = std::getenv("EMCEE_CORPUS_ONLY");  // a part of the names
  // MySQL needs two minutes for all of it. The old schemas are read by ./dev converge mysql, too.
  const bool all = GetParam() == MysqlFlavour::mariadb || only || std::getenv("EMCEE_CORPUS_ALL");
  for (const testing::CorpusPair& pair : pairs)
    for (const bool after : {false, true}) {
      if (!after && !all) continue;
      if (only && pair.name.find(only) == std::string::npos) continue;
      const std::string text = testing::read_text(after ? pair.after : pair.before);
      if (!seen.insert(text).second) continue;
      check(text, GetParam(), count, failures, pair.name + (after ? "/new" : "/old"));
    }
  fmt::print(
      "{}: {} files, {} that the server takes; of these {} read, {} equal to their dump, {} to the catalogue, {} "
      "printed alike\n",
      servers::to_string(GetParam()), count.files, count.loaded, count.read, count.dump, count.inspected,
      count.printed);
  for (const std::string& failure : failures) ADD_FAILURE() << failure;
}

}  // namespace
}  // namespace emcee::mysql
