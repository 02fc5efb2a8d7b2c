#include "diff/change.h"

#include <concepts>

#include "schema/match.h"

namespace emcee::diff {

Change::Change(const Change& other) = default;
Change::Change(Change&& other) noexcept = default;
Change& Change::operator=(const Change& other) = default;
Change& Change::operator=(Change&& other) noexcept = default;
Change::~Change() = default;
bool operator==(const Change& a, const Change& b) {
  return static_cast<const AnyChange&>(a) == static_cast<const AnyChange&>(b);
}

using schema::match;

namespace {

// Changes of a part of a table name the table; the others carry the object itself.
template <class C>
concept OnTable = requires(const C& c) {
  { c.table } -> std::same_as<const QualifiedName&>;
};
template <class C>
concept OnColumn = OnTable<C> && requires(const C& c) {
  { c.column } -> std::same_as<const Identifier&>;
};

std::string in_table(const QualifiedName& table, const Identifier& name) { return table.text() + "." + name.text(); }

std::string list(const std::vector<Identifier>& names) {
  std::string text;
  for (const Identifier& name : names) text += (text.empty() ? "" : ", ") + name.text();
  return text;
}

std::vector<Identifier> columns_of(const std::vector<schema::KeyPart>& parts) {
  std::vector<Identifier> columns;
  for (const schema::KeyPart& part : parts)
    for (Identifier& column : part.expression.columns()) columns.push_back(std::move(column));
  return columns;
}

// `users.uq_email` where the constraint has a name, else `users(email)`.
std::string constraint(const QualifiedName& table, const std::optional<Identifier>& name,
                       const std::vector<Identifier>& columns) {
  return name ? in_table(table, *name) : table.text() + "(" + list(columns) + ")";
}

std::string object_of(const QualifiedName& t, const PrimaryKey& k) { return constraint(t, {}, columns_of(k.parts)); }
std::string object_of(const QualifiedName& t, const Unique& u) { return constraint(t, u.name, columns_of(u.parts)); }
std::string object_of(const QualifiedName& t, const ForeignKey& k) { return constraint(t, k.name, k.columns); }
std::string object_of(const QualifiedName& t, const Check& c) { return constraint(t, c.name, c.expression.columns()); }

}  // namespace

std::string_view operation(const Change& change) {
  return match(
      change, [](const CreateTable&) -> std::string_view { return "create_table"; },
      [](const DropTable&) -> std::string_view { return "drop_table"; },
      [](const RenameTable&) -> std::string_view { return "rename_table"; },
      [](const AddColumn&) -> std::string_view { return "add_column"; },
      [](const DropColumn&) -> std::string_view { return "drop_column"; },
      [](const RenameColumn&) -> std::string_view { return "rename_column"; },
      [](const ChangeType&) -> std::string_view { return "change_type"; },
      [](const SetNotNull&) -> std::string_view { return "set_not_null"; },
      [](const DropNotNull&) -> std::string_view { return "drop_not_null"; },
      [](const AddDefault&) -> std::string_view { return "add_default"; },
      [](const DropDefault&) -> std::string_view { return "drop_default"; },
      [](const ChangeDefault&) -> std::string_view { return "change_default"; },
      [](const ChangeGenerated&) -> std::string_view { return "change_generated"; },
      [](const ChangeCollation&) -> std::string_view { return "change_collation"; },
      [](const ChangeIdentity&) -> std::string_view { return "change_identity"; },
      [](const ChangeColumnOption&) -> std::string_view { return "change_column_option"; },
      [](const ChangeTableOption&) -> std::string_view { return "change_table_option"; },
      [](const RenameConstraint&) -> std::string_view { return "rename_constraint"; },
      [](const AddPrimaryKey&) -> std::string_view { return "add_primary_key"; },
      [](const DropPrimaryKey&) -> std::string_view { return "drop_primary_key"; },
      [](const ChangePrimaryKey&) -> std::string_view { return "change_primary_key"; },
      [](const AddUnique&) -> std::string_view { return "add_unique"; },
      [](const DropUnique&) -> std::string_view { return "drop_unique"; },
      [](const AddForeignKey&) -> std::string_view { return "add_foreign_key"; },
      [](const DropForeignKey&) -> std::string_view { return "drop_foreign_key"; },
      [](const AddCheck&) -> std::string_view { return "add_check"; },
      [](const DropCheck&) -> std::string_view { return "drop_check"; },
      [](const CreateIndex&) -> std::string_view { return "create_index"; },
      [](const DropIndex&) -> std::string_view { return "drop_index"; },
      [](const RenameIndex&) -> std::string_view { return "rename_index"; },
      [](const ReplaceIndex&) -> std::string_view { return "replace_index"; },
      [](const ChangeOptions&) -> std::string_view { return "change_options"; },
      [](const CreateView&) -> std::string_view { return "create_view"; },
      [](const DropView&) -> std::string_view { return "drop_view"; },
      [](const ReplaceView&) -> std::string_view { return "replace_view"; },
      [](const CreateTrigger&) -> std::string_view { return "create_trigger"; },
      [](const DropTrigger&) -> std::string_view { return "drop_trigger"; },
      [](const ReplaceTrigger&) -> std::string_view { return "replace_trigger"; },
      [](const CreateObject&) -> std::string_view { return "create_object"; },
      [](const DropObject&) -> std::string_view { return "drop_object"; },
      [](const ReplaceObject&) -> std::string_view { return "replace_object"; });
}

namespace {

template <std::size_t... I>
std::vector<std::string_view> words(std::index_sequence<I...>) {
  return {operation(Change(std::in_place_index<I>))...};
}

}  // namespace

std::vector<std::string_view> operations() { return words(std::make_index_sequence<std::variant_size_v<AnyChange>>()); }

QualifiedName subject(const Change& change) {
  return match(
      change, []<OnTable C>(const C& c) { return c.table; }, [](const CreateTable& c) { return c.table.name; },
      [](const DropTable& c) { return c.table.name; }, [](const RenameTable& c) { return c.to; },
      [](const CreateView& c) { return c.view.name; }, [](const DropView& c) { return c.view.name; },
      [](const ReplaceView& c) { return c.after.name; }, [](const CreateTrigger& c) { return c.trigger.name; },
      [](const DropTrigger& c) { return c.trigger.name; }, [](const ReplaceTrigger& c) { return c.after.name; },
      [](const CreateObject& c) { return c.object.name; }, [](const DropObject& c) { return c.object.name; },
      [](const ReplaceObject& c) { return c.after.name; });
}

std::string object(const Change& change) {
  return match(
      change, []<OnColumn C>(const C& c) { return in_table(c.table, c.column); },
      [](const AddColumn& c) { return in_table(c.table, c.column.name); },
      [](const DropColumn& c) { return in_table(c.table, c.column.name); },
      [](const RenameColumn& c) { return in_table(c.table, c.to); },
      [](const RenameConstraint& c) { return in_table(c.table, c.to); },
      [](const ChangeTableOption& c) { return c.table.text(); },
      [](const AddPrimaryKey& c) { return object_of(c.table, c.key); },
      [](const DropPrimaryKey& c) { return object_of(c.table, c.key); },
      [](const ChangePrimaryKey& c) { return object_of(c.table, c.after); },
      [](const AddUnique& c) { return object_of(c.table, c.unique); },
      [](const DropUnique& c) { return object_of(c.table, c.unique); },
      [](const AddForeignKey& c) { return object_of(c.table, c.key); },
      [](const DropForeignKey& c) { return object_of(c.table, c.key); },
      [](const AddCheck& c) { return object_of(c.table, c.check); },
      [](const DropCheck& c) { return object_of(c.table, c.check); },
      [](const CreateIndex& c) { return c.index.name.text(); }, [](const DropIndex& c) { return c.index.name.text(); },
      [](const RenameIndex& c) { return c.to.text(); }, [](const ReplaceIndex& c) { return c.after.name.text(); },
      [](const ChangeOptions& c) { return c.table.text(); }, [](const CreateTable& c) { return c.table.name.text(); },
      [](const DropTable& c) { return c.table.name.text(); }, [](const RenameTable& c) { return c.to.text(); },
      [](const CreateView& c) { return c.view.name.text(); }, [](const DropView& c) { return c.view.name.text(); },
      [](const ReplaceView& c) { return c.after.name.text(); },
      [](const CreateTrigger& c) { return c.trigger.name.text(); },
      [](const DropTrigger& c) { return c.trigger.name.text(); },
      [](const ReplaceTrigger& c) { return c.after.name.text(); },
      [](const CreateObject& c) { return c.object.name.text(); },
      [](const DropObject& c) { return c.object.name.text(); },
      [](const ReplaceObject& c) { return c.after.name.text(); });
}

Change reverse(const Change& change) {
  return match(
      change, [](const CreateTable& c) -> Change { return DropTable{c.table}; },
      [](const DropTable& c) -> Change { return CreateTable{c.table}; },
      [](const RenameTable& c) -> Change {
        return RenameTable{c.to, c.from};
      },
      [](const AddColumn& c) -> Change {
        return DropColumn{c.table, c.column};
      },
      [](const DropColumn& c) -> Change {
        return AddColumn{c.table, c.column};
      },
      [](const RenameColumn& c) -> Change {
        return RenameColumn{c.table, c.to, c.from};
      },
      [](const ChangeType& c) -> Change {
        return ChangeType{c.table, c.column, c.after, c.before};
      },
      [](const SetNotNull& c) -> Change {
        return DropNotNull{c.table, c.column, c.conflict};
      },
      [](const DropNotNull& c) -> Change {
        return SetNotNull{c.table, c.column, c.conflict};
      },
      [](const AddDefault& c) -> Change {
        return DropDefault{c.table, c.column, c.value};
      },
      [](const DropDefault& c) -> Change {
        return AddDefault{c.table, c.column, c.value};
      },
      [](const ChangeDefault& c) -> Change {
        return ChangeDefault{c.table, c.column, c.after, c.before};
      },
      [](const ChangeGenerated& c) -> Change {
        return ChangeGenerated{c.table, c.column, c.after, c.before};
      },
      [](const ChangeCollation& c) -> Change {
        return ChangeCollation{c.table, c.column, c.after, c.before};
      },
      [](const ChangeIdentity& c) -> Change {
        return ChangeIdentity{c.table, c.column, c.after, c.before};
      },
      [](const ChangeColumnOption& c) -> Change {
        return ChangeColumnOption{c.table, c.column, c.option, c.after, c.before};
      },
      [](const ChangeTableOption& c) -> Change {
        return ChangeTableOption{c.table, c.option, c.after, c.before};
      },
      [](const RenameConstraint& c) -> Change {
        return RenameConstraint{c.table, c.to, c.from};
      },
      [](const AddPrimaryKey& c) -> Change {
        return DropPrimaryKey{c.table, c.key};
      },
      [](const DropPrimaryKey& c) -> Change {
        return AddPrimaryKey{c.table, c.key};
      },
      [](const ChangePrimaryKey& c) -> Change {
        return ChangePrimaryKey{c.table, c.after, c.before};
      },
      [](const AddUnique& c) -> Change {
        return DropUnique{c.table, c.unique};
      },
      [](const DropUnique& c) -> Change {
        return AddUnique{c.table, c.unique};
      },
      [](const AddForeignKey& c) -> Change {
        return DropForeignKey{c.table, c.key};
      },
      [](const DropForeignKey& c) -> Change {
        return AddForeignKey{c.table, c.key};
      },
      [](const AddCheck& c) -> Change {
        return DropCheck{c.table, c.check};
      },
      [](const DropCheck& c) -> Change {
        return AddCheck{c.table, c.check};
      },
      [](const CreateIndex& c) -> Change {
        return DropIndex{c.table, c.index};
      },
      [](const DropIndex& c) -> Change {
        return CreateIndex{c.table, c.index};
      },
      [](const RenameIndex& c) -> Change {
        return RenameIndex{c.table, c.to, c.from};
      },
      [](const ReplaceIndex& c) -> Change {
        return ReplaceIndex{c.table, c.after, c.before};
      },
      [](const ChangeOptions& c) -> Change {
        return ChangeOptions{c.table, c.after, c.before};
      },
      [](const CreateView& c) -> Change { return DropView{c.view}; },
      [](const DropView& c) -> Change { return CreateView{c.view}; },
      [](const ReplaceView& c) -> Change {
        return ReplaceView{c.after, c.before};
      },
      [](const CreateTrigger& c) -> Change { return DropTrigger{c.trigger}; },
      [](const DropTrigger& c) -> Change { return CreateTrigger{c.trigger}; },
      [](const ReplaceTrigger& c) -> Change {
        return ReplaceTrigger{c.after, c.before};
      },
      [](const CreateObject& c) -> Change { return DropObject{c.object}; },
      [](const DropObject& c) -> Change { return CreateObject{c.object}; },
      [](const ReplaceObject& c) -> Change {
        return ReplaceObject{c.after, c.before};
      });
}

}  // namespace emcee::diff
