// How the values of a type are cast and compared byte for byte.
#pragma once

#include <cstdint>
#include <string>

#include "schema/table.h"

namespace emcee::postgres {

// What "the same bytes" is for a type. IS NOT DISTINCT FROM alone is not it: it asks the type's own
// equality, which json, point and xml lack, and which takes 1.0 for 1.00, -0 for 0, 'a' for 'a ' in
// a bpchar, and 'a' for 'A' in citext or under a nondeterministic collation (seen on 15).
enum class Comparison : std::uint8_t {
  plain,  // equality of the type is equality of the bytes
  text,   // as text, collation "C"
  image,  // record_image_eq: the stored bytes of whatever type
};

struct StoredType {
  // What a value is cast to before it is compared or stored. A cast cuts a text that is too long,
  // where storing it is an error: so without the length of char, varchar and bit.
  std::string cast;
  Comparison comparison = Comparison::image;
  // In pg_catalog, so that no search_path is needed to find it.
  bool built_in = false;
};

StoredType stored_type(const schema::Type& type);

// `left` and `right` are the same, null-safe; both of this type.
std::string same(const StoredType& type, const std::string& left, const std::string& right);
std::string differ(const StoredType& type, const std::string& left, const std::string& right);

}  // namespace emcee::postgres
