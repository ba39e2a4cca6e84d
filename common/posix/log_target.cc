#include "common/log_target.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>

#include "common/os_error.h"
#include "common/unique_fd.h"

namespace proctor {
namespace {

// How soon an abandoned target is let go of.
constexpr int kPollMs = 100;

bool Has(mode_t type, int fd) {
  struct stat status;
  return ::fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == type;
}

class DescriptorTarget final : public LogTarget {
 public:
  DescriptorTarget(UniqueFd fd, bool in_line)
      : fd_(std::move(fd)), socket_(Has(S_IFSOCK, fd_.get())), in_line_(in_line) {}

  bool Write(absl::string_view line) override {
    if (in_line_ && !WriteAll("\n")) return false;
    in_line_ = false;
    return WriteAll(line);
  }

  void Abandon() override { abandoned_ = true; }

 private:
  bool WriteAll(absl::string_view text) {
    while (!text.empty()) {
      if (!WaitForRoom()) return false;
      const ssize_t written = WriteSome(text);
      if (written > 0) {
        text.remove_prefix(static_cast<size_t>(written));
        in_line_ = !text.empty();
      } else if (errno == EAGAIN) {
        ::poll(nullptr, 0, kPollMs / 10);
      } else if (errno != EINTR) {
        return false;
      }
    }
    return true;
  }

  // Room in a pipe is room for PIPE_BUF bytes, and no line is longer: the write does not block,
  // also where O_NONBLOCK would be one for the others that have the description.
  bool WaitForRoom() const {
    pollfd room = {fd_.get(), POLLOUT, 0};
    while (true) {
      const bool abandoned = abandoned_;
      const int ready = ::poll(&room, 1, abandoned ? 0 : kPollMs);
      if (ready > 0) return true;
      if (abandoned || (ready < 0 && errno != EINTR)) return false;
    }
  }

  ssize_t WriteSome(absl::string_view text) const {
    return socket_ ? ::send(fd_.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                   : ::write(fd_.get(), text.data(), text.size());
  }

  const UniqueFd fd_;
  const bool socket_;
  bool in_line_;  // The last thing written is a part of a line.
  std::atomic<bool> abandoned_{false};
};

bool EndsInLine(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat status;
  char last = '\n';
  return file.valid() && ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) &&
         status.st_size > 0 && ::pread(file.get(), &last, 1, status.st_size - 1) == 1 &&
         last != '\n';
}

}  // namespace

absl::StatusOr<std::shared_ptr<LogTarget>> OpenLogFile(const std::string& path) {
  constexpr int kFlags = O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  UniqueFd fd(::open(path.c_str(), O_WRONLY | kFlags, 0644));
  // A FIFO that nobody reads is ENXIO; this process being a reader of it too, it never breaks.
  if (fd.valid() ? Has(S_IFIFO, fd.get()) : errno == ENXIO) {
    fd.reset(::open(path.c_str(), O_RDWR | kFlags, 0644));
  }
  if (!fd.valid()) return OsErrorStatus("open", errno, path);
  return std::make_shared<DescriptorTarget>(std::move(fd), EndsInLine(path));
}

std::shared_ptr<LogTarget> StandardErrorTarget() {
  return std::make_shared<DescriptorTarget>(
      UniqueFd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)), false);
}

}  // namespace proctor
