// Which server: MariaDB or MySQL, and how new.
#pragma once

#include <cstdint>

namespace emcee::mysql {

enum class Flavour : std::uint8_t { mariadb, mysql };

struct Server {
  Flavour flavour = Flavour::mariadb;
  int version = 101100;  // 10.11.0 -> 101100, 9.7.4 -> 90704

  bool is_mariadb() const { return flavour == Flavour::mariadb; }
  bool operator==(const Server&) const = default;
};

}  // namespace emcee::mysql
