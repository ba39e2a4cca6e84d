#include "client/cli/standard_streams.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/types/optional.h"
#include "common/os_error.h"
#include "common/unique_fd.h"

namespace proctor::cli {

absl::Status WriteAll(int fd, absl::string_view data) {
  while (!data.empty()) {
    const ssize_t written = ::write(fd, data.data(), data.size());
    if (written >= 0) {
      data.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      // Somebody made the shared file description non-blocking. POLLERR ends the wait too.
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return OsErrorStatus("write", errno,
                           fd == STDERR_FILENO ? "standard error" : "standard output");
    }
  }
  return absl::OkStatus();
}

bool IsBrokenPipe(const absl::Status& status) {
  const absl::optional<OsError> error = GetOsError(status);
  return error.has_value() && error->call == "write" && error->code == EPIPE;
}

absl::StatusOr<std::string> ReadAll(const std::string& path, uint64_t max_bytes) {
  UniqueFd file;
  if (path != "-") {
    file.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return OsErrorStatus("open", errno, path);
  }
  const int fd = file.valid() ? file.get() : STDIN_FILENO;
  std::string data;
  char buffer[65536];
  for (;;) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count > 0) {
      data.append(buffer, static_cast<size_t>(count));
      if (data.size() > max_bytes) return absl::OutOfRangeError("too long");
    } else if (count == 0) {
      return data;
    } else if (errno == EAGAIN) {
      pollfd ready{fd, POLLIN, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return OsErrorStatus("read", errno, path == "-" ? "standard input" : path);
    }
  }
}

bool IsTerminal(int fd) { return ::isatty(fd) == 1; }

size_t TerminalWidth(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

}  // namespace proctor::cli
