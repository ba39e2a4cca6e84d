#include "common/posix/socket_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "common/os_error.h"

namespace proctor {
namespace {

absl::StatusOr<UniqueFd> Lock(const std::string& path, const std::string& held) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) return OsErrorStatus("open", errno, path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return OsErrorStatus(absl::StatusCode::kFailedPrecondition, "flock", errno,
                         absl::StrCat(path, " (", held, ")"));
  }
  return fd;
}

}  // namespace

absl::StatusOr<UniqueFd> LockSocketPath(const std::string& socket_path) {
  return Lock(absl::StrCat(socket_path, ".lock"),
              absl::StrCat("another process serves ", socket_path));
}

absl::StatusOr<UniqueFd> LockSocketUse(const std::string& socket_path) {
  return Lock(absl::StrCat(socket_path, ".user.lock"),
              absl::StrCat("another process uses ", socket_path));
}

}  // namespace proctor
