#include "codegen/codegen.h"

#include "codegen/plan_json.h"
#include "codegen/rendered_plan.h"
#include "codegen/sqlite_script.h"
#include "schema/checksum.h"

namespace emcee::codegen {

schema::Result<std::vector<File>> generate(const plan::Plan& plan, const plan::Dialect& dialect,
                                           const std::string& tool_version) {
  EMCEE_ASSIGN(const RenderedPlan rendered, render(plan, dialect, tool_version));
  std::vector<File> files(1);
  std::vector<std::string> checksums;
  for (const RenderedScript& script : rendered.scripts) {
    files.push_back({script.name + ".sql", sqlite_script(rendered, script)});
    checksums.push_back(schema::checksum(files.back().text));
  }
  for (const RenderedScript& script : rendered.scripts)
    if (script.phase == plan::Phase::expand)
      files.push_back({"rollback/" + script.name + ".sql", sqlite_rollback(rendered, script)});
  files[0] = {"plan.json", plan_json(rendered, checksums)};
  return files;
}

}  // namespace emcee::codegen
