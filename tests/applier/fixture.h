// What the applier's tests share: temporary databases, a hand-written release, dumps to compare.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "applier/applier.h"
#include "applier/sqlite_connection.h"
#include "applier/steering.h"

namespace emcee::applier {

using Json = nlohmann::ordered_json;

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Fails the test with the error's text.
#define ASSERT_OK(result) ASSERT_TRUE((result).has_value()) << schema::to_text((result).error())
#define EXPECT_OK(result) EXPECT_TRUE((result).has_value()) << schema::to_text((result).error())

// A step without anything to do; tests fill in what they need.
Json blank_step(int number, const std::string& title, const std::string& kind = "ddl");
// A plan for `release` with one empty script per phase.
Json blank_plan(const std::string& release, const std::string& from = "");
Json blank_script(const std::string& name, const std::string& phase, int number);

// How a step is undone; `loses`: what that costs.
Json undo(std::vector<std::string> run, const std::string& loses = "");

// A query of rows, as in plan.json.
Json row_query(const std::string& name, const std::string& kind, const std::string& what, const std::string& rows);

Options small_batches();
// Every point of death takes minutes: EMCEE_EXHAUSTIVE=1. Every third one says nearly as much.
int stride();
// Prints the error, if there is one.
bool shown(const Result<Outcome>& result);

// A release that replaces images.is_public by images.visibility ('public', 'shared', ...), with a
// second table whose rows a foreign key binds to the first, and which contract must leave alone.
Json image_plan();
// The old schema of image_plan with `rows` images, as an application left it.
void create_images(const std::string& file, int rows);
// The same end, made by hand without any applier: schema and rows as `dump` shows them.
std::string expected_images(int rows);

// Puts the checksums in.
Json sealed(Json plan);
Release release_of(const Json& plan);
// plan.json and a .sql file per script, with matching checksums.
void write_release(const std::filesystem::path& directory, Json plan);

std::unique_ptr<Connection> open_file(const std::string& file,
                                      std::chrono::milliseconds timeout = std::chrono::seconds(5));
// Runs SQL on a connection of its own, as an application does; its first value or "NULL".
std::string run_sql(const std::string& file, const std::string& sql);

// All rows of all tables and the DDL of all objects, but for the ledger.
std::string dump(const std::string& file);
// The ledger without times: script, step, state, rows, in order.
std::string dump_ledger(const std::string& file);

// expand, migrate and contract, one after the other; the first error ends it.
Result<Outcome> upgrade(Connection& connection, const Release& release, const Options& options);

// What an operator asks is kept and given back, holds for the batches of a migrate, and is no work that the
// order of phases knows of. REQUIRES: nothing of the release has run; it has 50 rows to migrate.
void expect_steering(Connection& connection, const Release& release);

}  // namespace emcee::applier
