#include "cli/database.h"
#include "cli/registry.h"
#include "cli/schema_source.h"

namespace emcee::cli {

namespace {

constexpr const char* kPhases = "phases of an upgrade";
constexpr const char* kState = "where a database stands";

// A database can be named by its path.
CLI::Validator path_as_url() {
  return {[](std::string& given) {
            given = as_url(given);
            return std::string();
          },
          ""};
}

CLI::Option* add_db(CLI::App& command, std::string& db) {
  return command.add_option("--db", db, "the database: sqlite:app.db, postgresql://user@host/database")
      ->type_name("URL")
      ->required()
      ->transform(path_as_url());
}

CLI::Option* add_plan_directory(CLI::App& command, std::string& directory) {
  return command.add_option("--plan", directory, "release directory that `emcee plan` wrote")->type_name("DIR");
}

CLI::Option* add_project(CLI::App& command, std::string& file) {
  return command.add_option(kProjectOption, file, "the databases and releases of this emcee.toml, in its order")
      ->type_name("FILE");
}

void add_target(CLI::App& command, DatabaseOptions& options) {
  CLI::Option* db = add_db(command, options.db);
  CLI::Option* plan = add_plan_directory(command, options.directory)->required();
  CLI::Option* project = add_project(command, options.project)->excludes(db)->excludes(plan);
  command.add_option("--component", options.component, "only this component of the project")
      ->type_name("NAME")
      ->needs(project);
  command.add_option("--skip", options.skip, "leave out this component of the project")
      ->type_name("NAME")
      ->expected(1)
      ->needs(project);
}

void add_common_phase_options(CLI::App& command, PhaseOptions& options) {
  add_target(command, options.database);
  command.add_flag("--dry-run", options.dry_run, "print the statements, touch nothing");
  command.add_flag("--step", options.one_step, "stop after one step; run again for the next (exit code 1: more)");
  add_number(command, "--lock-timeout", options.lock_timeout_ms, "MS", 1,
             "how long a statement waits for a lock (default: 2000; PostgreSQL 500, SQLite 5000)");
  add_number(command, "--retry", options.retries, "N", 0,
             "how often a step or batch is tried again after a lock, a deadlock or a lost connection (default: 30), "
             "and, where given, a server that cannot be reached");
  add_number(command, "--retry-interval", options.retry_interval_ms, "MS", 1,
             "pause between attempts to reach the server (default: 1000)");
}

void add_despite(CLI::App& command, PhaseOptions& options) {
  command
      .add_option("--despite", options.despite,
                  "pass over what the project asks for (backup, manual steps, old clients); the reason is recorded")
      ->type_name("REASON");
}

void add_trust_option(CLI::App& command, PhaseOptions& options) {
  command.add_flag("--manage-trust", options.manage_trust,
                   "MySQL, MariaDB: set log_bin_trust_function_creators for the time of this command");
}

void add_drift_option(CLI::App& command, PhaseOptions& options) {
  command.add_flag("--ignore-drift", options.ignore_drift,
                   "go on where the schema is not the one that the plan expects");
}

void add_batch_options(CLI::App& command, PhaseOptions& options) {
  add_number(command, "--batch", options.batch, "ROWS", 1,
             "rows per batch (default: adapted, so that writers wait 100 ms at most)");
  add_number(command, "--max-rows", options.max_rows, "ROWS", 1,
             "stop after so many changed rows (exit code 1: more to do)");
  add_number(command, "--sleep", options.sleep_ms, "MS", 0,
             "pause after each batch (default: adapted to other writers)");
  add_number(command, "--max-lag", options.max_lag_mb, "MB", 0,
             "PostgreSQL: wait while a standby or a replication slot is further behind (default: 64; 0: never wait)");
  add_number(command, "--max-running", options.max_running, "N", 0,
             "servers: wait while more than N statements of others run (default: 0: never wait)");
  add_number(command, "--max-history", options.max_history, "N", 0,
             "MariaDB, MySQL: wait while more than N transactions await purge (default: 1000000; 0: never wait)");
  command
      .add_option("--replica", options.replicas,
                  "servers: wait while this replica is behind; may be given again for a further one")
      ->type_name("URL")
      ->take_all();
  add_number(command, "--max-delay", options.max_delay, "SECONDS", 0,
             "what a --replica may lack: what was written so long ago (default: 5)");
  command
      .add_option("--migrator", options.migrator,
                  "what converts the rows of a frozen map, run by /bin/sh (default: the migrator of the map)")
      ->type_name("COMMAND");
  add_number(command, "--migrator-timeout", options.migrator_timeout, "SECONDS", 1,
             "how long it may take for a batch (default: 600)");
  add_number(command, "--jobs", options.jobs, "N", 1,
             "tables filled at once, each on its own connection; not with --max-rows (default: 1)");
}

CLI::App& add_phase(Registry& registry, PhaseCommand phase, const std::string& name, const std::string& summary,
                    std::vector<std::string> examples, const std::shared_ptr<PhaseOptions>& options) {
  CLI::App& command = registry.add(kPhases, name, summary, std::move(examples),
                                   [options, phase](Output& output) { return run_phase(phase, *options, output); });
  add_common_phase_options(command, *options);
  if (phase != PhaseCommand::rollback) add_despite(command, *options);
  return command;
}

void add_phases(Registry& registry) {
  auto options = std::make_shared<PhaseOptions>();
  CLI::App& expand =
      add_phase(registry, PhaseCommand::expand, "expand", "add what the new release needs; the old one runs on",
                {"emcee expand --db sqlite:app.db --plan releases/ocata",
                 "emcee expand --db sqlite:app.db --plan releases/ocata --dry-run"},
                options);
  add_drift_option(expand, *options);
  add_trust_option(expand, *options);
  options = std::make_shared<PhaseOptions>();
  CLI::App& migrate =
      add_phase(registry, PhaseCommand::migrate, "migrate", "bring existing rows to the new form, in batches",
                {"emcee migrate --db sqlite:app.db --plan releases/ocata",
                 "emcee migrate --db sqlite:app.db --plan releases/ocata --batch 1000 --max-rows 50000"},
                options);
  add_batch_options(migrate, *options);
  options = std::make_shared<PhaseOptions>();
  CLI::App& contract =
      add_phase(registry, PhaseCommand::contract, "contract", "remove what only the old release needed",
                {"emcee contract --db sqlite:app.db --plan releases/ocata"}, options);
  add_drift_option(contract, *options);
  add_trust_option(contract, *options);
  options = std::make_shared<PhaseOptions>();
  CLI::App& sync = add_phase(registry, PhaseCommand::sync, "sync", "all phases at once, offline and without triggers",
                             {"emcee sync --db sqlite:app.db --plan releases/ocata"}, options);
  add_batch_options(sync, *options);
  add_drift_option(sync, *options);
  add_trust_option(sync, *options);
  options = std::make_shared<PhaseOptions>();
  CLI::App& rollback =
      add_phase(registry, PhaseCommand::rollback, "rollback", "back to the old schema, before contract",
                {"emcee rollback --db sqlite:app.db --plan releases/ocata",
                 "emcee rollback --db sqlite:app.db --plan releases/ocata --discard"},
                options);
  add_trust_option(rollback, *options);
  rollback.add_flag("--discard", options->discard, "lose what the old schema cannot hold (it is listed without this)");
}

void add_steering(Registry& registry) {
  const auto add = [&](SteeringCommand which, const std::string& name, const std::string& summary,
                       const std::string& example) {
    const auto o = std::make_shared<SteeringOptions>();
    o->command = which;
    CLI::App& command =
        registry.add(kPhases, name, summary, {example}, [o](Output& output) { return run_steering(*o, output); });
    add_target(command, o->database);
    if (which == SteeringCommand::pause)
      command.add_option("--reason", o->reason, "what the operators of the others read")->type_name("TEXT");
    if (which != SteeringCommand::throttle) return;
    add_number(command, "--batch", o->batch, "ROWS", 1, "rows per batch");
    add_number(command, "--sleep", o->sleep_ms, "MS", 0, "pause after each batch");
  };
  add(SteeringCommand::pause, "pause", "let a running migrate wait before its next batch",
      "emcee pause --db sqlite:app.db --plan releases/ocata --reason \"sale until noon\"");
  add(SteeringCommand::throttle, "throttle", "let a running migrate go slower, or faster",
      "emcee throttle --db sqlite:app.db --plan releases/ocata --batch 500 --sleep 100");
  add(SteeringCommand::resume, "resume", "let a migrate that was paused or throttled go on at its own pace",
      "emcee resume --db sqlite:app.db --plan releases/ocata");
}

void add_upgrade(Registry& registry) {
  const auto o = std::make_shared<PhaseOptions>();
  CLI::App& command =
      registry.add(kPhases, "upgrade", "every pending release of a project, offline, one after the other",
                   {"emcee upgrade --project emcee.toml", "emcee upgrade --project emcee.toml --dry-run"},
                   [o](Output& output) { return run_upgrade(*o, output); });
  add_common_phase_options(command, *o);
  add_batch_options(command, *o);
  add_drift_option(command, *o);
  add_despite(command, *o);
}

void add_apply_missing(Registry& registry) {
  const auto o = std::make_shared<ApplyMissingOptions>();
  CLI::App& command = registry.add(kPhases, "apply-missing",
                                   "what a database lacks that comes from a release branch, offline, each exactly once",
                                   {"emcee apply-missing 23.09.10 --project emcee.toml --dry-run",
                                    "emcee apply-missing 23.09.10 --project emcee.toml"},
                                   [o](Output& output) { return run_apply_missing(*o, output); });
  command.add_option("RELEASE", o->known, "the release that the database comes from, with what was backported to it")
      ->required();
  add_common_phase_options(command, o->phase);
  add_batch_options(command, o->phase);
  add_drift_option(command, o->phase);
  add_despite(command, o->phase);
}

void add_confirm(Registry& registry) {
  const auto o = std::make_shared<ConfirmOptions>();
  CLI::App& command =
      registry.add(kPhases, "confirm", "record that a backup or a manual step is done, which the next phase asks for",
                   {"emcee confirm backup --project emcee.toml --component glance --note \"tape 42\"",
                    "emcee confirm settings --project emcee.toml --component cyclades"},
                   [o](Output& output) { return run_confirm(*o, output); });
  command.add_option("NAME", o->name, "`backup`, or the name of a manual step of the project")->required();
  command.add_option("--note", o->note, "what others read; for a backup: what to restore it from")->type_name("TEXT");
  add_target(command, o->database);
}

void add_backup(Registry& registry) {
  const auto o = std::make_shared<BackupOptions>();
  CLI::App& command = registry.add(
      kPhases, "backup", "make a backup and record it",
      {"emcee backup --db sqlite:app.db --plan releases/ocata --to app-before-ocata.db",
       "emcee backup --db postgresql:///shop --plan releases/ocata --command 'pg_dump -Fc -f \"$EMCEE_FILE\" shop'"},
      [o](Output& output) { return run_backup(*o, output); });
  command.add_option("--to", o->file, "default: COMPONENT-RELEASE-before-PHASE.backup")->type_name("FILE");
  command
      .add_option(
          "--command", o->command,
          "for /bin/sh, which finds EMCEE_DB, EMCEE_FILE, EMCEE_COMPONENT, EMCEE_RELEASE and EMCEE_PHASE in its "
          "environment (default: of the project; SQLite: built in)")
      ->type_name("COMMAND");
  add_target(command, o->database);
}

void add_path(Registry& registry) {
  const auto o = std::make_shared<PathOptions>();
  o->project = "emcee.toml";
  CLI::App& command =
      registry.add(kState, "path", "whether one release may follow another, and the way there",
                   {"emcee path 23.09.9 24.03.0", "emcee path 23.09.9 23.09.10 24.03.0 --project emcee.toml"},
                   [o](Output& output) { return run_path(*o, output); });
  command.add_option("RELEASE", o->stations, "where it begins, where it goes, in their order")
      ->required()
      ->expected(2, CLI::detail::expected_max_vector_size);
  add_project(command, o->project)->description("the file that lists the releases (default: emcee.toml)");
}

void add_verify(Registry& registry) {
  const auto o = std::make_shared<VerifyOptions>();
  CLI::App& command =
      registry.add(kState, "verify", "rows that are pending, in conflict, or against a constraint to come",
                   {"emcee verify --db sqlite:app.db --plan releases/ocata",
                    "emcee verify --db sqlite:app.db --plan releases/ocata --resolve new"},
                   [o](Output& output) { return run_verify(*o, output); });
  add_target(command, o->database);
  add_choice(command, "--resolve", o->resolve, {"old", "new"}, "rows in conflict follow this release");
  command.add_flag("--drift", o->drift, "compare the schema with the one that the plan expects, too");
}

void add_status(Registry& registry) {
  const auto o = std::make_shared<StatusOptions>();
  CLI::App& command = registry.add(
      kState, "status", "the scripts of a release, and what to do next",
      {"emcee status --db sqlite:app.db --plan releases/ocata", "emcee status --project emcee.toml --metrics"},
      [o](Output& output) { return run_status(*o, output); });
  add_target(command, o->database);
  command.add_flag("--metrics", o->metrics, "as text that Prometheus reads");
}

void add_version(Registry& registry) {
  const auto o = std::make_shared<VersionOptions>();
  CLI::App& command =
      registry.add(kState, "version", "the composite version: last expand and last contract script",
                   {"emcee version --db sqlite:app.db", "emcee version --db app.db --plan releases/ocata"},
                   [o](Output& output) { return run_version(*o, output); });
  CLI::Option* db = add_db(command, o->db);
  add_plan_directory(command, o->directory);
  add_project(command, o->project)->excludes(db);
  command.add_option("--component", o->component, "which of several schemas in one database (default: main)")
      ->type_name("NAME");
}

void add_check(Registry& registry) {
  const auto o = std::make_shared<CheckOptions>();
  const auto codes = std::make_shared<std::string>("keystone");
  CLI::App& command = registry.add(
      kState, "check", "the state as exit code: 0 up to date, 1 wrong, 2 expand, 3 migrate, 4 contract is next",
      {"emcee check --db sqlite:app.db --plan releases/ocata",
       "emcee check --db sqlite:app.db --plan releases/ocata --codes glance"},
      [o, codes](Output& output) {
        o->glance = *codes == "glance";
        return run_check(*o, output);
      });
  add_target(command, o->database);
  add_choice(command, "--codes", *codes, {"keystone", "glance"}, "glance: 3, 4, 5 for expand, migrate, contract");
}

void add_adopt(Registry& registry) {
  const auto o = std::make_shared<AdoptOptions>();
  o->component = "main";
  CLI::App& command = registry.add(kState, "adopt", "put a database under control, if it is what it is said to be",
                                   {"emcee adopt --db sqlite:app.db --at newton.sql --release newton",
                                    "emcee adopt --db sqlite:app.db --plan releases/ocata"},
                                   [o](Output& output) { return run_adopt(*o, output); });
  add_db(command, o->database.db);
  add_plan_directory(command, o->database.directory)->description("it stands at the end of this release");
  command.add_option("--at", o->schema, "it has this schema")->type_name("SCHEMA");
  command.add_option("--release", o->release, "it stands at this release")->type_name("NAME");
  command.add_option("--component", o->component, "which of several schemas in one database (default: main)")
      ->type_name("NAME");
}

void add_history(Registry& registry) {
  const auto o = std::make_shared<HistoryOptions>();
  o->component = "main";
  CLI::App& command =
      registry.add(kState, "history", "all that was recorded: text, JSON, or a page for a change ticket",
                   {"emcee history --db sqlite:app.db", "emcee history --db sqlite:app.db --page upgrade.html"},
                   [o](Output& output) { return run_history(*o, output); });
  add_db(command, o->db);
  command.add_option("--component", o->component, "which of several schemas in one database (default: main)")
      ->type_name("NAME");
  command.add_option("-o,--to", o->file, "write the JSON to this file")->type_name("FILE");
  command.add_option("--page,--report", o->page, "write an HTML page with a timeline to this file")->type_name("FILE");
}

void add_init(Registry& registry) {
  const auto o = std::make_shared<InitOptions>();
  CLI::App& command =
      registry.add(kPhases, "init", "a new installation: the schema of a release, in an empty database",
                   {"emcee init --db sqlite:new.db --plan releases/ocata", "emcee init --project emcee.toml"},
                   [o](Output& output) { return run_init(*o, output); });
  command.add_flag("--dry-run", o->dry_run, "print the statements, touch nothing");
  add_target(command, o->database);
}

void add_doctor(Registry& registry) {
  const auto o = std::make_shared<DoctorOptions>();
  CLI::App& command = registry.add(kState, "doctor", "what would stand in the way: rights, settings, leftovers",
                                   {"emcee doctor sqlite:app.db", "emcee doctor sqlite:app.db --plan releases/ocata",
                                    "emcee doctor mariadb://admin@db.example/shop"},
                                   [o](Output& output) { return run_doctor(*o, output); });
  command.add_option("DB", o->db, "the database: sqlite:app.db, postgresql://user@host/database")
      ->required()
      ->transform(path_as_url());
  add_plan_directory(command, o->directory);
}

void add_rehearse(Registry& registry) {
  const auto o = std::make_shared<RehearseOptions>();
  CLI::App& command =
      registry.add(kState, "rehearse", "two releases write on a scratch database while the plan is carried out",
                   {"emcee rehearse releases/ocata", "emcee rehearse releases/ocata --seconds 60 --seed 7",
                    "emcee rehearse releases/ocata --db postgresql://admin@localhost/postgres"},
                   [o](Output& output) { return run_rehearse(*o, output); });
  command.add_option("PLAN", o->directory, "release directory that `emcee plan` wrote")->required();
  command.add_option("--db", o->db, "a server that scratch databases are made on; SQLite needs none")
      ->type_name("URL")
      ->transform(path_as_url());
  command.add_option("--map", o->map, "the map that the plan was made with (default: release.toml in PLAN)")
      ->type_name("FILE");
  command.add_option("--server-version", o->server_version, "that the plan was made for")->type_name("VERSION");
  add_number(command, "--seconds", o->seconds, "N", 1, "how long new upgrades are begun (default: 5)");
  add_number(command, "--seed", o->seed, "N", 0, "what is written (default: something else each time)");
}

}  // namespace

void add_database_commands(Registry& registry) {
  add_phases(registry);
  add_steering(registry);
  add_upgrade(registry);
  add_apply_missing(registry);
  add_init(registry);
  add_confirm(registry);
  add_backup(registry);
  add_verify(registry);
  add_status(registry);
  add_version(registry);
  add_check(registry);
  add_path(registry);
  add_adopt(registry);
  add_history(registry);
  add_doctor(registry);
  add_rehearse(registry);
}

}  // namespace emcee::cli
