// One step of a plan -> statements for PostgreSQL.
#pragma once

#include "plan/dialect.h"

namespace emcee::postgres {

schema::Result<plan::RenderedStep> render(const plan::Step& step, const schema::Schema& before,
                                          const schema::Schema& after, const plan::Plan& plan);

}  // namespace emcee::postgres
