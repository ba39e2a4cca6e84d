#include "agent/jobhost/linux/small_file.h"

#include <errno.h>
#include <unistd.h>

#include <utility>

#include "common/os_error.h"

namespace proctor::jobhost {

absl::StatusOr<UniqueFd> OpenAt(int directory_fd, const std::string& path, int flags) {
  UniqueFd fd(::openat(directory_fd, path.c_str(), flags | O_CLOEXEC));
  if (!fd.valid()) return OsErrorStatus("openat", errno, path);
  return fd;
}

absl::StatusOr<std::string> ReadSmallFile(const std::string& path, int directory_fd) {
  absl::StatusOr<UniqueFd> fd = OpenAt(directory_fd, path, O_RDONLY);
  if (!fd.ok()) return fd.status();
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t got = ::read(fd->get(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return OsErrorStatus("read", errno, path);
    if (got == 0) return text;
    text.append(buffer, static_cast<size_t>(got));
  }
}

absl::Status WriteSmallFile(int directory_fd, const std::string& path, absl::string_view text) {
  absl::StatusOr<UniqueFd> fd = OpenAt(directory_fd, path, O_WRONLY);
  if (!fd.ok()) return fd.status();
  if (::write(fd->get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return OsErrorStatus("write", errno, path);
  }
  return absl::OkStatus();
}

}  // namespace proctor::jobhost
