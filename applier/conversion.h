// Rows whose new columns only a program outside of the database can compute (docs/applier.md): what it is
// asked, what it answers, and how that is written. Questions and answers are lines of JSON.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "applier/connection.h"
#include "applier/options.h"
#include "applier/release.h"

namespace emcee::applier {

// A row that waits, in the order of the columns of the conversion.
struct AskedRow {
  Row place;  // in the walk
  Row key, old_values;
};

// One line per row. Values are JSON's own; bytes, and texts that are no UTF-8, are {"hex": "..."}.
std::string questions(const Backfill& backfill, const std::vector<AskedRow>& rows);

// The new values of each of the rows, in their order. Errors: look_at_server, with the line or the key, where the
// text is not one answer per row that makes a whole new form.
Result<std::vector<Row>> read_answers(const Backfill& backfill, const std::vector<AskedRow>& rows,
                                      const std::string& text);

// Stands in for a program: answers every question with the values of the new columns that `convert` gives for its map.
// REQUIRES: the text is one of `questions`.
std::string answers(const std::string& questions,
                    const std::function<std::map<std::string, Value>(const std::string& map)>& convert);

class Converter {
 public:
  // REQUIRES: the backfill has a conversion; all live as long as the converter.
  Converter(Connection& connection, const Options& options, const Backfill& backfill)
      : connection_(connection), options_(options), backfill_(backfill) {}

  // Asks for the new form of the rows that meet the condition and wait, if there are any. Nothing is locked
  // meanwhile. Errors: those of Options::ask and of read_answers.
  Result<void> ask(const std::vector<KeyPart>& key, const std::string& condition, const Row& parameters);
  // Writes what was answered last, to those of the rows that still wait, and tells how many. REQUIRES: ask came
  // before; within a transaction, if the table has any.
  Result<std::int64_t> write(const std::vector<KeyPart>& key);

 private:
  Connection& connection_;
  const Options& options_;
  const Backfill& backfill_;
  std::vector<AskedRow> rows_;
  std::vector<Row> answers_;
};

}  // namespace emcee::applier
