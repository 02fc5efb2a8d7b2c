// The real schemas with their next versions, outside of the repository.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace emcee::testing {

struct CorpusPair {
  std::string name;  // `synapse/v1.0__v1.1`
  std::filesystem::path before, after;
};

// All pairs of a dialect in the order of their names; empty where there is no corpus, which a test
// has to report as a failure.
std::vector<CorpusPair> corpus_pairs(const std::string& dialect);

std::string read_text(const std::filesystem::path& path);

}  // namespace emcee::testing
