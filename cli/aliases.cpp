#include "cli/aliases.h"

#include <algorithm>

namespace emcee::cli {

// Longer spellings before those that they begin with.
const std::vector<Alias>& aliases() {
  static const std::vector<Alias> all = {
      {{"db_sync", "--expand"}, {"expand"}, "keystone-manage"},
      {{"db_sync", "--migrate"}, {"migrate"}, "keystone-manage"},
      {{"db_sync", "--contract"}, {"contract"}, "keystone-manage"},
      {{"db_sync", "--check"}, {"check"}, "keystone-manage"},
      {{"db_sync"}, {"sync"}, "keystone-manage"},
      {{"db_version"}, {"version"}, "keystone-manage"},
      {{"db", "expand"}, {"expand"}, "glance-manage"},
      {{"db", "migrate"}, {"migrate"}, "glance-manage"},
      {{"db", "contract"}, {"contract"}, "glance-manage"},
      {{"db", "sync"}, {"sync"}, "glance-manage"},
      {{"db", "upgrade"}, {"sync"}, "glance-manage"},
      {{"db", "check"}, {"check", "--codes", "glance"}, "glance-manage"},
      {{"db", "version"}, {"version"}, "glance-manage"},
      {{"db", "version_control"}, {"adopt"}, "glance-manage"},
      {{"db_expand"}, {"expand"}, "glance-manage"},
      {{"db_migrate"}, {"migrate"}, "glance-manage"},
      {{"db_contract"}, {"contract"}, "glance-manage"},
      {{"db_upgrade"}, {"sync"}, "glance-manage"},
      {{"db_version_control"}, {"adopt"}, "glance-manage"},
      {{"upgrade", "head"}, {"upgrade"}, "alembic"},
      {{"current"}, {"version"}, "alembic"},
      {{"stamp"}, {"adopt", "--release"}, "alembic"},
      {{"schema", "upgrade", "head"}, {"upgrade"}, "backend.ai"},
      {{"schema", "show"}, {"status"}, "backend.ai"},
      {{"show"}, {"status"}, "backend.ai"},
      {{"schema", "dump-history"}, {"history"}, "backend.ai"},
      {{"dump-history"}, {"history"}, "backend.ai"},
      {{"schema", "apply-missing-revisions"}, {"apply-missing"}, "backend.ai"},
      {{"schema", "apply-mission-revisions"}, {"apply-missing"}, "backend.ai"},
      {{"apply-missing-revisions"}, {"apply-missing"}, "backend.ai"},
      {{"apply-mission-revisions"}, {"apply-missing"}, "backend.ai"},
      {{"schema", "oneshot"}, {"init"}, "backend.ai"},
      {{"oneshot"}, {"init"}, "backend.ai"},
      {{"initdb"}, {"init"}, "pithos"},
      {{"syncdb"}, {"upgrade"}, "snf-manage"},
  };
  return all;
}

std::vector<std::string> translate_alias(std::vector<std::string> arguments) {
  for (const Alias& alias : aliases()) {
    if (arguments.size() < alias.words.size()) continue;
    if (!std::equal(alias.words.begin(), alias.words.end(), arguments.begin())) continue;
    std::vector<std::string> here(alias.here.begin(), alias.here.end());
    here.insert(here.end(), arguments.begin() + static_cast<std::ptrdiff_t>(alias.words.size()), arguments.end());
    return here;
  }
  return arguments;
}

}  // namespace emcee::cli
