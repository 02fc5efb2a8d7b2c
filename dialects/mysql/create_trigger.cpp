// How triggers are called, made and asked for.
#include <fmt/format.h>

#include "dialects/mysql/quoting.h"
#include "dialects/mysql/sync_triggers.h"
#include "dialects/mysql/trigger_body.h"
#include "schema/checksum.h"

namespace emcee::mysql {

using plan::SyncGroup;

namespace {

// For triggers. https://dev.mysql.com/doc/refman/8.0/en/create-trigger.html
bool has_if_not_exists(const Server& server) { return server.is_mariadb() || server.version >= 80029; }

}  // namespace

// Names of triggers have at most 64 characters.
std::string sync_object_name(const SyncGroup& group, std::string_view what) {
  constexpr std::size_t kLongest = 64;
  std::string name = fmt::format("emcee_{}_{}", group.name, what);
  if (name.size() <= kLongest) return name;
  const std::string mark = schema::checksum(group.name).substr(0, 8);
  return fmt::format("emcee_{}_{}_{}", group.name.substr(0, kLongest - what.size() - mark.size() - 8), mark, what);
}

std::string create_trigger(const Server& server, const std::string& name, const std::string& time,
                           const std::string& table, const TriggerBody& body) {
  return fmt::format("CREATE DEFINER = CURRENT_USER TRIGGER {}{} {} ON {} FOR EACH ROW\nBEGIN\n{}END",
                     has_if_not_exists(server) ? "IF NOT EXISTS " : "", quoting().quoted(name), time, table,
                     body.text(2));
}

void make_trigger(std::vector<std::string>& run, const Server& server, const std::string& name, std::string create) {
  if (!has_if_not_exists(server)) run.push_back("DROP TRIGGER IF EXISTS " + quoting().quoted(name));
  run.push_back(std::move(create));
}

std::string trigger_exists(const std::string& name) {
  return fmt::format(
      "EXISTS (SELECT 1 FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND TRIGGER_NAME = {})",
      string_literal(name));
}

}  // namespace emcee::mysql
