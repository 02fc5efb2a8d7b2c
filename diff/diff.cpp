#include "diff/diff.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "diff/apply_change.h"
#include "diff/diff_table.h"
#include "diff/list_diff.h"
#include "diff/parents.h"
#include "diff/questions.h"
#include "schema/match.h"

namespace emcee::diff {

namespace {

using schema::Schema;

// Changes run in this order: first goes what names other things, then what is named; what names
// the new things comes last.
enum class Stage : std::uint8_t {
  rename_table,
  rename_column,
  drop_trigger,
  drop_view,
  drop_object,
  drop_foreign_key,
  drop_constraint,
  drop_table,
  create_table,
  add_column,
  change,
  drop_column,
  add_constraint,
  add_foreign_key,
  create_object,
  create_view,
  create_trigger,
  kCount,
};

Stage stage_of(const Change& change) {
  return schema::match(
      change,                                                         //
      [](const RenameTable&) { return Stage::rename_table; },         //
      [](const RenameColumn&) { return Stage::rename_column; },       //
      [](const DropTrigger&) { return Stage::drop_trigger; },         //
      [](const DropView&) { return Stage::drop_view; },               //
      [](const DropObject&) { return Stage::drop_object; },           //
      [](const DropForeignKey&) { return Stage::drop_foreign_key; },  //
      [](const DropPrimaryKey&) { return Stage::drop_constraint; },   //
      [](const DropUnique&) { return Stage::drop_constraint; },       //
      [](const DropCheck&) { return Stage::drop_constraint; },        //
      [](const DropIndex&) { return Stage::drop_constraint; },        //
      [](const DropTable&) { return Stage::drop_table; },             //
      [](const CreateTable&) { return Stage::create_table; },         //
      [](const AddColumn&) { return Stage::add_column; },             //
      [](const ChangeType&) { return Stage::change; },                //
      [](const SetNotNull&) { return Stage::change; },                //
      [](const DropNotNull&) { return Stage::change; },               //
      [](const AddDefault&) { return Stage::change; },                //
      [](const DropDefault&) { return Stage::change; },               //
      [](const ChangeDefault&) { return Stage::change; },             //
      [](const ChangeGenerated&) { return Stage::change; },           //
      [](const ChangeCollation&) { return Stage::change; },           //
      [](const ChangeIdentity&) { return Stage::change; },            //
      [](const ChangeColumnOption&) { return Stage::change; },        //
      [](const ChangeTableOption&) { return Stage::change; },         //
      [](const RenameConstraint&) { return Stage::change; },          //
      [](const ChangePrimaryKey&) { return Stage::change; },          //
      [](const RenameIndex&) { return Stage::change; },               //
      [](const ReplaceIndex&) { return Stage::change; },              //
      [](const ChangeOptions&) { return Stage::change; },             //
      [](const DropColumn&) { return Stage::drop_column; },           //
      [](const AddPrimaryKey&) { return Stage::add_constraint; },     //
      [](const AddUnique&) { return Stage::add_constraint; },         //
      [](const AddCheck&) { return Stage::add_constraint; },          //
      [](const CreateIndex&) { return Stage::add_constraint; },       //
      [](const AddForeignKey&) { return Stage::add_foreign_key; },    //
      [](const CreateObject&) { return Stage::create_object; },       //
      [](const ReplaceObject&) { return Stage::create_object; },      //
      [](const CreateView&) { return Stage::create_view; },           //
      [](const ReplaceView&) { return Stage::create_view; },          //
      [](const CreateTrigger&) { return Stage::create_trigger; },     //
      [](const ReplaceTrigger&) { return Stage::create_trigger; });
}

class Differ {
 public:
  Differ(const Schema& before, const Schema& after, const ReleaseMap& map)
      : before_(before), after_(after), map_(map) {}

  Difference run() {
    rename();
    compare_tables();
    leave_to_parents();
    compare_views();
    compare_objects();
    compare_triggers();
    for (std::vector<Change>& stage : stages_)
      for (Change& change : stage) result_.changes.push_back(std::move(change));
    return std::move(result_);
  }

 private:
  void add(Change change) { stages_[static_cast<std::size_t>(stage_of(change))].push_back(std::move(change)); }

  // What follows is compared under the new names. A rename that does not fit the schemas is left
  // out here: resolve() reports it.
  void rename() {
    if (map_.table_renames.empty() && map_.column_renames.empty()) return;
    renamed_ = before_;
    const auto try_change = [&](Change change) {
      if (apply_change(*renamed_, change)) add(std::move(change));
    };
    for (const TableRename& r : map_.table_renames) try_change(RenameTable{r.from, r.to});
    for (const ColumnRename& r : map_.column_renames) try_change(RenameColumn{r.table, r.from, r.to});
  }

  const Schema& before() const { return renamed_ ? *renamed_ : before_; }

  void compare_tables() {
    const auto tables = diff_by_name(before().tables(), after_.tables());
    for (auto it = tables.removed.rbegin(); it != tables.removed.rend(); ++it) {
      dropped_.insert((*it)->name);
      add(DropTable{**it});
    }
    for (const Table* table : tables.added) add(CreateTable{*table});
    ask_about_tables(tables.removed, without_views(tables.added), map_, result_.questions);
    for (const auto& [old_table, new_table] : tables.persisted) {
      TableDifference difference = diff_table(*old_table, *new_table, after_.constraint_names());
      for (Change& change : difference.changes) add(std::move(change));
      if (!difference.note.empty()) result_.notes.push_back(std::move(difference.note));
      ask_about_columns(*old_table, *new_table, difference.columns.removed, difference.columns.added, map_,
                        result_.questions);
    }
  }

  // No table can be renamed to what is a view as long as the old release runs.
  std::vector<const Table*> without_views(const std::vector<const Table*>& tables) const {
    std::unordered_set<QualifiedName> views;
    for (const View& view : before().views()) views.insert(view.name);
    std::vector<const Table*> result;
    for (const Table* table : tables)
      if (!views.count(table->name)) result.push_back(table);
    return result;
  }

  // A column of a child follows that of its parent, about which is asked.
  void leave_to_parents() {
    std::erase_if(result_.questions, [&](const Question& question) {
      const Table* child = question.is_table ? nullptr : after_.find_table(question.added_table);
      if (!child) return false;
      std::vector<std::string> parents = parents_of(*child);
      for (std::string& name : parents) std::erase(name, '"');
      return std::any_of(parents.begin(), parents.end(), [&](const std::string& name) {
        const auto of_name = [&](const Table& table) { return table.name.text() == name; };
        const auto from = std::find_if(before().tables().begin(), before().tables().end(), of_name);
        const auto to = std::find_if(after_.tables().begin(), after_.tables().end(), of_name);
        return from != before().tables().end() && to != after_.tables().end() &&
               from->find_column(question.removed_column) && !to->find_column(question.removed_column) &&
               !from->find_column(question.added_column) && to->find_column(question.added_column);
      });
    });
  }

  void compare_views() {
    const auto views = diff_by_name(before().views(), after_.views());
    for (auto it = views.removed.rbegin(); it != views.removed.rend(); ++it) {
      dropped_.insert((*it)->name);
      add(DropView{**it});
    }
    for (const View* view : views.added) add(CreateView{*view});
    for (const auto& [old_view, new_view] : views.persisted)
      if (!(*old_view == *new_view)) add(ReplaceView{*old_view, *new_view});
  }

  void compare_objects() {
    const auto objects = diff_lists<OpaqueObject>(
        pointers(before().objects()), pointers(after_.objects()),
        [](const OpaqueObject& o) { return std::hash<QualifiedName>()(o.name); },
        [](const OpaqueObject& a, const OpaqueObject& b) { return a.kind == b.kind && a.name == b.name; });
    for (auto it = objects.removed.rbegin(); it != objects.removed.rend(); ++it) add(DropObject{**it});
    for (const OpaqueObject* object : objects.added) add(CreateObject{*object});
    for (const auto& [old_object, new_object] : objects.persisted)
      if (!(*old_object == *new_object)) add(ReplaceObject{*old_object, *new_object});
  }

  void compare_triggers() {
    const auto triggers = diff_by_name(before().triggers(), after_.triggers());
    for (auto it = triggers.removed.rbegin(); it != triggers.removed.rend(); ++it) add(DropTrigger{**it});
    for (const Trigger* trigger : triggers.added) add(CreateTrigger{*trigger});
    for (const auto& [old_trigger, new_trigger] : triggers.persisted) {
      // A trigger goes with its table, even where something else takes the name of the table.
      const bool moves = old_trigger->table != new_trigger->table || dropped_.count(old_trigger->table) > 0;
      if (moves) {
        add(DropTrigger{*old_trigger});
        add(CreateTrigger{*new_trigger});
      } else if (!(*old_trigger == *new_trigger)) {
        add(ReplaceTrigger{*old_trigger, *new_trigger});
      }
    }
  }

  const Schema& before_;
  const Schema& after_;
  const ReleaseMap& map_;
  std::optional<Schema> renamed_;
  std::unordered_set<QualifiedName> dropped_;  // tables and views
  std::array<std::vector<Change>, static_cast<std::size_t>(Stage::kCount)> stages_;
  Difference result_;
};

}  // namespace

Difference diff(const schema::Schema& before, const schema::Schema& after, const ReleaseMap& map) {
  return Differ(before, after, map).run();
}

}  // namespace emcee::diff
