// emcee.toml: the databases of an application, the releases that each goes through, and which release
// may follow which (docs/project.md).
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parser/source.h"
#include "schema/result.h"

namespace emcee::project {

// What `emcee confirm` calls a component's backup; no manual step has this name.
inline constexpr const char* kBackupName = "backup";
// The same for tables that contract drops.
inline constexpr const char* kDroppedTables = "dropped-tables";

// A backup that has to be there before a phase begins.
struct Backup {
  std::vector<std::string> before;  // phases; never empty
  std::string command;              // makes one, for `emcee backup`; empty: it is made by other means
};

// Data that moves from one database to another: both queries have to give the same rows.
struct SameRows {
  std::string query;                 // of the component's own database
  std::string component, db, there;  // the other one, its URL, and the query for it
};

// What people do by hand, and confirm, before a phase begins.
struct ManualStep {
  std::string name;
  std::string before;  // phase
  std::string text;    // what to do
  std::optional<SameRows> same;
};

// Another component of a group that has to be at the same release.
struct Peer {
  std::string name, db;
  std::vector<std::string> releases;
};

// Whose sessions have to be gone: `user:NAME` or `program:NAME`, with * and ? in the name.
struct ClientPattern {
  bool program = false;
  std::string name;
};

// One database (or one of several schemas in it) with its releases.
struct Component {
  std::string name;
  std::string db;                          // URL; environment variables are filled in: `${SHOP_DB}`
  std::vector<std::string> releases;       // release directories, oldest first
  std::vector<ClientPattern> old_clients;  // of the old release: nobody of them is connected during contract
  std::optional<Backup> backup;
  std::vector<ManualStep> manual;
  std::chrono::seconds watch{0};  // how long contract looks for statements of the old release; 0: not at all
  std::vector<Peer> peers;
};

// Releases of one major version, oldest first. Its last one is where the next major starts from.
struct Series {
  std::string name;
  std::vector<std::string> releases;
  std::vector<std::string> empty;  // those that change no schema, and may be left out
};

struct Project {
  std::vector<Component> components;  // in the order in which they are upgraded
  std::vector<Series> series;         // oldest first
  bool has_groups = false;            // some components have peers

  const Component* find(std::string_view component) const;
};

// Values of environment variables by name; nothing where a variable is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// Paths in the text are relative to its file, and are made relative to the working directory here.
// Errors: fix_text, at the place, for syntax, unknown keys, names that are there twice, variables that
// are not set.
schema::Result<Project> read_project(const parser::Source& text, const Environment& environment);

}  // namespace emcee::project
