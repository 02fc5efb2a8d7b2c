#include "dialects/postgres/grants.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace emcee::postgres {

namespace {

// TABLE of `TABLE t`, and of TABLES, all that will be made.
std::string kind_of(const std::string& object) {
  std::string word = object.substr(0, object.find(' '));
  if (word == object && word.ends_with('S')) word.pop_back();
  return word;
}

Privileges privileges_in(const schema::OpaqueObject& grant) {
  Privileges result;
  for (const schema::Token& token : grant.definition.tokens())
    if (token.role == schema::Role::literal) result.insert(token.text);
  return result;
}

// GRANT a ON TABLE t TO r -> REVOKE a ON TABLE t FROM r, and the other way round.
std::string reversed(std::string text) {
  const auto exchange = [&](std::string_view from, std::string_view to, bool last) {
    const std::size_t at = last ? text.rfind(from) : text.find(from);
    if (at != std::string::npos) text.replace(at, from.size(), to);
  };
  if (const std::size_t option = text.rfind(" WITH GRANT OPTION"); option != std::string::npos) text.erase(option);
  if (text.find("REVOKE ") != std::string::npos && text.find("GRANT ") == std::string::npos) {
    exchange("REVOKE ", "GRANT ", false);
    exchange(" FROM ", " TO ", true);
  } else {
    exchange("GRANT ", "REVOKE ", false);
    exchange(" TO ", " FROM ", true);
  }
  return text;
}

// `SCHEMA public` of `GRANT ALL ON SCHEMA public TO PUBLIC`.
std::string object_between(const std::string& text, std::string_view end) {
  const std::size_t on = text.find(" ON ") + 4;
  return text.substr(on, text.size() - end.size() - on);
}

}  // namespace

Privileges all_privileges(const std::string& object, int version) {
  const std::string kind = kind_of(object);
  if (kind == "TABLE") {
    Privileges result = {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"};
    if (version >= 170000) result.insert("MAINTAIN");
    return result;
  }
  if (kind == "SEQUENCE") return {"SELECT", "UPDATE", "USAGE"};
  if (kind == "SCHEMA") return {"CREATE", "USAGE"};
  if (kind == "FUNCTION" || kind == "PROCEDURE" || kind == "ROUTINE") return {"EXECUTE"};
  if (kind == "TYPE" || kind == "DOMAIN" || kind == "LANGUAGE" || kind == "FOREIGN") return {"USAGE"};
  return {};
}

Privileges privileges_of_public(const std::string& object, const std::string& defaults) {
  if (object == "SCHEMA public") return {"USAGE"};
  if (defaults.find(" IN SCHEMA ") != std::string::npos) return {};
  const std::string kind = kind_of(object);
  const bool none = kind == "TABLE" || kind == "SEQUENCE" || kind == "SCHEMA" || kind == "FOREIGN";
  return none ? Privileges{} : all_privileges(object, 0);
}

std::vector<std::string> drop_grant(const schema::OpaqueObject& grant) {
  constexpr std::string_view kTo = " TO PUBLIC", kFrom = " FROM PUBLIC";
  const std::string& text = grant.source;
  const std::string defaults =
      text.starts_with("ALTER ") ? text.substr(0, std::min(text.find("GRANT "), text.find("REVOKE "))) : "";
  if (text.ends_with(kFrom)) {
    const std::string object = object_between(text, kFrom);
    const Privileges back = privileges_of_public(object, defaults);
    if (back.empty()) return {};
    return {fmt::format("{}GRANT {} ON {} TO PUBLIC", defaults, fmt::join(back, ", "), object)};
  }
  if (!text.ends_with(kTo)) return {reversed(text)};
  const std::string object = object_between(text, kTo);
  Privileges given = privileges_in(grant);
  const Privileges kept = privileges_of_public(object, defaults);
  // Where PUBLIC keeps nothing, ALL is what every server understands by it.
  if (given.count("ALL") && !kept.empty()) given = all_privileges(object, 0);
  for (const std::string& each : kept) given.erase(each);
  if (given.empty()) return {};
  return {fmt::format("{}REVOKE {} ON {} FROM PUBLIC", defaults, fmt::join(given, ", "), object)};
}

}  // namespace emcee::postgres
