// A lock between processes that the operating system releases when its holder ends, however.
#pragma once

#include <memory>
#include <string>

#include "schema/result.h"

namespace emcee::applier {

class FileLock {
 public:
  // Takes the lock at once or not at all: null where another process has it. The file is made
  // where it is missing and removed with the lock. Errors: grant_privilege, look_at_server where
  // the file cannot be made.
  static schema::Result<std::unique_ptr<FileLock>> take(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  FileLock(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;
};

}  // namespace emcee::applier
