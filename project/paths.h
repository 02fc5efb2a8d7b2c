// Which release may be reached from which, by the data of the project and never by which files happen to
// be there.
//
// Within a series every release leads to the next one; one that changes no schema may be left out. The
// last release of a series leads to every release of the next. Nothing leads back, and no series is
// skipped.
#pragma once

#include <string>
#include <vector>

#include "project/project.h"

namespace emcee::project {

// The shortest allowed way, both ends included; of equally short ones the one that stays longest in
// the older series. Errors: usage where a release is unknown; answer_is_no where `to` is not after `from`.
schema::Result<std::vector<std::string>> shortest_path(const Project& project, const std::string& from,
                                                       const std::string& to);

// Whether one may go from each of the stations to the next one directly. Errors: answer_is_no, naming the
// shortest allowed way; those of shortest_path.
schema::Result<void> check_path(const Project& project, const std::vector<std::string>& stations);

}  // namespace emcee::project
