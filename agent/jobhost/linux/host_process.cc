#include "agent/jobhost/linux/host_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/jobhost/linux/capabilities.h"
#include "agent/jobhost/linux/small_file.h"
#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

constexpr int kFirstPassedFd = 3;  // SD_LISTEN_FDS_START

}  // namespace

absl::Status OwnSignals() {
  sigset_t all;
  sigfillset(&all);
  if (::sigprocmask(SIG_SETMASK, &all, nullptr) != 0) return OsErrorStatus("sigprocmask", errno);
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    struct sigaction action;
    if (::sigaction(signal, nullptr, &action) != 0 || action.sa_handler != SIG_IGN) continue;
    action.sa_handler = SIG_DFL;
    ::sigaction(signal, &action, nullptr);
  }
  return absl::OkStatus();
}

absl::Status ProtectProcess() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
    return OsErrorStatus("prctl PR_SET_CHILD_SUBREAPER", errno);
  }
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return OsErrorStatus("prctl PR_SET_DUMPABLE", errno);
  }
  const absl::StatusOr<bool> may_change = MayChangeIdentity();
  if (!may_change.ok()) return may_change.status();
  const absl::StatusOr<std::string> mode = ReadSmallFile("/proc/sys/fs/suid_dumpable");
  if (*may_change && mode.ok() && absl::StripSuffix(*mode, "\n") == "1") {
    // A change of user then makes the address space, which is ours too, dumpable and so open to
    // ptrace by that user.
    return absl::FailedPreconditionError(
        "the sysctl fs.suid_dumpable is 1: jobs could take over the job host; set it to 0 or 2");
  }
  return absl::OkStatus();
}

absl::StatusOr<UniqueFd> SocketFromSystemd() {
  const char* const pid_text = ::getenv("LISTEN_PID");
  const char* const count_text = ::getenv("LISTEN_FDS");
  pid_t pid = 0;
  int count = 0;
  if (pid_text == nullptr || count_text == nullptr || !absl::SimpleAtoi(pid_text, &pid) ||
      !absl::SimpleAtoi(count_text, &count) || pid != ::getpid() || count != 1) {
    return absl::NotFoundError("no --socket, and no socket from systemd");
  }
  for (const char* const name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  UniqueFd fd(::fcntl(kFirstPassedFd, F_DUPFD_CLOEXEC, kFirstPassedFd));
  if (!fd.valid()) return OsErrorStatus("fcntl F_DUPFD_CLOEXEC", errno);
  ::close(kFirstPassedFd);
  if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) return OsErrorStatus("fcntl F_SETFL", errno);
  return fd;
}

absl::Status NotifySystemd(const std::string& state) {
  const char* const path = ::getenv("NOTIFY_SOCKET");
  if (path == nullptr) return absl::OkStatus();
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const size_t length = std::strlen(path);
  if (length == 0 || length >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError("NOTIFY_SOCKET is not a socket path");
  }
  std::memcpy(address.sun_path, path, length);
  // "@name" is in the abstract namespace.
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return OsErrorStatus("socket", errno);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  if (::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), size) < 0) {
    return OsErrorStatus("sendto", errno, path);
  }
  return absl::OkStatus();
}

}  // namespace proctor::jobhost
