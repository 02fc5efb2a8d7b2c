// A table half way between two schemas has more than either of them: keys that contract drops beside
// columns that expand widens, columns of both releases in one row. What expand would add beyond a limit
// of the server waits for contract.
#include <fmt/format.h>
#include <algorithm>
#include <unordered_map>

#include "diff/apply_change.h"
#include "plan/draft.h"
#include "schema/is_one_of.h"
#include "schema/match.h"

namespace emcee::plan {

namespace {

using diff::Change;
using schema::Result;
using schema::Table;

// The change needs the column of its own table to be what it is in the new schema.
bool needs_column(const Change& change, const Identifier& column) {
  return schema::is_one_of(column, columns_of(change)) ||
         schema::match(
             change,
             [&](const diff::AddColumn& c) {
               return c.column.generated && c.column.generated->expression.mentions_column(column);
             },
             [&](const diff::ChangeGenerated& c) { return c.after && c.after->expression.mentions_column(column); },
             [&](const diff::AddDefault& c) { return c.column == column; }, [](const auto&) { return false; });
}

// A view or a program that reads the column of the table, as far as its words tell.
bool reads_column(const Change& change, const QualifiedName& table, const Identifier& column) {
  const auto in = [&](const Fragment& text) {
    const auto has = [&](const Identifier& name) {
      return std::any_of(text.tokens().begin(), text.tokens().end(), [&](const schema::Token& token) {
        return schema::equal_ignoring_case(token.text, name.text());
      });
    };
    return has(table.name) && has(column);
  };
  return schema::match(
      change, [&](const diff::CreateView& c) { return in(c.view.query); },
      [&](const diff::ReplaceView& c) { return in(c.after.query); },
      [&](const diff::CreateTrigger& c) {
        return c.trigger.table == table ? c.trigger.body.mentions_column(column) : in(c.trigger.body);
      },
      [&](const diff::CreateObject& c) { return in(c.object.definition); },
      [&](const diff::ReplaceObject& c) { return in(c.after.definition); }, [](const auto&) { return false; });
}

std::optional<Identifier> column_of(const Change& change) {
  return schema::match(
      change, [](const diff::AddColumn& c) { return std::optional(c.column.name); },
      [](const diff::ChangeType& c) { return std::optional(c.column); },
      [](const auto&) { return std::optional<Identifier>(); });
}

class Limits {
 public:
  explicit Limits(Draft& draft) : draft_(draft) {}

  Result<void> run() {
    const std::vector<Item> structure = draft_.expand, indexes = draft_.expand_indexes;
    for (const Item& item : structure) EMCEE_TRY(look_at(item));
    for (const Item& item : indexes) EMCEE_TRY(look_at(item));
    return {};
  }

 private:
  Result<void> look_at(const Item& item) {
    const QualifiedName name = diff::subject(item.change);
    const Table* before = draft_.before.find_table(name);
    if (!before || !alters_table(item.change)) return {};
    Table& now = tables_.try_emplace(name, *before).first->second;
    if (is_postponed(item)) return {};
    schema::Schema trial;
    EMCEE_TRY(trial.put(now));
    EMCEE_TRY(diff::apply_change(trial, item.change));
    const Table& then = *trial.find_table(name);
    const auto limit = draft_.dialect.broken_limit(then);
    // What is beyond it in either release is not for the plan to cure.
    const Table* after = draft_.after.find_table(new_name(name));
    if (limit && after && !draft_.dialect.broken_limit(now) && !draft_.dialect.broken_limit(*after)) {
      postpone(item, *limit);
    } else {
      now = then;
    }
    return {};
  }

  QualifiedName new_name(const QualifiedName& name) const {
    for (const diff::TableRename& rename : draft_.map.table_renames)
      if (rename.from == name) return rename.to;
    return name;
  }

  bool is_postponed(const Item& item) const {
    return std::find(postponed_.begin(), postponed_.end(), item.reason) != postponed_.end();
  }

  // The change that the item comes from waits, with all that was to be done for it.
  void postpone(const Item& item, const std::string& limit) {
    const auto finding = std::find_if(draft_.findings.begin(), draft_.findings.end(),
                                      [&](const Finding& f) { return diff::describe(f.change) == item.reason; });
    if (finding == draft_.findings.end() || finding->verdict == Verdict::refused) return;
    postponed_.push_back(item.reason);
    const Change change = finding->change;
    if (!may_wait(*finding, "beside what only contract takes away " + limit)) return;
    for (auto* items : {&draft_.expand, &draft_.expand_indexes, &draft_.contract_tables})
      std::erase_if(*items, [&](const Item& other) { return other.reason == item.reason; });
    const QualifiedName table = diff::subject(change);
    std::vector<Hazard> hazards;
    if (const auto* create = std::get_if<diff::CreateIndex>(&change)) {
      if (create->index.unique) hazards.push_back(no_upsert_before_contract(draft_, change));
    } else {
      hazards.push_back(hazard("comes_at_contract", change, "until contract the new release meets the old table"));
    }
    draft_.in_contract(change, change, std::move(hazards));
    draft_.crowded.push_back(table);
    if (const auto column = column_of(change)) postpone_users(item, *column, limit);
  }

  // An index that comes later is slower for a while; the rest the new release would miss.
  bool may_wait(Finding& finding, const std::string& why) {
    const Change change = finding.change;
    const bool only_slower =
        std::holds_alternative<diff::CreateIndex>(change) || std::holds_alternative<diff::RenameIndex>(change);
    finding.why = why;
    finding.rule = only_slower ? "add-index" : "over-limit";
    finding.verdict = Verdict::rolls;
    if (only_slower) return true;
    const auto column = column_of(change);
    const SyncGroup* group = column ? draft_.group_of_new(diff::subject(change), *column) : nullptr;
    if (group && !is_made_up(*group)) {
      finding.verdict = Verdict::refused;
      finding.way_out =
          "make room in a release of its own, or give the new column a table of its own: both forms have to stand side "
          "by side until contract";
      return false;
    }
    finding.way_out = "make room in a release of its own; or " + override_entry(change) +
                      "; the new release then starts after contract";
    if (draft_.override_to_contract(change)) return true;
    if (!draft_.options.best_effort) {
      finding.verdict = Verdict::refused;
      return false;
    }
    // With the table it comes as it is declared; the server fills it with the zero of its type.
    if (group) std::erase_if(draft_.groups, [&](const SyncGroup& other) { return &other == group; });
    std::erase_if(draft_.choices, [&](const Choice& choice) { return choice.object == diff::object(change); });
    draft_.choices.push_back({diff::object(change), "done at contract"});
    return true;
  }

  // The value comes neither from the old release nor from the map: --best-effort made it up.
  bool is_made_up(const SyncGroup& group) const {
    return group.old_columns.empty() && !group.move && !group.mirror &&
           std::none_of(draft_.map.fills.begin(), draft_.map.fills.end(), [&](const diff::Fill& fill) {
             return fill.table == group.table && fill.column == group.new_columns.front().name;
           });
  }

  void postpone_users(const Item& item, const Identifier& column, const std::string& limit) {
    const QualifiedName table = diff::subject(item.change);
    if (std::holds_alternative<diff::AddColumn>(item.change))
      std::erase_if(draft_.checks, [&](const CheckRows& check) {
        return check.table == table && schema::is_one_of(column, columns_of(check.change));
      });
    const std::vector<Item> structure = draft_.expand, indexes = draft_.expand_indexes;
    for (const auto* items : {&structure, &indexes}) {
      for (const Item& other : *items) {
        if (diff::subject(other.change) == table && needs_column(other.change, column)) {
          postpone(other, limit);
        } else if (std::holds_alternative<diff::AddColumn>(item.change) && reads_column(other.change, table, column)) {
          std::erase_if(draft_.expand, [&](const Item& i) { return i.change == other.change; });
          draft_.contract_last.push_back(other);
        }
      }
    }
  }

  Draft& draft_;
  std::unordered_map<QualifiedName, Table> tables_;  // as expand has changed them so far
  std::vector<std::string> postponed_;
};

}  // namespace

Result<void> keep_limits(Draft& draft) { return Limits(draft).run(); }

}  // namespace emcee::plan
