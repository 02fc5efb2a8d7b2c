#include "applier/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace emcee::applier {

using schema::ErrorCode;
using schema::fail;

namespace {

schema::Result<std::unique_ptr<FileLock>> failed(const std::string& path, int error) {
  const bool denied = error == EACCES || error == EPERM || error == EROFS;
  return fail(denied ? ErrorCode::grant_privilege : ErrorCode::look_at_server,
              fmt::format("cannot make the lock file {}: {}", path, std::strerror(error)),
              denied ? "the folder of the database must be writable: its journal lies there too" : "");
}

// True where the path still leads to the open file: the holder before may have removed it.
bool is_current(const std::string& path, int descriptor) {
  struct stat opened {};
  struct stat named {};
  return fstat(descriptor, &opened) == 0 && stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

}  // namespace

schema::Result<std::unique_ptr<FileLock>> FileLock::take(const std::string& path) {
  while (true) {
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) return failed(path, errno);
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      close(descriptor);
      if (error == EINTR) continue;
      if (error == EWOULDBLOCK) return std::unique_ptr<FileLock>();
      return failed(path, error);
    }
    if (is_current(path, descriptor)) return std::unique_ptr<FileLock>(new FileLock(path, descriptor));
    close(descriptor);
  }
}

FileLock::~FileLock() {
  unlink(path_.c_str());
  close(descriptor_);
}

}  // namespace emcee::applier
