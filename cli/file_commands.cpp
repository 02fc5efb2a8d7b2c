#include <algorithm>

#include "cli/commands.h"
#include "cli/registry.h"

namespace emcee::cli {

namespace {

constexpr const char* kGroup = "schemas and plans";
constexpr const char* kGalera = "galera";

void add_read_options(CLI::App& command, ReadOptions& options) {
  command.add_option("--dialect", options.dialect, "dialect of the texts; default: of the URL or the map, else sqlite")
      ->type_name("NAME");
  command.add_option("--server-version", options.server_version, "of the server that will run the scripts")
      ->type_name("VERSION");
  command.add_flag("--lenient", options.lenient, "leave out what cannot be parsed, with a warning");
}

void add_pair(CLI::App& command, std::string& before, std::string& after) {
  command.add_option("OLD", before, "the schema of the release that runs")->required();
  command.add_option("NEW", after, "the schema of the release to come")->required();
}

void add_map_option(CLI::App& command, std::string& map) {
  command.add_option("--map", map, "release map: renames, expressions, fills, overrides")->type_name("FILE");
}

void add_diff(Registry& registry) {
  const auto o = std::make_shared<DiffOptions>();
  CLI::App& command =
      registry.add(kGroup, "diff", "what changed between two schemas",
                   {"emcee diff old.sql new.sql", "emcee diff git:v1.2:db/schema.sql schema.sql --map release.toml",
                    "emcee diff sqlite:app.db migrations/ --exit-code"},
                   [o](Output& output) { return run_diff(*o, output); });
  add_pair(command, o->before, o->after);
  add_map_option(command, o->map);
  command.add_flag("--exit-code", o->exit_code, "end with 1 where the schemas differ");
  add_read_options(command, o->read);
}

void add_map(Registry& registry) {
  const auto o = std::make_shared<MapOptions>();
  CLI::App& command = registry.add(kGroup, "map", "draft of a release map, with questions as comments",
                                   {"emcee map old.sql new.sql --release ocata --out releases/ocata/release.toml",
                                    "emcee map git:main:schema.sql schema.sql"},
                                   [o](Output& output) { return run_map(*o, output); });
  add_pair(command, o->before, o->after);
  command.add_option("--map", o->map, "what is answered already: the draft asks only what is left")->type_name("FILE");
  command.add_option("--release", o->release, "name of the new release (default: next)")->type_name("NAME");
  command.add_option("--out", o->out, "write there, not to standard output")->type_name("FILE");
  add_read_options(command, o->read);
}

void add_plan(Registry& registry) {
  const auto o = std::make_shared<PlanOptions>();
  const auto topology = std::make_shared<std::string>();
  CLI::App& command =
      registry.add(kGroup, "plan", "the scripts of an upgrade: expand, migrate, contract and the way back",
                   {"emcee plan old.sql new.sql --map releases/ocata/release.toml --out releases/ocata",
                    "emcee plan --map releases/ocata/release.toml --out releases/ocata",
                    "emcee plan sqlite:app.db new.sql --release ocata --best-effort --out releases/ocata"},
                   [o, topology](Output& output) {
                     o->galera = *topology == kGalera;
                     return run_plan(*o, output);
                   });
  command.add_option("OLD", o->before, "the schema of the release that runs; default: as the map says");
  command.add_option("NEW", o->after, "the schema of the release to come; default: as the map says");
  command.add_option("--out", o->out, "release directory to write")->type_name("DIR")->required();
  add_map_option(command, o->map);
  command.add_option("--release", o->release, "name of the new release; default: as the map says")->type_name("NAME");
  command.add_option("--from", o->from, "name of the release before; default: as the map says")->type_name("NAME");
  command.add_option("--component", o->component, "which of several schemas in one database")->type_name("NAME");
  command.add_flag("--best-effort", o->best_effort,
                   "put what would break the old release into contract, fill what has no value, and list both");
  add_choice(command, "--topology", *topology, {kGalera},
             "galera: print what is done around the phases of a cluster, step by step");
  add_read_options(command, o->read);
}

void add_lint(Registry& registry) {
  const auto o = std::make_shared<LintOptions>();
  const auto policy = std::make_shared<std::string>("add-only");
  const auto format = std::make_shared<std::string>("text");
  const auto fail_on = std::make_shared<std::string>("error");
  CLI::App& command = registry.add(
      kGroup, "lint", "does the old release keep working? add-only and rolling rules, on files only",
      {"emcee lint old.sql new.sql", "emcee lint git:main:schema.sql schema.sql --policy rolling --map release.toml",
       "emcee lint migrations/0042_add_age.sql --base git:main:migrations/ --format github", "emcee lint releases/"},
      [o, policy, format, fail_on](Output& output) {
        o->policy = *policy == "rolling" ? LintPolicy::rolling : LintPolicy::add_only;
        const auto& formats = lint_format_names();
        const auto index = std::find(formats.begin(), formats.end(), *format) - formats.begin();
        o->format = output.json() ? LintFormat::json : static_cast<LintFormat>(index);
        o->fail_on = *fail_on == "note"      ? LintLevel::note
                     : *fail_on == "warning" ? LintLevel::warning
                                             : LintLevel::error;
        return run_lint(*o, output);
      });
  command
      .add_option("SCHEMA", o->sources, "OLD NEW; with --base, the files to replay onto it; or a folder of releases")
      ->required();
  command.add_option("--base", o->base, "the schema of the release that runs")->type_name("SCHEMA");
  add_choice(command, "--policy", *policy, {"add-only", "rolling"},
             "add-only (default): nothing is left for contract; rolling: both releases can run");
  add_choice(command, "--format", *format, lint_format_names(), "how findings are printed (default: text)");
  add_choice(command, "--fail-on", *fail_on, {"error", "warning", "note"},
             "the least level that makes the answer no (default: error)");
  command.add_option("--allow", o->allow, "exceptions, each with a reason and the release in which it ends")
      ->type_name("FILE");
  command.add_option("--release", o->release, "name of the new release; default: as the map says")->type_name("NAME");
  add_map_option(command, o->map);
  add_read_options(command, o->read);
}

void add_inspect(Registry& registry) {
  const auto o = std::make_shared<InspectOptions>();
  CLI::App& command = registry.add(kGroup, "inspect", "a live schema, or any other, as DDL in canonical form",
                                   {"emcee inspect sqlite:app.db", "emcee inspect migrations/ > schema.sql"},
                                   [o](Output& output) { return run_inspect(*o, output); });
  command.add_option("SCHEMA", o->source, "database URL, file, folder, `-` or git:REF:path")->required();
  add_read_options(command, o->read);
}

}  // namespace

void add_file_commands(Registry& registry) {
  add_diff(registry);
  add_map(registry);
  add_plan(registry);
  add_lint(registry);
  add_inspect(registry);
}

}  // namespace emcee::cli
