#include "dialects/mysql/grants.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace emcee::mysql {

using schema::ErrorCode;
using schema::Result;

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

// Words, quoted names and single signs of a line, one after the other.
class GrantReader {
 public:
  explicit GrantReader(std::string_view text) : text_(text) { next(); }

  const std::string& text() const { return token_; }
  bool quoted() const { return quoted_; }
  bool at_end() const { return at_end_; }
  bool is(std::string_view word) const { return !quoted_ && !at_end_ && same_name(token_, word); }
  bool skip(std::string_view word) {
    if (!is(word)) return false;
    next();
    return true;
  }
  std::string take() {
    std::string taken = token_;
    next();
    return taken;
  }

  void next() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    token_.clear();
    quoted_ = false;
    at_end_ = at_ == text_.size();
    if (at_end_) return;
    const char c = text_[at_];
    if (c == '`' || c == '"' || c == '\'') {
      quoted_ = true;
      ++at_;
      while (at_ < text_.size()) {
        if (text_[at_] == c && at_ + 1 < text_.size() && text_[at_ + 1] == c)
          ++at_;  // a quote, doubled
        else if (text_[at_] == c)
          break;
        token_ += text_[at_++];
      }
      ++at_;
      at_ = std::min(at_, text_.size());
      return;
    }
    if (is_sign(c)) {
      token_ = text_[at_++];
      return;
    }
    while (at_ < text_.size() && !is_sign(text_[at_]) && std::isspace(static_cast<unsigned char>(text_[at_])) == 0 &&
           text_[at_] != '`')
      token_ += text_[at_++];
  }

 private:
  static bool is_sign(char c) { return c == ',' || c == '(' || c == ')' || c == '.' || c == '*' || c == '@'; }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string token_;
  bool quoted_ = false;
  bool at_end_ = false;
};

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

tl::unexpected<schema::Error> not_a_grant(std::string_view line) {
  return schema::fail(ErrorCode::fix_text, fmt::format("this line of SHOW GRANTS is not understood: {}", line));
}

// `SELECT, INSERT (a, b), BINLOG ADMIN` up to ON. False where it is no such list: names of roles.
bool read_privileges(GrantReader& in, Grant& grant) {
  while (true) {
    std::string privilege;
    while (!in.at_end() && !in.quoted() && !in.is(",") && !in.is("(") && !in.is("ON") && !in.is("TO") && !in.is("FROM"))
      privilege += (privilege.empty() ? "" : " ") + upper(in.take());
    if (privilege.empty() || in.quoted()) return false;
    if (privilege == "ALL") privilege = "ALL PRIVILEGES";
    if (in.skip("(")) {
      std::set<std::string>& columns = grant.columns[privilege];
      while (!in.at_end() && !in.is(")"))
        if (!in.skip(",")) columns.insert(in.take());
      if (!in.skip(")")) return false;
    } else {
      grant.privileges.insert(privilege);
    }
    if (in.skip(",")) continue;
    return in.is("ON");
  }
}

bool read_object(GrantReader& in, Grant& grant) {
  if (in.skip("*")) {
    if (!in.skip(".") || !in.skip("*")) return false;
    grant.level = Grant::Level::global;
    return true;
  }
  if (in.at_end()) return false;
  grant.database = in.take();
  if (!in.skip(".")) return false;
  if (in.skip("*")) {
    grant.level = Grant::Level::database;
    return true;
  }
  if (in.at_end()) return false;
  grant.level = Grant::Level::table;
  grant.table = in.take();
  return true;
}

// How specific a pattern is: the place of its first wildcard; none beats all.
std::size_t specificity(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '%' || pattern[i] == '_') {
      return i;
    }
  }
  return std::string_view::npos;
}

bool gives(const Grant& grant, const std::string& privilege) {
  return grant.privileges.count(privilege) > 0 || grant.privileges.count("ALL PRIVILEGES") > 0;
}

std::string unescaped(std::string_view pattern) {
  std::string name;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    name += pattern[i];
  }
  return name;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() == '%') {
    for (std::size_t i = 0; i <= name.size(); ++i)
      if (matches(pattern.substr(1), name.substr(i))) return true;
    return false;
  }
  if (name.empty()) return false;
  if (pattern.front() == '_') return matches(pattern.substr(1), name.substr(1));
  if (pattern.front() == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
  return pattern.front() == name.front() && matches(pattern.substr(1), name.substr(1));
}

Result<std::optional<Grant>> parse_grant(std::string_view line) {
  GrantReader in(line);
  Grant grant;
  if (in.skip("SET")) return std::optional<Grant>();  // SET DEFAULT ROLE
  grant.revoked = in.is("REVOKE");
  if (!grant.revoked && !in.is("GRANT")) return not_a_grant(line);
  in.next();
  if (in.is("PROXY")) return std::optional<Grant>();
  if (!read_privileges(in, grant)) {
    // Names of roles: `r`@`%`,`s`@`%` TO ...; unquoted where the server does not quote.
    while (!in.at_end() && !in.is("TO") && !in.is("FROM")) in.next();
    return in.at_end() ? not_a_grant(line) : Result<std::optional<Grant>>(std::nullopt);
  }
  in.skip("ON");
  for (const char* routine : {"PROCEDURE", "FUNCTION", "PACKAGE", "LIBRARY"})
    if (in.is(routine)) return std::optional<Grant>();
  in.skip("TABLE");
  if (!read_object(in, grant)) return not_a_grant(line);
  if (!in.skip("TO") && !in.skip("FROM")) return not_a_grant(line);
  if (in.at_end()) return not_a_grant(line);
  grant.grantee = in.take();
  if (in.skip("@")) grant.grantee += "@" + in.take();
  return std::optional<Grant>(std::move(grant));
}

Result<Grants> parse_grants(const std::vector<std::string>& lines) {
  Grants grants;
  for (const std::string& line : lines) {
    EMCEE_ASSIGN(std::optional<Grant> grant, parse_grant(line));
    if (grant) grants.lines.push_back(std::move(*grant));
  }
  return grants;
}

bool Grants::has_global(const std::string& privilege) const {
  return std::any_of(lines.begin(), lines.end(), [&](const Grant& grant) {
    return grant.level == Grant::Level::global && !grant.revoked && gives(grant, privilege);
  });
}

bool Grants::has_database(const std::string& privilege, std::string_view database) const {
  const auto is_of = [&](const Grant& grant) {
    if (grant.level != Grant::Level::database) return false;
    return literal_names ? unescaped(grant.database) == database : matches(grant.database, database);
  };
  const auto beats = [&](const Grant& a, const Grant& b) {
    return first_pattern ? a.database < b.database : specificity(a.database) > specificity(b.database);
  };
  struct Best {
    const Grant* pattern;
    bool given;
  };
  bool revoked = false;
  std::map<std::string, Best> best;  // by grantee; a role's own lines and those of its roles are one
  for (const Grant& grant : lines) {
    if (!is_of(grant)) continue;
    if (grant.revoked) {
      revoked = revoked || gives(grant, privilege);
      continue;
    }
    const bool role = grant.grantee.find('@') == std::string::npos && grant.grantee != "PUBLIC";
    const auto [it, inserted] = best.try_emplace(role ? "" : grant.grantee, Best{&grant, gives(grant, privilege)});
    if (inserted) continue;
    if (beats(grant, *it->second.pattern))
      it->second = {&grant, gives(grant, privilege)};
    else if (!beats(*it->second.pattern, grant))  // the same pattern
      it->second.given = it->second.given || gives(grant, privilege);
  }
  if (has_global(privilege) && !revoked) return true;
  return std::any_of(best.begin(), best.end(), [](const auto& entry) { return entry.second.given; });
}

bool Grants::has_table(const std::string& privilege, std::string_view database, std::string_view table) const {
  if (has_database(privilege, database)) return true;
  return std::any_of(lines.begin(), lines.end(), [&](const Grant& grant) {
    return grant.level == Grant::Level::table && grant.database == database && grant.table == table &&
           gives(grant, privilege);
  });
}

bool Grants::has_column(const std::string& privilege, std::string_view database, std::string_view table,
                        std::string_view column) const {
  if (has_table(privilege, database, table)) return true;
  return std::any_of(lines.begin(), lines.end(), [&](const Grant& grant) {
    if (grant.level != Grant::Level::table || grant.database != database || grant.table != table) return false;
    const auto found = grant.columns.find(privilege);
    return found != grant.columns.end() && std::any_of(found->second.begin(), found->second.end(),
                                                       [&](const auto& name) { return same_name(name, column); });
  });
}

}  // namespace emcee::mysql
