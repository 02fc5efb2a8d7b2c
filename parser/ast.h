// The dialect-neutral tree of DDL statements: what a grammar makes, and the builder replays.
// Parts that are the same in a statement and in a schema (columns, keys, fragments) are the
// schema's own types.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "parser/source.h"
#include "schema/schema.h"

namespace emcee::parser {

using schema::Check;
using schema::Column;
using schema::ForeignKey;
using schema::Fragment;
using schema::Identifier;
using schema::Index;
using schema::OpaqueObject;
using schema::PrimaryKey;
using schema::QualifiedName;
using schema::Table;
using schema::Trigger;
using schema::Unique;
using schema::View;

// CREATE TABLE. Constraints written at a column are already table constraints here.
struct CreateTable {
  Table table;
  bool if_not_exists = false;
  bool temporary = false;
  bool as_select = false;  // CREATE TABLE ... AS SELECT: the columns are not known
};

struct CreateIndex {
  Index index;
  QualifiedName table;
  bool if_not_exists = false;
};

struct CreateView {
  View view;
  bool if_not_exists = false;
  bool replace = false;  // OR REPLACE
  bool temporary = false;
};

struct CreateTrigger {
  Trigger trigger;
  bool if_not_exists = false;
  bool replace = false;
  bool temporary = false;
};

// CREATE of something that is carried verbatim.
struct CreateObject {
  OpaqueObject object;
  bool if_not_exists = false;
  bool replace = false;
};

enum class ObjectKind : std::uint8_t { table, view, index, trigger, other };

struct Drop {
  ObjectKind kind = ObjectKind::table;
  QualifiedName name;
  bool if_exists = false;
  std::string object{};  // other: its kind, see OpaqueObject
};

// The sub-commands of ALTER TABLE, applied from left to right.
struct AddColumn {
  Column column;
  // Constraints that were written at the column.
  std::optional<PrimaryKey> primary_key;
  std::vector<Unique> uniques;
  std::vector<ForeignKey> foreign_keys;
  std::vector<Check> checks;
};
struct DropColumn {
  Identifier column;
};
struct RenameColumn {
  Identifier from, to;
};
struct RenameTable {
  Identifier to;
  std::optional<Identifier> schema{};  // SET SCHEMA
};
struct SetNotNull {
  Identifier column;
  schema::Conflict conflict = schema::Conflict::abort;
};
struct DropNotNull {
  Identifier column;
};
struct AddCheck {
  Check check;
};
struct DropConstraint {
  Identifier name;
};
// What only the dialect understands. The table is normalised and validated again afterwards.
struct EditTable {
  std::function<schema::Result<void>(Table&)> edit;
};
using AlterAction = std::variant<AddColumn, DropColumn, RenameColumn, RenameTable, SetNotNull, DropNotNull, AddCheck,
                                 DropConstraint, EditTable>;

struct AlterTable {
  QualifiedName table;
  std::vector<AlterAction> actions;
};

// ALTER of an object that is carried verbatim; its kind, name and source may change.
struct AlterObject {
  std::string object;  // its kind
  QualifiedName name;
  std::function<schema::Result<void>(OpaqueObject&)> edit;
};

struct AlterTrigger {
  QualifiedName name;
  std::function<schema::Result<void>(Trigger&)> edit;
};

struct AlterView {
  QualifiedName name;
  std::function<schema::Result<void>(View&)> edit;
};

// Understood, and of no meaning for the schema: SET, PRAGMA, BEGIN, INSERT, SELECT.
struct Skipped {
  std::string what;  // the leading keyword(s), upper case: `PRAGMA`, `INSERT`
};

struct Statement {
  std::variant<CreateTable, CreateIndex, CreateView, CreateTrigger, CreateObject, Drop, AlterTable, AlterObject,
               AlterTrigger, AlterView, Skipped>
      kind;
  Span span;             // of the whole statement, without the semicolon
  std::size_t name = 0;  // offset of the name of the object, for messages
};

// What became of the statements of a text.
struct Coverage {
  std::size_t modelled = 0;
  std::size_t verbatim = 0;
  std::vector<std::pair<std::string, std::size_t>> skipped;  // what, how often; by first appearance
  std::vector<schema::Error> warnings;                       // --lenient: statements that were left out

  void skip(const std::string& what);
  void add(const Coverage& other);
};

}  // namespace emcee::parser
