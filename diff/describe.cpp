// One line for people per change.
#include <fmt/format.h>
#include <algorithm>

#include "diff/change.h"
#include "schema/match.h"

namespace emcee::diff {

namespace {

bool plain_name(std::string_view name) {
  const auto word = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), word);
}

// Messages quote only what would be unreadable without.
constexpr schema::Quoting kQuoting{'"', '"', plain_name};

std::string text(const Fragment& fragment) {
  std::string sql = schema::to_canonical_sql(fragment, kQuoting);
  // A literal may hold line breaks; a description is one line.
  std::replace_if(
      sql.begin(), sql.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return sql;
}

std::string text(const Type& type) {
  if (type.name.empty()) return "no type";
  if (type.arguments.empty()) return type.name;
  return fmt::format("{}({})", type.name, fmt::join(type.arguments, ", "));
}

std::string_view text(schema::Conflict conflict) {
  switch (conflict) {
    case schema::Conflict::abort:
      return "";
    case schema::Conflict::rollback:
      return " on conflict rollback";
    case schema::Conflict::fail:
      return " on conflict fail";
    case schema::Conflict::ignore:
      return " on conflict ignore";
    case schema::Conflict::replace:
      return " on conflict replace";
  }
  return "";
}

std::string text(const std::optional<Generated>& generated) {
  if (!generated) return "an ordinary column";
  return fmt::format("{} generated as ({})", generated->stored ? "stored" : "virtual", text(generated->expression));
}

std::string text(const std::optional<Identifier>& collation) { return collation ? collation->text() : "the default"; }

std::string text(const Column& column) {
  std::string result = column.name.text();
  if (!column.type.name.empty()) result += " " + text(column.type);
  if (column.collation) result += " COLLATE " + column.collation->text();
  if (column.not_null) result += fmt::format(" NOT NULL{}", text(column.not_null_conflict));
  if (column.default_value) result += " DEFAULT " + text(*column.default_value);
  if (column.generated) result += fmt::format(", {}", text(column.generated));
  return result;
}

std::string text(const std::vector<schema::KeyPart>& parts) {
  std::string result;
  for (const schema::KeyPart& part : parts) {
    if (!result.empty()) result += ", ";
    result += text(part.expression);
    if (part.collation) result += " COLLATE " + part.collation->text();
    if (part.descending) result += " DESC";
  }
  return "(" + result + ")";
}

std::string text(const PrimaryKey& key) {
  return fmt::format("{}{}{}", text(key.parts), key.autoincrement ? " autoincrement" : "", text(key.conflict));
}

std::string text(const std::vector<Identifier>& names) {
  std::string result;
  for (const Identifier& name : names) result += (result.empty() ? "" : ", ") + kQuoting(name);
  return "(" + result + ")";
}

std::string_view text(schema::ReferentialAction action) {
  switch (action) {
    case schema::ReferentialAction::no_action:
      return "";
    case schema::ReferentialAction::restrict:
      return "restrict";
    case schema::ReferentialAction::cascade:
      return "cascade";
    case schema::ReferentialAction::set_null:
      return "set null";
    case schema::ReferentialAction::set_default:
      return "set default";
  }
  return "";
}

std::string text(const ForeignKey& key) {
  std::string result = fmt::format("{} references {}", text(key.columns), key.references.text());
  if (!key.referenced.empty()) result += text(key.referenced);
  if (const auto action = text(key.on_update); !action.empty()) result += fmt::format(" on update {}", action);
  if (const auto action = text(key.on_delete); !action.empty()) result += fmt::format(" on delete {}", action);
  if (!key.match.empty()) result += fmt::format(" match {}", schema::to_lower(key.match));
  if (key.deferral == schema::Deferral::initially_immediate) result += " deferrable";
  if (key.deferral == schema::Deferral::initially_deferred) result += " initially deferred";
  return result;
}

std::string text(const Index& index) {
  std::string result = text(index.parts);
  if (index.where) result += " where " + text(*index.where);
  return result;
}

std::string text(const TableOptions& options) {
  std::string result;
  if (options.strict) result += "strict";
  if (options.without_rowid) result += result.empty() ? "without rowid" : ", without rowid";
  return result.empty() ? "none" : result;
}

std::string text(const schema::Options& options) {
  std::string result;
  for (const auto& [name, value] : options) result += fmt::format(" {} {}", name, value);
  return result;
}

std::string text(const std::optional<schema::Identity>& identity) {
  if (!identity) return "none";
  return (identity->always ? "always" : "by default") + text(identity->sequence);
}

std::string text(const std::optional<std::string>& option) { return option ? fmt::format("'{}'", *option) : "none"; }

std::string_view unique(const Index& index) { return index.unique ? "unique " : ""; }

std::string on(const QualifiedName& table, const Identifier& column) { return table.text() + "." + column.text(); }

}  // namespace

std::string describe(const Change& change) {
  using fmt::format;
  return schema::match(
      change, [](const CreateTable& c) { return format("create table {}", c.table.name.text()); },
      [](const DropTable& c) { return format("drop table {}", c.table.name.text()); },
      [](const RenameTable& c) { return format("rename table {} to {}", c.from.text(), c.to.text()); },
      [](const AddColumn& c) {
        return format("add {}column {}.{}", c.column.options.count("invisible") ? "invisible " : "", c.table.text(),
                      text(c.column));
      },
      [](const DropColumn& c) { return format("drop column {}", on(c.table, c.column.name)); },
      [](const RenameColumn& c) { return format("rename column {} to {}", on(c.table, c.from), c.to.text()); },
      [](const ChangeType& c) {
        return format("change type of {} from {} to {}", on(c.table, c.column), text(c.before), text(c.after));
      },
      [](const SetNotNull& c) { return format("set not null on {}{}", on(c.table, c.column), text(c.conflict)); },
      [](const DropNotNull& c) { return format("drop not null of {}{}", on(c.table, c.column), text(c.conflict)); },
      [](const AddDefault& c) { return format("add default {} to {}", text(c.value), on(c.table, c.column)); },
      [](const DropDefault& c) { return format("drop default {} of {}", text(c.value), on(c.table, c.column)); },
      [](const ChangeDefault& c) {
        return format("change default of {} from {} to {}", on(c.table, c.column), text(c.before), text(c.after));
      },
      [](const ChangeGenerated& c) {
        return format("change {} from {} to {}", on(c.table, c.column), text(c.before), text(c.after));
      },
      [](const ChangeCollation& c) {
        return format("change collation of {} from {} to {}", on(c.table, c.column), text(c.before), text(c.after));
      },
      [](const ChangeIdentity& c) {
        return format("change identity of {} from {} to {}", on(c.table, c.column), text(c.before), text(c.after));
      },
      [](const ChangeColumnOption& c) {
        if (c.option == "invisible")
          return format("make column {} {}visible", on(c.table, c.column), c.after ? "in" : "");
        return format("change {} of {} from {} to {}", c.option, on(c.table, c.column), text(c.before), text(c.after));
      },
      [](const ChangeTableOption& c) {
        return format("change {} of {} from {} to {}", c.option, c.table.text(), text(c.before), text(c.after));
      },
      [](const RenameConstraint& c) { return format("rename constraint {} to {}", on(c.table, c.from), c.to.text()); },
      [](const AddPrimaryKey& c) { return format("add primary key {}{}", c.table.text(), text(c.key)); },
      [](const DropPrimaryKey& c) { return format("drop primary key {}{}", c.table.text(), text(c.key)); },
      [](const ChangePrimaryKey& c) {
        return format("change primary key of {} from {} to {}", c.table.text(), text(c.before), text(c.after));
      },
      [](const AddUnique& c) {
        return format("add unique {}{}{}", c.table.text(), text(c.unique.parts), text(c.unique.conflict));
      },
      [](const DropUnique& c) {
        return format("drop unique {}{}{}", c.table.text(), text(c.unique.parts), text(c.unique.conflict));
      },
      [](const AddForeignKey& c) { return format("add foreign key {}{}", c.table.text(), text(c.key)); },
      [](const DropForeignKey& c) { return format("drop foreign key {}{}", c.table.text(), text(c.key)); },
      [](const AddCheck& c) { return format("add check {}({})", c.table.text(), text(c.check.expression)); },
      [](const DropCheck& c) { return format("drop check {}({})", c.table.text(), text(c.check.expression)); },
      [](const CreateIndex& c) {
        return format("create {}index {} on {}{}", unique(c.index), c.index.name.text(), c.table.text(), text(c.index));
      },
      [](const DropIndex& c) { return format("drop index {} on {}", c.index.name.text(), c.table.text()); },
      [](const RenameIndex& c) {
        return format("rename index {} to {} on {}", c.from.text(), c.to.text(), c.table.text());
      },
      [](const ReplaceIndex& c) {
        return format("replace index {} on {}{} by {}index on {}{}", c.before.name.text(), c.table.text(),
                      text(c.before), unique(c.after), c.table.text(), text(c.after));
      },
      [](const ChangeOptions& c) {
        return format("change options of {} from {} to {}", c.table.text(), text(c.before), text(c.after));
      },
      [](const CreateView& c) { return format("create view {}", c.view.name.text()); },
      [](const DropView& c) { return format("drop view {}", c.view.name.text()); },
      [](const ReplaceView& c) { return format("replace view {}", c.after.name.text()); },
      [](const CreateTrigger& c) {
        return format("create trigger {} on {}", c.trigger.name.text(), c.trigger.table.text());
      },
      [](const DropTrigger& c) {
        return format("drop trigger {} on {}", c.trigger.name.text(), c.trigger.table.text());
      },
      [](const ReplaceTrigger& c) {
        return format("replace trigger {} on {}", c.after.name.text(), c.after.table.text());
      },
      [](const CreateObject& c) { return format("create {} {}", c.object.kind, c.object.name.text()); },
      [](const DropObject& c) { return format("drop {} {}", c.object.kind, c.object.name.text()); },
      [](const ReplaceObject& c) { return format("replace {} {}", c.after.kind, c.after.name.text()); });
}

}  // namespace emcee::diff
