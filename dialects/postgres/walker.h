// Turns the parse tree of one statement into statements of the builder: one file per family.
#pragma once

#include "dialects/postgres/piece.h"
#include "dialects/postgres/session.h"
#include "dialects/postgres/tree.h"
#include "parser/builder.h"

namespace emcee::postgres {

class Walker {
 public:
  using Outcome = schema::Result<void>;

  // `text`: of the statement; `span`: its place in the source.
  Walker(Session& session, const parser::Source& source, parser::Span span)
      : session_(session), builder_(session.builder()), source_(source), span_(span) {}

  // Replays the statement. Errors: fix_text where it is not understood, and those of the builder;
  // with the place of the statement where no better one is known.
  Outcome walk(PgQuery__ParseResult& tree);

 private:
  Outcome walk_kind(PgQuery__ParseResult& tree, const Node& node);
  // Hands one statement to the builder.
  Outcome replay(decltype(parser::Statement::kind) kind);
  Outcome skip(std::string what) { return replay(parser::Skipped{std::move(what)}); }
  Outcome edit_table(const schema::QualifiedName& table, std::function<Outcome(schema::Table&)> edit);
  tl::unexpected<schema::Error> refuse(std::string message, std::string hint = {}) const;
  tl::unexpected<schema::Error> misunderstood(std::string_view what) const;

  // walk_table.cpp
  Outcome create_table(const PgQuery__CreateStmt& stmt);
  Outcome add_column(schema::Table& table, const PgQuery__ColumnDef& column);
  // ALTER SEQUENCE ... OWNED BY, for the sequence of a serial column.
  Outcome own_serial(const schema::QualifiedName& table, const schema::Column& column);
  Outcome like(schema::Table& table, const PgQuery__TableLikeClause& clause);
  Outcome inherit(schema::Table& table, const schema::QualifiedName& parent);
  // The columns of a composite type, which is that of the table's rows.
  Outcome take_type(schema::Table& table, const PgQuery__TypeName& type);
  Outcome attach(const schema::QualifiedName& parent, const schema::QualifiedName& child, const std::string& bound);
  // What a partition gets from its parent once it is there: keys and indexes.
  void clone_keys(schema::Table& child, const schema::Table& parent);
  schema::Index cloned_index(const schema::Table& child, const schema::Index& index);
  schema::Result<std::string> partition_by(const PgQuery__PartitionSpec& spec, const schema::Table& table);
  schema::Result<std::string> bound(const PgQuery__PartitionBoundSpec& spec, const schema::Table* parent);

  // The columns of the table, and those that the statement will add.
  Scope scope_with_declared(const schema::Table& table) const;

  // walk_constraint.cpp
  Outcome add_constraint(schema::Table& table, const PgQuery__Constraint& constraint, const std::string& column = {});
  Outcome add_key(schema::Table& table, const PgQuery__Constraint& constraint, const std::string& column);
  Outcome add_foreign_key(schema::Table& table, const PgQuery__Constraint& constraint, const std::string& column);
  Outcome add_check(schema::Table& table, const PgQuery__Constraint& constraint);
  Outcome add_exclusion(schema::Table& table, const PgQuery__Constraint& constraint);
  // A name that the server would choose for a constraint or index of the table.
  schema::Identifier chosen_name(const schema::Table& table, const std::string& columns, const char* suffix);

  // walk_alter.cpp
  Outcome alter_table(const PgQuery__AlterTableStmt& stmt);
  Outcome alter_command(const schema::QualifiedName& name, const PgQuery__AlterTableCmd& command, bool recurse);
  Outcome alter_column(const schema::QualifiedName& name, const PgQuery__AlterTableCmd& command);
  Outcome alter_add_column(const schema::QualifiedName& name, const PgQuery__AlterTableCmd& command);
  Outcome alter_drop_column(const schema::QualifiedName& name, const PgQuery__AlterTableCmd& command);
  Outcome alter_add_constraint(const schema::QualifiedName& name, const PgQuery__Constraint& constraint);
  Outcome alter_drop_constraint(const schema::QualifiedName& name, const PgQuery__AlterTableCmd& command);
  Outcome alter_type(schema::Column& column, const PgQuery__AlterTableCmd& command);
  Outcome add_check_to_children(const schema::QualifiedName& parent, const schema::Check& check);
  Outcome alter_identity(schema::Column& column, const schema::QualifiedName& table,
                         const PgQuery__AlterTableCmd& command);
  Outcome alter_trigger(const schema::QualifiedName& table, const PgQuery__AlterTableCmd& command, const char* enabled);
  Outcome alter_constraint_index(const schema::QualifiedName& name, const PgQuery__AlterTableStmt& stmt);
  Outcome alter_view_default(const schema::QualifiedName& name, const PgQuery__AlterTableCmd& command);
  Outcome alter_other(const schema::QualifiedName& name, const std::string& kind, const PgQuery__AlterTableStmt& stmt);

  // walk_rename.cpp
  Outcome rename(const PgQuery__RenameStmt& stmt);
  Outcome rename_relation(const schema::QualifiedName& from, const schema::QualifiedName& to);
  Outcome rename_constraint(const schema::QualifiedName& table, const schema::Identifier& from,
                            const schema::Identifier& to);
  Outcome rename_object(const std::vector<std::string>& kinds, const schema::QualifiedName& from,
                        const schema::QualifiedName& to);
  Outcome rename_sequence(const schema::QualifiedName& from, const schema::QualifiedName& to);
  Outcome rename_type(const schema::QualifiedName& from, const schema::QualifiedName& to);
  Outcome rename_in_objects(const schema::QualifiedName& from, const schema::QualifiedName& to);
  Outcome set_schema(const PgQuery__AlterObjectSchemaStmt& stmt);

  // walk_index.cpp
  Outcome create_index(const PgQuery__IndexStmt& stmt);
  // The same index for each partition.
  Outcome clone_index(const schema::QualifiedName& parent, const schema::Index& index);
  // Of a materialized view: carried verbatim.
  Outcome create_view_index(const schema::Index& index, const schema::QualifiedName& view, bool if_not_exists);
  schema::Result<schema::KeyPart> key_part(const PgQuery__IndexElem& element, const Context& context,
                                           const schema::Table* table, const std::string& method);
  // What the server calls the expression in names of indexes; empty for a column.
  static std::string expression_name(const PgQuery__IndexElem& element);
  schema::Options storage_options(Node* const* options, std::size_t count) const;

  // walk_view.cpp
  Outcome create_view(const PgQuery__ViewStmt& stmt);
  Outcome create_as(const PgQuery__CreateTableAsStmt& stmt);
  Outcome create_trigger(const PgQuery__CreateTrigStmt& stmt);

  // walk_object.cpp: what is carried verbatim
  Outcome create_sequence(const PgQuery__CreateSeqStmt& stmt);
  Outcome alter_sequence(const PgQuery__AlterSeqStmt& stmt);
  Outcome put_sequence(const schema::QualifiedName& name, const schema::Options& options, bool if_not_exists);
  Outcome own_sequence(const schema::QualifiedName& sequence, const std::vector<std::string>& column);
  Outcome comment(const PgQuery__CommentStmt& stmt);
  Outcome comment_object(const PgQuery__CommentStmt& stmt);
  Outcome create_type(const Node& node);
  Outcome domain_constraints(Tokens& tokens, const schema::QualifiedName& domain, const TypeName& type,
                             Node* const* constraints, std::size_t count);
  Outcome alter_domain(const PgQuery__AlterDomainStmt& stmt);
  Outcome create_policy(const PgQuery__CreatePolicyStmt& stmt);
  Outcome create_extension(const PgQuery__CreateExtensionStmt& stmt);
  Outcome create_schema(const PgQuery__CreateSchemaStmt& stmt);
  Outcome owner(const std::string& kind, const std::string& object, const PgQuery__RoleSpec& role);
  Outcome alter_enum(const PgQuery__AlterEnumStmt& stmt);
  Outcome set_variable(const PgQuery__VariableSetStmt& stmt);
  Outcome select(const PgQuery__SelectStmt& stmt);
  // Any other statement that makes an object.
  Outcome object(PgQuery__ParseResult& tree);

  // walk_alteration.cpp
  struct OperatorItem {
    std::string key;   // `OPERATOR 1 (integer, integer)`: what it is known by within its family
    std::string text;  // with the operator or function
  };
  Outcome alter_publication(PgQuery__ParseResult& tree);
  Outcome create_operator_class(const PgQuery__CreateOpClassStmt& stmt);
  Outcome alter_operator_family(const PgQuery__AlterOpFamilyStmt& stmt);
  // `type` is that of the class, for items that name none.
  std::vector<OperatorItem> operator_items(Node* const* items, std::size_t count, const std::string& type) const;
  Outcome create_text_search_configuration(const PgQuery__DefineStmt& stmt);
  Outcome alter_text_search(const PgQuery__AlterTSConfigurationStmt& stmt);
  Outcome map_token(const schema::QualifiedName& configuration, const std::string& token,
                    const std::vector<std::string>& dictionaries, bool replace);
  Outcome alter_event_trigger(const PgQuery__AlterEventTrigStmt& stmt);
  Outcome alter_statistics(const PgQuery__AlterStatsStmt& stmt);
  Outcome set_second_statement(const std::string& kind, const schema::QualifiedName& name,
                               const std::string& statement);
  Outcome alter_foreign_column(const schema::QualifiedName& table, PgQuery__AlterTableCmd& command);

  // walk_grant.cpp
  Outcome grant(const PgQuery__GrantStmt& stmt);
  // `defaults` is empty, or `ALTER DEFAULT PRIVILEGES FOR ROLE a IN SCHEMA b `: then for all TABLES to come.
  Outcome grant_one(const PgQuery__GrantStmt& stmt, const std::string& defaults, const std::string& object,
                    const std::string& role, const std::vector<std::string>& privileges);
  Outcome default_privileges(const PgQuery__AlterDefaultPrivilegesStmt& stmt);
  Outcome alter_owner(const PgQuery__AlterOwnerStmt& stmt);
  // As SQL names it: `app.f(integer)`.
  std::string operator_sides(const PgQuery__ObjectWithArgs& object) const;
  std::string object_text(PgQuery__ObjectType type, const Node& node) const;

  // walk_drop.cpp
  Outcome drop(const PgQuery__DropStmt& stmt);
  Outcome drop_table(const schema::QualifiedName& name, bool if_exists, bool cascade);
  Outcome drop_view(const schema::QualifiedName& name, bool if_exists, bool cascade);
  Outcome drop_object(const std::vector<std::string>& kinds, const schema::QualifiedName& name, bool if_exists);
  Outcome drop_function(const PgQuery__ObjectWithArgs& function, bool if_exists, bool cascade);
  // What goes with a table or view, and with a column of one where `column` is given.
  Outcome drop_dependents(const schema::QualifiedName& relation, bool cascade);
  Outcome drop_owned_sequences(const schema::QualifiedName& table, const std::string& column);

  schema::QualifiedName relation(const PgQuery__RangeVar& name) const {
    return session_.relation(name.schemaname ? name.schemaname : "", name.relname);
  }
  schema::QualifiedName created(const PgQuery__RangeVar& name) const {
    return session_.created(name.schemaname ? name.schemaname : "", name.relname);
  }
  // The last two names of a list: schema and object.
  schema::QualifiedName listed(const std::vector<std::string>& names) const;
  TypeName type_of(const PgQuery__TypeName& type) const;
  std::string text() const { return std::string(source_.text(span_)); }
  // The statement as it was written, where it means the same under the default search path.
  std::string source_text() const { return session_.default_path() ? text() : std::string(); }

  Session& session_;
  parser::Builder& builder_;
  const parser::Source& source_;
  parser::Span span_;
  Columns declared_;  // by the CREATE TABLE that is being read
};

}  // namespace emcee::postgres
