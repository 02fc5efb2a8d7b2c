#include "diff/draft_map.h"
#include "diff/toml_entry.h"

#include <fmt/format.h>
#include <algorithm>
#include <unordered_map>

namespace emcee::diff {

namespace {

using schema::Schema;

// A comment is one line, whatever a name holds.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return text;
}

bool plain_release_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// Columns of one table that go, and that come.
struct Turnover {
  QualifiedName table;
  std::vector<const Column*> removed, added;
};

class Draft {
 public:
  Draft(const Difference& difference, const Schema& before, const Schema& after, const schema::Quoting& quoting)
      : difference_(difference), before_(before), after_(after), quoting_(quoting) {
    for (const Change& change : difference.changes) sort_in(change);
  }

  std::string write(const std::string& release) {
    head(release);
    for (const Question& question : difference_.questions) ask(question);
    for (const Turnover& turnover : turnovers_)
      for (const Column* column : turnover.added) fill(turnover.table, *column);
    for (const Turnover& turnover : turnovers_)
      if (!turnover.removed.empty() && !turnover.added.empty()) map_skeleton(turnover);
    return std::move(text_);
  }

 private:
  void sort_in(const Change& change) {
    if (const auto* c = std::get_if<DropColumn>(&change); c && !c->column.generated)
      turnover_of(c->table).removed.push_back(&c->column);
    if (const auto* c = std::get_if<AddColumn>(&change); c && !c->column.generated)
      turnover_of(c->table).added.push_back(&c->column);
  }

  Turnover& turnover_of(const QualifiedName& table) {
    const auto [found, is_new] = places_.emplace(table, turnovers_.size());
    if (is_new) turnovers_.push_back({table, {}, {}});
    return turnovers_[found->second];
  }

  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    text_ += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }

  void head(const std::string& release) {
    line("# What the two schemas cannot show (docs/release-map.md explains every entry).");
    line("# Entries that are commented out are proposals: take the # away from those that are true,");
    line("# delete the others, and run `emcee map` again where tables were renamed.");
    line("");
    if (plain_release_name(release)) {
      line("name = {}", toml_string(release));
    } else {
      line("# name = \"...\"  # of the release");
    }
    line("# from = \"...\"  # the release before");
  }

  void ask(const Question& question) {
    line("");
    const std::string removed = one_line(question.removed), added = one_line(question.added);
    line("# {} goes and {} comes. If it is the same {} under a new name:", removed, added,
         question.is_table ? "table" : "column");
    question.is_table ? rename_table(question) : rename_column(question);
    line("# If they have nothing to do with each other:");
    line("# [[separate]]");
    line("# removed = {}", toml_string(question.removed));
    line("# added = {}", toml_string(question.added));
  }

  void rename_table(const Question& question) {
    line("# [[rename_table]]");
    line("# from = {}", toml_table(question.removed_table));
    line("# to = {}", toml_table(question.added_table));
  }

  void rename_column(const Question& question) {
    line("# [[rename]]");
    line("# table = {}", toml_table(question.added_table));
    line("# from = {}", toml_string(question.removed_column.text()));
    line("# to = {}", toml_string(question.added_column.text()));
  }

  void fill(const QualifiedName& table, const Column& column) {
    if (!column.not_null || column.default_value) return;
    line("");
    line("# {}.{} is NOT NULL and has no default: what do rows get that the old release writes?",
         one_line(table.text()), one_line(column.name.text()));
    line("# [[fill]]");
    line("# table = {}", toml_table(table));
    line("# column = {}", toml_string(column.name.text()));
    line("# value = \"...\"  # over columns that both releases have: {}", names(shared_columns(table)));
  }

  std::vector<const Column*> shared_columns(const QualifiedName& name) const {
    std::vector<const Column*> result;
    const Table* before = before_.find_table(name);
    const Table* after = after_.find_table(name);
    if (!before || !after) return result;
    for (const Column& column : after->columns)
      if (before->find_column(column.name)) result.push_back(&column);
    return result;
  }

  void map_skeleton(const Turnover& turnover) {
    const auto& [table, removed, added] = turnover;
    line("");
    line("# If new columns of {} are computed from old ones, or are other forms of them (one [[map]] for",
         one_line(table.text()));
    line("# each group of columns that belong together):");
    line("# [[map]]");
    line("# table = {}", toml_table(table));
    line("# old = {}", list(removed));
    line("# new = {}", list(added));
    for (const Column* column : added)
      line("# up.{} = \"...\"  # from the old columns: {}", key_of(*column), names(removed));
    for (const Column* column : removed)
      line("# down.{} = \"...\"  # from the new columns: {}", key_of(*column), names(added));
    line("# # or, instead of down, where there is no way back: lossy = true");
    line("# # or, instead of both, where only a program can convert: freeze = \"...\", migrator = [\"...\"]");
  }

  static std::string key_of(const Column& column) { return toml_key(column.name.text()); }

  static std::string list(const std::vector<const Column*>& columns) {
    std::string result;
    for (const Column* column : columns) result += (result.empty() ? "" : ", ") + toml_string(column->name.text());
    return "[" + result + "]";
  }

  // As an expression would name them.
  std::string names(const std::vector<const Column*>& columns) const {
    std::string result;
    for (const Column* column : columns) result += (result.empty() ? "" : ", ") + quoting_(column->name);
    return one_line(result);
  }

  const Difference& difference_;
  const Schema& before_;
  const Schema& after_;
  const schema::Quoting& quoting_;
  std::vector<Turnover> turnovers_;  // in the order of the changes
  std::unordered_map<QualifiedName, std::size_t> places_;
  std::string text_;
};

}  // namespace

std::string draft_map(const Difference& difference, const std::string& release, const Schema& before,
                      const Schema& after, const schema::Quoting& quoting) {
  return Draft(difference, before, after, quoting).write(release);
}

}  // namespace emcee::diff
