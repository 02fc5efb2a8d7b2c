#include "rehearse/rehearse.h"

#include <chrono>
#include <random>

namespace emcee::rehearse {

namespace {

using applier::Phase;
using Clock = std::chrono::steady_clock;

constexpr int kRows = 16;
constexpr int kTries = 300;  // of shrinking

double seconds_since(Clock::time_point then) { return std::chrono::duration<double>(Clock::now() - then).count(); }

Write random_write(std::size_t tables, std::mt19937_64& random) {
  constexpr Form kForms[] = {Form::insert,  Form::insert_select, Form::insert_rows, Form::upsert,
                             Form::replace, Form::update,        Form::update,      Form::update,
                             Form::update,  Form::update_rows,   Form::remove,      Form::move};
  Write write;
  write.form = kForms[random() % std::size(kForms)];
  write.as_new = random() % 2 == 0;
  write.undone = random() % 12 == 0;
  write.table = random() % tables;
  write.row = static_cast<int>(random() % kRows);
  write.to = static_cast<int>(random() % kRows);
  for (std::uint64_t i = 1 + random() % 3; i > 0; --i) write.set.emplace_back(random() % 64, random() % 64);
  return write;
}

// A whole upgrade: rows of the old release, each phase in pieces with writes between them.
std::vector<Act> random_acts(std::size_t tables, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Act> acts;
  const auto writes = [&](std::uint64_t count) {
    for (count = tables > 0 ? count : 0; count > 0; --count) acts.emplace_back(random_write(tables, random));
  };
  // Some runs of a phase end after a step, or some rows; some lose their connection.
  const auto pieces = [&](Phase phase, std::uint64_t count) {
    for (std::uint64_t i = random() % 4; i > 0; --i) {
      Advance piece{phase, 0, 0};
      if (random() % 2 == 0)
        piece.calls = 1 + static_cast<std::int64_t>(random() % 60);
      else
        piece.limit = phase == Phase::migrate ? 1 + static_cast<std::int64_t>(random() % 4) : 1;
      acts.emplace_back(piece);
      writes(count);
    }
    acts.emplace_back(Advance{phase, 0, 0});
  };
  for (std::size_t t = 0; t < tables; ++t)
    for (int row = 0; row < kRows; row += 1 + static_cast<int>(random() % 2)) {
      Write write = random_write(tables, random);
      write.form = Form::insert;
      write.undone = false;
      write.table = t;
      write.row = row;
      acts.emplace_back(write);
    }
  pieces(Phase::expand, 2);
  writes(20 * tables);
  pieces(Phase::migrate, 6 * tables);
  writes(20 * tables);
  acts.emplace_back(Advance{Phase::migrate, 0, 0});
  pieces(Phase::contract, 4);
  writes(4 * tables);
  return acts;
}

Result<Setting> make_setting(const applier::Release& release, const plan::Plan& plan, const plan::Dialect& dialect,
                             const MakeDatabase& make_database, Database& evaluation, Report& report) {
  Setting setting{release, plan, dialect, {}, {}, {}, true};
  EMCEE_ASSIGN(Database old_database, make_database());
  EMCEE_ASSIGN(Database new_database, make_database());
  EMCEE_TRY(old_database.emcee->create_schema(release.old_schema));
  EMCEE_TRY(new_database.emcee->create_schema(release.new_schema));
  EMCEE_ASSIGN(setting.tables,
               find_tables(plan, dialect, old_database, new_database, related_tables(plan), report.skipped));
  EMCEE_ASSIGN(Family family, find_family(plan, dialect, old_database, new_database, report.skipped));
  EMCEE_ASSIGN(evaluation, make_database());
  EMCEE_TRY(evaluation.emcee->create_schema(release.old_schema));
  EMCEE_TRY(applier::expand(*evaluation.emcee, release, {}));
  for (const Table& table : setting.tables) {
    const int number = static_cast<int>(setting.models.size());
    EMCEE_ASSIGN(TableModel model, TableModel::make(table, number, evaluation, plan, dialect));
    setting.models.push_back(std::move(model));
    report.tables.push_back(table.name().text());
  }
  if (family.tables.empty()) return setting;
  for (const Table& table : family.tables) report.tables.push_back(table.name().text());
  EMCEE_ASSIGN(setting.related, Related::make(std::move(family), release, plan, dialect, make_database));
  return setting;
}

// Leaves out what the failure does not need: larger pieces first, single acts last.
class Shrinker {
 public:
  Shrinker(Setting& setting, const MakeDatabase& make_database, const Options& options)
      : setting_(setting), make_database_(make_database), seconds_(options.shrink_seconds), stop_(options.stop) {}

  Failure shrink(std::vector<Act> acts, Failure failure) {
    acts.resize(failure.act + 1);
    leave_out(acts.size() / 2, acts, failure);
    // What one act chooses may hang on the rows of another: a list that has become shorter may become so again.
    for (std::size_t length = acts.size() + 1; acts.size() < length && patient();) {
      length = acts.size();
      leave_out(1, acts, failure);
    }
    for (std::size_t i = 0; i < acts.size(); ++i)
      for (std::size_t column = columns_of(acts[i]); column > 0 && patient(); --column) {
        std::vector<Act> simpler = acts;
        auto& set = std::get<Write>(simpler[i]).set;
        set.erase(set.begin() + static_cast<std::ptrdiff_t>(column - 1));
        adopt(simpler, acts, failure);
        if (i >= acts.size()) break;
      }
    return failure;
  }

 private:
  // Pieces of so many acts, and then ever smaller ones, from the end on.
  void leave_out(std::size_t piece, std::vector<Act>& acts, Failure& failure) {
    for (; piece > 0; piece /= 2)
      for (std::size_t end = acts.size(); end > 1 && patient();) {
        const std::size_t begin = end > piece ? end - piece : 0;
        std::vector<Act> fewer(acts.begin(), acts.begin() + static_cast<std::ptrdiff_t>(begin));
        fewer.insert(fewer.end(), acts.begin() + static_cast<std::ptrdiff_t>(end), acts.end());
        end = adopt(fewer, acts, failure) ? std::min(begin, acts.size()) : begin;
      }
  }
  bool patient() const { return tries_ < kTries && seconds_since(begun_) < seconds_ && (stop_ == nullptr || !*stop_); }
  static std::size_t columns_of(const Act& act) {
    const auto* write = std::get_if<Write>(&act);
    return write != nullptr ? write->set.size() : 0;
  }
  // Takes the simpler acts where they fail in the same way.
  bool adopt(std::vector<Act> simpler, std::vector<Act>& acts, Failure& failure) {
    ++tries_;
    Tally unused;
    auto database = make_database_();
    if (!database || simpler.empty()) return false;
    auto result = run(setting_, std::move(*database), simpler, unused, stop_);
    if (!result || !*result || (*result)->kind != failure.kind) return false;
    failure = std::move(**result);
    simpler.resize(failure.act + 1);
    acts = std::move(simpler);
    return true;
  }

  Setting& setting_;
  const MakeDatabase& make_database_;
  double seconds_;
  const std::atomic<bool>* stop_;
  Clock::time_point begun_ = Clock::now();
  int tries_ = 0;
};

}  // namespace

Result<Report> rehearse(const applier::Release& release, const plan::Plan& plan, const plan::Dialect& dialect,
                        const MakeDatabase& make_database, const Options& options) {
  const auto begun = Clock::now();
  Report report;
  report.seed = options.seed;
  Database evaluation;  // outlives the evaluators, which work in it
  EMCEE_ASSIGN(Setting setting, make_setting(release, plan, dialect, make_database, evaluation, report));
  do {
    const std::uint64_t seed = options.seed + static_cast<std::uint64_t>(report.rounds);
    const std::vector<Act> acts = random_acts(setting.all_tables(), seed);
    setting.foreign_keys = dialect.name() != "sqlite" || seed % 3 != 0;
    EMCEE_ASSIGN(Database database, make_database());
    EMCEE_ASSIGN(std::optional<Failure> failure, run(setting, std::move(database), acts, report.tally, options.stop));
    ++report.rounds;
    if (!failure) continue;
    report.seed = seed;
    report.failure = Shrinker(setting, make_database, options).shrink(acts, std::move(*failure));
  } while (!report.failure && report.rounds != options.rounds && seconds_since(begun) < options.seconds);
  return report;
}

}  // namespace emcee::rehearse
