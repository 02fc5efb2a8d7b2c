#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>

#include "cli/doctor.h"
#include "cli/human.h"

namespace emcee::cli {

namespace {

using applier::Connection;
using schema::ErrorCode;
using schema::Result;
using Symptoms = std::vector<Symptom>;

Result<std::string> scalar(Connection& connection, std::string_view sql) {
  EMCEE_ASSIGN(const std::vector<applier::Row> rows, connection.query(sql, {}, 1));
  return rows.empty() || rows.front().empty() ? std::string() : applier::to_text(rows.front().front());
}

// The write lock is taken and given back: file, folder, session and other processes all have a say.
Symptom write_access(Connection& connection) {
  if (const Result<void> begun = connection.begin(); !begun) {
    const bool missing = begun.error().code == ErrorCode::grant_privilege;
    return {missing ? Severity::missing : Severity::problem, begun.error().message,
            begun.error().hint.empty() ? "close what holds the database, then try again" : begun.error().hint};
  }
  connection.rollback();
  return {Severity::good, "the database can be written", {}};
}

// https://www.sqlite.org/lockingv3.html: without a WAL a commit waits until no reader is left.
Result<Symptom> journal(Connection& connection) {
  EMCEE_ASSIGN(const std::string mode, scalar(connection, "PRAGMA journal_mode"));
  if (mode == "wal") return Symptom{Severity::good, "journal mode is WAL: readers and batches run side by side", {}};
  return Symptom{Severity::note,
                 fmt::format("journal mode is {}: every reader holds up a commit, and every commit the readers", mode),
                 "PRAGMA journal_mode=WAL lets both run side by side, where the application allows it"};
}

// A WAL grows while a reader holds on to its beginning; without a WAL the same reader holds up every
// commit. A passive checkpoint waits for nobody and says how far it came
// (https://www.sqlite.org/pragma.html#pragma_wal_checkpoint).
Result<Symptom> readers(Connection& connection, const std::string& path) {
  constexpr std::uintmax_t kLargeWal = 64U << 20;
  EMCEE_ASSIGN(const std::string mode, scalar(connection, "PRAGMA journal_mode"));
  if (mode != "wal") {
    if (const Result<void> alone = connection.execute("BEGIN EXCLUSIVE"); !alone)
      return Symptom{Severity::problem, "another connection has the database open in a transaction",
                     "end it: without a WAL no commit gets past a reader"};
    connection.rollback();
    return Symptom{Severity::good, "no reader is in a transaction", {}};
  }
  EMCEE_ASSIGN(const auto rows, connection.query("PRAGMA wal_checkpoint(PASSIVE)", {}, 1));
  const auto number = [&](std::size_t i) {
    return rows.empty() || rows[0].size() <= i ? 0 : std::strtoll(applier::to_text(rows[0][i]).c_str(), nullptr, 10);
  };
  const long long frames = number(1), done = number(2);
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path + "-wal", error);
  const std::string size = error ? "empty" : grouped(static_cast<std::int64_t>(bytes >> 10)) + " KiB";
  if (done < frames)
    return Symptom{Severity::problem,
                   fmt::format("a reader keeps {} of {} pages in the WAL ({})", frames - done, frames, size),
                   "end the transaction that reads: the WAL grows with every batch until then"};
  if (!error && bytes > kLargeWal)
    return Symptom{Severity::note, fmt::format("the WAL file has {}, all of it written back", size),
                   "PRAGMA wal_checkpoint(TRUNCATE) gives the room back"};
  return Symptom{Severity::good, fmt::format("no reader holds the WAL ({})", size), {}};
}

Result<Symptom> trusted_schema(Connection& connection) {
  EMCEE_ASSIGN(const std::string trusted, scalar(connection, "PRAGMA trusted_schema"));
  if (trusted != "0") return Symptom{Severity::good, "trusted_schema is on", {}};
  return Symptom{Severity::note, "trusted_schema is off: triggers can call only functions that SQLite calls innocuous",
                 "keep to built-in functions in the expressions of the release map"};
}

Result<Symptom> foreign_keys(Connection& connection) {
  constexpr std::size_t listed = 5;
  EMCEE_ASSIGN(const std::vector<applier::Row> rows, connection.query("PRAGMA foreign_key_check", {}, listed + 1));
  if (rows.empty()) return Symptom{Severity::good, "no row breaks a foreign key", {}};
  std::string list;
  for (std::size_t i = 0; i < std::min(rows.size(), listed); ++i)
    if (rows[i].size() >= 3)
      list += fmt::format("{}{} row {} -> {}", i == 0 ? "" : ", ", applier::to_text(rows[i][0]),
                          applier::to_text(rows[i][1]), applier::to_text(rows[i][2]));
  return Symptom{Severity::problem,
                 fmt::format("rows break a foreign key: {}{}", list, rows.size() > listed ? ", ..." : ""),
                 "repair or delete these rows: PRAGMA foreign_key_check lists all of them"};
}

// A table that is built anew needs room for its copy, twice while the journal holds the old pages.
Result<Symptom> space(Connection& connection, const std::string& path) {
  EMCEE_ASSIGN(const std::string text,
               scalar(connection, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"));
  const auto size = static_cast<std::uintmax_t>(std::strtoull(text.c_str(), nullptr, 10));
  std::error_code error;
  const std::filesystem::space_info room = std::filesystem::space(std::filesystem::path(path).parent_path().empty()
                                                                      ? std::filesystem::path(".")
                                                                      : std::filesystem::path(path).parent_path(),
                                                                  error);
  if (error) return Symptom{Severity::note, "the free space of the disk is not known: " + error.message(), {}};
  const auto mib = [](std::uintmax_t bytes) { return grouped(static_cast<std::int64_t>(bytes >> 20)); };
  if (room.available < 2 * size)
    return Symptom{Severity::problem,
                   fmt::format("{} MiB are free and the database has {} MiB", mib(room.available), mib(size)),
                   "tables that contract builds anew may need twice their size for a while: make room"};
  return Symptom{
      Severity::good, fmt::format("{} MiB are free for a database of {} MiB", mib(room.available), mib(size)), {}};
}

// The first release of the library that can read the schema at all; an older one finds it
// malformed. https://www.sqlite.org/changes.html
struct Feature {
  int version;
  std::string what;
};

Feature newest_feature(const schema::Schema& schema) {
  Feature newest{3000000, {}};
  const auto needs = [&](int version, std::string what) {
    if (version > newest.version) newest = {version, std::move(what)};
  };
  for (const schema::Table& table : schema.tables()) {
    const std::string name = table.name.text();
    if (table.options.strict) needs(3037000, "STRICT table " + name);
    if (table.options.without_rowid) needs(3008002, "WITHOUT ROWID table " + name);
    for (const schema::Column& column : table.columns)
      if (column.generated) needs(3031000, fmt::format("generated column {}.{}", name, column.name.text()));
    for (const schema::Index& index : table.indexes) {
      if (index.where) needs(3008000, "partial index " + index.name.text());
      for (const schema::KeyPart& part : index.parts)
        if (!part.expression.as_column()) needs(3009000, "index on an expression " + index.name.text());
    }
  }
  // Words that an older parser does not know, by the version that brought them.
  const auto scan = [&](const schema::Fragment& text, const std::string& where) {
    const auto& tokens = text.tokens();
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const schema::Token& token = tokens[i];
      const auto is = [&](std::size_t at, const char* word) {
        return at < tokens.size() && tokens[at].is(schema::Role::keyword, word);
      };
      if (is(i, "RETURNING")) needs(3035000, "RETURNING in " + where);
      if (is(i, "MATERIALIZED")) needs(3035000, "MATERIALIZED in " + where);
      if (is(i, "OVER")) needs(3025000, "a window function in " + where);
      if (is(i, "DO") && (is(i + 1, "UPDATE") || is(i + 1, "NOTHING"))) needs(3024000, "an upsert in " + where);
      if (is(i + 1, "JOIN") && (is(i, "RIGHT") || is(i, "FULL"))) needs(3039000, "RIGHT or FULL JOIN in " + where);
      if (token.role == schema::Role::symbol && (token.text == "->" || token.text == "->>"))
        needs(3038000, "the operator " + token.text + " in " + where);
    }
  };
  for (const schema::View& view : schema.views()) scan(view.query, "view " + view.name.text());
  for (const schema::Trigger& trigger : schema.triggers()) scan(trigger.body, "trigger " + trigger.name.text());
  return newest;
}

Symptom library(const schema::Schema& schema) {
  const Feature newest = newest_feature(schema);
  if (newest.what.empty()) return {Severity::good, "any SQLite 3 can read the schema", {}};
  const std::string needed =
      fmt::format("{}.{}.{}", newest.version / 1000000, newest.version / 1000 % 1000, newest.version % 1000);
  const std::string text =
      fmt::format("SQLite {} reads it; applications need {} or newer ({})", sqlite3_libversion(), needed, newest.what);
  return {Severity::good, text, {}};
}

Result<Symptom> unfinished_objects(Connection& connection) {
  EMCEE_ASSIGN(
      const std::string names,
      scalar(connection,
             "SELECT group_concat(name, ', ') FROM (SELECT name FROM sqlite_schema WHERE name LIKE 'emcee\\_%' "
             "ESCAPE '\\' AND tbl_name NOT LIKE 'emcee\\_ledger%' ESCAPE '\\' ORDER BY name)"));
  if (names.empty() || names == "NULL") return Symptom{Severity::good, "no objects of an unfinished upgrade", {}};
  return Symptom{Severity::note, "objects of an upgrade that is not finished: " + names,
                 "finish it with contract, or go back with rollback; `emcee status` says where it stands"};
}

}  // namespace

Result<Symptoms> examine_sqlite(Connection& connection, const Examination& examination) {
  Symptoms symptoms = {write_access(connection)};
  EMCEE_ASSIGN(symptoms.emplace_back(), journal(connection));
  // Others may have to wait for these two: not when a phase is about to begin.
  if (symptoms.front().severity == Severity::good && examination.schema != nullptr) {
    EMCEE_ASSIGN(symptoms.emplace_back(), readers(connection, connection.name()));
  }
  EMCEE_ASSIGN(symptoms.emplace_back(), trusted_schema(connection));
  EMCEE_ASSIGN(symptoms.emplace_back(), foreign_keys(connection));
  EMCEE_ASSIGN(symptoms.emplace_back(), space(connection, connection.name()));
  if (examination.schema != nullptr) symptoms.push_back(library(*examination.schema));
  EMCEE_ASSIGN(symptoms.emplace_back(), unfinished_objects(connection));
  return symptoms;
}

}  // namespace emcee::cli
