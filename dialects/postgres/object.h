// Objects that are carried verbatim: how they are named, spelled and compared.
#pragma once

#include "dialects/postgres/piece.h"
#include "dialects/postgres/session.h"

namespace emcee::postgres {

// `foreign data wrapper`, `event trigger`: as in the statement.
std::string object_kind(PgQuery__ObjectType type);

// `(integer, text)`: the types by which a function is known.
std::string argument_list(Node* const* types, std::size_t count, const Session& session);

// Gives names the spelling that does not depend on the search path: no `public`, and the schema of
// what is created elsewhere; options in one order, without those that say the default.
void normalise_names(PgQuery__ParseResult& tree, const Session& session);

// Takes out what two databases with the same schema may have differently: the connection of a subscription
// and how it starts, the password of a user mapping. False where the statement is another one.
bool redact(Node& statement);

// The tokens of a statement: tables as tables, other names as names, casts of literals as implied.
schema::Fragment statement_tokens(const std::string& text);

// What a statement makes: its kind and name. Empty kind: nothing that is carried.
struct ObjectName {
  std::string kind;
  schema::QualifiedName name;
  bool replace = false;  // OR REPLACE, or a second statement about the same object
  bool if_not_exists = false;
};
ObjectName name_of(const PgQuery__Node& statement, const Session& session);

// `on`, `owner`, ...: objects that are about a table or view and go with it.
bool is_about(const schema::OpaqueObject& object, const schema::QualifiedName& relation);
void rename_table_in(schema::OpaqueObject& object, const schema::QualifiedName& from, const schema::QualifiedName& to);
// The statement with the object's own name replaced.
std::string renamed_source(const std::string& source, const schema::QualifiedName& from,
                           const schema::QualifiedName& to);

}  // namespace emcee::postgres
