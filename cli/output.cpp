#include "cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

namespace emcee::cli {

namespace {

bool no_color_in_environment() {
  const char* value = std::getenv("NO_COLOR");
  return value != nullptr && *value != '\0';
}

bool dumb_terminal() {
  const char* term = std::getenv("TERM");
  return term != nullptr && std::strcmp(term, "dumb") == 0;
}

// Hostile input can hold bytes that are no UTF-8: they are replaced, never thrown over.
std::string dump(const nlohmann::json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Output::Output(std::FILE* out, std::FILE* err, OutputOptions options) : out_(out), err_(err), options_(options) {
  const bool color = !options.no_color && !no_color_in_environment() && !dumb_terminal();
  err_is_terminal_ = ::isatty(::fileno(err)) != 0 && !dumb_terminal();
  color_out_ = color && ::isatty(::fileno(out)) != 0;
  color_err_ = color && ::isatty(::fileno(err)) != 0;
}

void Output::write(std::FILE* stream, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stream) != text.size() && stream == out_ && failed_ == 0)
    failed_ = errno;
}

void Output::print(std::string_view text) { write(out_, text); }

void Output::document(const nlohmann::json& value) { write(out_, dump(value, 2) + "\n"); }

void Output::event(const nlohmann::json& value) {
  write(out_, dump(value, -1) + "\n");
  if (std::fflush(out_) != 0 && failed_ == 0) failed_ = errno;
}

void Output::note(std::string_view text) {
  if (options_.quiet) return;
  std::fflush(out_);  // the two streams in the order of what happened
  write(err_, text);
  write(err_, "\n");
}

void Output::draw(std::string_view text) {
  if (!live()) return;
  write(err_, text);
  std::fflush(err_);
}

void Output::error(const schema::Error& error) {
  std::fflush(out_);
  std::string text = schema::to_text(error);
  if (color_err_) {
    const std::string_view word = "error:";
    if (const auto at = text.find(word); at != std::string::npos)
      text.replace(at, word.size(), paint_note(Style::bad, word));
  }
  write(err_, text);
  if (!options_.json) return;
  nlohmann::json value = {{"code", to_string(error.code)}, {"message", error.message}};
  if (error.position)
    value["position"] = {
        {"file", error.position->file}, {"line", error.position->line}, {"column", error.position->column}};
  if (!error.hint.empty()) value["hint"] = error.hint;
  event({{"error", value}});
}

std::string Output::paint(Style style, std::string_view text, bool color) {
  const char* code = nullptr;
  switch (style) {
    case Style::plain:
      break;
    case Style::good:
      code = "\x1b[32m";
      break;
    case Style::bad:
      code = "\x1b[1;31m";
      break;
    case Style::caution:
      code = "\x1b[33m";
      break;
    case Style::heading:
      code = "\x1b[1m";
      break;
    case Style::faint:
      code = "\x1b[2m";
      break;
  }
  if (!color || code == nullptr) return std::string(text);
  return code + std::string(text) + "\x1b[0m";
}

schema::Result<void> Output::finish() {
  std::fflush(err_);
  if (std::fflush(out_) != 0 && failed_ == 0) failed_ = errno;
  if (failed_ == 0 || failed_ == EPIPE) return {};
  return schema::fail(schema::ErrorCode::look_at_server,
                      std::string("the output could not be written: ") + std::strerror(failed_));
}

std::string_view to_string(schema::ErrorCode code) {
  switch (code) {
    case schema::ErrorCode::usage:
      return "usage";
    case schema::ErrorCode::fix_text:
      return "fix_text";
    case schema::ErrorCode::fix_schema:
      return "fix_schema";
    case schema::ErrorCode::add_to_map:
      return "add_to_map";
    case schema::ErrorCode::answer_is_no:
      return "answer_is_no";
    case schema::ErrorCode::accept_hazard:
      return "accept_hazard";
    case schema::ErrorCode::wrong_order:
      return "wrong_order";
    case schema::ErrorCode::grant_privilege:
      return "grant_privilege";
    case schema::ErrorCode::look_at_server:
      return "look_at_server";
    case schema::ErrorCode::try_again:
      return "try_again";
    case schema::ErrorCode::interrupted:
      return "interrupted";
    case schema::ErrorCode::report_bug:
      return "report_bug";
  }
  return "report_bug";
}

}  // namespace emcee::cli
