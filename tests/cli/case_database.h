// A database that a case runs on, on any server, with the application's statements sent to it as an
// application would.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/cli/sandbox.h"

namespace emcee::testing {

// A connection of an application, which stays.
class CaseSession {
 public:
  virtual ~CaseSession() = default;
  // The first value of the last statement, '' where it gives none; `error 40001: ...`, with the server's
  // code, where it is refused.
  virtual std::string sql(const std::string& statements) = 0;
};

class CaseDatabase {
 public:
  virtual ~CaseDatabase() = default;
  // Null where connections write one after the other anyway (SQLite).
  virtual std::unique_ptr<CaseSession> connect() const { return nullptr; }
  virtual std::string url() const = 0;
  // The first value of the last statement, '' where it gives none; `error: ...` where it is refused.
  virtual std::string sql(const std::string& statements) = 0;
  // The same, without the sync triggers.
  virtual std::string sql_behind_the_triggers(const std::string& statements) = 0;
  // What the server itself says of the schema, without what is Emcee's.
  virtual std::string catalogue() = 0;
  // The values of one row as one text with bars between them.
  virtual std::string bars(const std::vector<std::string>& expressions) const = 0;
};

// `sqlite`, `postgres`, `mariadb` or `mysql`; empty. Where the server is missing, a test failure or skip is
// the caller's (EMCEE_NEEDS_MYSQL).
std::unique_ptr<CaseDatabase> make_case_database(const std::string& dialect, const Sandbox& box);

// The catalogue of a database with this schema and nothing else. Throws where the server refuses the schema.
std::string catalogue_of(const std::string& dialect, const std::string& schema);

}  // namespace emcee::testing
