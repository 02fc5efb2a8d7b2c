#include "cli/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

extern char** environ;

namespace emcee::cli {

namespace {

using schema::ErrorCode;
using schema::fail;
using schema::Result;

struct Pipe {
  int read = -1;
  int write = -1;
  ~Pipe() {
    close_end(read);
    close_end(write);
  }
  static void close_end(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read = ends[0];
    write = ends[1];
    return true;
  }
};

using Clock = std::chrono::steady_clock;

// How often a program that may be ended early is looked at.
constexpr int kLookMs = 50;

// Reads both ends until both are closed, so that neither fills up while the other is waited for. Errors: see
// run_program.
Result<void> drain(Pipe& out, Pipe& err, const Program& program, ProgramResult& result) {
  const auto start = Clock::now();
  const bool may_end_early = program.stop != nullptr || program.time_limit;
  std::array<char, 65536> buffer{};
  while (out.read >= 0 || err.read >= 0) {
    std::array<pollfd, 2> fds{{{out.read, POLLIN, 0}, {err.read, POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), may_end_early ? kLookMs : -1) < 0 && errno != EINTR) return {};
    if (program.stop != nullptr && program.stop->load()) return fail(ErrorCode::interrupted, "stopped on request");
    if (program.time_limit && Clock::now() - start > *program.time_limit)
      return fail(ErrorCode::look_at_server,
                  program.arguments[0] + " has not ended after " + std::to_string(program.time_limit->count()) + " s");
    for (std::size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].revents == 0) continue;
      Pipe& pipe = i == 0 ? out : err;
      const ssize_t n = ::read(pipe.read, buffer.data(), buffer.size());
      if (n > 0) {
        (i == 0 ? result.out : result.err).append(buffer.data(), static_cast<std::size_t>(n));
      } else if (n == 0 || errno != EINTR) {
        Pipe::close_end(pipe.read);
      }
    }
  }
  return {};
}

// A file in memory that holds the text: nobody has to write while the program reads.
Result<int> file_of(const std::string& text) {
  const int file = ::memfd_create("input", MFD_CLOEXEC);
  std::size_t written = 0;
  while (file >= 0 && written < text.size()) {
    const ssize_t n = ::write(file, text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    written += static_cast<std::size_t>(n);
  }
  if (file >= 0 && written == text.size() && ::lseek(file, 0, SEEK_SET) == 0) return file;
  const std::string why = std::strerror(errno);
  if (file >= 0) ::close(file);
  return fail(ErrorCode::look_at_server, "no memory for what a program is to read: " + why);
}

}  // namespace

Result<ProgramResult> run_program(const Program& program) {
  Pipe in, out, err;
  EMCEE_ASSIGN(in.read, file_of(program.input));
  if (!out.open() || (!program.shows_errors && !err.open()))
    return fail(ErrorCode::usage, std::string("no pipe: ") + std::strerror(errno));

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.read, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.write, STDOUT_FILENO);
  if (!program.shows_errors) posix_spawn_file_actions_adddup2(&actions, err.write, STDERR_FILENO);
  // A group of its own, where all of it may have to be ended.
  const bool own_group = program.stop != nullptr || program.time_limit;
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  if (own_group) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);

  std::vector<std::string> copies = program.arguments;
  std::vector<char*> argv;
  argv.reserve(copies.size() + 1);
  for (std::string& a : copies) argv.push_back(a.data());
  argv.push_back(nullptr);

  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  Pipe::close_end(out.write);
  Pipe::close_end(err.write);
  if (failed != 0) return fail(ErrorCode::usage, "cannot run " + program.arguments[0] + ": " + std::strerror(failed));

  ProgramResult result;
  auto drained = drain(out, err, program, result);
  if (!drained) ::kill(own_group ? -pid : pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!drained) return fail(std::move(drained).error());
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

Result<ProgramResult> run_program(const std::vector<std::string>& arguments) {
  Program program;
  program.arguments = arguments;
  return run_program(program);
}

}  // namespace emcee::cli
