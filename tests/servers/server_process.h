// A database server of the tests' own: in a temporary folder, on a unix socket, as an unprivileged
// user. Nothing of it outlives the program that started it, however that ends.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace emcee::servers {

// The user that servers run as: `nobody` where we are root (servers refuse to run as root), else
// nullopt, ourselves.
struct User {
  uid_t uid = 0;
  gid_t gid = 0;
};
std::optional<User> server_user();

// A temporary folder that belongs to the servers' user; in memory where there is such a place. It
// goes away with this, or soon after the program was killed.
class ServerFolder {
 public:
  // `name` becomes a part of the path, which stays short enough for a unix socket in it.
  explicit ServerFolder(const std::string& name);
  ~ServerFolder();
  ServerFolder(const ServerFolder&) = delete;
  ServerFolder& operator=(const ServerFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
  int keeper_ = -1;  // pipe to the process that removes the folder when we are gone
};

// Gives everything in a folder to the servers' user.
void give_to_server_user(const std::filesystem::path& folder);

// Runs a program as the servers' user and waits for its end. Its output goes to `log`. The exit
// status; 128 + signal where one ended it.
int run_as_server_user(const std::vector<std::string>& command, const std::string& log);

// A program that runs in the background, as the servers' user.
class ServerProcess {
 public:
  // `stop_signal` asks for a quick end; it is also what the kernel sends when this program dies.
  ServerProcess(const std::vector<std::string>& command, const std::string& log, int stop_signal);
  ~ServerProcess() { stop(); }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  pid_t pid() const { return pid_; }
  bool running();
  // Asks it to end, and insists after ten seconds.
  void stop();
  // kill -9, as a crash of the server.
  void crash();

 private:
  pid_t pid_ = -1;
  int stop_signal_;
};

// Ports of 127.0.0.1 that nobody listens on.
std::vector<int> free_ports(std::size_t count);

// The text of a log, for messages; what is not readable is empty.
std::string read_log(const std::string& path);

}  // namespace emcee::servers
