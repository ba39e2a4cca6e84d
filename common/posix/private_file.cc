#include "common/private_file.h"

#include <fcntl.h>

#include <cerrno>

#include "common/os_error.h"
#include "common/unique_fd.h"

namespace proctor {

absl::Status EnsurePrivateFile(const std::string& path) {
  const UniqueFd created(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  return created.valid() ? absl::OkStatus() : OsErrorStatus("open", errno, path);
}

}  // namespace proctor
