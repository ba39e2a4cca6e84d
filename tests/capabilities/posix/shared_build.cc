#include "tests/capabilities/posix/shared_build.h"

#include <sys/stat.h>

#include <filesystem>

namespace proctor {

bool OthersMayExecute(const std::string& path) {
  for (std::filesystem::path part = path;; part = part.parent_path()) {
    struct stat status;
    if (::stat(part.c_str(), &status) != 0 || (status.st_mode & S_IXOTH) == 0) return false;
    if (part == part.root_path()) return true;
  }
}

}  // namespace proctor
