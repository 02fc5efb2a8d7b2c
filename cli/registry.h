// The commands as the command line knows them. Only the files that declare options include CLI11,
// since it takes long to compile.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/output.h"

namespace emcee::cli {

// What a command does; the value is the exit code.
using Run = std::function<schema::Result<int>(Output&)>;

class Registry {
 public:
  // Adds a command to a group of the overview. `examples` are whole lines, each a command that works.
  CLI::App& add(const std::string& group, const std::string& name, const std::string& summary,
                std::vector<std::string> examples, Run run);

  // The command of that name; nullptr where there is none.
  CLI::App* find(const std::string& name) const;
  std::vector<std::string> names() const;
  const Run& run_of(const CLI::App& command) const;
  const OutputOptions& output() const { return output_; }

  // Help of the whole tool, or of one command: the same text whatever the version of CLI11.
  std::string help() const;
  std::string help(const CLI::App& command) const;
  std::string usage(const CLI::App& command) const;

 private:
  struct Entry {
    std::unique_ptr<CLI::App> app;
    std::string group;
    std::vector<std::string> examples;
    Run run;
  };
  const Entry& entry(const CLI::App& command) const;

  OutputOptions output_;
  std::vector<Entry> entries_;
};

// Stands for the options that name a database and a release.
inline constexpr const char* kProjectOption = "--project";

// An option whose value is one of a few words.
CLI::Option* add_choice(CLI::App& command, const std::string& name, std::string& value,
                        const std::vector<std::string>& choices, const std::string& description);

// An option whose value is a whole number, at least `least`.
CLI::Option* add_number(CLI::App& command, const std::string& name, std::optional<std::int64_t>& value,
                        const std::string& unit, std::int64_t least, const std::string& description);

// Commands that read files.
void add_file_commands(Registry& registry);
// Commands that work on a database.
void add_database_commands(Registry& registry);

}  // namespace emcee::cli
