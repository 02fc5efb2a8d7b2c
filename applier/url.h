// URLs of databases, as messages may show them.
#pragma once

#include <string>
#include <string_view>

namespace emcee::applier {

// The URL with *** in place of a password, before the @ as well as among the parameters.
std::string without_password(std::string_view url);

}  // namespace emcee::applier
