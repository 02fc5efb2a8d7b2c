// converge: every pair of the corpus, forwards and backwards, planned and run on a real server.
//
//   converge SERVER [FILTER [MODE]]      pairs whose path holds FILTER, or one of several with commas
//                                        between them, in the modes whose name holds MODE
//
// The pairs are those of the corpus, of the cases and of fixtures/converge; of another folder of the corpus' shape,
// where EMCEE_CORPUS names one.
//
// The catalogue afterwards, read by the server's own means, must equal that of a freshly created new
// schema; a second diff must be empty; no row of a column that both schemas have may change.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "applier/applier.h"
#include "cli/live_schema.h"
#include "codegen/codegen.h"
#include "diff/diff.h"
#include "plan/planner.h"
#include "tests/converge/listed.h"
#include "tests/converge/rows.h"
#include "tests/converge/server.h"

namespace emcee::testing {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

template <class T>
T need(schema::Result<T> result, const std::string& what) {
  if (!result) stop(what + ": " + to_text(result.error()));
  return *std::move(result);
}

enum class Mode { online_empty, online_rows, offline_rows, shell_rows, awkward_rows };
const std::map<Mode, std::string> kModes = {{Mode::online_empty, "online, empty"},
                                            {Mode::online_rows, "online, with rows"},
                                            {Mode::offline_rows, "offline, with rows"},
                                            {Mode::shell_rows, "by the server's client"},
                                            {Mode::awkward_rows, "with awkward rows"}};

struct Pair {
  std::string name;
  fs::path folder;
  std::string old_sql, new_sql;
};

// A pair in one direction: its schemas on the server, from which every run starts.
struct Schemas {
  Server& server;
  std::unique_ptr<Database> old_empty, new_empty;
  std::string wanted;  // the catalogue of the new schema
};

struct Count {
  int runs = 0, converged = 0, refused = 0, old_writes = 0, new_writes = 0, new_refused = 0;
  std::map<std::string, std::vector<std::string>> failures, refusals, listed;
  std::map<std::string, std::string> not_taken;  // by the server: pairs that are not run
};

std::string first_difference(const std::string& a, const std::string& b) {
  std::istringstream x(a), y(b);
  std::string p, q;
  while (true) {
    const bool more_x = static_cast<bool>(std::getline(x, p)), more_y = static_cast<bool>(std::getline(y, q));
    if (!more_x && !more_y) return "equal";
    if (!more_x) p = "(end)";
    if (!more_y) q = "(end)";
    if (p != q) return fmt::format("'{}' instead of '{}'", p, q);
  }
}

class Run {
 public:
  Run(const Pair& pair, Schemas& schemas, Mode mode, const fs::path& folder, Count& count)
      : pair_(pair),
        schemas_(schemas),
        server_(schemas.server),
        mode_(mode),
        folder_(folder),
        count_(count),
        dialect_(schemas.server.dialect()) {}

  void go() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    parser::Coverage coverage;
    before_ = need(dialect_.read({parser::Source("old.sql", pair_.old_sql)}, false, coverage), "old schema");
    after_ = need(dialect_.read({parser::Source("new.sql", pair_.new_sql)}, false, coverage), "new schema");
    make_plan();
    int rows = mode_ == Mode::online_empty ? 0 : 2;
    while (!attempt(rows)) {
      // The rows stand against the new schema, and were refused: with fewer, nothing collides.
      if (rows == 0) stop("refused without rows");
      rows = mode_ == Mode::awkward_rows ? 0 : rows - 1;
    }
  }

 private:
  void make_plan() {
    diff::ReleaseMap map;
    map.name = "next";
    plan::PlanOptions options;
    options.best_effort = true;
    const plan::Planning planning = need(plan::make_plan(before_, after_, map, dialect_, options), "plan");
    if (planning.refused()) stop("refused: " + planning.findings.front().why);
    const auto files = need(codegen::generate(planning.plan, dialect_, "test"), "codegen");
    for (const auto& file : files) {
      fs::create_directories((folder_ / file.path).parent_path());
      std::ofstream(folder_ / file.path, std::ios::binary) << file.text;
    }
    release_ = need(applier::read_release(folder_), "plan.json");
  }

  // False where the rows stand against the new schema.
  bool attempt(int rows) {
    const auto database = server_.copy(*schemas_.old_empty);
    const RowKind kind = mode_ == Mode::awkward_rows ? RowKind::awkward : RowKind::fitting;
    for (int number = 1; number <= rows; ++number) insert_rows(server_, *database, before_, kind, number);
    old_catalogue_ = database->catalogue();
    old_rows_ = common_rows(server_, *database, before_, before_);
    expected_rows_.clear();
    if (mode_ == Mode::shell_rows) return run_shell(*database);
    const auto connection = database->connect();
    applier::Options options;
    if (mode_ == Mode::offline_rows) {
      options.tool_version = "test";
      return finish(applier::sync(*connection, release_, options), *connection, *database);
    }
    need(applier::expand(*connection, release_, options), "expand");
    if (rows > 0 && mode_ == Mode::online_rows) write_as_old(*database, 3);
    if (auto migrated = applier::migrate(*connection, release_, options); !migrated)
      return refused(migrated.error(), *connection, *database);
    if (rows > 0 && mode_ == Mode::online_rows) write_as_new(*database, 4);
    expected_rows_ = common_rows(server_, *database, before_, after_);
    return finish(applier::contract(*connection, release_, options), *connection, *database);
  }

  // Whatever the old release could do before, it can do now.
  void write_as_old(Database& database, int number) {
    const auto plain = server_.copy(*schemas_.old_empty);
    for (const int each : {1, 2}) insert_rows(server_, *plain, before_, RowKind::fitting, each);
    const auto could = insert_rows(server_, *plain, before_, RowKind::fitting, number);
    const auto answers = insert_rows(server_, database, before_, RowKind::fitting, number);
    for (const auto& [table, message] : answers) {
      if (message.empty())
        ++count_.old_writes;
      else if (could.at(table).empty() && !has_new_trigger(table) && !lacks_parent(table, answers))
        stop(fmt::format("after expand the old release cannot insert into {}: {}", table, message));
    }
  }

  // A trigger of the new release may refuse what the old one writes: the plan names it as a hazard.
  bool has_new_trigger(const std::string& table) const {
    for (const schema::Trigger& trigger : after_.triggers())
      if (schema::equal_ignoring_case(trigger.table.text(), table) && !before_.find_trigger(trigger.name)) return true;
    return false;
  }

  // What is refused for want of a parent, which is a refusal of its own.
  bool lacks_parent(const std::string& name, const std::map<std::string, std::string>& answers) const {
    for (const schema::Table& table : before_.tables())
      if (table.name.text() == name)
        for (const schema::ForeignKey& key : table.foreign_keys) {
          const auto answer = answers.find(key.references.text());
          if (!(key.references == table.name) && answer != answers.end() && !answer->second.empty()) return true;
        }
    return false;
  }

  void write_as_new(Database& database, int number) {
    for (const auto& [table, message] : insert_rows(server_, database, after_, RowKind::fitting, number))
      ++(message.empty() ? count_.new_writes : count_.new_refused);
  }

  bool finish(const schema::Result<applier::Outcome>& outcome, applier::Connection& connection, Database& database) {
    if (!outcome) return refused(outcome.error(), connection, database);
    if (outcome->more) stop("stopped before the end");
    check_end(database, &connection);
    return true;
  }

  // A refusal must be about rows, and leave a database that goes back to what it was.
  bool refused(const schema::Error& error, applier::Connection& connection, Database& database) {
    if (error.code != schema::ErrorCode::answer_is_no) stop(to_text(error));
    ++count_.refused;
    count_.refusals[pair_.name].push_back(fmt::format("{}: {}", kModes.at(mode_), error.message.substr(0, 160)));
    // What the new release wrote may be something that the old schema cannot hold; then rollback
    // says so, and there is nothing to compare.
    if (mode_ == Mode::online_rows) return false;
    applier::Options options;
    const bool one_way = has_one_way_step();
    options.discard = mode_ != Mode::awkward_rows || one_way;
    if (auto back = applier::rollback(connection, release_, options); !back) stop("rollback: " + to_text(back.error()));
    if (one_way) return false;  // a value of an enum stays
    if (const std::string now = database.catalogue(); now != old_catalogue_)
      stop("after rollback: " + first_difference(now, old_catalogue_));
    if (common_rows(server_, database, before_, before_) != old_rows_) stop("rollback lost rows");
    return false;
  }

  bool has_one_way_step() const {
    return std::any_of(release_.scripts.begin(), release_.scripts.end(), [](const applier::Script& script) {
      return script.phase == applier::Phase::expand &&
             std::any_of(script.steps.begin(), script.steps.end(),
                         [](const applier::Step& step) { return !step.undo; });
    });
  }

  void check_end(Database& database, applier::Connection* connection) {
    if (const std::string now = database.catalogue(); now != schemas_.wanted)
      stop("catalogue: " + first_difference(now, schemas_.wanted));
    if (!expected_rows_.empty() && common_rows(server_, database, before_, after_) != expected_rows_)
      stop("contract changed rows");
    if (mode_ == Mode::offline_rows || mode_ == Mode::shell_rows) {
      const auto rows = common_rows(server_, database, before_, after_);
      for (const auto& [table, before] : old_rows_)
        if (rows.count(table) && rows.at(table).size() != before.size()) stop("rows of " + table + " were lost");
    }
    if (connection) {
      parser::Coverage coverage;
      const schema::Schema live = need(cli::read_live_schema(*connection, dialect_, false, coverage), "live schema");
      const auto again = diff::diff(live, after_);
      if (!again.changes.empty()) stop("the second diff is not empty: " + diff::describe(again.changes.front()));
    }
    ++count_.converged;
  }

  // The client says which requirement does not hold.
  bool names_requirement(const std::string& said) const {
    for (const auto& script : release_.scripts)
      for (const auto& step : script.steps)
        if (step.requirement && said.find(step.requirement->name) != std::string::npos) return true;
    return said.find("contract is refused") != std::string::npos;
  }

  bool run_shell(Database& database) {
    for (const auto& script : release_.scripts) {
      const auto said = database.run_script(folder_ / (script.name + ".sql"));
      if (!said) continue;
      if (!names_requirement(*said) && said->find("is refused: ") == std::string::npos &&
          said->find("requirement") == std::string::npos && said->find("CHECK constraint failed") == std::string::npos)
        stop(script.name + ": " + said->substr(0, 400));
      ++count_.refused;
      count_.refusals[pair_.name].push_back(server_.client() + ": " + said->substr(0, 160));
      return false;
    }
    const auto connection = database.connect();
    const applier::Check state = need(applier::check(*connection, release_), "check");
    if (state.state != applier::State::up_to_date) stop("after the scripts check says: " + state.text);
    check_end(database, connection.get());
    return true;
  }

  const Pair& pair_;
  Schemas& schemas_;
  Server& server_;
  Mode mode_;
  fs::path folder_;
  Count& count_;
  const plan::Dialect& dialect_;
  schema::Schema before_, after_;
  applier::Release release_;
  std::string old_catalogue_;
  std::map<std::string, std::vector<std::string>> old_rows_, expected_rows_;
};

bool holds_any(const std::string& path, const std::string& filter) {
  std::istringstream parts(filter);
  for (std::string part; std::getline(parts, part, ',');)
    if (path.find(part) != std::string::npos) return true;
  return filter.empty();
}

std::vector<Pair> pairs(const Server& server, const std::string& filter) {
  const std::string of_server = server.folder();
  std::vector<Pair> result;
  std::vector<fs::path> folders;
  const char* other = std::getenv("EMCEE_CORPUS");
  const std::vector<std::string> roots =
      other ? std::vector<std::string>{other}
            : std::vector<std::string>{std::string(EMCEE_CORPUS) + "/" + of_server, EMCEE_CASES, EMCEE_OWN_PAIRS};
  for (const std::string& root : roots)
    if (fs::is_directory(root))
      for (const auto& entry : fs::recursive_directory_iterator(root))
        if (entry.path().filename() == "old.sql" && entry.path().string().find("/" + of_server) != std::string::npos)
          folders.push_back(entry.path().parent_path());
  std::sort(folders.begin(), folders.end());
  for (const fs::path& folder : folders) {
    if (!holds_any(folder.string(), filter)) continue;
    const std::string name = fmt::format("{}/{}", folder.parent_path().filename().string(), folder.filename().string());
    const std::string first = server.preamble(folder);
    const std::string old_sql = first + text_of(folder / "old.sql"), new_sql = first + text_of(folder / "new.sql");
    result.push_back({name, folder, old_sql, new_sql});
    result.push_back({name + " backwards", folder, new_sql, old_sql});
  }
  return result;
}

void run_pair(Server& server, const Pair& pair, const fs::path& folder, const std::string& mode_filter, Count& count) {
  std::optional<Schemas> schemas;
  std::string broken;
  try {
    schemas.emplace(
        Schemas{server, server.load(pair.old_sql, pair.folder), server.load(pair.new_sql, pair.folder), {}});
    schemas->wanted = schemas->new_empty->catalogue();
  } catch (const std::runtime_error& failure) {
    broken = failure.what();
    if (server.refuses(broken)) {
      count.not_taken[pair.name] = broken;
      return;
    }
  }
  for (const auto& [mode, name] : kModes) {
    if (name.find(mode_filter) == std::string::npos) continue;
    ++count.runs;
    try {
      if (!schemas) stop("load: " + broken);
      Run(pair, *schemas, mode, folder, count).go();
    } catch (const std::runtime_error& failure) {
      if (const char* reason = listed_reason(server.name(), pair.name, failure.what()))
        count.listed[reason].push_back(fmt::format("{}, {}", pair.name, name));
      else
        count.failures[pair.name].push_back(name + ": " + failure.what());
    }
  }
}

int main_of(int argc, char** argv) {
  const std::map<std::string, std::unique_ptr<Server> (*)()> servers = {{"sqlite", &sqlite_server},
                                                                        {"postgres", &postgres_server},
                                                                        {"mysql", &mysql_server},
                                                                        {"mariadb", &mariadb_server}};
  const auto chosen = argc < 2 ? servers.end() : servers.find(argv[1]);
  if (chosen == servers.end()) {
    std::fputs("usage: converge SERVER [FILTER [MODE]]; servers:", stderr);
    for (const auto& [name, make] : servers) std::fprintf(stderr, " %s", name.c_str());
    std::fputs("\n", stderr);
    return 2;
  }
  const auto server = chosen->second();
  const auto all = pairs(*server, argc > 2 ? argv[2] : "");
  if (all.empty()) {
    fmt::print(stderr, "NO CORPUS: nothing to run below {}\n", EMCEE_CORPUS);
    return 1;
  }
  const fs::path folder =
      fs::temp_directory_path() / fmt::format("emcee-converge-plan-{}", static_cast<long>(getpid()));
  Count count;
  for (std::size_t at = 0; at < all.size(); ++at) {
    const int converged = count.converged, runs = count.runs;
    run_pair(*server, all[at], folder, argc > 3 ? argv[3] : "", count);
    fmt::print(stderr, "[{}/{}] {}: {} of {} converged\n", at + 1, all.size(), all[at].name,
               count.converged - converged, count.runs - runs);
    for (const std::string& reason : count.failures[all[at].name]) fmt::print(stderr, "  FAILED {}\n", reason);
  }
  fs::remove_all(folder);
  for (const auto& [pair, reason] : count.not_taken) fmt::print("NOT TAKEN by the server: {}: {}\n", pair, reason);
  for (const auto& [pair, reasons] : count.refusals)
    for (const std::string& reason : reasons) fmt::print("refused  {}: {}\n", pair, reason);
  int listed = 0;
  for (const auto& [reason, runs] : count.listed) {
    fmt::print("listed   {}: {}\n", reason, fmt::join(runs, "; "));
    listed += static_cast<int>(runs.size());
  }
  for (const auto& [pair, reasons] : count.failures)
    for (const std::string& reason : reasons) fmt::print("FAILED   {}: {}\n", pair, reason);
  fmt::print(
      "{} pairs in both directions, {} of them not taken by the server, {} runs: {} converged, {} times refused rows "
      "that stand against the new schema\n",
      all.size() / 2, count.not_taken.size() / 2, count.runs, count.converged, count.refused);
  fmt::print("{} inserts of the old release after expand, {} of the new one after migrate ({} refused there)\n",
             count.old_writes, count.new_writes, count.new_refused);
  const int failed = count.runs - count.converged - listed;
  fmt::print("{} passed, {} failed, {} listed\n", count.converged, failed, listed);
  return failed == 0 && count.runs > 0 ? 0 : 1;
}

}  // namespace
}  // namespace emcee::testing

int main(int argc, char** argv) {
  constexpr int kSkipped = 77;  // SKIP_RETURN_CODE in tests/CMakeLists.txt
  try {
    return emcee::testing::main_of(argc, argv);
  } catch (const emcee::testing::Missing& missing) {
    fmt::print(stderr, "SKIPPED: {}\n", missing.what());
    return kSkipped;
  }
}
