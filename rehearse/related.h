// The tables that hang together, in a rehearsal: statements on them, and what both releases must see then.
#pragma once

#include "rehearse/act.h"
#include "rehearse/family_model.h"

namespace emcee::rehearse {

// Makes an empty database of the plan's kind.
using MakeDatabase = std::function<Result<Database>()>;

// `INSERT`, `REPLACE`, `INSERT OR IGNORE`; and what stands behind the rows.
const char* insert_verb(Form form, const plan::Dialect& dialect);
const char* insert_clause(Form form, const plan::Dialect& dialect);

// What every run has in common.
class Related {
 public:
  // Errors: those of Connection and of making databases.
  static Result<std::unique_ptr<Related>> make(Family family, const applier::Release& release, const plan::Plan& plan,
                                               const plan::Dialect& dialect, const MakeDatabase& make_database);

  const Family& family() const { return family_; }

 private:
  friend class RelatedRun;
  Related(Family family, const plan::Dialect& dialect) : family_(std::move(family)), dialect_(dialect) {}

  // What a table makes of a row that is given these columns, where both releases run.
  std::optional<Cells> completed(std::size_t table, const Cells& given);

  Family family_;
  const plan::Dialect& dialect_;
  Database evaluation_;
  std::unique_ptr<World> world_;
  std::unique_ptr<FamilyModel> model_;
  std::unique_ptr<PlainDatabase> old_, both_, new_;
  std::map<std::size_t, Cells> left_out_;  // per table that generated rows go to: what they hold besides
};

// One run, on a database of its own.
class RelatedRun {
 public:
  RelatedRun(Related& related, applier::Connection& application, Tally& tally, bool foreign_keys)
      : related_(related),
        family_(related.family_),
        app_(application),
        tally_(tally),
        foreign_keys_(foreign_keys),
        known_(family_.tables.size()) {}

  // `begun`: expand has; what is not finished may refuse more.
  Result<std::optional<Problem>> write(const Write& write, Stage stage, bool begun,
                                       std::vector<std::string>& statements);
  // After a phase, or a part of it.
  Result<std::optional<Problem>> after_phase(Stage stage, bool expanded, FamilyModel::Batches batches);
  // Rows that would hold up the next phase go. `fills`: it is one that fills rows first.
  Result<std::optional<Problem>> clear_the_way(Stage stage, bool begun, bool fills,
                                               std::vector<std::string>& statements);
  // Whether some of them could not go.
  bool is_barred() const { return barred_; }

 private:
  struct Given {
    std::vector<std::string> names, values;
    Cells cells;
    std::string list() const;
  };
  struct Statement {
    std::string sql;
    Form form = Form::insert;
    std::size_t table = 0;
    FamilyModel::Attempt attempt;
  };
  std::vector<std::pair<std::size_t, Key>> duplicates() const;
  std::vector<std::pair<std::size_t, Key>> in_the_way(Stage stage, FamilyModel::Batches batches) const;
  std::vector<Candidate> choices(const Column& column, bool nullable) const;
  Given given(const Write& write, const Table& table, Stage stage, bool as_new, bool whole) const;
  Given new_key(const Table& table, int row, int to) const;
  bool is_made(std::size_t table, const Cells& cells) const;
  const Key* made(std::size_t table, int row, int to) const;
  const Key* existing(std::size_t table, int row, int to) const;
  Form form_of(const Write& write, Stage stage) const;
  std::optional<Statement> statement(const Write& write, Stage stage, bool as_new) const;
  std::string insert(const Table& table, Form form, const std::vector<Given>& rows) const;
  std::string upsert_clause(const Table& table, const Given& key, const Given& given) const;

  Result<Plain> without_triggers(const Statement& statement, Stage stage);
  // Nobody can tell what comes of it, or of what Emcee does there at the moment.
  bool is_foreseeable(const Statement& statement, Stage stage, bool begun, const Result<Plain>& plain) const;
  Result<std::optional<Problem>> run(const Statement& statement, Result<Plain> plain, Stage stage, bool begun,
                                     bool undone);
  Result<Plain> second_look(const Statement& statement, Stage stage, Result<Plain> first);
  Result<std::optional<Problem>> judge(const Statement& statement, Stage stage, bool begun, const State& seen,
                                       const Result<Plain>& plain);
  Result<std::optional<Problem>> judge_refusal(const Statement& statement, Stage stage, bool begun,
                                               const Result<Plain>& plain, const std::string& message);
  // INSERT IGNORE: it has left all rows as they were.
  bool passed_over(const Statement& statement, const Seen& seen);
  bool stores(const State& rows, Stage stage);
  Result<State> read(Stage stage);
  Seen seen_by(Stage stage, const State& state) const;
  bool visible(const Table& table, Stage stage) const;
  static bool visible(const Column& column, Stage stage);
  PlainDatabase& plain_at(Stage stage) const;

  Related& related_;
  const Family& family_;
  applier::Connection& app_;
  Tally& tally_;
  bool foreign_keys_;
  State known_;
  bool barred_ = false;
};

}  // namespace emcee::rehearse
