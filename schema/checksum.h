// The checksum by which plan.json and the ledger recognise a script that was changed.
#pragma once

#include <string>
#include <string_view>

namespace emcee::schema {

// XXH3-128 in its canonical (big-endian) form: 32 hex digits in lower case.
std::string checksum(std::string_view bytes);

}  // namespace emcee::schema
