// What a database says about itself before an upgrade, one examination per dialect.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "applier/connection.h"
#include "schema/schema.h"

namespace emcee::cli {

enum class Severity : std::uint8_t {
  good,     // looked at, nothing to say
  note,     // good to know
  problem,  // an upgrade would fail, or the application has a defect that it would meet
  missing,  // a privilege or a setting is missing
};

struct Symptom {
  Severity severity = Severity::note;
  std::string what;
  std::string remedy;  // empty where nothing has to be done
};

// `schema` is that of the live database. Reads only. Errors: look_at_server.
schema::Result<std::vector<Symptom>> examine_sqlite(applier::Connection& connection, const std::string& path,
                                                    const schema::Schema& schema);

}  // namespace emcee::cli
