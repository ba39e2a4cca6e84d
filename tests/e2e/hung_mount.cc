#include "tests/e2e/hung_mount.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "common/os_error.h"

namespace proctor {

absl::Status HungMount::Mount(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0) return OsErrorStatus("mkdir", errno, path);
  connection_ = UniqueFd(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
  if (!connection_.valid()) return OsErrorStatus("open", errno, "/dev/fuse");
  const std::string options =
      absl::StrCat("fd=", connection_.get(), ",rootmode=40755,user_id=0,group_id=0,allow_other");
  if (::mount("hung", path.c_str(), "fuse.hung", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
    return OsErrorStatus("mount", errno, path);
  }
  path_ = path;
  return absl::OkStatus();
}

HungMount::~HungMount() {
  connection_.reset();  // Every request that waits fails now.
  if (!path_.empty()) ::umount2(path_.c_str(), MNT_DETACH);
}

}  // namespace proctor
