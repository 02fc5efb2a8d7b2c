#include "tests/support/corpus.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace emcee::testing {

namespace fs = std::filesystem;

std::vector<CorpusPair> corpus_pairs(const std::string& dialect) {
  std::vector<CorpusPair> pairs;
  const fs::path root = fs::path(EMCEE_CORPUS) / dialect;
  if (!fs::is_directory(root)) return pairs;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.path().filename() == "new.sql") {
      const fs::path folder = entry.path().parent_path();
      pairs.push_back({fs::relative(folder, root).string(), folder / "old.sql", entry.path()});
    }
  std::sort(pairs.begin(), pairs.end(), [](const CorpusPair& a, const CorpusPair& b) { return a.name < b.name; });
  return pairs;
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace emcee::testing
