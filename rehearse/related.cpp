#include "rehearse/related.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace emcee::rehearse {

using plan::SyncGroup;
using schema::ErrorCode;
using Kind = Failure::Kind;

const char* insert_verb(Form form, const plan::Dialect& dialect) {
  if (form == Form::replace) return "REPLACE";
  if (form != Form::insert_ignored || dialect.name() == "postgres") return "INSERT";
  return is_mysql(dialect) ? "INSERT IGNORE" : "INSERT OR IGNORE";
}
const char* insert_clause(Form form, const plan::Dialect& dialect) {
  return form == Form::insert_ignored && dialect.name() == "postgres" ? " ON CONFLICT DO NOTHING" : "";
}

Result<std::unique_ptr<Related>> Related::make(Family family, const applier::Release& release, const plan::Plan& plan,
                                               const plan::Dialect& dialect, const MakeDatabase& make_database) {
  std::unique_ptr<Related> related(new Related(std::move(family), dialect));
  const auto make = [&](PlainDatabase::Eyes eyes) -> Result<std::unique_ptr<PlainDatabase>> {
    EMCEE_ASSIGN(Database database, make_database());
    EMCEE_TRY(database.emcee->create_schema(eyes == PlainDatabase::Eyes::new_release ? release.new_schema
                                                                                     : release.old_schema));
    if (eyes == PlainDatabase::Eyes::both) EMCEE_TRY(applier::expand(*database.emcee, release, {}));
    return PlainDatabase::make(related->family_, std::move(database), eyes, dialect);
  };
  EMCEE_ASSIGN(related->old_, make(PlainDatabase::Eyes::old_release));
  EMCEE_ASSIGN(related->both_, make(PlainDatabase::Eyes::both));
  EMCEE_ASSIGN(related->new_, make(PlainDatabase::Eyes::new_release));
  EMCEE_ASSIGN(related->evaluation_, make_database());
  if (dialect.name() == "postgres") {  // the types of both releases
    EMCEE_TRY(related->evaluation_.emcee->create_schema(release.old_schema));
    EMCEE_TRY(applier::expand(*related->evaluation_.emcee, release, {}));
  }
  EMCEE_ASSIGN(related->world_, World::make(related->family_, related->evaluation_, plan, dialect));
  related->model_ = std::make_unique<FamilyModel>(
      related->family_, *related->world_, dialect,
      [self = related.get()](std::size_t table, const Cells& given) { return self->completed(table, given); });
  return related;
}

std::optional<Cells> Related::completed(std::size_t table, const Cells& given) {
  const auto [found, first] = left_out_.try_emplace(table);
  if (first) {
    std::vector<std::string> names, values;
    for (const auto& [name, value] : given) {
      names.push_back(dialect_.quoting()(name));
      values.push_back(literal(value, *evaluation_.application));
    }
    const Result<Plain> plain = both_->run(State(family_.tables.size()),
                                           fmt::format("INSERT INTO {} ({}) VALUES ({})", family_.tables[table].sql,
                                                       fmt::join(names, ", "), fmt::join(values, ", ")),
                                           false);
    if (!plain || plain->tables[table].size() != 1) {
      left_out_.erase(found);
      return std::nullopt;
    }
    found->second = plain->tables[table].begin()->second.cells;
    for (const auto& [name, value] : given) found->second.erase(name);
  }
  return overlaid(found->second, given);
}

// --- statements

std::string RelatedRun::Given::list() const {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < names.size(); ++i) parts.push_back(names[i] + " = " + values[i]);
  return fmt::format("{}", fmt::join(parts, ", "));
}

// What the columns that speak of the same things hold, what they might, and NULL.
std::vector<Candidate> RelatedRun::choices(const Column& column, bool nullable) const {
  std::vector<Candidate> result;
  const auto add = [&](Candidate candidate) {
    const bool known = std::any_of(result.begin(), result.end(),
                                   [&](const Candidate& other) { return other.stored == candidate.stored; });
    if (!known && (nullable || !plan::is_null(candidate.stored))) result.push_back(std::move(candidate));
  };
  if (column.domain != 0) {
    const Family::Domain& domain = family_.domains[column.domain - 1];
    // Those that are always the same come first: a shorter list of statements means the same then.
    for (const Candidate& candidate : domain.values) add(candidate);
    // Keys that were made come in the order of the rows that have them.
    for (const Family::Member& member : domain.members)
      for (const auto& [key, cells] : known_[member.table])
        if (const Value value = cell(cells, family_.tables[member.table].columns[member.column].name);
            !plan::is_null(value) && !is_made(member.table, cells))
          add({literal(value, app_), value});
    if (nullable) add({"NULL", Value()});
  }
  if (result.empty())
    for (const Candidate& candidate : column.values) add(candidate);
  return result;
}

RelatedRun::Given RelatedRun::given(const Write& write, const Table& table, Stage stage, bool as_new,
                                    bool whole) const {
  std::vector<const Column*> writable;
  for (const Column& column : table.columns)
    if (column.known_to(as_new) && !column.numbered && !table.is_key(column.name)) writable.push_back(&column);
  Given result;
  if (writable.empty()) return result;
  std::map<const Column*, std::size_t> chosen;
  for (const auto& [column, candidate] : write.set) chosen.emplace(writable[column % writable.size()], candidate);
  for (std::size_t i = 0; i < writable.size(); ++i) {
    const Column& column = *writable[i];
    const auto found = chosen.find(&column);
    if (found == chosen.end() && !(whole && column.required_by(as_new))) continue;
    // A row that is given NULL for a key gets one.
    const auto generator = std::find_if(table.groups.begin(), table.groups.end(), [&](const SyncGroup* group) {
      return group->row && group->new_columns.front().name == column.name;
    });
    const bool generates = generator != table.groups.end();
    // Contract waits until nobody writes NULL any more; and who sees such a NULL first is the server's affair.
    const bool nullable = (generates && stage == Stage::both) ||
                          (!(whole && column.not_null_in(as_new)) && !(column.filled && stage != Stage::old_only));
    std::vector<Candidate> candidates = choices(column, nullable);
    // And one that names no row. Rows that share one are rare enough where nothing else stands against it.
    if (generates) {
      const KeyedRows& others = known_[*family_.find((*generator)->row->table)];
      const auto is_there = [&](const Candidate& candidate) {
        return std::any_of(others.begin(), others.end(), [&](const auto& row) {
          return cell(row.second, (*generator)->row->key) == candidate.stored;
        });
      };
      if ((*generator)->holds_old())
        std::erase_if(candidates, [&](const Candidate& c) { return !plan::is_null(c.stored) && !is_there(c); });
      const Value& nobodys = family_.spare_keys.at((*generator)->name).back();
      candidates.push_back({literal(nobodys, app_), nobodys});
    }
    if (candidates.empty()) continue;
    const std::size_t which = found != chosen.end() ? found->second : static_cast<std::size_t>(write.row) + i;
    const Candidate& candidate = candidates[which % candidates.size()];
    result.names.push_back(column.sql);
    result.values.push_back(candidate.sql);
    result.cells[column.name] = candidate.stored;
  }
  return result;
}

// Further columns of a key go their own way, so that some keys share a part.
RelatedRun::Given RelatedRun::new_key(const Table& table, int row, int to) const {
  Given result;
  const std::vector<Identifier> names = table.key_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Column& column = *table.find(names[i]);
    const auto& values = column.domain != 0 && !family_.domains[column.domain - 1].values.empty()
                             ? family_.domains[column.domain - 1].values
                             : column.values;
    const Candidate& candidate = values[static_cast<std::size_t>(i == 0 ? row : to) % values.size()];
    result.names.push_back(table.key[i]);
    result.values.push_back(candidate.sql);
    result.cells[names[i]] = candidate.stored;
  }
  return result;
}

// Its key is one that nobody could foresee.
bool RelatedRun::is_made(std::size_t table, const Cells& cells) const {
  return std::any_of(related_.model_->generated().begin(), related_.model_->generated().end(), [&](const auto& g) {
    if (g.other() != table) return false;
    const Column& key = *family_.tables[table].find(g.group().row->key);
    const std::vector<Candidate>& given = family_.domains[key.domain - 1].values;
    return std::none_of(given.begin(), given.end(),
                        [&](const Candidate& candidate) { return candidate.stored == cell(cells, key.name); });
  });
}

// The generated row of the owner of that number.
const Key* RelatedRun::made(std::size_t table, int row, int to) const {
  for (const auto& generator : related_.model_->generated()) {
    const Key* owner = generator.other() == table ? existing(generator.owner(), row, to) : nullptr;
    if (owner == nullptr) continue;
    const auto* found = generator.find(generator.key(known_[generator.owner()].at(*owner)), known_);
    if (found != nullptr) return &found->first;
  }
  return nullptr;
}

// The row of that number, or the next one: whatever other rows there are, as far as possible.
const Key* RelatedRun::existing(std::size_t table, int row, int to) const {
  if (to % 2 == 1)
    if (const Key* key = made(table, row, to)) return key;
  const KeyedRows& rows = known_[table];
  const Key wanted = key_of(family_.tables[table], new_key(family_.tables[table], row, to).cells);
  const Key* first = nullptr;
  for (const auto& [key, cells] : rows) {
    if (is_made(table, cells)) continue;
    if (!(key < wanted)) return &key;
    if (first == nullptr) first = &key;
  }
  return first;
}

std::string RelatedRun::insert(const Table& table, Form form, const std::vector<Given>& rows) const {
  std::vector<std::string> values;
  const bool select = form == Form::insert_select;
  for (const Given& row : rows) {
    const std::string list = fmt::format("{}", fmt::join(row.values, ", "));
    values.push_back(select ? list : "(" + list + ")");
  }
  return fmt::format("{} INTO {} ({}) {} {}{}", insert_verb(form, related_.dialect_), table.sql,
                     fmt::join(rows.front().names, ", "), select ? "SELECT" : "VALUES", fmt::join(values, ", "),
                     insert_clause(form, related_.dialect_));
}

std::string RelatedRun::upsert_clause(const Table& table, const Given& key, const Given& given) const {
  const std::string set = given.names.empty() ? key.names[0] + " = " + key.values[0] : given.list();
  if (is_mysql(related_.dialect_)) return " ON DUPLICATE KEY UPDATE " + set;
  return fmt::format(" ON CONFLICT ({}) DO UPDATE SET {}", fmt::join(table.key, ", "), set);
}

Form RelatedRun::form_of(const Write& write, Stage stage) const {
  const Table& table = family_.tables[write.table];
  Form form = write.form;
  const bool mysql = is_mysql(related_.dialect_), sqlite = related_.dialect_.name() == "sqlite";
  // What a REPLACE takes away by another key, or what points to it, is a hazard of the plan.
  if (form == Form::replace && ((!mysql && !sqlite) || table.other_key || family_.is_referenced(table)))
    form = Form::upsert;
  if (form == Form::upsert && mysql && table.other_key) form = Form::insert;
  const std::vector<HeldModel>& held = related_.model_->held();
  const bool is_held = std::any_of(held.begin(), held.end(), [&](const HeldModel& h) {
    return write.table == h.other() || (write.table == h.owner() && table.groups.size() == 1);
  });
  // Every other INSERT passes over a row that is there.
  if (form == Form::insert && write.to % 2 == 0 && is_held && !table.other_key && stage != Stage::old_only)
    form = Form::insert_ignored;
  return form;
}

std::optional<RelatedRun::Statement> RelatedRun::statement(const Write& write, Stage stage, bool as_new) const {
  const Table& table = family_.tables[write.table];
  const Form form = form_of(write, stage);
  const bool sqlite = related_.dialect_.name() == "sqlite";
  const bool whole = form < Form::update;
  const Given values = given(write, table, stage, as_new, whole);
  const Key* key = existing(write.table, write.row, write.to);
  const std::string where = key != nullptr ? " WHERE " + key_condition(table, *key, app_) : "";
  Statement result;
  result.form = form;
  result.table = result.attempt.table = write.table;
  if (whole) {
    std::vector<Given> rows;
    for (const auto& [row, to] : {std::pair(write.row, write.to), std::pair(write.to, write.row)}) {
      Given all = new_key(table, row, to);
      if (!rows.empty() && all.cells == rows.front().cells) break;
      all.names.insert(all.names.end(), values.names.begin(), values.names.end());
      all.values.insert(all.values.end(), values.values.begin(), values.values.end());
      all.cells.insert(values.cells.begin(), values.cells.end());
      rows.push_back(std::move(all));
      if (form != Form::insert_rows) break;
    }
    result.sql = insert(table, form, rows);
    if (form != Form::upsert && form != Form::insert_ignored) return result;
    if (form == Form::upsert) result.sql += upsert_clause(table, new_key(table, write.row, write.to), values);
    result.attempt.upsert_fires_insert = !sqlite;
    Cells cells;
    for (const Column& column : table.columns) cells[column.name] = column.in_old ? column.default_old : Value();
    result.attempt.given.push_back(overlaid(cells, rows.front().cells));
    return result;
  }
  if (key == nullptr) return std::nullopt;
  switch (form) {
    case Form::remove:
      result.sql = fmt::format("DELETE FROM {}{}", table.sql, where);
      return result;
    case Form::move: {
      Given set = new_key(table, write.to, write.row);
      set.names.insert(set.names.end(), values.names.begin(), values.names.end());
      set.values.insert(set.values.end(), values.values.begin(), values.values.end());
      result.sql = fmt::format("UPDATE {} SET {}{}", table.sql, set.list(), where);
      return result;
    }
    default:
      if (values.names.empty()) return std::nullopt;
      result.sql = fmt::format("UPDATE {} SET {}{}", table.sql, values.list(), form == Form::update ? where : "");
      return result;
  }
}

// --- what the database has

bool RelatedRun::visible(const Table& table, Stage stage) const {
  return stage == Stage::both || (stage == Stage::contracted ? table.after : table.before) != nullptr;
}
bool RelatedRun::visible(const Column& column, Stage stage) {
  return stage == Stage::both || column.known_to(stage == Stage::contracted);
}
PlainDatabase& RelatedRun::plain_at(Stage stage) const {
  return stage == Stage::old_only ? *related_.old_ : *related_.both_;
}

Seen RelatedRun::seen_by(Stage stage, const State& state) const {
  return {&state, [stage](const Column& column) { return visible(column, stage); }, &app_};
}

Result<State> RelatedRun::read(Stage stage) {
  State state = known_;
  for (std::size_t t = 0; t < state.size(); ++t) {
    const Table& table = family_.tables[t];
    if (!visible(table, stage)) continue;
    std::vector<const Column*> columns;
    for (const Column& column : table.columns)
      if (visible(column, stage)) columns.push_back(&column);
    state[t].clear();
    EMCEE_TRY(read_rows(app_, table, columns, table.key.front(), [&](Cells cells, const Value&) {
      Key key = key_of(table, cells);
      state[t][std::move(key)] = std::move(cells);
      ++tally_.compared;
    }));
  }
  return state;
}

// --- what happens

Result<std::optional<Problem>> RelatedRun::write(const Write& write, Stage stage, bool begun,
                                                 std::vector<std::string>& statements) {
  const Table& table = family_.tables[write.table];
  bool as_new = stage == Stage::both ? write.as_new : stage == Stage::contracted;
  if (stage == Stage::both && (as_new ? table.after : table.before) == nullptr) as_new = !as_new;
  if ((as_new ? table.after : table.before) == nullptr) return std::nullopt;
  const auto statement = this->statement(write, stage, as_new);
  if (!statement) return std::nullopt;
  Result<Plain> plain = without_triggers(*statement, stage);
  if (!is_foreseeable(*statement, stage, begun, plain)) return std::nullopt;
  ++tally_.writes[fmt::format("{} {}", as_new ? "new" : "old", to_string(statement->form))];
  statements.push_back(fmt::format("{}{};{}  -- {} release", write.undone ? "BEGIN; " : "", statement->sql,
                                   write.undone ? " ROLLBACK;" : "", as_new ? "new" : "old"));
  return run(*statement, std::move(plain), stage, begun, write.undone);
}

Result<Plain> RelatedRun::without_triggers(const Statement& statement, Stage stage) {
  const bool moves = !related_.model_->moves().empty();
  return plain_at(stage).run(known_, statement.sql, foreign_keys_ && !(moves && stage != Stage::old_only));
}

bool RelatedRun::is_foreseeable(const Statement& statement, Stage stage, bool begun, const Result<Plain>& plain) const {
  const bool expands = stage == Stage::old_only && begun;
  // What moves may have its triggers already, or not yet.
  for (const MoveModel& move : related_.model_->moves())
    if (expands && (statement.table == move.whole() || statement.table == move.part())) return false;
  for (const HeldModel& held : related_.model_->held()) {
    // So may columns that become a row; of a table that the old release does not see, the end of expand tells.
    const bool seen = family_.tables[held.other()].before != nullptr;
    if (expands && (statement.table == held.other() || (seen && statement.table == held.owner()))) return false;
    if (stage != Stage::old_only && plain && held.looks_like_a_batch(known_, *plain)) return false;
  }
  return true;
}

Result<std::optional<Problem>> RelatedRun::run(const Statement& statement, Result<Plain> plain, Stage stage, bool begun,
                                               bool undone) {
  const State before = known_;
  if (undone) EMCEE_TRY(app_.begin());
  const auto done = app_.execute(statement.sql);
  std::optional<Problem> problem;
  if (done) {
    if (!plain) plain = second_look(statement, stage, std::move(plain));
    EMCEE_ASSIGN(const State seen, read(stage));
    EMCEE_ASSIGN(problem, judge(statement, stage, begun, seen, plain));
  }
  if (undone) app_.rollback();
  if (problem || (done && !undone)) return problem;
  known_ = before;
  if (!done) {
    EMCEE_ASSIGN(problem, judge_refusal(statement, stage, begun, plain, done.error().message));
    if (problem) return problem;
  }
  return after_phase(stage, false, FamilyModel::Batches::none);
}

// What the triggers do may be what a constraint asks for: a foreign key is looked at when they are through, and a row
// that was made for a value steps aside for one of a release.
Result<Plain> RelatedRun::second_look(const Statement& statement, Stage stage, Result<Plain> first) {
  if (stage == Stage::old_only) return first;
  State before = known_;
  std::map<Key, Cells> aside;
  for (const MoveModel& move : related_.model_->moves())
    if (move.move().row_steps_aside && statement.table == move.part())
      std::erase_if(before[move.part()],
                    [&](const auto& row) { return !move.part_holds_more(row.second) && aside.emplace(row).second; });
  Result<Plain> plain = plain_at(stage).run(before, statement.sql, false);
  if (!plain) return first;
  for (const auto& [key, cells] : aside) plain->tables[statement.table].try_emplace(key, Plain::Row{cells, key});
  return plain;
}

Result<std::optional<Problem>> RelatedRun::judge(const Statement& statement, Stage stage, bool begun, const State& seen,
                                                 const Result<Plain>& plain) {
  const Seen eyes = seen_by(stage, seen);
  if (plain && plain->state() != known_ && passed_over(statement, eyes))
    return judge_refusal(statement, stage, begun, plain, "it passes over the row");
  const auto as_written = [&](const Plain& what) {
    State rows = what.state();
    if (begun && stage == Stage::old_only) related_.model_->adopt_generated(what, eyes, rows);
    return related_.model_->after_batches(rows, FamilyModel::Batches::none, false, eyes);
  };
  Judgement judgement;
  if (plain) {
    judgement = stage == Stage::old_only ? as_written(*plain)
                                         : related_.model_->after_statement(known_, *plain, statement.attempt, eyes);
    if (!judgement.refused && judgement.difference.empty()) {
      known_ = judgement.rows;
      return std::nullopt;
    }
  }
  // An upsert that meets a row which steps aside has inserted its own.
  if (plain && stage == Stage::both && statement.attempt.upsert_fires_insert)
    if (const Result<Plain> inserted = second_look(statement, stage, schema::fail(ErrorCode::look_at_server, ""))) {
      Judgement other = related_.model_->after_statement(known_, *inserted, statement.attempt, eyes);
      if (!other.refused && other.difference.empty()) {
        known_ = other.rows;
        return std::nullopt;
      }
    }
  if (stage == Stage::contracted) {
    // The triggers go at some time, and so do the old columns.
    // Between the two there may be no foreign key at all.
    const Result<Plain> later = related_.new_->run(known_, statement.sql, foreign_keys_);
    const Result<Plain> unbound = related_.both_->run(known_, statement.sql, false);
    for (const Result<Plain>* what : {&plain, &later, &unbound})
      if (*what)
        if (Judgement other = as_written(**what); other.difference.empty()) {
          known_ = other.rows;
          return std::nullopt;
        }
    // Foreign keys that write other tables come one by one.
    bool writes_others = false;
    for (std::size_t t = 0; later && t < known_.size(); ++t)
      writes_others = writes_others || (t != statement.table && later->state()[t] != known_[t]);
    if (writes_others || (!plain && !later)) {
      known_ = seen;
      return std::nullopt;
    }
  }
  if (!plain)
    return Problem{Kind::accepted, "the server takes what it refuses without triggers: " + plain.error().message};
  if (judgement.refused) return Problem{Kind::accepted, "the server takes what the rules of sync refuse"};
  return Problem{Kind::value, judgement.difference};
}

Result<std::optional<Problem>> RelatedRun::judge_refusal(const Statement& statement, Stage stage, bool begun,
                                                         const Result<Plain>& plain, const std::string& message) {
  const bool later = stage == Stage::contracted && !related_.new_->run(known_, statement.sql, foreign_keys_);
  if (!plain || later || (begun && stage == Stage::old_only)) {
    ++tally_.constrained;
    return std::nullopt;
  }
  Judgement judgement;
  judgement.rows = plain->state();
  if (stage != Stage::old_only) judgement = related_.model_->after_statement(known_, *plain, statement.attempt, {});
  if (judgement.refused || judgement.may_refuse) {
    ++tally_.refused;
    return std::nullopt;
  }
  if (stores(judgement.rows, stage)) return Problem{Kind::refused, "the server refuses it: " + message};
  ++tally_.constrained;
  return std::nullopt;
}

bool RelatedRun::passed_over(const Statement& statement, const Seen& seen) {
  return statement.form == Form::insert_ignored &&
         related_.model_->after_batches(known_, FamilyModel::Batches::none, false, seen).difference.empty();
}

// Whether the tables themselves would take the rows, without triggers: else a constraint refused them, and not sync.
bool RelatedRun::stores(const State& rows, Stage stage) {
  if (plain_at(stage).stores(known_, rows, foreign_keys_)) return true;
  // During contract the old columns are still there, or they are not.
  return stage == Stage::contracted && related_.new_->stores(known_, rows, foreign_keys_);
}

Result<std::optional<Problem>> RelatedRun::after_phase(Stage stage, bool expanded, FamilyModel::Batches batches) {
  EMCEE_ASSIGN(const State seen, read(stage));
  Judgement judgement = related_.model_->after_batches(known_, batches, expanded, seen_by(stage, seen));
  if (!judgement.difference.empty()) return Problem{Kind::value, judgement.difference};
  known_ = judgement.rows;
  return std::nullopt;
}

Result<std::optional<Problem>> RelatedRun::clear_the_way(Stage stage, bool begun, bool fills,
                                                         std::vector<std::string>& statements) {
  const auto batches = fills ? FamilyModel::Batches::all : FamilyModel::Batches::none;
  // One that goes may take others along, or leave them behind; some cannot go.
  std::set<std::pair<std::size_t, Key>> tried;
  for (bool more = true; more;) {
    more = barred_ = false;
    for (const auto& place : stage == Stage::old_only ? duplicates() : in_the_way(stage, batches)) {
      const auto& [t, key] = place;
      barred_ = true;
      if (!known_[t].contains(key) || !tried.insert(place).second) continue;
      more = true;
      Statement statement;
      const Table& table = family_.tables[t];
      statement.table = statement.attempt.table = t;
      statement.sql = fmt::format("DELETE FROM {} WHERE {}", table.sql, key_condition(table, key, app_));
      const bool as_new = stage == Stage::contracted || table.before == nullptr;
      statements.push_back(fmt::format("{};  -- {} release", statement.sql, as_new ? "new" : "old"));
      EMCEE_ASSIGN(auto problem, run(statement, without_triggers(statement, stage), stage, begun, false));
      if (problem) return problem;
      break;
    }
  }
  return std::nullopt;
}

// And rows that stand against a constraint, or whose generated row does.
std::vector<std::pair<std::size_t, Key>> RelatedRun::in_the_way(Stage stage, FamilyModel::Batches batches) const {
  auto result = related_.model_->in_the_way(known_, batches);
  if (!result.empty()) return result;
  std::vector<FamilyModel::Generated> generated;
  const State filled = related_.model_->filled(known_, batches, generated);
  for (auto& place : related_.new_->misfits(filled)) {
    const auto made = std::find_if(generated.begin(), generated.end(), [&](const FamilyModel::Generated& each) {
      return std::pair(each.table, each.key) == place;
    });
    result.push_back(made == generated.end() ? std::move(place) : std::pair(made->owner_table, made->owner));
  }
  if (!result.empty()) return result;
  State with = known_;
  for (const FamilyModel::Generated& each : generated) {
    const auto [row, first] = with[each.table].try_emplace(each.key, each.row);
    if (first && plain_at(stage).stores(known_, with, false)) continue;
    if (first) with[each.table].erase(row);
    result.emplace_back(each.owner_table, each.owner);
  }
  return result;
}

// Rows that share a key which has to be one for each.
std::vector<std::pair<std::size_t, Key>> RelatedRun::duplicates() const {
  std::vector<std::pair<std::size_t, Key>> result;
  for (const MoveModel& move : related_.model_->moves()) {
    if (!move.move().one) continue;
    std::set<Key> seen;
    for (const auto& [key, cells] : known_[move.part()])
      if (!seen.insert(move.of_part(cells)).second) result.emplace_back(move.part(), key);
  }
  return result;
}

}  // namespace emcee::rehearse
