#include "codegen/codegen.h"

#include <array>

#include "codegen/mysql_script.h"
#include "codegen/plan_json.h"
#include "codegen/postgres_script.h"
#include "codegen/rendered_plan.h"
#include "codegen/sqlite_script.h"
#include "schema/checksum.h"

namespace emcee::codegen {

namespace {

// The client of each database.
schema::Result<const ScriptDialect*> script_dialect(std::string_view dialect) {
  static const std::array<std::pair<std::string_view, const ScriptDialect* (*)()>, 4> kClients = {{
      {"sqlite", [] { return &sqlite_script(); }},
      {"postgres", [] { return &postgres_script(); }},
      {"mysql", [] { return &mysql_script(); }},
      {"mariadb", [] { return &mysql_script(); }},
  }};
  for (const auto& [name, client] : kClients)
    if (name == dialect) return client();
  return schema::fail(schema::ErrorCode::report_bug, "no client is known for " + std::string(dialect));
}

}  // namespace

schema::Result<std::vector<File>> generate(const plan::Plan& plan, const plan::Dialect& dialect,
                                           const std::string& tool_version) {
  EMCEE_ASSIGN(const RenderedPlan rendered, render(plan, dialect, tool_version));
  EMCEE_ASSIGN(const ScriptDialect* client, script_dialect(dialect.name()));
  std::vector<File> files(1);
  std::vector<std::string> checksums;
  for (const RenderedScript& script : rendered.scripts) {
    files.push_back({script.name + ".sql", forward_script(rendered, script, *client)});
    checksums.push_back(schema::checksum(files.back().text));
  }
  for (const RenderedScript& script : rendered.scripts)
    if (script.phase == plan::Phase::expand)
      files.push_back({"rollback/" + script.name + ".sql", rollback_script(rendered, script, *client)});
  files[0] = {"plan.json", plan_json(rendered, checksums)};
  return files;
}

}  // namespace emcee::codegen
