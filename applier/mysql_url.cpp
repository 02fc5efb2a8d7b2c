#include "applier/mysql_url.h"

#include <fmt/format.h>

#include <charconv>

namespace emcee::applier {

using schema::ErrorCode;
using schema::fail;
using schema::Result;

namespace {

constexpr const char* kForm =
    "write mysql://USER@HOST/DATABASE, or mysql://USER@localhost/DATABASE?socket=PATH; the password may stand in "
    "MYSQL_PWD or in an option file";

tl::unexpected<schema::Error> wrong(const std::string& what) { return fail(ErrorCode::usage, what, kForm); }

Result<std::string> decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2 || byte == 0)
      return wrong("the URL of the database has a % that two hexadecimal digits do not follow");
    result += static_cast<char>(byte);
    i += 2;
  }
  return result;
}

Result<void> set_option(MysqlAddress& address, std::string_view name, const std::string& value) {
  if (name == "socket") {
    address.socket = value;
  } else if (name == "tls-ca") {
    address.ca = value;
  } else if (name == "tls-cert") {
    address.certificate = value;
  } else if (name == "tls-key") {
    address.key = value;
  } else if (name == "option-file") {
    address.option_file = value;
  } else if (name == "tls") {
    if (value == "disabled") {
      address.tls = TlsMode::disabled;
    } else if (value == "preferred") {
      address.tls = TlsMode::preferred;
    } else if (value == "required") {
      address.tls = TlsMode::required;
    } else if (value == "verify-identity") {
      address.tls = TlsMode::verify_identity;
    } else {
      return wrong(fmt::format("tls={}: it is disabled, preferred, required or verify-identity", value));
    }
  } else {
    return wrong(fmt::format("the URL of the database has an unknown option '{}'", name));
  }
  return {};
}

Result<void> set_host(MysqlAddress& address, std::string_view text) {
  const bool bracket = text.starts_with('[');  // IPv6
  const std::size_t end = bracket ? text.find(']') : text.find(':');
  if (bracket && end == std::string_view::npos) return wrong("the URL of the database has a [ without its ]");
  std::string_view port;
  if (bracket) {
    EMCEE_ASSIGN(address.host, decoded(text.substr(1, end - 1)));
    port = text.substr(end + 1);
  } else {
    EMCEE_ASSIGN(address.host, decoded(text.substr(0, end)));
    if (end != std::string_view::npos) port = text.substr(end);
  }
  if (port.empty()) return {};
  const auto [stop, error] = std::from_chars(port.data() + 1, port.data() + port.size(), address.port);
  if (port.front() != ':' || error != std::errc{} || stop != port.data() + port.size() || address.port == 0 ||
      address.port > 65535)
    return wrong("the port in the URL of the database is not a number from 1 to 65535");
  return {};
}

}  // namespace

std::string MysqlAddress::shown() const {
  std::string text = scheme + "://";
  if (!user.empty()) text += user + "@";
  text += host.empty() ? "localhost" : host;
  if (port != 0) text += fmt::format(":{}", port);
  text += "/" + database;
  if (!socket.empty()) text += "?socket=" + socket;
  return text;
}

Result<MysqlAddress> parse_mysql_url(std::string_view url) {
  MysqlAddress address;
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return wrong("the URL of the database has no ://");
  address.scheme = url.substr(0, scheme_end);
  if (address.scheme != "mysql" && address.scheme != "mariadb")
    return wrong(fmt::format("{}: not a MySQL or MariaDB database", address.scheme));
  std::string_view rest = url.substr(scheme_end + 3);

  if (const std::size_t question = rest.find('?'); question != std::string_view::npos) {
    std::string_view options = rest.substr(question + 1);
    rest = rest.substr(0, question);
    while (!options.empty()) {
      const std::string_view option = options.substr(0, options.find('&'));
      options.remove_prefix(std::min(option.size() + 1, options.size()));
      const std::size_t equals = option.find('=');
      if (equals == std::string_view::npos) return wrong("an option in the URL of the database has no =");
      EMCEE_ASSIGN(const std::string value, decoded(option.substr(equals + 1)));
      EMCEE_TRY(set_option(address, option.substr(0, equals), value));
    }
  }

  // A password may hold an @ that was not encoded: the last one counts.
  const std::size_t slash = rest.rfind('/');
  std::string_view server = rest.substr(0, slash);
  if (slash != std::string_view::npos) {
    EMCEE_ASSIGN(address.database, decoded(rest.substr(slash + 1)));
  }
  if (const std::size_t at = server.rfind('@'); at != std::string_view::npos) {
    const std::string_view who = server.substr(0, at);
    server = server.substr(at + 1);
    const std::size_t colon = who.find(':');
    EMCEE_ASSIGN(address.user, decoded(who.substr(0, colon)));
    if (colon != std::string_view::npos) {
      EMCEE_ASSIGN(address.password, decoded(who.substr(colon + 1)));
    }
  }
  EMCEE_TRY(set_host(address, server));
  if (address.database.empty()) return wrong("the URL names no database");
  return address;
}

}  // namespace emcee::applier
