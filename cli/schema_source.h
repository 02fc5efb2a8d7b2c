// Where a schema comes from, as it is named on the command line:
//
//   schema.sql           a file
//   migrations/          the *.sql files of a folder, in name order
//   -                    standard input
//   git:REF:path         a file or a folder of a commit
//   sqlite:app.db        a live database; app.db will do
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parser/ast.h"
#include "plan/dialect.h"

namespace emcee::cli {

// The scheme of a database URL (`sqlite`), empty where the text is none. A path with a colon
// (`git:...`, `./a:b`) is none.
std::string_view url_scheme(std::string_view text);

// The URL of a database that is named by its path alone: `app.db` -> `sqlite:app.db`, where the name ends
// in .db, .sqlite or .sqlite3, or the file is a SQLite database. The driver in a scheme is left out:
// `mysql+pymysql://` -> `mysql://`. Everything else comes back as it is.
std::string as_url(const std::string& source);

// The texts that a source other than a database names.
// Errors: usage, where it cannot be read; the hint is the way out.
schema::Result<std::vector<parser::Source>> read_texts(const std::string& source);

struct LoadedSchema {
  schema::Schema schema;
  parser::Coverage coverage;
  std::vector<parser::Source> texts;  // empty for a live database
};

struct LoadedPair {
  LoadedSchema before, after;
};

// A schema from anywhere. Errors: usage, fix_text, fix_schema, look_at_server.
schema::Result<LoadedSchema> load_schema(const std::string& source, const plan::Dialect& dialect, bool lenient);

// The schema that replaying the files onto the base gives. `texts` holds those of the files only.
schema::Result<LoadedPair> load_onto_base(const std::string& base, const std::vector<std::string>& files,
                                          const plan::Dialect& dialect, bool lenient);

// Both at once, in two threads; where both fail the first error is given.
schema::Result<LoadedPair> load_pair(const std::string& before, const std::string& after, const plan::Dialect& dialect,
                                     bool lenient);

}  // namespace emcee::cli
