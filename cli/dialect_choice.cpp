#include "cli/dialect_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include <toml++/toml.h>

#include "cli/databases.h"
#include "cli/files.h"
#include "cli/schema_source.h"
#include "dialects/registry.h"
#include "diff/near_name.h"

namespace emcee::cli {

namespace {

using schema::ErrorCode;
using schema::fail;
using schema::Result;

constexpr const char* kDefaultDialect = "sqlite";

struct Claim {
  std::string dialect;
  std::string by;  // `--dialect`, `sqlite:app.db`
};

// Only the key `dialect`: the map itself cannot be read before the dialect of its expressions is
// known. Whatever else is wrong with the file is reported by load_map.
std::string dialect_of_map(const parser::Source& map) {
#if TOML_EXCEPTIONS
  try {
    const toml::table table = toml::parse(map.text());
    return table["dialect"].value_or(std::string());
  } catch (const toml::parse_error&) {
    return {};
  }
#else
  const toml::parse_result parsed = toml::parse(map.text());
  return parsed ? parsed.table()["dialect"].value_or(std::string()) : std::string();
#endif
}

}  // namespace

Result<std::unique_ptr<plan::Dialect>> choose_dialect(const ReadOptions& options,
                                                      const std::vector<std::string>& sources, const std::string& map) {
  std::vector<Claim> claims;
  if (!options.dialect.empty()) claims.push_back({options.dialect, "--dialect"});
  for (const std::string& source : sources)
    if (const std::string url = as_url(source); !url_scheme(url).empty()) {
      const Database* database = find_database(url);
      claims.push_back(
          {database != nullptr ? std::string(database->dialect) : std::string(url_scheme(url)), "the URL"});
    }
  if (!map.empty()) {
    EMCEE_ASSIGN(const parser::Source text, read_file(map));
    if (std::string dialect = dialect_of_map(text); !dialect.empty()) claims.push_back({std::move(dialect), map});
  }
  if (claims.empty()) claims.push_back({kDefaultDialect, "the default"});

  const std::vector<std::string> names = dialects::names();
  for (const Claim& claim : claims) {
    if (std::find(names.begin(), names.end(), claim.dialect) == names.end()) {
      const std::string near = diff::did_you_mean(claim.dialect, names);
      return fail(ErrorCode::usage,
                  fmt::format("{} says '{}', which is no dialect that emcee knows", claim.by, claim.dialect),
                  near.empty() ? fmt::format("there is: {}", fmt::join(names, ", ")) : near);
    }
    if (claim.dialect != claims.front().dialect)
      return fail(ErrorCode::usage, fmt::format("{} says {}, and {} says {}", claims.front().by, claims.front().dialect,
                                                claim.by, claim.dialect));
  }
  return dialects::make(claims.front().dialect, options.server_version);
}

Result<diff::ReleaseMap> load_map(const std::string& path, const plan::Dialect& dialect) {
  if (path.empty()) return diff::ReleaseMap{};
  EMCEE_ASSIGN(const parser::Source text, read_file(path));
  return diff::read_release_map(text, std::string(dialect.name()), dialect.folding(),
                                [&](const parser::Source& source) { return dialect.parse_expression(source); });
}

}  // namespace emcee::cli
