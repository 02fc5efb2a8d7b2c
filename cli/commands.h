// What the commands do, apart from how their options are spelled. Each gives the exit code, or an
// error that tells it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/lint_formats.h"
#include "cli/output.h"

namespace emcee::cli {

// How schemas are read.
struct ReadOptions {
  std::string dialect;         // empty: from a URL, from the map, else sqlite
  std::string server_version;  // empty: the newest that was tested
  bool lenient = false;
};

struct DiffOptions {
  ReadOptions read;
  std::string before, after;
  std::string map;  // empty: none
  bool exit_code = false;
};
schema::Result<int> run_diff(const DiffOptions& options, Output& output);

struct MapOptions {
  ReadOptions read;
  std::string before, after;
  std::string map;  // what is answered already; empty: nothing
  std::string release = "next";
  std::string out;  // empty: standard output
};
schema::Result<int> run_map(const MapOptions& options, Output& output);

struct PlanOptions {
  ReadOptions read;
  std::string before, after;  // empty: as the map says
  std::string map;
  std::string out;
  std::string release, from, component;  // empty: as the map says
  bool best_effort = false;
  bool galera = false;  // say what is done around the phases of a cluster
};
schema::Result<int> run_plan(const PlanOptions& options, Output& output);

enum class LintPolicy : std::uint8_t { add_only, rolling };

struct LintOptions {
  ReadOptions read;
  std::vector<std::string> sources;  // OLD NEW, or with a base the files that are replayed onto it
  std::string base;
  std::string map;
  LintPolicy policy = LintPolicy::add_only;
  LintFormat format = LintFormat::text;
  LintLevel fail_on = LintLevel::error;
  std::string allow;    // file of exceptions; empty: none
  std::string release;  // the one that is looked at; empty: as the map says
};
schema::Result<int> run_lint(const LintOptions& options, Output& output);

struct InspectOptions {
  ReadOptions read;
  std::string source;
};
schema::Result<int> run_inspect(const InspectOptions& options, Output& output);

}  // namespace emcee::cli
