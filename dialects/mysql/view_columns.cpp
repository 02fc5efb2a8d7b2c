#include "dialects/mysql/view_columns.h"

#include "dialects/mysql/canonical_query.h"

namespace emcee::mysql {

std::optional<std::vector<schema::Identifier>> view_columns(const schema::Schema& schema,
                                                            const schema::QualifiedName& name) {
  const schema::View* view = schema.find_view(name);
  if (!view) return std::nullopt;
  return view->columns.empty() ? result_names(view->query) : view->columns;
}

}  // namespace emcee::mysql
