// One step of a plan -> statements for MySQL or MariaDB.
#pragma once

#include "dialects/mysql/flavour.h"
#include "plan/dialect.h"

namespace emcee::mysql {

schema::Result<plan::RenderedStep> render(const plan::Step& step, const schema::Schema& before,
                                          const schema::Schema& after, const plan::Plan& plan, const Server& server);

// How long the change keeps writers out, before anything of the upgrade is known.
plan::LockTime lock_time(const diff::Change& change, const schema::Schema& before, const Server& server);

}  // namespace emcee::mysql
