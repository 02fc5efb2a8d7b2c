#include "applier/url.h"

namespace emcee::applier {

namespace {

constexpr std::string_view kHidden = "***";

// `user:secret@host` -> `user:***@host`
std::string hide_user_password(std::string_view authority) {
  const std::size_t at = authority.rfind('@');
  const std::size_t colon = authority.find(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || colon > at) return std::string(authority);
  return std::string(authority.substr(0, colon + 1)) + std::string(kHidden) + std::string(authority.substr(at));
}

// Every parameter that sounds like a secret: `password`, `sslpassword`, `passwd`.
std::string hide_parameters(std::string_view parameters) {
  std::string result;
  while (!parameters.empty()) {
    const std::size_t end = parameters.find('&');
    const std::string_view one = parameters.substr(0, end);
    const std::size_t equals = one.find('=');
    const std::string_view key = one.substr(0, equals);
    const bool secret = equals != std::string_view::npos && key.find("passw") != std::string_view::npos;
    result += secret ? std::string(key) + "=" + std::string(kHidden) : std::string(one);
    if (end == std::string_view::npos) break;
    result += '&';
    parameters.remove_prefix(end + 1);
  }
  return result;
}

}  // namespace

std::string without_password(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const std::size_t question = url.find('?', scheme);
  const std::string_view before = url.substr(0, question);
  // A password may hold a slash that nobody escaped; the last @ ends it all the same.
  const std::size_t at = before.rfind('@');
  const std::size_t path = before.find('/', at == std::string_view::npos || at < scheme + 3 ? scheme + 3 : at);
  std::string result = std::string(url.substr(0, scheme + 3)) +
                       hide_user_password(before.substr(
                           scheme + 3, path == std::string_view::npos ? std::string_view::npos : path - scheme - 3));
  if (path != std::string_view::npos) result += before.substr(path);
  if (question != std::string_view::npos) result += "?" + hide_parameters(url.substr(question + 1));
  return result;
}

}  // namespace emcee::applier
