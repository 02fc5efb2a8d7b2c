#include "cli/command_line.h"

#include <fmt/format.h>
#include <algorithm>
#include <csignal>
#include <exception>
#include <new>

#include "applier/applier.h"
#include "cli/aliases.h"
#include "cli/registry.h"
#include "diff/near_name.h"

namespace emcee::cli {

namespace {

using schema::Error;
using schema::ErrorCode;
using schema::fail;
using schema::Result;

constexpr const char* kVersionText = "emcee " EMCEE_VERSION "\n";

// What was asked for, once the options are parsed.
struct Request {
  Run run;           // empty where `text` is the answer
  std::string text;  // help or version
};

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::string see_help(const CLI::App& command) { return fmt::format("see `emcee help {}`", command.get_name()); }

Error unexpected_argument(const CLI::App& command, const std::string& argument) {
  if (!argument.starts_with('-'))
    return {ErrorCode::usage,
            fmt::format("'{}' is one argument too many for {}", argument, command.get_name()),
            {},
            see_help(command)};
  const std::string name = argument.substr(0, argument.find('='));
  const std::string near = diff::did_you_mean(name, option_names(command));
  return {ErrorCode::usage,
          fmt::format("{} has no option '{}'", command.get_name(), name),
          {},
          near.empty() ? see_help(command) : near};
}

Error missing_argument(const Registry& registry, const CLI::App& command, const CLI::ParseError& error) {
  std::string message = error.what();
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_required() || option->count() != 0) continue;
    message = fmt::format("{} needs {}", command.get_name(), option->get_name());
    break;
  }
  std::string usage = registry.usage(command);
  usage.pop_back();
  return {ErrorCode::usage, message, {}, usage};
}

// A project tells what --db and --plan would.
void require_no_target(CLI::App& command, const std::vector<std::string>& arguments) {
  const auto names_project = [](const std::string& argument) {
    return argument == kProjectOption || argument.starts_with(kProjectOption + std::string("="));
  };
  if (std::none_of(arguments.begin(), arguments.end(), names_project)) return;
  for (const char* name : {"--db", "--plan"})
    if (CLI::Option* option = command.get_option_no_throw(name)) option->required(false);
}

// `--map "$MAP"` with no such variable: left out without a word, the map would be missed.
Result<void> refuse_empty(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options())
    for (const std::string& value : option->results())
      if (value.empty())
        return fail(ErrorCode::usage, fmt::format("{} is empty", option->get_name()), see_help(command));
  return {};
}

// CLI11 speaks in exceptions; they end here.
Result<Request> parse_options(const Registry& registry, CLI::App& command, std::vector<std::string> arguments) {
  require_no_target(command, arguments);
  try {
    std::reverse(arguments.begin(), arguments.end());
    command.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    return Request{{}, registry.help(command)};
  } catch (const CLI::ExtrasError&) {
    const std::vector<std::string> extras = command.remaining();
    return fail(unexpected_argument(command, extras.empty() ? std::string() : extras.front()));
  } catch (const CLI::RequiredError& error) {
    return fail(missing_argument(registry, command, error));
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::usage, error.what(), see_help(command));
  }
  EMCEE_TRY(refuse_empty(command));
  return Request{registry.run_of(command), {}};
}

Result<CLI::App*> find_command(const Registry& registry, const std::string& name) {
  if (CLI::App* command = registry.find(name)) return command;
  const std::string near = diff::did_you_mean(name, registry.names());
  return fail(ErrorCode::usage, fmt::format("there is no command '{}'", name),
              near.empty() ? "`emcee help` lists the commands" : near);
}

Result<Request> parse(const Registry& registry, std::vector<std::string> arguments) {
  arguments = translate_alias(std::move(arguments));
  if (arguments.empty()) return fail(ErrorCode::usage, "a command is missing", "`emcee help` lists the commands");
  const std::string& first = arguments.front();
  if (first == "--version") return Request{{}, kVersionText};
  if (first == "help" || first == "--help" || first == "-h") {
    if (arguments.size() < 2 || first != "help") return Request{{}, registry.help()};
    EMCEE_ASSIGN(const CLI::App* command, find_command(registry, arguments[1]));
    return Request{{}, registry.help(*command)};
  }
  if (first.starts_with('-'))
    return fail(ErrorCode::usage, fmt::format("'{}' stands where a command is expected", first),
                "options come after the command: emcee COMMAND [ARGUMENTS] [OPTIONS]");
  EMCEE_ASSIGN(CLI::App * command, find_command(registry, first));
  return parse_options(registry, *command, {arguments.begin() + 1, arguments.end()});
}

Error bug(const std::string& what) {
  return {ErrorCode::report_bug,
          "internal error: " + what,
          {},
          "this is a bug of emcee " EMCEE_VERSION "; please report it with the command and its input"};
}

int finish(Output& output, int code) {
  if (const Result<void> finished = output.finish(); !finished) {
    output.error(finished.error());
    if (code == 0) return schema::exit_code(finished.error().code);
  }
  return code;
}

int execute(const Run& run, Output& output) {
  const Result<int> result = run(output);
  if (result) return *result;
  output.error(result.error());
  return schema::exit_code(result.error().code);
}

// Before the options are parsed, what the command line itself says has to do.
OutputOptions raw_options(const std::vector<std::string>& arguments) {
  OutputOptions options;
  for (const std::string& argument : arguments) {
    if (argument == "--json") options.json = true;
    if (argument == "--no-color") options.no_color = true;
  }
  return options;
}

// The codes of `check` are states, and 2 is one of them: a slip must not look like it.
int usage_code(const std::vector<std::string>& arguments) {
  const std::vector<std::string> command = translate_alias(arguments);
  if (!command.empty() && command.front() == "check") return static_cast<int>(applier::State::wrong);
  return schema::exit_code(ErrorCode::usage);
}

int run_or_throw(const std::vector<std::string>& arguments, std::FILE* out, std::FILE* err) {
  Registry registry;
  add_file_commands(registry);
  add_database_commands(registry);
  const Result<Request> request = parse(registry, arguments);
  if (!request) {
    Output output(out, err, raw_options(arguments));
    output.error(request.error());
    return finish(output, usage_code(arguments));
  }
  Output output(out, err, registry.output());
  if (!request->run) {
    output.print(request->text);
    return finish(output, 0);
  }
  return finish(output, execute(request->run, output));
}

}  // namespace

int run(const std::vector<std::string>& arguments, std::FILE* out, std::FILE* err) {
  // A reader that goes away (`emcee diff ... | head`) must not end a migrate in the middle.
  std::signal(SIGPIPE, SIG_IGN);
  std::string what;
  try {
    return run_or_throw(arguments, out, err);
  } catch (const std::bad_alloc&) {
    what = "out of memory";
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
    what = "unknown exception";
  }
  Output output(out, err, raw_options(arguments));
  output.error(bug(what));
  return finish(output, schema::exit_code(ErrorCode::report_bug));
}

}  // namespace emcee::cli
