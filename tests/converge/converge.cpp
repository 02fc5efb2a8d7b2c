// converge: every pair of the corpus, forwards and backwards, planned and run on the real library.
//
//   converge sqlite [FILTER]      pairs whose path holds FILTER
//
// The catalogue afterwards, read by PRAGMAs, must equal that of a freshly created new schema; a
// second diff must be empty; no row of a column that both schemas have may change.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "applier/applier.h"
#include "applier/sqlite_connection.h"
#include "codegen/codegen.h"
#include "dialects/sqlite/dialect.h"
#include "diff/diff.h"
#include "plan/planner.h"
#include "tests/catalogue/sqlite_catalogue.h"
#include "tests/converge/rows.h"

namespace emcee::testing {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Failure {
  std::string what;
};
[[noreturn]] void stop(const std::string& what) { throw Failure{what}; }
template <class T>
T need(schema::Result<T> result, const std::string& what) {
  if (!result) stop(what + ": " + to_text(result.error()));
  return *std::move(result);
}

class Handle {
 public:
  explicit Handle(const fs::path& path) {
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) stop("cannot open " + path.string());
  }
  ~Handle() { sqlite3_close(db_); }
  Handle(const Handle&) = delete;
  sqlite3* get() const { return db_; }
  void run(const std::string& sql) const {
    char* message = nullptr;
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &message) == SQLITE_OK) return;
    const std::string error = message ? message : "error";
    sqlite3_free(message);
    stop(error + " in: " + sql.substr(0, 200));
  }

 private:
  sqlite3* db_ = nullptr;
};

enum class Mode { online_empty, online_rows, offline_rows, shell_rows, awkward_rows };
const std::map<Mode, std::string> kModes = {{Mode::online_empty, "online, empty"},
                                            {Mode::online_rows, "online, with rows"},
                                            {Mode::offline_rows, "offline, with rows"},
                                            {Mode::shell_rows, "by the sqlite3 shell"},
                                            {Mode::awkward_rows, "with awkward rows"}};

struct Pair {
  std::string name;
  std::string old_sql, new_sql;
};

struct Count {
  int runs = 0, converged = 0, refused = 0, old_writes = 0, new_writes = 0, new_refused = 0;
  std::map<std::string, std::vector<std::string>> failures, refusals;
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
  Run(const Pair& pair, Mode mode, const fs::path& folder, Count& count)
      : pair_(pair), mode_(mode), folder_(folder), count_(count), dialect_(sqlite::make_dialect()) {}

  void go() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    parser::Coverage coverage;
    before_ = need(dialect_->read({parser::Source("old.sql", pair_.old_sql)}, false, coverage), "old schema");
    after_ = need(dialect_->read({parser::Source("new.sql", pair_.new_sql)}, false, coverage), "new schema");
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
    const plan::Planning planning = need(plan::make_plan(before_, after_, map, *dialect_, options), "plan");
    if (planning.refused()) stop("refused: " + planning.findings.front().why);
    const auto files = need(codegen::generate(planning.plan, *dialect_, "test"), "codegen");
    for (const auto& file : files) {
      fs::create_directories((folder_ / file.path).parent_path());
      std::ofstream(folder_ / file.path, std::ios::binary) << file.text;
    }
    release_ = need(applier::read_release(folder_), "plan.json");
  }

  // False where the rows stand against the new schema.
  bool attempt(int rows) {
    const fs::path file = folder_ / "app.db";
    for (const char* suffix : {"", "-wal", "-journal", "-shm", "-emcee.lock"}) fs::remove(file.string() + suffix);
    {
      Handle db(file);
      db.run(without_shell_lines(pair_.old_sql));
      const RowKind kind = mode_ == Mode::awkward_rows ? RowKind::awkward : RowKind::fitting;
      for (int number = 1; number <= rows; ++number) insert_rows(db.get(), before_, kind, number);
      old_catalogue_ = catalogue(db.get(), true);
      old_rows_ = common_rows(db.get(), before_, before_);
    }
    if (mode_ == Mode::shell_rows) return run_shell(file);
    const auto connection = need(applier::open_sqlite("sqlite:" + file.string()), "open");
    applier::Options options;
    if (mode_ == Mode::offline_rows) {
      options.tool_version = "test";
      return finish(applier::sync(*connection, release_, options), *connection, file);
    }
    need(applier::expand(*connection, release_, options), "expand");
    if (rows > 0 && mode_ == Mode::online_rows) write_as_old(file, 3);
    if (auto migrated = applier::migrate(*connection, release_, options); !migrated)
      return refused(migrated.error(), *connection, file);
    if (rows > 0 && mode_ == Mode::online_rows) write_as_new(file, 4);
    {
      Handle db(file);
      expected_rows_ = common_rows(db.get(), before_, after_);
    }
    return finish(applier::contract(*connection, release_, options), *connection, file);
  }

  // Whatever the old release could do before, it can do now.
  void write_as_old(const fs::path& file, int number) {
    const fs::path reference = folder_ / "reference.db";
    fs::remove(reference);
    Handle plain(reference);
    plain.run(without_shell_lines(pair_.old_sql));
    insert_rows(plain.get(), before_, RowKind::fitting, 1);
    insert_rows(plain.get(), before_, RowKind::fitting, 2);
    const auto could = insert_rows(plain.get(), before_, RowKind::fitting, number);
    Handle db(file);
    const auto can = insert_rows(db.get(), before_, RowKind::fitting, number);
    count_.old_writes += static_cast<int>(can.size());
    for (const std::string& table : could)
      if (std::find(can.begin(), can.end(), table) == can.end() && !has_new_trigger(table))
        stop(fmt::format("after expand the old release cannot insert into {}: {}", table, sqlite3_errmsg(db.get())));
  }

  // A trigger of the new release may refuse what the old one writes: the plan names it as a hazard.
  bool has_new_trigger(const std::string& table) const {
    for (const schema::Trigger& trigger : after_.triggers())
      if (schema::equal_ignoring_case(trigger.table.text(), table) && !before_.find_trigger(trigger.name)) return true;
    return false;
  }

  void write_as_new(const fs::path& file, int number) {
    Handle db(file);
    const auto can = insert_rows(db.get(), after_, RowKind::fitting, number);
    count_.new_writes += static_cast<int>(can.size());
    count_.new_refused += static_cast<int>(after_.tables().size() - can.size());
  }

  bool finish(const schema::Result<applier::Outcome>& outcome, applier::Connection& connection, const fs::path& file) {
    if (!outcome) return refused(outcome.error(), connection, file);
    if (outcome->more) stop("stopped before the end");
    check_end(file, &connection);
    return true;
  }

  // A refusal must be about rows, and leave a database that goes back to what it was.
  bool refused(const schema::Error& error, applier::Connection& connection, const fs::path& file) {
    if (error.code != schema::ErrorCode::answer_is_no) stop(to_text(error));
    ++count_.refused;
    count_.refusals[pair_.name].push_back(fmt::format("{}: {}", kModes.at(mode_), error.message.substr(0, 160)));
    // What the new release wrote may be something that the old schema cannot hold; then rollback
    // says so, and there is nothing to compare.
    if (mode_ == Mode::online_rows) return false;
    applier::Options options;
    options.discard = mode_ != Mode::awkward_rows;
    if (auto back = applier::rollback(connection, release_, options); !back) stop("rollback: " + to_text(back.error()));
    Handle db(file);
    if (const std::string now = catalogue(db.get(), true); now != old_catalogue_)
      stop("after rollback: " + first_difference(now, old_catalogue_));
    if (common_rows(db.get(), before_, before_) != old_rows_) stop("rollback lost rows");
    return false;
  }

  void check_end(const fs::path& file, applier::Connection* connection) {
    const fs::path fresh = folder_ / "fresh.db";
    fs::remove(fresh);
    Handle reference(fresh);
    reference.run(without_shell_lines(pair_.new_sql));
    Handle db(file);
    const std::string now = catalogue(db.get(), true), wanted = catalogue(reference.get(), true);
    if (now != wanted) stop("catalogue: " + first_difference(now, wanted));
    if (!expected_rows_.empty() && common_rows(db.get(), before_, after_) != expected_rows_)
      stop("contract changed rows");
    if (mode_ == Mode::offline_rows || mode_ == Mode::shell_rows) {
      const auto rows = common_rows(db.get(), before_, after_);
      for (const auto& [table, before] : old_rows_)
        if (rows.count(table) && rows.at(table).size() != before.size()) stop("rows of " + table + " were lost");
    }
    if (connection) {
      std::string ddl;
      for (const auto& row : need(connection->query(dialect_->catalogue_query()), "catalogue"))
        ddl += std::get<std::string>(row.front()) + ";\n";
      parser::Coverage coverage;
      const schema::Schema live = need(dialect_->read({parser::Source("live", ddl)}, false, coverage), "live schema");
      const auto again = diff::diff(live, after_);
      if (!again.changes.empty()) stop("the second diff is not empty: " + diff::describe(again.changes.front()));
    }
    ++count_.converged;
  }

  bool run_shell(const fs::path& file) {
    for (const auto& script : release_.scripts) {
      const std::string log = (folder_ / "shell.log").string();
      const std::string command = fmt::format("sqlite3 -batch '{}' < '{}' > '{}' 2>&1", file.string(),
                                              (folder_ / (script.name + ".sql")).string(), log);
      if (std::system(command.c_str()) == 0) continue;
      const std::string said = text_of(log);
      if (said.find("contract is refused") == std::string::npos && said.find("requirement") == std::string::npos &&
          said.find("CHECK constraint failed") == std::string::npos)
        stop(script.name + ": " + said.substr(0, 400));
      ++count_.refused;
      count_.refusals[pair_.name].push_back("shell: " + said.substr(0, 160));
      return false;
    }
    const auto connection = need(applier::open_sqlite("sqlite:" + file.string()), "open");
    const applier::Check state = need(applier::check(*connection, release_), "check");
    if (state.state != applier::State::up_to_date) stop("after the scripts check says: " + state.text);
    check_end(file, connection.get());
    return true;
  }

  const Pair& pair_;
  Mode mode_;
  fs::path folder_;
  Count& count_;
  std::unique_ptr<plan::Dialect> dialect_;
  schema::Schema before_, after_;
  applier::Release release_;
  std::string old_catalogue_;
  std::map<std::string, std::vector<std::string>> old_rows_, expected_rows_;
};

std::vector<Pair> pairs(const std::string& filter) {
  std::vector<Pair> result;
  std::vector<fs::path> folders;
  for (const char* root : {EMCEE_CORPUS "/sqlite", EMCEE_CASES})
    if (fs::is_directory(root))
      for (const auto& entry : fs::recursive_directory_iterator(root))
        if (entry.path().filename() == "old.sql" && entry.path().string().find("/sqlite") != std::string::npos)
          folders.push_back(entry.path().parent_path());
  std::sort(folders.begin(), folders.end());
  for (const fs::path& folder : folders) {
    if (folder.string().find(filter) == std::string::npos) continue;
    const std::string name = fmt::format("{}/{}", folder.parent_path().filename().string(), folder.filename().string());
    const std::string old_sql = text_of(folder / "old.sql"), new_sql = text_of(folder / "new.sql");
    result.push_back({name, old_sql, new_sql});
    result.push_back({name + " backwards", new_sql, old_sql});
  }
  return result;
}

int main_of(int argc, char** argv) {
  if (argc < 2 || std::string(argv[1]) != "sqlite") {
    std::fputs("usage: converge sqlite [FILTER]\n", stderr);
    return 2;
  }
  const auto all = pairs(argc > 2 ? argv[2] : "");
  if (all.empty()) {
    fmt::print(stderr, "NO CORPUS: nothing to run below {}\n", EMCEE_CORPUS);
    return 1;
  }
  // In memory where there is such a folder: thousands of transactions, and nothing to keep.
  const fs::path shm = "/dev/shm";
  const fs::path folder = (fs::is_directory(shm) ? shm : fs::temp_directory_path()) /
                          fmt::format("emcee-converge-{}", static_cast<long>(getpid()));
  Count count;
  for (const Pair& pair : all)
    for (const auto& [mode, name] : kModes) {
      ++count.runs;
      try {
        Run(pair, mode, folder, count).go();
      } catch (const Failure& failure) {
        count.failures[pair.name].push_back(name + ": " + failure.what);
      }
    }
  fs::remove_all(folder);
  for (const auto& [pair, reasons] : count.refusals)
    for (const std::string& reason : reasons) fmt::print("refused  {}: {}\n", pair, reason);
  for (const auto& [pair, reasons] : count.failures)
    for (const std::string& reason : reasons) fmt::print("FAILED   {}: {}\n", pair, reason);
  fmt::print(
      "{} pairs in both directions, {} runs: {} converged, {} times refused rows that stand against the new schema\n",
      all.size() / 2, count.runs, count.converged, count.refused);
  fmt::print("{} inserts of the old release after expand, {} of the new one after migrate ({} refused there)\n",
             count.old_writes, count.new_writes, count.new_refused);
  const int failed = count.runs - count.converged;
  fmt::print("{} passed, {} failed\n", count.converged, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace emcee::testing

int main(int argc, char** argv) { return emcee::testing::main_of(argc, argv); }
