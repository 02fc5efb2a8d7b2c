#include "dialects/sqlite/mirror_triggers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "dialects/common/conditions.h"
#include "dialects/sqlite/affinity.h"
#include "dialects/sqlite/ddl.h"
#include "dialects/sqlite/row_key.h"
#include "schema/is_one_of.h"

namespace emcee::sqlite {

using plan::SyncGroup;
using schema::Fragment;
using schema::Identifier;
using schema::KeyPart;
using schema::Table;

namespace {

constexpr const char* kOldRow = "OLD.";
constexpr const char* kNewRow = "NEW.";

std::string joined(const std::vector<std::string>& texts) { return fmt::format("{}", fmt::join(texts, ", ")); }
std::string every(const std::vector<std::string>& terms) { return fmt::format("{}", fmt::join(terms, " AND ")); }

std::vector<std::string> prefixed(const std::vector<std::string>& columns, const std::string& prefix) {
  std::vector<std::string> result;
  for (const std::string& column : columns) result.push_back(prefix + column);
  return result;
}

}  // namespace

MirrorSql::MirrorSql(const SyncGroup& group, const schema::Schema& schema)
    : group_(group),
      original_{*schema.find_table(group.mirror->original), quoting()(group.mirror->original), "emcee_o.", {}, {}},
      copy_{*schema.find_table(group.mirror->copy), quoting()(group.mirror->copy), "emcee_c.", {}, {}} {
  const auto number = rowid_name(original_.table), number_of_copy = rowid_name(copy_.table);
  // Also where it is no column: what a TEXT PRIMARY KEY holds may be NULL, and the number tells the row.
  if (number && number_of_copy) {
    original_.key = {quoting()(*number)};
    copy_.key = {quoting()(*number_of_copy)};
    if (!original_.table.find_column(*number)) add(original_.key.front(), copy_.key.front(), false);
  } else {
    for (const Identifier& column : original_.table.key_columns()) original_.key.push_back(quoting()(column));
    copy_.key = original_.key;
  }
  for (const schema::Column& column : original_.table.columns)
    if (!column.generated)
      add(quoting()(column.name), quoting()(column.name),
          affinity(column.type, original_.table.options) == Affinity::blob);
}

void MirrorSql::add(const std::string& of_original, const std::string& of_copy, bool typed) {
  original_.columns.push_back(of_original);
  copy_.columns.push_back(of_copy);
  typed_.push_back(typed);
}

std::string MirrorSql::same(const MirrorSide& a, const std::string& a_prefix, const MirrorSide& b,
                            const std::string& b_prefix) {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < a.key.size(); ++i)
    terms.push_back(fmt::format("{}{} = {}{}", a_prefix, a.key[i], b_prefix, b.key[i]));
  return every(terms);
}

std::string MirrorSql::equal(const MirrorSide& a, const std::string& a_prefix, const MirrorSide& b,
                             const std::string& b_prefix) const {
  return equal(a, a_prefix, b, b_prefix, all());
}
std::string MirrorSql::equal(const MirrorSide& a, const std::string& a_prefix, const MirrorSide& b,
                             const std::string& b_prefix, const Places& places) const {
  std::vector<std::string> terms;
  for (const std::size_t i : places) {
    const std::string left = a_prefix + a.columns[i], right = b_prefix + b.columns[i];
    terms.push_back(fmt::format("{} COLLATE BINARY IS {}", left, right));
    if (typed_[i]) terms.push_back(fmt::format("typeof({}) = typeof({})", left, right));
  }
  return every(terms);
}
std::string MirrorSql::differ(const MirrorSide& a, const std::string& a_prefix, const MirrorSide& b,
                              const std::string& b_prefix) const {
  return fmt::format("NOT ({})", equal(a, a_prefix, b, b_prefix));
}

std::string MirrorSql::in_other(const MirrorSide& row, const std::string& prefix, const MirrorSide& other) {
  return fmt::format("EXISTS (SELECT 1 FROM {} WHERE {})", other.as(), same(other, other.alias, row, prefix));
}
std::string MirrorSql::equal_in_other(const MirrorSide& row, const std::string& prefix, const MirrorSide& other) const {
  return fmt::format("EXISTS (SELECT 1 FROM {} WHERE {} AND {})", other.as(), same(other, other.alias, row, prefix),
                     equal(other, other.alias, row, prefix));
}

std::string MirrorSql::insert(const MirrorSide& from, const MirrorSide& to) {
  return fmt::format("INSERT INTO {} ({}) SELECT {} FROM {}", to.name, joined(to.columns),
                     joined(prefixed(from.columns, from.alias)), from.as());
}
std::string MirrorSql::update(const MirrorSide& from, const MirrorSide& to, const Places& places) {
  std::vector<std::string> set;
  for (const std::size_t i : places)
    set.push_back(fmt::format("{} = {}{}", to.columns[i], from.alias, from.columns[i]));
  return fmt::format("UPDATE {} SET {} FROM {}", to.name, joined(set), from.as());
}
MirrorSql::Places MirrorSql::all() const {
  Places result(original_.columns.size());
  std::iota(result.begin(), result.end(), std::size_t{0});
  return result;
}
std::string MirrorSql::differing(const MirrorSide& from, const MirrorSide& to) const {
  return fmt::format("{} AND {}", same(to, to.name + ".", from, from.alias),
                     differ(to, to.name + ".", from, from.alias));
}

std::optional<std::string> MirrorSql::hold_last() const {
  if (!rowid_name(original_.table)) return std::nullopt;
  const std::string last = fmt::format("(SELECT max({}) FROM {})", original_.key.front(), original_.name);
  return fmt::format("{} WHERE {}{} = {} AND NOT {}", insert(original_, copy_), original_.alias, original_.key.front(),
                     last, in_other(original_, original_.alias, copy_));
}

namespace {

// The columns that triggers of the table listen to (UPDATE OF), quoted, each list once.
std::set<std::set<std::string>> update_lists(const schema::Schema& schema, const schema::QualifiedName& table) {
  std::set<std::set<std::string>> result;
  for (const schema::Trigger* trigger : schema.triggers_of(table)) {
    std::set<std::string> columns;
    for (const Identifier& name : trigger->update_of)
      if (const schema::Column* column = schema.find_table(table)->find_column(name))
        columns.insert(quoting()(column->name));
    if (!columns.empty()) result.insert(std::move(columns));
  }
  return result;
}
constexpr std::size_t kMaxLists = 4;

// Every write of one table is the same write of the other one: what a trigger runs has the conflict clause of the
// application's statement, so that OR REPLACE takes the same rows away there, with all that foreign keys do for it, and
// a conflict is refused in the same way. It writes only what differs, so a write that comes back finds nothing to do.
// Under OR IGNORE a constraint could make it vanish, so a trigger looks behind each write whether both tables are
// equal.
//
// The copy is an ordinary table with its own numbers and keys, so what it lacks must not be missed: it always has the
// row with the highest number, and a row that waits comes before a write that would meet it.
class MirrorTriggers {
 public:
  MirrorTriggers(const SyncGroup& group, const schema::Schema& schema)
      : sql_(group, schema), listened_(listened(schema)) {}

  std::vector<std::string> create() const {
    std::vector<std::string> result{
        trigger("old_insert", "AFTER INSERT", original(), "", inserted(original(), copy())),
        trigger("old_update", "AFTER UPDATE", original(), changed(original()), original_updated()),
        trigger("old_delete", "AFTER DELETE", original(), "", deleted(original(), copy())),
        trigger("new_insert", "AFTER INSERT", copy(), "", inserted(copy(), original())),
        trigger("new_update", "AFTER UPDATE", copy(), changed(copy()), copy_updated()),
        trigger("new_delete", "AFTER DELETE", copy(), "", deleted(copy(), original()))};
    if (const Statements carried = carry_over(); !carried.empty()) {
      result.push_back(trigger("new_insert_first", "BEFORE INSERT", copy(), "", carried));
      result.push_back(trigger("new_update_first", "BEFORE UPDATE", copy(), keys_changed(), carried));
    }
    return result;
  }

 private:
  using Statements = std::vector<std::string>;

  const MirrorSide& original() const { return sql_.original(); }
  const MirrorSide& copy() const { return sql_.copy(); }

  std::string trigger(const char* name, const char* event, const MirrorSide& on, const std::string& when,
                      const Statements& body) const {
    return fmt::format("CREATE TRIGGER {} {} ON {}{} BEGIN\n  {};\nEND",
                       quoting()(Identifier(fmt::format("emcee_{}_{}", sql_.group().name, name))), event, on.name,
                       when.empty() ? "" : " WHEN " + when, fmt::join(body, ";\n  "));
  }

  std::string changed(const MirrorSide& side) const { return sql_.differ(side, kOldRow, side, kNewRow); }
  // The row of NEW, as it is stored by now.
  static std::string stored(const MirrorSide& side) { return MirrorSql::same(side, side.alias, side, kNewRow); }

  std::string refuse(const MirrorSide& from, const std::string& where) const {
    return fmt::format("SELECT RAISE(ABORT, {}) FROM {} WHERE {} AND {}",
                       string_literal(fmt::format("emcee: {} and {} would differ", original().table.name.text(),
                                                  copy().table.name.text())),
                       from.as(), stored(from), where);
  }
  void hold_last(Statements& result, const MirrorSide& written) const {
    if (&written != &original()) return;
    if (const auto last = sql_.hold_last()) result.push_back(*last);
  }

  Statements inserted(const MirrorSide& from, const MirrorSide& to) const {
    const std::string differs = "NOT " + sql_.equal_in_other(from, from.alias, to);
    Statements result{fmt::format("{} WHERE {} AND {}", MirrorSql::insert(from, to), stored(from), differs),
                      refuse(from, differs)};
    hold_last(result, from);
    return result;
  }

  std::string update(const MirrorSide& from, const MirrorSide& to, const MirrorSql::Places& places,
                     const std::string& where) const {
    return fmt::format("{} WHERE {} AND {} AND {}{}", MirrorSql::update(from, to, places), stored(from),
                       MirrorSql::same(to, to.name + ".", from, kOldRow),
                       sql_.differ(to, to.name + ".", from, from.alias), where);
  }
  // A trigger of the application that listens to some columns (UPDATE OF) fires for every statement that names one of
  // them: only those that change are named. So there is a statement for each choice of such lists.
  void update_original(Statements& result) const {
    const std::string prefix = original().name + ".";
    const std::string not_behind = " AND " + sql_.equal(original(), prefix, copy(), kOldRow);
    for (std::size_t choice = 0; choice < std::size_t{1} << listened_.size(); ++choice) {
      std::set<std::size_t> left_out;
      std::string where = not_behind;
      for (std::size_t i = 0; i < listened_.size(); ++i) {
        const std::string same = sql_.equal(original(), prefix, copy(), copy().alias, listened_[i]);
        const bool named = (choice >> i & 1) != 0;
        where += named ? " AND NOT (" + same + ")" : " AND " + same;
        if (!named) left_out.insert(listened_[i].begin(), listened_[i].end());
      }
      MirrorSql::Places places = sql_.all();
      std::erase_if(places, [&](std::size_t place) { return left_out.count(place) > 0; });
      if (!places.empty()) result.push_back(update(copy(), original(), places, where));
    }
  }
  // The places of the columns that triggers of the application listen to, each list once.
  std::vector<MirrorSql::Places> listened(const schema::Schema& schema) const {
    std::vector<MirrorSql::Places> result;
    for (const auto& columns : update_lists(schema, original().table.name)) {
      MirrorSql::Places places;
      for (const std::size_t place : sql_.all())
        if (columns.count(original().columns[place]) > 0) places.push_back(place);
      if (!places.empty()) result.push_back(std::move(places));
    }
    return result;
  }
  // A row that waits is copied with what it holds now.
  Statements original_updated() const {
    Statements result{update(original(), copy(), sql_.all(), "")};
    for (std::string& statement : inserted(original(), copy())) result.push_back(std::move(statement));
    return result;
  }
  // Where the table has no such row, or another one than there was, other triggers are at work on it, those of an
  // INSERT or of an UPDATE around this one; what fires for that comes behind them, and finds all that they have done.
  Statements copy_updated() const {
    Statements result;
    update_original(result);
    result.push_back(refuse(copy(), fmt::format("NOT {} AND {}", sql_.equal_in_other(copy(), copy().alias, original()),
                                                sql_.equal_in_other(copy(), kOldRow, original()))));
    return result;
  }

  Statements deleted(const MirrorSide& from, const MirrorSide& to) const {
    Statements result{fmt::format("DELETE FROM {} WHERE {}", to.name, MirrorSql::same(to, "", from, kOldRow))};
    hold_last(result, from);
    return result;
  }

  // --- rows that wait and have a key of NEW -----------------------------------------------------------

  // The row that a trigger or a batch brings is no other one than itself.
  Statements carry_over() const {
    Statements result;
    for (const std::string& match : matches())
      result.push_back(fmt::format("{} WHERE {} AND NOT {} AND {}", MirrorSql::insert(original(), copy()), match,
                                   MirrorSql::in_other(original(), original().alias, copy()),
                                   sql_.differ(original(), original().alias, copy(), kNewRow)));
    return result;
  }

  Statements matches() const {
    Statements result{MirrorSql::same(original(), original().alias, copy(), kNewRow)};
    const auto add = [&](const std::vector<KeyPart>& parts, const std::optional<Fragment>& where) {
      std::vector<std::string> terms;
      for (const KeyPart& part : parts)
        terms.push_back(fmt::format("{}{} = {}", of_row(part.expression, "emcee_o"),
                                    part.collation ? " COLLATE " + quoting()(*part.collation) : "",
                                    of_row(part.expression, "NEW")));
      if (where) terms.push_back(of_row(*where, "emcee_o"));
      if (const std::string match = every(terms); !schema::is_one_of(match, result)) result.push_back(match);
    };
    const Table& table = original().table;
    if (table.primary_key) add(table.primary_key->parts, std::nullopt);
    for (const auto& unique : table.uniques) add(unique.parts, std::nullopt);
    for (const auto& index : table.indexes)
      if (index.unique) add(index.parts, index.where);
    return result;
  }

  static std::string of_row(const Fragment& fragment, const char* row) {
    const Fragment qualified = fragment.with_columns([&](const schema::Token& token) -> std::optional<Fragment> {
      return Fragment::column(token.identifier(), Identifier(row, schema::Folding::ignore_case));
    });
    const std::string sql = to_canonical_sql(qualified, quoting());
    return fragment.as_column() ? sql : "(" + sql + ")";
  }

  std::string keys_changed() const {
    std::vector<Identifier> columns = original().table.key_columns();
    const auto add = [&](const std::vector<KeyPart>& parts, const std::optional<Fragment>& where) {
      for (const KeyPart& part : parts)
        for (const Identifier& column : part.expression.columns()) columns.push_back(column);
      if (where)
        for (const Identifier& column : where->columns()) columns.push_back(column);
    };
    for (const auto& unique : original().table.uniques) add(unique.parts, std::nullopt);
    for (const auto& index : original().table.indexes)
      if (index.unique) add(index.parts, index.where);
    std::vector<std::string> names = copy().key;
    for (const Identifier& column : columns)
      if (const std::string name = quoting()(column); !schema::is_one_of(name, names)) names.push_back(name);
    std::vector<std::string> terms;
    for (const std::string& name : names) terms.push_back(fmt::format("OLD.{0} COLLATE BINARY IS NOT NEW.{0}", name));
    return fmt::format("{}", fmt::join(terms, " OR "));
  }

  MirrorSql sql_;
  std::vector<MirrorSql::Places> listened_;
};

// A row of the table that is looked for by key and reason.
plan::RowQuery query(const SyncGroup& group, const char* what, const char* kind, const Table& table,
                     const std::string& reason, const std::string& from, const std::string& condition,
                     const char* hint) {
  plan::RowQuery result;
  result.name = fmt::format("{}: {}", group.name, what);
  result.kind = kind;
  result.table = table.name;
  const std::string rows = fmt::format("FROM {} WHERE {}", from, condition);
  result.sql = fmt::format("SELECT {}, {} {}", key_text(table), string_literal(reason), rows);
  result.count = "SELECT count(*) " + rows;
  result.hint = hint;
  return result;
}

std::string missing(const MirrorSide& row, const MirrorSide& other) {
  return "NOT " + MirrorSql::in_other(row, row.name + ".", other);
}

// Numbers that AUTOINCREMENT has given before are not given again.
std::vector<std::string> copy_sequence(const MirrorSql& sql) {
  const auto& key = sql.original().table.primary_key;
  if (!key || !key->autoincrement) return {};
  const std::string from = string_literal(sql.original().table.name.name.text()),
                    to = string_literal(sql.copy().table.name.name.text());
  return {fmt::format("DELETE FROM sqlite_sequence WHERE name = {}", to),
          fmt::format("INSERT INTO sqlite_sequence (name, seq) SELECT {}, seq FROM sqlite_sequence WHERE name = {}", to,
                      from)};
}

bool ignores_rows(const schema::Trigger& trigger) {
  const auto& tokens = trigger.body.tokens();
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i)
    if (schema::equal_ignoring_case(tokens[i].text, "RAISE") && tokens[i + 1].text == "(" &&
        schema::equal_ignoring_case(tokens[i + 2].text, "IGNORE"))
      return true;
  return false;
}

constexpr const char* kTriggers[] = {"old_insert", "old_update", "old_delete",       "new_insert",
                                     "new_update", "new_delete", "new_insert_first", "new_update_first"};

}  // namespace

MirrorStart create_mirror(const SyncGroup& group, const schema::Schema& schema) {
  const MirrorSql sql(group, schema);
  MirrorStart result{MirrorTriggers(group, schema).create(), {}};
  if (const auto last = sql.hold_last()) result.fill.push_back(*last);
  for (std::string& statement : copy_sequence(sql)) result.fill.push_back(std::move(statement));
  return result;
}

std::vector<std::string> mirror_trigger_names(const SyncGroup& group) {
  std::vector<std::string> names;
  for (const char* name : kTriggers) names.push_back(fmt::format("emcee_{}_{}", group.name, name));
  return names;
}

std::vector<std::string> drop_mirror(const SyncGroup& group) {
  std::vector<std::string> result;
  for (const std::string& name : mirror_trigger_names(group))
    result.push_back("DROP TRIGGER IF EXISTS " + quoting()(Identifier(name)));
  return result;
}

std::optional<std::string> copy_obstacle(const schema::Schema& schema, const Table& table) {
  if (!row_key(table)) return "columns have all the names that its row number goes by, so nothing tells its rows";
  // https://www.sqlite.org/lang_vacuum.html; seen on 3.40: those of a table with any index stay.
  const bool has_key = table.primary_key || !table.uniques.empty() || !table.indexes.empty();
  if (!has_key) return "it has no key, and VACUUM gives such rows other numbers";
  for (const schema::Trigger* trigger : schema.triggers_of(table.name))
    if (ignores_rows(*trigger))
      return fmt::format("its trigger {} lets rows vanish (RAISE(IGNORE)), which its copy would have",
                         trigger->name.name.text());
  if (update_lists(schema, table.name).size() > kMaxLists)
    return fmt::format("its triggers listen to more than {} lists of columns (UPDATE OF)", kMaxLists);
  return std::nullopt;
}

plan::RenderedBackfill backfill_mirror(const SyncGroup& group, const schema::Schema& schema) {
  const MirrorSql sql(group, schema);
  plan::RenderedBackfill result;
  result.table = group.mirror->original;
  result.key = row_key(sql.original().table)->columns;
  result.key_sql = sql.original().key;
  result.pending = missing(sql.original(), sql.copy());
  result.bypass_triggers = false;  // those of the copy derive its new columns
  result.generate =
      fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} WHERE {}", sql.copy().name, joined(sql.copy().columns),
                  joined(sql.original().columns), sql.original().name, result.pending);
  result.single_update = result.generate;
  return result;
}

std::vector<plan::RowQuery> verify_mirror(const SyncGroup& group, const schema::Schema& schema) {
  const MirrorSql sql(group, schema);
  const MirrorSide &original = sql.original(), &copy = sql.copy();
  const std::string from = original.table.name.text(), to = copy.table.name.text();
  constexpr const char* kResolve = "run `emcee verify --resolve old` or `--resolve new`";
  return {query(group, "pending", "pending", original.table, "is not in " + to + " yet", original.name,
                missing(original, copy), "run `emcee migrate`"),
          query(group, "in conflict", "conflict", original.table,
                fmt::format("{} and {} say different things", from, to), original.name,
                fmt::format("EXISTS (SELECT 1 FROM {} WHERE {} AND {})", copy.as(),
                            MirrorSql::same(copy, copy.alias, original, original.name + "."),
                            sql.differ(copy, copy.alias, original, original.name + ".")),
                kResolve),
          query(group, "without its row", "conflict", copy.table, "is no row of " + from, copy.name,
                missing(copy, original), kResolve)};
}

// Rows that only one of the two has are those of the copy: what it lacks waits.
std::vector<std::string> resolve_mirror(const SyncGroup& group, const schema::Schema& schema, bool old_wins) {
  const MirrorSql sql(group, schema);
  const MirrorSide &original = sql.original(), &copy = sql.copy();
  if (old_wins)
    return {fmt::format("DELETE FROM {} WHERE {}", copy.name, missing(copy, original)),
            fmt::format("{} WHERE {}", MirrorSql::update(original, copy, sql.all()), sql.differing(original, copy))};
  return {fmt::format("{} WHERE NOT {}", MirrorSql::insert(copy, original),
                      MirrorSql::in_other(copy, copy.alias, original)),
          fmt::format("{} WHERE {}", MirrorSql::update(copy, original, sql.all()), sql.differing(copy, original))};
}

std::string only_in_copy(const SyncGroup& group, const schema::Schema& schema) {
  const MirrorSql sql(group, schema);
  return fmt::format("SELECT {}, {} FROM {} WHERE {}", string_literal("table " + sql.copy().table.name.text()),
                     key_text(sql.copy().table), sql.copy().name, missing(sql.copy(), sql.original()));
}

}  // namespace emcee::sqlite
