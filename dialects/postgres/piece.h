// How pieces of expressions are put together.
#pragma once

#include "dialects/postgres/expression.h"

namespace emcee::postgres {

using schema::Role;
using schema::Token;
using Tokens = std::vector<Token>;

Token keyword(std::string_view word);
Token symbol(std::string_view text);
Token literal(std::string_view text);
Token name_token(std::string_view name);
Token table_token(std::string_view name);
Token column_token(std::string_view name, std::string_view qualifier = {});

void append(Tokens& to, const Tokens& from);
// The same, as tokens that are not compared.
void append_implied(Tokens& to, Tokens from);
// `app.f`: the schema and the name, as tokens of that role.
void append_name(Tokens& to, const schema::QualifiedName& name, Role role);

// What is put into parentheses as an operand.
Piece compound(Tokens tokens, std::string type = {});

// The tokens, in parentheses where the piece is not atomic.
Tokens operand(const Piece& piece);
// `a, b, c`
void append_list(Tokens& to, const std::vector<Tokens>& items);

bool is_number(std::string_view type);  // smallint ... double precision
bool is_string(std::string_view type);  // text, character varying, character, name
// The type that an operation on two numbers has; empty where it is not known.
std::string wider_number(const std::string& a, const std::string& b);
bool is_integer(std::string_view type);
// `x::type`, as the server adds it where two numbers meet; nothing where it adds none.
void widen(Piece& piece, const std::string& type);
// Values of which one is chosen have one type: numbers become the widest among them.
void unify(std::vector<Piece>& pieces);
bool spells_number(std::string_view text);

// A string literal, given a type: `'1'` as an integer is 1, `'t'` as a boolean is true.
Piece typed_literal(std::string_view text, const TypeName& type);

}  // namespace emcee::postgres
