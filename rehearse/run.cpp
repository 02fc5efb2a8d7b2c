#include "rehearse/run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "applier/conversion.h"
#include "rehearse/breaking_connection.h"
#include "schema/match.h"

namespace emcee::rehearse {

using applier::Phase;
using plan::SyncGroup;
using schema::ErrorCode;

std::string_view to_string(Form form) {
  constexpr std::string_view kNames[] = {"INSERT", "INSERT SELECT",    "INSERT of rows", "INSERT IGNORE",
                                         "upsert", "REPLACE",          "UPDATE",         "UPDATE of rows",
                                         "DELETE", "UPDATE of the key"};
  return kNames[static_cast<std::size_t>(form)];
}

namespace {

using Kind = Failure::Kind;
using Rows = std::map<int, Cells>;

// What a statement is expected to do.
struct Expectation {
  std::map<int, std::vector<Cells>> rows;  // each becomes one of these; nothing: it is gone
  bool refused = false;
  bool may_be_refused = false;
  bool passes_over = false;  // a row that cannot be stored is passed over
};

// Columns that a statement gives.
struct Assigned {
  std::vector<std::string> names, values;
  Cells cells;
  std::string list() const {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < names.size(); ++i) parts.push_back(names[i] + " = " + values[i]);
    return fmt::format("{}", fmt::join(parts, ", "));
  }
};

class Run {
 public:
  Run(Setting& setting, Database& database, Tally& tally, const std::atomic<bool>* stop)
      : setting_(setting), database_(database), app_(*database.application), tally_(tally), stop_(stop) {
    rows_.resize(setting.tables.size());
    if (setting.related) related_.emplace(*setting.related, app_, tally_, setting.foreign_keys);
    if (setting.related && setting.dialect.name() == "sqlite" && setting.foreign_keys) {
      statements_.emplace_back("PRAGMA foreign_keys = ON;  -- both releases");
      (void)app_.execute("PRAGMA foreign_keys = ON");
    }
  }

  Result<std::optional<Problem>> act(const Act& act) {
    return schema::match(
        act, [&](const Write& write) { return this->write_somewhere(write); },
        [&](const Advance& advance) { return this->advance(advance); });
  }
  const std::vector<std::string>& statements() const { return statements_; }
  // A phase would not go on: there is nothing more to rehearse.
  bool held_up() const { return held_up_; }

 private:
  // --- what Emcee does

  Result<std::optional<Problem>> advance(const Advance& advance) {
    const Phase phase = advance.phase;
    if ((phase == Phase::migrate && stage_ == Stage::old_only) || (phase == Phase::contract && !migrated_))
      return std::nullopt;  // what came before it was left out
    if (related_ && !(phase == Phase::expand && begun_)) {
      EMCEE_ASSIGN(auto problem, related_->clear_the_way(stage_, begun_, phase == Phase::migrate, statements_));
      if (problem) return problem;
    }
    applier::Options options;
    options.stop = stop_;
    options.tool_version = "rehearsal";
    options.ask = [this](const auto&, const std::string& input) -> Result<std::string> { return convert(input); };
    std::string command = fmt::format("-- emcee {}", applier::to_string(phase));
    if (phase == Phase::migrate && advance.limit > 0) {
      options.max_rows = options.batch = advance.limit;
      command += fmt::format(" --batch {0} --max-rows {0}", advance.limit);
    } else if (advance.limit > 0) {
      options.one_step = true;
      command += " --step";
    }
    if (advance.calls > 0) command += fmt::format(", its connection breaks after {} calls", advance.calls);
    statements_.push_back(command);
    begun_ = true;
    if (phase == Phase::contract) stage_ = Stage::contracted;

    const auto run = phase == Phase::expand    ? applier::expand
                     : phase == Phase::migrate ? applier::migrate
                                               : applier::contract;
    std::optional<BreakingConnection> breaking;
    if (advance.calls > 0) {
      auto connection = database_.open();
      if (!connection) return Problem{Kind::phase, connection.error().message};
      breaking.emplace(std::move(*connection), advance.calls);
    }
    const auto outcome = run(breaking ? *breaking : *database_.emcee, setting_.release, options);
    const bool broken = breaking && breaking->broken();
    breaking.reset();
    tally_.broken += broken ? 1 : 0;
    if (!outcome && !broken) return refused(phase, outcome.error(), options);
    const bool finished = outcome && !outcome->more;
    if (finished && phase == Phase::contract && !std::exchange(finished_, true)) ++tally_.finished;
    const bool expanded = finished && phase == Phase::expand && stage_ == Stage::old_only;
    if (expanded) stage_ = Stage::both;
    const bool migrated = finished && phase == Phase::migrate;
    migrated_ = migrated_ || migrated;
    if (auto problem = compare_all(expanded, migrated)) return problem;
    using Batches = FamilyModel::Batches;
    if (!related_) return std::nullopt;
    return related_->after_phase(stage_, expanded,
                                 migrated                  ? Batches::all
                                 : phase == Phase::migrate ? Batches::some
                                                           : Batches::none);
  }

  // Stands in for the program of a frozen map.
  std::string convert(const std::string& questions) const {
    return applier::answers(questions, [&](const std::string& map) {
      std::map<std::string, Value> values;
      for (const Table& table : setting_.tables)
        for (const SyncGroup* group : table.groups)
          for (const auto& column : group->new_columns)
            if (group->name == map) values[column.name.text()] = *table.frozen_value(column.name);
      return values;
    });
  }

  // Rows that stand against what the new schema asks are a matter of the data. Those that the triggers
  // should have kept equal are one of sync.
  std::optional<Problem> refused(Phase phase, const schema::Error& error, const applier::Options& options) {
    const std::string name(applier::to_string(phase));
    // A server that has few rows and no index to what is looked up, or rows in the way that others point to: no matter
    // of sync.
    if (error.message.find("would read the whole table") != std::string::npos || (related_ && related_->is_barred())) {
      held_up_ = true;
      ++tally_.held_up[fmt::format("{}: {}", name, error.message.substr(0, error.message.find('\n')))];
      return std::nullopt;
    }
    if (error.code != ErrorCode::answer_is_no)
      return Problem{Kind::phase, fmt::format("emcee {} fails: {}", name, error.message)};
    std::vector<std::string> requirements;
    if (const auto verified = applier::verify(*database_.emcee, setting_.release, options))
      for (const auto& finding : verified->findings) {
        if (finding.count > 0 && finding.query.kind != "requirement")
          return Problem{Kind::phase, fmt::format("emcee {} refuses: {}", name, error.message)};
        if (finding.count > 0) requirements.push_back(finding.query.name);
      }
    held_up_ = true;
    if (requirements.empty()) requirements.push_back(error.message.substr(0, error.message.find('\n')));
    ++tally_.held_up[fmt::format("{}: {}", name, fmt::join(requirements, "; "))];
    return std::nullopt;
  }

  // After a phase: batches may have filled what was pending, or have, and nothing else has changed.
  std::optional<Problem> compare_all(bool expanded, bool migrated) {
    for (std::size_t t = 0; t < rows_.size(); ++t)
      for (auto& [row, cells] : rows_[t]) {
        // Since some step of expand the triggers have filled the new columns of what was written.
        if (expanded)
          for (const SyncGroup* group : setting_.tables[t].groups)
            for (const auto& column : group->new_columns) cells[column.name] = Value();
        TableModel& model = setting_.models[t];
        const std::vector<Cells> possible = stage_ != Stage::both ? std::vector<Cells>{cells}
                                            : migrated            ? std::vector<Cells>{model.after_backfill(cells)}
                                                                  : model.during_backfill(cells);
        if (auto problem = compare(t, row, possible)) return problem;
      }
    return std::nullopt;
  }

  // --- what a release does

  Result<std::optional<Problem>> write_somewhere(const Write& write) {
    const std::size_t alone = setting_.tables.size();
    if (write.table >= alone) {
      Write mine = write;
      mine.table -= alone;
      return related_->write(mine, stage_, begun_, statements_);
    }
    // Tables that stand alone are made up one by one, without those that they point to.
    const bool session = related_ && is_mysql(setting_.dialect);
    if (session) EMCEE_TRY(app_.execute("SET SESSION foreign_key_checks = 0"));
    auto problem = this->write(write);
    if (session) EMCEE_TRY(app_.execute("SET SESSION foreign_key_checks = 1"));
    return problem;
  }

  // The columns that the write gives; a whole row also has those that it cannot leave out.
  Assigned assigned(const Write& write, bool as_new, bool whole) const {
    const Table& table = setting_.tables[write.table];
    std::map<std::size_t, std::size_t> chosen;
    for (const auto& [column, candidate] : write.set)
      if (!table.columns.empty()) chosen.emplace(column % table.columns.size(), candidate);
    Assigned result;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const Column& column = table.columns[i];
      // What an expression reads has to be known; and contract waits until nobody writes NULL any more.
      const bool needed =
          whole && (column.shared || column.required_by(as_new) || (column.filled && stage_ != Stage::old_only));
      if (!column.known_to(as_new) || column.values.empty() || (!chosen.contains(i) && !needed)) continue;
      const std::size_t which = chosen.contains(i) ? chosen.at(i) : static_cast<std::size_t>(write.row);
      const Candidate* candidate = &column.values[which % column.values.size()];
      // Whether the column or a trigger sees such a NULL first is the server's affair.
      if (whole && column.not_null_in(as_new) && plan::is_null(candidate->stored))
        candidate = &column.values[(which + 1) % column.values.size()];
      result.names.push_back(column.sql);
      result.values.push_back(candidate->sql);
      result.cells[column.name] = candidate->stored;
    }
    return result;
  }

  std::string insert_sql(const Table& table, const Write& write, Form form, const Assigned& given) const {
    const auto values = [&](int row) {
      std::vector<std::string> list = table.key_values(row);
      list.insert(list.end(), given.values.begin(), given.values.end());
      return fmt::format("{}", fmt::join(list, ", "));
    };
    std::vector<std::string> names = table.key;
    names.insert(names.end(), given.names.begin(), given.names.end());
    const std::string into =
        fmt::format("{} INTO {} ({})", insert_verb(form, setting_.dialect), table.sql, fmt::join(names, ", "));
    if (form == Form::insert_select) return fmt::format("{} SELECT {}", into, values(write.row));
    if (form == Form::insert_rows)
      return fmt::format("{} VALUES ({}), ({})", into, values(write.row), values(write.to));
    return fmt::format("{} VALUES ({}){}", into, values(write.row), insert_clause(form, setting_.dialect));
  }

  // The form that such a write takes here: not every server has each of them, and a row that another
  // unique key finds is nobody's to foresee.
  Form form_of(const Write& write, const Table& table, bool exists) const {
    const bool by_any_key = is_mysql(setting_.dialect);
    Form form = write.form;
    if (form == Form::replace && ((!by_any_key && setting_.dialect.name() != "sqlite") || table.other_key))
      form = Form::upsert;
    if (form == Form::upsert && by_any_key && table.other_key) form = Form::insert;
    // Every other INSERT passes over a row that is there.
    if (form == Form::insert && write.to % 2 == 0 && !table.other_key && begun_) form = Form::insert_ignored;
    if (form == Form::insert_rows && (write.row == write.to || rows_[write.table].contains(write.to)))
      form = Form::insert;
    const bool plain = form == Form::insert || form == Form::insert_select || form == Form::insert_rows;
    return plain && exists ? Form::update : form;
  }

  std::optional<Problem> write(const Write& write) {
    const std::size_t t = write.table;
    const Table& table = setting_.tables[t];
    TableModel& model = setting_.models[t];
    Rows& rows = rows_[t];
    const bool as_new = stage_ == Stage::both ? write.as_new : stage_ == Stage::contracted;
    const auto found = rows.find(write.row);
    const Cells* before = found == rows.end() ? nullptr : &found->second;
    const Form form = form_of(write, table, before != nullptr);
    const bool whole = form < Form::update;
    const Assigned given = assigned(write, as_new, whole);
    if ((form == Form::update || form == Form::update_rows) && given.names.empty()) return std::nullopt;

    Expectation expected;
    bool imageless = false;
    // During contract the triggers go at some time: then a write does what it says.
    const auto becomes = [&](int row, std::optional<Cells> modelled, Cells plain) {
      const bool frozen = !modelled && model.is_frozen();
      imageless = imageless || (modelled ? !model.has_image(*modelled)
                                : frozen ? !model.has_image(plain)
                                         : stage_ == Stage::old_only);
      if (stage_ == Stage::old_only && frozen) expected.may_be_refused = true;  // expand may have come to that
      std::vector<Cells>& possible = expected.rows[row];
      if (stage_ == Stage::both && !modelled) expected.refused = true;
      if (stage_ == Stage::contracted && !modelled) expected.may_be_refused = true;
      if (stage_ != Stage::old_only && modelled) possible.push_back(std::move(*modelled));
      if (stage_ != Stage::both) possible.push_back(std::move(plain));
    };
    const auto update = [&](int row, const Cells& cells) {
      becomes(row, model.updated(cells, given.cells), overlaid(cells, given.cells));
    };
    std::string sql;
    switch (form) {
      case Form::insert_rows:
        becomes(write.to, model.inserted(given.cells), given.cells);
        [[fallthrough]];
      case Form::insert:
      case Form::insert_select:
      case Form::replace:
        sql = insert_sql(table, write, form, given);
        becomes(write.row, model.inserted(given.cells, before), given.cells);
        // SQLite does not count what a REPLACE takes away as deleted.
        if (before && is_mysql(setting_.dialect)) refuse_to_delete(model, expected);
        break;
      case Form::insert_ignored: {
        sql = insert_sql(table, write, form, given);
        const auto inserted = model.inserted(given.cells);
        expected.passes_over = true;
        if (!before) {
          becomes(write.row, inserted, given.cells);
        } else {
          expected.rows[write.row] = {*before};
          expected.may_be_refused = !inserted;  // by a trigger that comes before the look at the key
        }
        break;
      }
      case Form::upsert: {
        const std::string set =
            given.names.empty() ? table.key[0] + " = " + table.key_values(write.row)[0] : given.list();
        sql = insert_sql(table, write, form, given) +
              (is_mysql(setting_.dialect)
                   ? " ON DUPLICATE KEY UPDATE " + set
                   : fmt::format(" ON CONFLICT ({}) DO UPDATE SET {}", fmt::join(table.key, ", "), set));
        const auto inserted = model.inserted(given.cells);
        if (!before) becomes(write.row, inserted, given.cells);
        // All servers but SQLite fire the triggers of an INSERT before they look for the row.
        else if (setting_.dialect.name() != "sqlite" && !inserted)
          becomes(write.row, inserted, overlaid(*before, given.cells));
        else
          update(write.row, *before);
        break;
      }
      case Form::update:
        sql = fmt::format("UPDATE {} SET {} WHERE {}", table.sql, given.list(), table.key_condition(write.row));
        if (before) update(write.row, *before);
        break;
      case Form::update_rows:
        sql = fmt::format("UPDATE {} SET {}", table.sql, given.list());
        for (const auto& [row, cells] : rows) update(row, cells);
        break;
      case Form::remove:
        sql = fmt::format("DELETE FROM {} WHERE {}", table.sql, table.key_condition(write.row));
        if (before) expected.rows[write.row];
        if (before) refuse_to_delete(model, expected);
        break;
      case Form::move: {
        if (!before || write.to == write.row) return std::nullopt;
        const std::vector<std::string> key = table.key_values(write.to);
        std::vector<std::string> set;
        for (std::size_t i = 0; i < key.size(); ++i) set.push_back(fmt::format("{} = {}", table.key[i], key[i]));
        if (!given.names.empty()) set.push_back(given.list());
        sql = fmt::format("UPDATE {} SET {} WHERE {}", table.sql, fmt::join(set, ", "), table.key_condition(write.row));
        update(write.to, *before);
        expected.rows[write.row];
        expected.refused = expected.refused || rows.contains(write.to);
        break;
      }
    }
    if (imageless && stage_ != Stage::contracted) {
      // Such rows would end every rehearsal at migrate.
      ++tally_.left_out;
      return std::nullopt;
    }
    ++tally_.writes[fmt::format("{} {}", as_new ? "new" : "old", to_string(form))];
    statements_.push_back(fmt::format("{}{};{}  -- {} release", write.undone ? "BEGIN; " : "", sql,
                                      write.undone ? " ROLLBACK;" : "", as_new ? "new" : "old"));
    return run(t, sql, expected, write.undone);
  }

  void refuse_to_delete(const TableModel& model, Expectation& expected) const {
    if (!model.keeps_rows()) return;
    expected.refused = expected.refused || stage_ == Stage::both;
    expected.may_be_refused = true;
  }

  std::optional<Problem> run(std::size_t t, const std::string& sql, const Expectation& expected, bool undone) {
    const bool began = undone && app_.begin().has_value();
    const auto done = app_.execute(sql);
    if (began) app_.rollback();
    if (done && expected.passes_over && (began || !read(t, expected.rows.begin()->first))) {
      if (!began && !expected.refused && !expected.may_be_refused && takes(t, expected))
        return Problem{Kind::refused, "the server passes it over"};
      if (!began) ++tally_.constrained;
      return compare_known(t, expected.rows.begin()->first);
    }
    if (done && expected.refused) return Problem{Kind::accepted, "the server takes what the rules of sync refuse"};
    if (!done) {
      if (expected.refused || expected.may_be_refused)
        ++tally_.refused;
      else if (begun_ && takes(t, expected))
        return Problem{Kind::refused, "the server refuses it: " + done.error().message};
      else
        ++tally_.constrained;
    }
    if (!done || began) {
      for (const auto& [row, unused] : expected.rows)
        if (auto problem = compare_known(t, row)) return problem;
      return std::nullopt;
    }
    for (const auto& [row, possible] : expected.rows) {
      if (possible.empty()) rows_[t].erase(row);
      if (auto problem = compare(t, row, possible)) return problem;
    }
    return std::nullopt;
  }

  // Whether the table itself would take the rows, with the triggers out of the way: else a constraint
  // refused them, and not sync.
  bool takes(std::size_t t, const Expectation& expected) {
    // During contract the old columns are still there, or they are not.
    return stores(t, expected, true) || (stage_ == Stage::contracted && stores(t, expected, false));
  }
  bool stores(std::size_t t, const Expectation& expected, bool old_columns) {
    const Table& table = setting_.tables[t];
    // Where no trigger fires, those of the application do not either, and they may refuse what they like.
    if (table.own_triggers || !app_.fire_triggers(false)) return false;
    bool taken = app_.begin().has_value();
    for (const auto& [row, possible] : expected.rows)
      if (taken && possible.empty())
        taken = app_.execute(fmt::format("DELETE FROM {} WHERE {}", table.sql, table.key_condition(row))).has_value();
    for (const auto& [row, possible] : expected.rows) {
      if (!taken || possible.empty()) continue;
      Assigned all;
      for (const Column& column : table.columns)
        if (const auto cell = possible.front().find(column.name);
            cell != possible.front().end() &&
            (old_columns ? stage_ != Stage::old_only || column.in_old : column.in_new)) {
          all.names.push_back(column.sql);
          all.values.push_back(literal(cell->second, app_));
        }
      Write whole;
      whole.row = row;
      taken = app_.execute(rows_[t].contains(row) ? fmt::format("UPDATE {} SET {} WHERE {}", table.sql, all.list(),
                                                                table.key_condition(row))
                                                  : insert_sql(table, whole, Form::insert, all))
                  .has_value();
    }
    app_.rollback();
    return app_.fire_triggers(true).has_value() && taken;
  }

  // --- what the database has

  bool visible(const Column& column) const {
    return stage_ == Stage::both || column.known_to(stage_ == Stage::contracted);
  }

  std::optional<Cells> read(std::size_t t, int row) {
    const Table& table = setting_.tables[t];
    std::vector<std::string> names = {table.key[0]};
    std::vector<const Column*> columns;
    for (const Column& column : table.columns)
      if (visible(column)) {
        names.push_back(column.sql);
        columns.push_back(&column);
      }
    const auto rows = app_.query(
        fmt::format("SELECT {} FROM {} WHERE {}", fmt::join(names, ", "), table.sql, table.key_condition(row)));
    if (!rows || rows->empty()) return std::nullopt;
    Cells cells;
    for (std::size_t i = 0; i < columns.size(); ++i) cells[columns[i]->name] = rows->front()[i + 1];
    ++tally_.compared;
    return cells;
  }

  std::vector<std::string> differences(std::size_t t, const Cells& known, const Cells& seen) const {
    std::vector<std::string> list;
    for (const Column& column : setting_.tables[t].columns) {
      const auto k = known.find(column.name), s = seen.find(column.name);
      if (!column.exact || k == known.end() || s == seen.end() || k->second == s->second) continue;
      if (column.filled && plan::is_null(k->second)) continue;
      list.push_back(
          fmt::format("{} is {}, and should be {}", column.sql, literal(s->second, app_), literal(k->second, app_)));
    }
    return list;
  }

  std::optional<Problem> compare_known(std::size_t t, int row) {
    const auto known = rows_[t].find(row);
    return compare(t, row, known == rows_[t].end() ? std::vector<Cells>() : std::vector<Cells>{known->second});
  }

  // The row has to be one of these, or gone where there are none; what it is is known from then on.
  std::optional<Problem> compare(std::size_t t, int row, const std::vector<Cells>& possible) {
    const std::string place = fmt::format("{} where {}", setting_.tables[t].sql, setting_.tables[t].key_condition(row));
    const auto seen = read(t, row);
    if (seen.has_value() == possible.empty())
      return Problem{Kind::row, fmt::format("{}: there {} row", place, seen ? "still is a" : "is no")};
    if (!seen) return std::nullopt;
    for (const Cells& cells : possible) {
      if (!differences(t, cells, *seen).empty()) continue;
      rows_[t][row] = overlaid(cells, *seen);
      return std::nullopt;
    }
    return Problem{Kind::value, fmt::format("{}: {}", place, fmt::join(differences(t, possible.front(), *seen), "; "))};
  }

  Setting& setting_;
  Database& database_;
  applier::Connection& app_;
  Tally& tally_;
  const std::atomic<bool>* stop_;
  Stage stage_ = Stage::old_only;
  std::vector<Rows> rows_;
  std::optional<RelatedRun> related_;
  std::vector<std::string> statements_;
  bool begun_ = false;  // expand has
  bool migrated_ = false;
  bool held_up_ = false;
  bool finished_ = false;
};

}  // namespace

Result<std::optional<Failure>> run(Setting& setting, Database database, const std::vector<Act>& acts, Tally& tally,
                                   const std::atomic<bool>* stop) {
  EMCEE_TRY(database.emcee->create_schema(setting.release.old_schema));
  std::set<schema::QualifiedName> together;
  if (setting.related)
    for (const Table& table : setting.related->family().tables) together.insert(table.name());
  prepare_application(database, setting.plan.before, setting.dialect, together);
  Run run(setting, database, tally, stop);
  for (std::size_t i = 0; i < acts.size() && !run.held_up(); ++i) {
    if (stop != nullptr && *stop) return schema::fail(ErrorCode::interrupted, "interrupted");
    EMCEE_ASSIGN(const auto problem, run.act(acts[i]));
    if (problem) return Failure{problem->kind, problem->what, run.statements(), i};
  }
  return std::nullopt;
}

}  // namespace emcee::rehearse
