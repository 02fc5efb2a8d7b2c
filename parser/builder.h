// Replays statements into a schema, as a server that runs them would: CREATE, then ALTER, then
// DROP, over one or many files.
#pragma once

#include "parser/ast.h"

namespace emcee::parser {

// How the dialect completes what a statement leaves open.
struct BuildRules {
  // Makes a table canonical after it was created or altered (implied NOT NULL of keys, is_rowid).
  void (*normalise)(Table& table) = nullptr;
  // True for objects that belong to the server (SQLite: sqlite_*, shadow tables of `virtual_tables`).
  bool (*internal)(const QualifiedName& name, const std::vector<OpaqueObject>& objects) = nullptr;
};

class Builder {
 public:
  explicit Builder(BuildRules rules) : rules_(rules) {}

  // Errors: fix_schema at the place of the statement (a table twice, an unknown column, ...).
  // The statement that failed has no effect.
  schema::Result<void> replay(const Source& source, const Statement& statement);

  // The schema so far. The builder is empty afterwards.
  schema::Result<schema::Schema> finish();

  const Coverage& coverage() const { return coverage_; }
  Coverage& coverage() { return coverage_; }

 private:
  BuildRules rules_;
  schema::Schema schema_;
  Coverage coverage_;
};

}  // namespace emcee::parser
