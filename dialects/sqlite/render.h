// Steps of a plan as SQLite statements.
#pragma once

#include "plan/dialect.h"

namespace emcee::sqlite {

schema::Result<plan::RenderedStep> render(const plan::Step& step, const schema::Schema& before,
                                          const schema::Schema& after, const plan::Plan& plan, int library);

}  // namespace emcee::sqlite
