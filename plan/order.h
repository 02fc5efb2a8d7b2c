// The order of what names other things: a table before the view that reads it, a type before the
// column that has it.
#pragma once

#include <vector>

#include "plan/draft.h"

namespace emcee::plan {

// Changes that are done together.
using Bundle = std::vector<Item>;

// Puts what is created before what names it; else the order stays. In a cycle the first comes first.
void creators_first(std::vector<Bundle>& bundles);

// Puts what is dropped behind what names it; else the order stays.
void users_first(std::vector<Bundle>& bundles);

// Views that are replaced with one that they read become one bundle. In steps of their own each would be made anew as
// it was, over a view that has changed already.
void join_replaced_views(std::vector<Bundle>& bundles);

// Foreign keys of new tables whose target comes later, or not at all before this table (a cycle),
// become changes of their own at the end.
void detach_foreign_keys(std::vector<Bundle>& bundles, const schema::Schema& before);

// Foreign keys between tables that go, where their order alone cannot free them (a cycle): they go
// first.
void free_foreign_keys(std::vector<Bundle>& bundles);

}  // namespace emcee::plan
