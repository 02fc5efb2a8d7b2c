// Names as PostgreSQL folds, cuts, derives and quotes them.
// https://www.postgresql.org/docs/15/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/postgres/quoting.h"
#include "schema/table.h"

namespace emcee::postgres {

using schema::Identifier;
using schema::QualifiedName;

// NAMEDATALEN - 1: names hold so many bytes.
inline constexpr std::size_t kMaxName = 63;

// The tree has names folded already.
inline Identifier identifier(std::string_view text) { return Identifier(std::string(text)); }

// `public` is the schema without a name.
QualifiedName qualified(std::string_view schema, std::string_view name);

// `table_column_suffix` within 63 bytes: the longer of the first two is cut first, as the server's
// makeObjectName does; whole characters only.
std::string make_object_name(std::string name1, std::string name2, std::string_view suffix);

// The same, with a number behind the suffix where the name is taken (ChooseRelationName).
std::string choose_name(const std::string& name1, const std::string& name2, const std::string& suffix,
                        const std::function<bool(const std::string&)>& taken);

// `customer_lower_lower1`: how the server joins the parts of an index, and what it includes, in a name of its own,
// each once (ChooseIndexColumnNames). `expression_names`: of the parts that are no column, at the same places.
std::string index_columns(const std::vector<schema::KeyPart>& parts, const std::vector<Identifier>& include,
                          const std::vector<std::string>& expression_names = {});

// The name of something old or new while both exist: `emcee_old_t_id_seq`, `emcee_new_t_a_idx`.
QualifiedName set_aside(const QualifiedName& name, std::string_view prefix);
inline QualifiedName aside(const QualifiedName& name) { return set_aside(name, "emcee_old_"); }
inline QualifiedName stand_in(const QualifiedName& name) { return set_aside(name, "emcee_new_"); }

}  // namespace emcee::postgres
