#include "cli/files.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

namespace emcee::cli {

namespace {

using schema::ErrorCode;
using schema::fail;
using schema::Result;

// No schema of the field comes near it; a device that never ends does.
constexpr std::size_t kMaxText = std::size_t{1} << 30;

struct Close {
  void operator()(std::FILE* f) const { std::fclose(f); }
};
using File = std::unique_ptr<std::FILE, Close>;

Result<std::string> read_all(std::FILE* stream, const std::string& name) {
  std::string text;
  std::array<char, 65536> buffer{};
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), stream)) {
    text.append(buffer.data(), n);
    if (text.size() > kMaxText)
      return fail(ErrorCode::usage, fmt::format("'{}' is larger than {} MiB", name, kMaxText >> 20),
                  "a schema is meant, without its data (`.schema`, `pg_dump -s`, `mysqldump -d`)");
  }
  if (std::ferror(stream) != 0)
    return fail(ErrorCode::usage, fmt::format("cannot read '{}': {}", name, std::strerror(errno)));
  return text;
}

}  // namespace

Result<parser::Source> read_file(const std::string& path) {
  const File file(std::fopen(path.c_str(), "rbe"));
  if (!file) return fail(ErrorCode::usage, fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  EMCEE_ASSIGN(std::string text, read_all(file.get(), path));
  return parser::Source(path, std::move(text));
}

Result<parser::Source> read_standard_input() {
  EMCEE_ASSIGN(std::string text, read_all(stdin, "-"));
  return parser::Source("-", std::move(text));
}

Result<void> write_file(const std::string& path, std::string_view text) {
  const auto failed = [&](int error) {
    return fail(ErrorCode::usage, fmt::format("cannot write '{}': {}", path, std::strerror(error)));
  };
  const std::filesystem::path target(path);
  std::error_code error;
  if (target.has_parent_path()) {
    std::filesystem::create_directories(target.parent_path(), error);
    if (error) return failed(error.value());
  }
  const std::string temporary = path + ".new";
  File file(std::fopen(temporary.c_str(), "wbe"));
  if (!file) return failed(errno);
  const bool written = std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
  const bool closed = std::fclose(file.release()) == 0;
  if (!written || !closed || std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    std::remove(temporary.c_str());
    return failed(reason);
  }
  return {};
}

}  // namespace emcee::cli
