#include "server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace emcee::servers {

namespace {

std::vector<char*> arguments(const std::vector<std::string>& command) {
  std::vector<char*> result;
  for (const std::string& word : command) result.push_back(const_cast<char*>(word.c_str()));
  result.push_back(nullptr);
  return result;
}

// Starts a program. `input` becomes its stdin; its output goes to `log`. It is sent `death_signal`
// when the thread that starts it ends (0: never). REQUIRES: called from a thread that lives long.
pid_t start(const std::vector<std::string>& command, const std::string& log, int death_signal, int input,
            const std::optional<User>& user) {
  const std::vector<char*> argv = arguments(command);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) return child;
  // Only calls that are safe after fork() in a program with threads.
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  dup2(input >= 0 ? input : null, 0);
  dup2(out >= 0 ? out : null, 1);
  dup2(out >= 0 ? out : null, 2);
  for (int descriptor = 3; descriptor < 1024; ++descriptor) close(descriptor);
  setsid();  // Ctrl-C at the terminal is for the test program, which then stops the server
  if (user && (setgid(user->gid) != 0 || setuid(user->uid) != 0)) _exit(126);
  // After setuid: a change of user clears it.
  if (death_signal != 0) prctl(PR_SET_PDEATHSIG, death_signal);
  if (death_signal != 0 && getppid() != parent) _exit(126);
  if (chdir("/") != 0) _exit(126);
  execv(argv.front(), argv.data());
  _exit(127);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return 127;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

std::optional<User> server_user() {
  if (geteuid() != 0) return std::nullopt;
  const passwd* nobody = getpwnam("nobody");
  if (nobody == nullptr) throw std::runtime_error("servers cannot run as root, and there is no user `nobody`");
  return User{nobody->pw_uid, nobody->pw_gid};
}

ServerFolder::ServerFolder(const std::string& name) {
  const bool in_memory = std::filesystem::is_directory("/dev/shm");
  std::string path =
      ((in_memory ? "/dev/shm" : std::filesystem::temp_directory_path()) / ("emcee-" + name + "-XXXXXX")).string();
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make the folder " + path);
  path_ = path;
  std::filesystem::permissions(path_, std::filesystem::perms(0755));
  give_to_server_user(path_);

  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  keeper_ = ends[1];
  // Waits for the end of this program; the servers need a moment for theirs.
  start({"/bin/sh", "-c", "read -r _; [ -d \"$0\" ] || exit 0; sleep 2; rm -rf \"$0\"", path}, "/dev/null", 0, ends[0],
        std::nullopt);
  close(ends[0]);
}

ServerFolder::~ServerFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  close(keeper_);
}

void give_to_server_user(const std::filesystem::path& folder) {
  const std::optional<User> user = server_user();
  if (!user) return;
  const auto give = [&](const std::filesystem::path& path) {
    if (lchown(path.c_str(), user->uid, user->gid) != 0) throw std::runtime_error("cannot chown " + path.string());
  };
  give(folder);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) give(entry.path());
}

int run_as_server_user(const std::vector<std::string>& command, const std::string& log) {
  return wait_for(start(command, log, SIGKILL, -1, server_user()));
}

ServerProcess::ServerProcess(const std::vector<std::string>& command, const std::string& log, int stop_signal)
    : pid_(start(command, log, stop_signal, -1, server_user())), stop_signal_(stop_signal) {}

bool ServerProcess::running() {
  if (pid_ < 0) return false;
  if (waitpid(pid_, nullptr, WNOHANG) == 0) return true;
  pid_ = -1;
  return false;
}

void ServerProcess::stop() {
  if (!running()) return;
  kill(pid_, stop_signal_);
  for (int i = 0; i < 1000 && running(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  crash();
}

// Its children too: they would finish what they are at before they see that they are alone.
void ServerProcess::crash() {
  if (!running()) return;
  kill(pid_, SIGSTOP);
  std::ifstream list("/proc/" + std::to_string(pid_) + "/task/" + std::to_string(pid_) + "/children");
  const std::vector<pid_t> children{std::istream_iterator<pid_t>(list), {}};
  kill(pid_, SIGKILL);
  for (const pid_t child : children) kill(child, SIGKILL);
  wait_for(pid_);
  pid_ = -1;
}

std::vector<int> free_ports(std::size_t count) {
  std::vector<int> sockets, ports;
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (fd < 0 || bind(fd, any, size) != 0 || getsockname(fd, any, &size) != 0)
      throw std::runtime_error("there is no free port on 127.0.0.1");
    sockets.push_back(fd);
    ports.push_back(ntohs(address.sin_port));
  }
  for (const int fd : sockets) close(fd);
  return ports;
}

std::string read_log(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace emcee::servers
