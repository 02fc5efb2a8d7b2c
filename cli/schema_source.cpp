#include "cli/schema_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "cli/files.h"
#include "cli/live_schema.h"
#include "cli/process.h"

namespace emcee::cli {

namespace {

using parser::Source;
using schema::ErrorCode;
using schema::fail;
using schema::Result;

constexpr std::string_view kGit = "git:";
constexpr const char* kSources =
    "a schema is a file, a folder of *.sql files, `-`, git:REF:path, or a database URL such as sqlite:app.db";

bool ends_with_sql(std::string_view name) { return name.size() > 4 && name.substr(name.size() - 4) == ".sql"; }

// Migration tools keep the way back beside the way forth (`1_a.up.sql`, `1_a.down.sql`): a replay
// goes forth only.
std::vector<std::string> replayed_files(std::vector<std::string> names) {
  std::erase_if(names, [](const std::string& name) { return !ends_with_sql(name); });
  std::sort(names.begin(), names.end());
  const std::vector<std::string> all = names;
  std::erase_if(names, [&](const std::string& name) {
    constexpr std::string_view down = ".down.sql";
    if (!name.ends_with(down)) return false;
    const std::string up = name.substr(0, name.size() - down.size()) + ".up.sql";
    return std::binary_search(all.begin(), all.end(), up);
  });
  return names;
}

Result<std::vector<Source>> read_folder(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (it->is_regular_file(error)) names.push_back(it->path().filename().string());
  if (error) return fail(ErrorCode::usage, fmt::format("cannot read '{}': {}", folder.string(), error.message()));
  std::vector<Source> texts;
  for (const std::string& name : replayed_files(std::move(names))) {
    EMCEE_ASSIGN(Source text, read_file((folder / name).string()));
    texts.push_back(std::move(text));
  }
  if (texts.empty()) return fail(ErrorCode::usage, fmt::format("'{}' holds no *.sql file", folder.string()), kSources);
  return texts;
}

Result<std::string> git(const std::vector<std::string>& arguments, const std::string& source) {
  std::vector<std::string> command = {"git"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto ran = run_program(command);
  if (!ran) return fail(ErrorCode::usage, ran.error().message, "install git, or give the schema as a file");
  ProgramResult result = std::move(*ran);
  if (result.status == 0) return std::move(result.out);
  std::string reason = result.err.substr(0, result.err.find('\n'));
  return fail(ErrorCode::usage, fmt::format("cannot read '{}': {}", source, reason),
              "git:REF:path, with the path from the top of the repository: git:v1.2:db/schema.sql");
}

Result<std::vector<Source>> read_git(const std::string& source) {
  const std::string object = source.substr(kGit.size());
  const std::size_t colon = object.find(':');
  if (colon == 0 || colon == std::string::npos || object.front() == '-')
    return fail(ErrorCode::usage, fmt::format("'{}' is not of the form git:REF:path", source), kSources);
  EMCEE_ASSIGN(const std::string type, git({"cat-file", "-t", object}, source));
  std::vector<Source> texts;
  if (type != "tree\n") {
    EMCEE_ASSIGN(std::string text, git({"cat-file", "blob", object}, source));
    texts.emplace_back(source, std::move(text));
    return texts;
  }
  EMCEE_ASSIGN(const std::string listing, git({"ls-tree", "-z", "--name-only", object}, source));
  std::vector<std::string> names;
  std::istringstream lines(listing);
  for (std::string name; std::getline(lines, name, '\0');) names.push_back(name);
  const std::string folder = object.ends_with('/') || object.ends_with(':') ? object : object + "/";
  for (const std::string& name : replayed_files(std::move(names))) {
    EMCEE_ASSIGN(std::string text, git({"cat-file", "blob", folder + name}, source));
    texts.emplace_back(std::string(kGit) + folder + name, std::move(text));
  }
  if (texts.empty()) return fail(ErrorCode::usage, fmt::format("'{}' holds no *.sql file", source), kSources);
  return texts;
}

}  // namespace

std::string_view url_scheme(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon < 2) return {};
  const std::string_view scheme = text.substr(0, colon);
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+'; };
  if (!std::all_of(scheme.begin(), scheme.end(), letter) || scheme == "git" || scheme == "file") return {};
  return scheme;
}

std::string as_url(const std::string& source) {
  if (source == "-" || source.starts_with(kGit)) return source;
  if (const std::string_view scheme = url_scheme(source); !scheme.empty()) {
    const std::size_t driver = scheme.find('+');
    return driver == std::string_view::npos ? source
                                            : std::string(scheme.substr(0, driver)) + source.substr(scheme.size());
  }
  for (const char* ending : {".db", ".sqlite", ".sqlite3"})
    if (source.ends_with(ending)) return "sqlite:" + source;
  // https://www.sqlite.org/fileformat.html#magic_header_string
  std::ifstream file(source, std::ios::binary);
  std::string head(15, '\0');
  const bool is_database = file.read(head.data(), 15) && head == "SQLite format 3";
  return is_database ? "sqlite:" + source : source;
}

Result<std::vector<Source>> read_texts(const std::string& source) {
  if (source == "-") {
    EMCEE_ASSIGN(Source text, read_standard_input());
    return std::vector<Source>{std::move(text)};
  }
  if (source.starts_with(kGit)) return read_git(source);
  std::error_code error;
  const auto status = std::filesystem::status(source, error);
  if (!std::filesystem::exists(status))
    return fail(ErrorCode::usage, fmt::format("there is no file or folder '{}'", source), kSources);
  if (std::filesystem::is_directory(status)) return read_folder(source);
  EMCEE_ASSIGN(Source text, read_file(source));
  return std::vector<Source>{std::move(text)};
}

Result<LoadedSchema> load_schema(const std::string& named, const plan::Dialect& dialect, bool lenient) {
  const std::string source = as_url(named);
  LoadedSchema loaded;
  if (!url_scheme(source).empty()) {
    EMCEE_ASSIGN(loaded.schema, read_live_schema(source, dialect, lenient, loaded.coverage));
    return loaded;
  }
  EMCEE_ASSIGN(loaded.texts, read_texts(source));
  EMCEE_ASSIGN(loaded.schema, dialect.read(loaded.texts, lenient, loaded.coverage));
  return loaded;
}

Result<LoadedPair> load_onto_base(const std::string& base, const std::vector<std::string>& files,
                                  const plan::Dialect& dialect, bool lenient) {
  LoadedPair pair;
  EMCEE_ASSIGN(pair.before, load_schema(base, dialect, lenient));
  std::vector<Source> replayed = pair.before.texts;
  if (replayed.empty()) replayed.emplace_back(base, dialect.print(pair.before.schema));
  for (const std::string& file : files) {
    EMCEE_ASSIGN(const std::vector<Source> texts, read_texts(file));
    pair.after.texts.insert(pair.after.texts.end(), texts.begin(), texts.end());
  }
  replayed.insert(replayed.end(), pair.after.texts.begin(), pair.after.texts.end());
  EMCEE_ASSIGN(pair.after.schema, dialect.read(replayed, lenient, pair.after.coverage));
  return pair;
}

Result<LoadedPair> load_pair(const std::string& before, const std::string& after, const plan::Dialect& dialect,
                             bool lenient) {
  if (before == "-" && after == "-")
    return fail(ErrorCode::usage, "both schemas cannot come from standard input", kSources);
  auto other = std::async(std::launch::async, [&] { return load_schema(after, dialect, lenient); });
  Result<LoadedSchema> first = load_schema(before, dialect, lenient);
  Result<LoadedSchema> second = other.get();
  if (!first) return fail(std::move(first).error());
  if (!second) return fail(std::move(second).error());
  return LoadedPair{*std::move(first), *std::move(second)};
}

}  // namespace emcee::cli
