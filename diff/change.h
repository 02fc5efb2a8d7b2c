// What can differ between two schemas: one small value per kind of change.
//
// A change carries what it needs to be applied, reversed and printed, and nothing of how a server
// does it. `before` and `after` are the two sides of a change in place.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "schema/schema.h"

namespace emcee::diff {

using schema::Check;
using schema::Column;
using schema::ForeignKey;
using schema::Fragment;
using schema::Generated;
using schema::Identifier;
using schema::Index;
using schema::OpaqueObject;
using schema::PrimaryKey;
using schema::QualifiedName;
using schema::Table;
using schema::TableOptions;
using schema::Trigger;
using schema::Type;
using schema::Unique;
using schema::View;

#define EMCEE_EQ(T) bool operator==(const T&) const = default

// Indexes are part of the table here; triggers are changes of their own.
struct CreateTable {
  Table table;
  EMCEE_EQ(CreateTable);
};
struct DropTable {
  Table table;
  EMCEE_EQ(DropTable);
};
struct RenameTable {
  QualifiedName from, to;
  EMCEE_EQ(RenameTable);
};

struct AddColumn {
  QualifiedName table;
  Column column;
  EMCEE_EQ(AddColumn);
};
struct DropColumn {
  QualifiedName table;
  Column column;
  EMCEE_EQ(DropColumn);
};
// Only what the release map says; changes of the renamed column itself follow under the new name.
struct RenameColumn {
  QualifiedName table;
  Identifier from, to;
  EMCEE_EQ(RenameColumn);
};
struct ChangeType {
  QualifiedName table;
  Identifier column;
  Type before, after;
  EMCEE_EQ(ChangeType);
};
struct SetNotNull {
  QualifiedName table;
  Identifier column;
  schema::Conflict conflict{};
  EMCEE_EQ(SetNotNull);
};
struct DropNotNull {
  QualifiedName table;
  Identifier column;
  schema::Conflict conflict{};
  EMCEE_EQ(DropNotNull);
};
struct AddDefault {
  QualifiedName table;
  Identifier column;
  Fragment value;
  EMCEE_EQ(AddDefault);
};
struct DropDefault {
  QualifiedName table;
  Identifier column;
  Fragment value;
  EMCEE_EQ(DropDefault);
};
struct ChangeDefault {
  QualifiedName table;
  Identifier column;
  Fragment before, after;
  EMCEE_EQ(ChangeDefault);
};
// A column becomes generated, stops being so, or has another expression.
struct ChangeGenerated {
  QualifiedName table;
  Identifier column;
  std::optional<Generated> before, after;
  EMCEE_EQ(ChangeGenerated);
};
struct ChangeCollation {
  QualifiedName table;
  Identifier column;
  std::optional<Identifier> before, after;
  EMCEE_EQ(ChangeCollation);
};

struct ChangeIdentity {
  QualifiedName table;
  Identifier column;
  std::optional<schema::Identity> before, after;
  EMCEE_EQ(ChangeIdentity);
};
// One attribute of a column (see schema::Options); none: the server's default.
struct ChangeColumnOption {
  QualifiedName table;
  Identifier column;
  std::string option;
  std::optional<std::string> before, after;
  EMCEE_EQ(ChangeColumnOption);
};

struct AddPrimaryKey {
  QualifiedName table;
  PrimaryKey key;
  EMCEE_EQ(AddPrimaryKey);
};
struct DropPrimaryKey {
  QualifiedName table;
  PrimaryKey key;
  EMCEE_EQ(DropPrimaryKey);
};
struct ChangePrimaryKey {
  QualifiedName table;
  PrimaryKey before, after;
  EMCEE_EQ(ChangePrimaryKey);
};
struct AddUnique {
  QualifiedName table;
  Unique unique;
  EMCEE_EQ(AddUnique);
};
struct DropUnique {
  QualifiedName table;
  Unique unique;
  EMCEE_EQ(DropUnique);
};
struct AddForeignKey {
  QualifiedName table;
  ForeignKey key;
  EMCEE_EQ(AddForeignKey);
};
struct DropForeignKey {
  QualifiedName table;
  ForeignKey key;
  EMCEE_EQ(DropForeignKey);
};
struct AddCheck {
  QualifiedName table;
  Check check;
  EMCEE_EQ(AddCheck);
};
struct DropCheck {
  QualifiedName table;
  Check check;
  EMCEE_EQ(DropCheck);
};

// The same primary key, unique constraint, foreign key or check under another name.
struct RenameConstraint {
  QualifiedName table;
  Identifier from, to;
  EMCEE_EQ(RenameConstraint);
};

struct CreateIndex {
  QualifiedName table;
  Index index;
  EMCEE_EQ(CreateIndex);
};
struct DropIndex {
  QualifiedName table;
  Index index;
  EMCEE_EQ(DropIndex);
};
struct RenameIndex {
  QualifiedName table;
  QualifiedName from, to;
  EMCEE_EQ(RenameIndex);
};
// Another definition under the same name.
struct ReplaceIndex {
  QualifiedName table;
  Index before, after;
  EMCEE_EQ(ReplaceIndex);
};

struct ChangeOptions {
  QualifiedName table;
  TableOptions before, after;
  EMCEE_EQ(ChangeOptions);
};

// One attribute of a table (see schema::Options); none: the server's default.
struct ChangeTableOption {
  QualifiedName table;
  std::string option;
  std::optional<std::string> before, after;
  EMCEE_EQ(ChangeTableOption);
};

struct CreateView {
  View view;
  EMCEE_EQ(CreateView);
};
struct DropView {
  View view;
  EMCEE_EQ(DropView);
};
struct ReplaceView {
  View before, after;
  EMCEE_EQ(ReplaceView);
};
struct CreateTrigger {
  Trigger trigger;
  EMCEE_EQ(CreateTrigger);
};
struct DropTrigger {
  Trigger trigger;
  EMCEE_EQ(DropTrigger);
};
struct ReplaceTrigger {
  Trigger before, after;
  EMCEE_EQ(ReplaceTrigger);
};
struct CreateObject {
  OpaqueObject object;
  EMCEE_EQ(CreateObject);
};
struct DropObject {
  OpaqueObject object;
  EMCEE_EQ(DropObject);
};
struct ReplaceObject {
  OpaqueObject before, after;
  EMCEE_EQ(ReplaceObject);
};

#undef EMCEE_EQ

using AnyChange =
    std::variant<CreateTable, DropTable, RenameTable, AddColumn, DropColumn, RenameColumn, ChangeType, SetNotNull,
                 DropNotNull, AddDefault, DropDefault, ChangeDefault, ChangeGenerated, ChangeCollation, ChangeIdentity,
                 ChangeColumnOption, ChangeTableOption, RenameConstraint, AddPrimaryKey, DropPrimaryKey,
                 ChangePrimaryKey, AddUnique, DropUnique, AddForeignKey, DropForeignKey, AddCheck, DropCheck,
                 CreateIndex, DropIndex, RenameIndex, ReplaceIndex, ChangeOptions, CreateView, DropView, ReplaceView,
                 CreateTrigger, DropTrigger, ReplaceTrigger, CreateObject, DropObject, ReplaceObject>;

// What makes, copies and destroys so many alternatives is compiled once (change.cpp), not in every file.
struct Change : AnyChange {
  template <class T>
  requires(!std::is_same_v<std::remove_cvref_t<T>, Change> && std::is_constructible_v<AnyChange, T>) Change(T&& change)
      : AnyChange(std::forward<T>(change)) {}  // NOLINT: a change is one of its kinds
  Change(const Change& other);
  Change(Change&& other) noexcept;
  Change& operator=(const Change& other);
  Change& operator=(Change&& other) noexcept;
  ~Change();
  friend bool operator==(const Change& a, const Change& b);
};

// The one word of the operation, as files, docs and output spell it: `add_column`.
std::string_view operation(const Change& change);

// All the words.
std::vector<std::string_view> operations();

// The table (or view, trigger, object) that the change belongs to.
QualifiedName subject(const Change& change);

// What exactly is changed, for messages and overrides in the map: `images.visibility`, `ix_images`.
std::string object(const Change& change);

// One line for people: `add column images.visibility VARCHAR(9)`.
std::string describe(const Change& change);

// The change that takes it back.
Change reverse(const Change& change);

}  // namespace emcee::diff
