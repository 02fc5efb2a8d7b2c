// What PostgreSQL can do, and what its own kinds of change do to the old release.
#pragma once

#include "plan/dialect.h"

namespace emcee::postgres {

// `version` as server_version_num: 150020.
plan::Capabilities capabilities_of(int version);

// See plan::Dialect. Prepared changes are counted as prepared.
plan::Effect effect(const diff::Change& change);
plan::LockTime lock_time(const diff::Change& change, const schema::Schema& before);

}  // namespace emcee::postgres
