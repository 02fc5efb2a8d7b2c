// URLs of MySQL and MariaDB databases.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schema/result.h"

namespace emcee::applier {

enum class TlsMode : std::uint8_t {
  preferred,        // what the option files say; else none
  disabled,         //
  required,         // encrypted, whoever the server is
  verify_identity,  // encrypted, and the certificate is the host's
};

// Where a database is, and who asks. What is empty comes from the option files, as for the server's
// own clients ([client] and [emcee] of my.cnf).
struct MysqlAddress {
  std::string scheme;  // mysql | mariadb
  std::string user, host, socket, database;
  std::optional<std::string> password;  // none: MYSQL_PWD, option files
  unsigned port = 0;
  TlsMode tls = TlsMode::preferred;
  std::string ca, certificate, key;  // files
  std::string option_file;           // instead of the usual ones

  // For messages, without the password: `mariadb://app@db.example:3306/shop`.
  std::string shown() const;
};

// mysql://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE&..., likewise mariadb://. Percent encoding.
// Options: socket, tls (disabled | preferred | required | verify-identity), tls-ca, tls-cert,
// tls-key, option-file. Errors: usage; no message shows a password.
schema::Result<MysqlAddress> parse_mysql_url(std::string_view url);

}  // namespace emcee::applier
