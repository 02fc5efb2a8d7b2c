// What a command says, and where: results on standard output, everything else on standard error.
#pragma once

#include <cstdio>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "schema/result.h"

namespace emcee::cli {

struct OutputOptions {
  bool json = false;      // results as JSON; notes stay text on standard error
  bool quiet = false;     // no notes and no progress; results and errors stay
  bool no_color = false;  // as does the environment variable NO_COLOR (https://no-color.org)
};

enum class Style { plain, good, bad, caution, heading, faint };

class Output {
 public:
  Output(std::FILE* out, std::FILE* err, OutputOptions options);

  bool json() const { return options_.json; }
  bool quiet() const { return options_.quiet; }
  // True where a person watches standard error: a progress bar makes sense.
  bool live() const { return err_is_terminal_ && !options_.quiet && !options_.json; }

  // The result, verbatim.
  void print(std::string_view text);
  // The result as JSON: indented, or on one line for a stream of events.
  void document(const nlohmann::json& value);
  void event(const nlohmann::json& value);
  // A remark, on its own line.
  void note(std::string_view text);
  // A piece of a line that is drawn anew, on a terminal only (see live).
  void draw(std::string_view text);
  // The text of the error, and with --json an object {"error": ...} on standard output.
  void error(const schema::Error& error);

  // With colour where the stream shows it.
  std::string paint(Style style, std::string_view text) const { return paint(style, text, color_out_); }
  std::string paint_note(Style style, std::string_view text) const { return paint(style, text, color_err_); }

  // Flushes. Errors: look_at_server, where what was printed could not be written (a full disk);
  // a reader that closed its end of a pipe is none.
  schema::Result<void> finish();

 private:
  static std::string paint(Style style, std::string_view text, bool color);
  void write(std::FILE* stream, std::string_view text);

  std::FILE* out_;
  std::FILE* err_;
  OutputOptions options_;
  bool err_is_terminal_ = false;
  bool color_out_ = false;
  bool color_err_ = false;
  int failed_ = 0;  // errno of the first write to standard output that failed
};

// The word of a code in JSON: `fix_text`.
std::string_view to_string(schema::ErrorCode code);

}  // namespace emcee::cli
