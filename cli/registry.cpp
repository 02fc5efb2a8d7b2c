#include "cli/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace emcee::cli {

namespace {

constexpr std::size_t kNameWidth = 26;

std::string row(const std::string& name, const std::string& text) {
  if (name.size() + 2 > kNameWidth) return fmt::format("  {}\n  {:{}}{}\n", name, "", kNameWidth, text);
  return fmt::format("  {:{}}{}\n", name, kNameWidth, text);
}

// `--map FILE`, `-h,--help`
std::string option_text(const CLI::Option& option) {
  std::string text = option.get_name(false, true);
  if (option.get_items_expected_max() > 0) text += " " + option.get_type_name();
  return text;
}

bool is_common(const CLI::Option& option) {
  const std::string name = option.get_single_name();
  return name == "json" || name == "quiet" || name == "no-color" || name == "help";
}

}  // namespace

CLI::App& Registry::add(const std::string& group, const std::string& name, const std::string& summary,
                        std::vector<std::string> examples, Run run) {
  auto app = std::make_unique<CLI::App>(summary, name);
  app->set_help_flag("-h,--help", "this text");
  app->add_flag("--json", output_.json, "results as JSON");
  app->add_flag("-q,--quiet", output_.quiet, "results and errors only");
  app->add_flag("--no-color", output_.no_color, "no colours on a terminal");
  entries_.push_back({std::move(app), group, std::move(examples), std::move(run)});
  return *entries_.back().app;
}

CLI::App* Registry::find(const std::string& name) const {
  for (const Entry& entry : entries_)
    if (entry.app->get_name() == name) return entry.app.get();
  return nullptr;
}

const Registry::Entry& Registry::entry(const CLI::App& command) const {
  for (const Entry& entry : entries_)
    if (entry.app.get() == &command) return entry;
  return entries_.front();  // every App comes from add
}

const Run& Registry::run_of(const CLI::App& command) const { return entry(command).run; }

std::vector<std::string> Registry::names() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.app->get_name());
  return names;
}

std::string Registry::usage(const CLI::App& command) const {
  std::string text = "usage: emcee " + command.get_name();
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = option->get_items_expected_max() > 1 ? option->get_name() + "..." : option->get_name();
    text += option->get_required() ? " " + name : " [" + name + "]";
  }
  std::string required;
  for (const CLI::Option* option : command.get_options())
    if (!option->get_positional() && option->get_required()) required += " " + option_text(*option);
  // A project tells what the others would.
  const CLI::Option* project = command.get_option_no_throw(kProjectOption);
  if (project != nullptr && !required.empty())
    required = fmt::format(" ({} | {})", required.substr(1), option_text(*project));
  return text + required + " [OPTIONS]\n";
}

std::string Registry::help(const CLI::App& command) const {
  std::string text = fmt::format("emcee {}: {}\n\n{}", command.get_name(), command.get_description(), usage(command));
  std::string positionals, own, common;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional())
      positionals += row(option->get_name(), option->get_description());
    else
      (is_common(*option) ? common : own) += row(option_text(*option), option->get_description());
  }
  if (!positionals.empty()) text += "\n" + positionals;
  if (!own.empty()) text += "\noptions:\n" + own;
  text += "\neverywhere:\n" + common;
  if (const auto& examples = entry(command).examples; !examples.empty()) {
    text += "\nexamples:\n";
    for (const std::string& example : examples) text += "  " + example + "\n";
  }
  return text;
}

std::string Registry::help() const {
  std::string text =
      "emcee: schema upgrades in three phases (expand, migrate, contract), while two releases run\n"
      "\n"
      "usage: emcee COMMAND [ARGUMENTS] [OPTIONS]\n";
  std::string group;
  for (const Entry& entry : entries_) {
    if (entry.group != group) {
      group = entry.group;
      text += "\n" + group + ":\n";
    }
    text += row(entry.app->get_name(), entry.app->get_description());
  }
  text +=
      "\n"
      "`emcee help COMMAND` shows the options of a command and examples; `emcee --version` the version.\n"
      "A schema is a file, a folder of *.sql files, `-`, git:REF:path, or a database URL (sqlite:app.db).\n"
      "Exit codes: 0 done; 1 the answer is no; 2 wrong input; 3 refused, nothing touched; 4 the database\n"
      "failed; 5 a privilege is missing; 6 interrupted, run again to resume; 70 internal error.\n";
  return text;
}

CLI::Option* add_choice(CLI::App& command, const std::string& name, std::string& value,
                        const std::vector<std::string>& choices, const std::string& description) {
  const std::string words = fmt::format("{}", fmt::join(choices, "|"));
  const CLI::Validator known(
      [choices, words](std::string& given) {
        const bool found = std::find(choices.begin(), choices.end(), given) != choices.end();
        return found ? std::string() : fmt::format("'{}' is not one of {}", given, words);
      },
      "");
  return command.add_option(name, value, description)->type_name(words)->check(known);
}

CLI::Option* add_number(CLI::App& command, const std::string& name, std::optional<std::int64_t>& value,
                        const std::string& unit, std::int64_t least, const std::string& description) {
  const CLI::Validator whole(
      [least](std::string& given) {
        std::int64_t number = 0;
        const char* end = given.data() + given.size();
        const auto [stopped, error] = std::from_chars(given.data(), end, number);
        const bool fits = error == std::errc() && stopped == end && number >= least;
        return fits ? std::string() : fmt::format("'{}' is not a whole number of {} or more", given, least);
      },
      "");
  return command.add_option(name, value, description)->type_name(unit)->check(whole);
}

}  // namespace emcee::cli
