// Views, application triggers, and objects that are carried verbatim.
#include <fmt/format.h>
#include <algorithm>
#include <cctype>

#include "plan/draft.h"
#include "schema/is_one_of.h"
#include "schema/match.h"

namespace emcee::plan {

namespace {

bool taken_before(const Draft& draft, const QualifiedName& name) {
  return draft.before.find_table(name) || draft.before.find_view(name) || draft.before.find_object(name);
}

void contract_first(Draft& draft, const diff::Change& change) {
  draft.contract_first.push_back({change, diff::describe(change), {}});
}

// It names a table that until contract exists under its old name only.
bool names_table_to_come(const Draft& draft, const schema::View& view) {
  return !draft.can().rename_table_by_view &&
         std::any_of(draft.map.table_renames.begin(), draft.map.table_renames.end(),
                     [&](const diff::TableRename& rename) { return view.query.mentions_table(rename.to.name); });
}

// It reads a copy, which has not all rows before migrate, or a new view that does.
bool reads_copy(const Draft& draft, const schema::View& view, std::vector<QualifiedName> way = {}) {
  if (schema::is_one_of(view.name, way)) return false;
  way.push_back(view.name);
  return std::any_of(draft.mirrors.begin(), draft.mirrors.end(),
                     [&](const Mirror& mirror) { return view.query.mentions_table(mirror.rename.to.name); }) ||
         std::any_of(draft.after.views().begin(), draft.after.views().end(), [&](const schema::View& other) {
           return !draft.before.find_view(other.name) && view.query.mentions_table(other.name.name) &&
                  reads_copy(draft, other, way);
         });
}

void create_view(Draft& draft, const diff::CreateView& change) {
  if (taken_before(draft, change.view.name)) {
    // The table of that name goes at contract; the view can follow it.
    if (draft.force(
            change, "change-type",
            fmt::format("{} is a table in the old release, and one name cannot be both", change.view.name.text()),
            "give the view another name", "created at contract, when the table is gone"))
      draft.contract_last.push_back({change, diff::describe(change), {}});
    return;
  }
  if (names_table_to_come(draft, change.view)) {
    draft.found(change, Verdict::rolls, "rename-table", "it reads a table that gets its name at contract");
    draft.contract_last.push_back({change, diff::describe(change), {}});
    return;
  }
  draft.found(change, Verdict::adds);
  draft.in_expand(change, change);
}

// Columns that the old release knows keep their places: it reads what it always read.
bool extends(const Draft& draft, const diff::ReplaceView& change) {
  const auto old_columns = draft.dialect.view_columns(draft.before, change.before.name);
  const auto new_columns = draft.dialect.view_columns(draft.after, change.after.name);
  return old_columns && new_columns && old_columns->size() <= new_columns->size() &&
         std::equal(old_columns->begin(), old_columns->end(), new_columns->begin());
}

// It is replaced at contract, or reads a view that is.
bool waits_for_contract(const Draft& draft, const QualifiedName& name, std::vector<QualifiedName> way) {
  const schema::View* before = draft.before.find_view(name);
  const schema::View* after = draft.after.find_view(name);
  if (!before || !after || before->query == after->query || schema::is_one_of(name, way)) return false;
  if (!extends(draft, {*before, *after})) return true;
  way.push_back(name);
  return std::any_of(draft.after.views().begin(), draft.after.views().end(), [&](const schema::View& other) {
    return after->query.mentions_table(other.name.name) && waits_for_contract(draft, other.name, way);
  });
}

//   expand    replace, where its columns are only extended
//   contract  otherwise
void replace_view(Draft& draft, const diff::ReplaceView& change) {
  if (!waits_for_contract(draft, change.after.name, {}) && !names_table_to_come(draft, change.after) &&
      !reads_copy(draft, change.after)) {
    draft.found(change, Verdict::rolls, "view-body-change", "the same columns, perhaps other rows");
    return draft.in_expand(change, change,
                           {hazard("view_changed", change, "the old release reads the new definition from expand on")});
  }
  draft.found(change, Verdict::rolls, "view-columns-removed",
              reads_copy(draft, change.after) ? "it reads a table that gets its name at contract"
              : extends(draft, change)        ? "it reads a view that is replaced at contract"
                                              : "the old release reads columns that the new view does not have");
  contract_first(draft, change);
}

// True where the table or view of that name comes at contract only, because something else has the
// name until then.
bool comes_at_contract(const Draft& draft, const QualifiedName& name) {
  return std::any_of(draft.contract_last.begin(), draft.contract_last.end(), [&](const Item& item) {
    const bool creates =
        std::holds_alternative<diff::CreateTable>(item.change) || std::holds_alternative<diff::CreateView>(item.change);
    return creates && diff::subject(item.change) == name;
  });
}

// A token of a verbatim object may be a list of names.
bool holds_word(std::string_view text, std::string_view word) {
  const auto in_word = [&](std::size_t i) {
    return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) != 0 || text[i] == '_');
  };
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
    if ((at == 0 || !in_word(at - 1)) && !in_word(at + word.size())) return true;
  return false;
}

// Its definition is bound to a column that contract removes, and cannot be taken back behind it.
bool names_dropped_column(const Draft& draft, const schema::OpaqueObject& object) {
  if (!schema::is_one_of(object.kind, {"grant", "policy", "publication", "rule", "statistics"})) return false;
  const auto& tokens = object.definition.tokens();
  const auto names = [&](const Identifier& name) {
    return std::any_of(tokens.begin(), tokens.end(), [&](const schema::Token& token) {
      return token.role != schema::Role::symbol && holds_word(token.text, name.text());
    });
  };
  return std::any_of(draft.before.tables().begin(), draft.before.tables().end(), [&](const schema::Table& table) {
    return names(table.name.name) && std::any_of(table.columns.begin(), table.columns.end(), [&](const auto& column) {
             return draft.is_dropped_column(table.name, column.name) && names(column.name);
           });
  });
}

// RAISE of SQLite and PostgreSQL, SIGNAL of MySQL: the trigger can refuse a write.
bool refuses(const schema::Trigger& trigger) {
  const auto& tokens = trigger.body.tokens();
  return std::any_of(tokens.begin(), tokens.end(), [](const schema::Token& token) {
    const bool is_word = token.role == schema::Role::keyword || token.role == schema::Role::name;
    return is_word &&
           (schema::equal_ignoring_case(token.text, "RAISE") || schema::equal_ignoring_case(token.text, "SIGNAL"));
  });
}

void create_trigger(Draft& draft, const diff::CreateTrigger& change) {
  if (draft.before.find_trigger(change.trigger.name) || comes_at_contract(draft, change.trigger.table) ||
      draft.is_renamed(change.trigger.table) || draft.mirror_of(change.trigger.table)) {
    draft.found(change, Verdict::rolls, "drop-trigger",
                "until contract its name, or that of its table, is the old release's");
    draft.contract_last.push_back({change, diff::describe(change), {}});
    return;
  }
  const bool on_old = draft.before.find_table(change.trigger.table) || draft.before.find_view(change.trigger.table);
  if (!on_old) {
    draft.found(change, Verdict::adds);
    return draft.in_expand(change, change);
  }
  draft.found(change, Verdict::rolls, "trigger-raises",
              "it runs for writes of the old release, and may refuse or change them");
  draft.in_expand(
      change, change,
      {refuses(change.trigger) ? hazard_to_accept("trigger_refuses", change, "it can refuse writes of the old release")
                               : hazard("new_trigger", change, "it fires for writes of the old release as well")});
}

}  // namespace

void plan_object_change(Draft& draft, const diff::Change& change) {
  schema::match(
      change, [&](const diff::CreateView& c) { create_view(draft, c); },
      [&](const diff::DropView& c) {
        draft.found(c, Verdict::rolls, "drop-view", "the old release reads it");
        contract_first(draft, c);
      },
      [&](const diff::ReplaceView& c) { replace_view(draft, c); },
      [&](const diff::CreateTrigger& c) { create_trigger(draft, c); },
      [&](const diff::DropTrigger& c) {
        draft.found(c, Verdict::rolls, "drop-trigger", "the old release relies on what it does");
        contract_first(draft, c);
      },
      [&](const diff::ReplaceTrigger& c) {
        draft.found(c, Verdict::rolls, "drop-trigger", "the old release relies on what it does");
        contract_first(draft, c);
      },
      [&](const diff::CreateObject& c) {
        if (draft.before.find_object(c.object.kind, c.object.name) ||
            (draft.can().one_namespace && taken_before(draft, c.object.name))) {
          if (draft.force(c, "change-type", "the old release has something else of that name", "give it another name",
                          "created at contract"))
            draft.contract_last.push_back({c, diff::describe(c), {}});
          return;
        }
        if (draft.dialect.effect(c) != Effect::unnoticed) {
          draft.found(c, Verdict::rolls, "create-object", "the old release may be refused, or see less");
          draft.contract_last.push_back({c, diff::describe(c), {}});
          return;
        }
        draft.found(c, Verdict::adds);
        draft.in_expand(c, c);
      },
      [&](const diff::DropObject& c) {
        draft.found(c, Verdict::rolls, "drop-table", "the old release uses it");
        // Before the table or view that it belongs to, with which it would go unasked.
        if (c.object.kind == "rule" || c.object.kind == "policy" || names_dropped_column(draft, c.object)) {
          draft.contract_first.insert(draft.contract_first.begin(), {c, diff::describe(c), {}});
          return;
        }
        draft.contract_last.push_back({c, diff::describe(c), {}});
      },
      [&](const diff::ReplaceObject& c) {
        const Effect effect = draft.dialect.effect(c);
        if (effect == Effect::unnoticed) {
          draft.found(c, Verdict::rolls, "object-changed", "both releases get the new definition at expand");
          return draft.in_expand(
              c, c, {hazard("object_changed", c, "the old release gets the new definition from expand on")});
        }
        if (effect == Effect::noticed) {
          draft.found(c, Verdict::rolls, "object-changed", "the old release relies on the definition it knows");
          if (names_dropped_column(draft, c.before)) return contract_first(draft, c);
          draft.contract_last.push_back({c, diff::describe(c), {}});
          return;
        }
        if (draft.override_to_contract(c)) {
          draft.found(c, Verdict::rolls, "change-type", "its contents are lost when it is made anew");
        } else if (!draft.force(
                       c, "change-type", "it is carried verbatim: it can only be dropped and made anew, empty",
                       fmt::format("give the new {} another name, or override with phase = \"contract\" and a reason",
                                   c.after.kind),
                       "dropped and made anew at contract")) {
          return;
        }
        draft.contract_last.push_back({c, diff::describe(c), {hazard("contents_lost", c, "it is made anew, empty")}});
      },
      [](const auto&) {});
}

}  // namespace emcee::plan
