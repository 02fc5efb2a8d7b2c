#include "dialects/postgres/owners.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <optional>
#include <vector>

#include "dialects/postgres/quoting.h"
#include "schema/is_one_of.h"

namespace emcee::postgres {

namespace {

// How the server finds an object of the kind by its name, and where it keeps the owner.
struct Place {
  std::string_view kind, catalogue;
};
constexpr std::array<Place, 10> kPlaces = {{{"table", "relation"},
                                            {"foreign table", "relation"},
                                            {"view", "relation"},
                                            {"materialized view", "relation"},
                                            {"sequence", "relation"},
                                            {"function", "routine"},
                                            {"procedure", "routine"},
                                            {"type", "type"},
                                            {"domain", "type"},
                                            {"schema", "schema"}}};

// `('relation', 'table', 'notes', 'app')` of ALTER TABLE notes OWNER TO app.
std::optional<std::string> as_row(const schema::OpaqueObject& owner) {
  const std::string& text = owner.source;
  constexpr std::string_view kTo = " OWNER TO ";
  const std::size_t to = text.rfind(kTo);
  if (owner.kind != "owner" || to == std::string::npos) return std::nullopt;
  const std::string role = text.substr(to + kTo.size());
  if (schema::is_one_of(role, {"CURRENT_USER", "SESSION_USER", "CURRENT_ROLE"})) return std::nullopt;
  for (const Place& place : kPlaces) {
    const std::string start = fmt::format("ALTER {} ", schema::to_upper(place.kind));
    if (!text.starts_with(start)) continue;
    return fmt::format("({}, {}, {}, {})", string_literal(std::string(place.catalogue)),
                       string_literal(std::string(place.kind)),
                       string_literal(text.substr(start.size(), to - start.size())), string_literal(role));
  }
  return std::nullopt;
}

}  // namespace

std::string wrong_owners_query(const schema::Schema& schema) {
  std::vector<std::string> rows;
  for (const schema::OpaqueObject& object : schema.objects())
    if (auto row = as_row(object)) rows.push_back(std::move(*row));
  if (rows.empty()) return {};
  return fmt::format(
      R"(SELECT format('owner of %s %s is %I, not %s', kind, name, pg_catalog.pg_get_userbyid(owner), role) FROM (
  SELECT *, CASE place
    WHEN 'relation' THEN (SELECT relowner FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass(name))
    WHEN 'routine' THEN (SELECT proowner FROM pg_catalog.pg_proc WHERE oid = pg_catalog.to_regprocedure(name))
    WHEN 'type' THEN (SELECT typowner FROM pg_catalog.pg_type WHERE oid = pg_catalog.to_regtype(name))
    ELSE (SELECT nspowner FROM pg_catalog.pg_namespace WHERE oid = pg_catalog.to_regnamespace(name)) END AS owner
  FROM (VALUES {}) AS named (place, kind, name, role)) AS owned
WHERE pg_catalog.pg_get_userbyid(owner) <> (pg_catalog.parse_ident(role))[1] ORDER BY 1)",
      fmt::join(rows, ", "));
}

}  // namespace emcee::postgres
