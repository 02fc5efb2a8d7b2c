// The catalogue of a live database.
#pragma once

#include <string>

#include "dialects/mysql/flavour.h"

namespace emcee::mysql {

// See plan::Dialect::catalogue_query. Objects of Emcee are left out.
std::string catalogue_query(const Server& server);

}  // namespace emcee::mysql
