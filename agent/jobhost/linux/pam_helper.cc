#include "agent/jobhost/linux/pam_helper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/jobhost/host_clock.h"
#include "agent/jobhost/linux/spawn_plan.h"
#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

absl::StatusOr<std::vector<gid_t>> OwnGroups() {
  std::vector<gid_t> groups(static_cast<size_t>(std::max(0, ::getgroups(0, nullptr))));
  if (::getgroups(static_cast<int>(groups.size()), groups.data()) < 0) {
    return OsErrorStatus("getgroups", errno);
  }
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

// A job's way into its program, with nothing changed but what the host keeps to itself: signals,
// session, descriptors.
absl::StatusOr<UniqueFd> Spawn(const PamHelperProgram& program, const VforkStack& stack,
                               int socket) {
  const absl::StatusOr<std::vector<gid_t>> groups = OwnGroups();
  if (!groups.ok()) return groups.status();
  std::vector<gid_t> observed(groups->size() + 64);
  std::string path = program.path;
  std::string option = absl::StrCat("--pam-config=", program.config_directory);
  std::string variable = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  const char* const executables[] = {path.c_str(), nullptr};
  char* const argv[] = {path.data(), program.config_directory.empty() ? nullptr : option.data(),
                        nullptr};
  char* const environment[] = {variable.data(), nullptr};
  SpawnPlan plan;
  plan.uid = ::geteuid();
  plan.gid = ::getegid();
  plan.groups = groups->data();
  plan.group_count = groups->size();
  plan.observed_groups = observed.data();
  plan.observed_capacity = observed.size();
  plan.stdin_fd = socket;
  plan.out.fd = program.null_fd;
  plan.err.fd = program.null_fd;
  plan.unshare_from = static_cast<unsigned>(std::max({2, socket, program.null_fd})) + 1;
  plan.open_files = program.open_files;
  plan.working_directory = "/";
  plan.executables = executables;
  plan.argv = argv;
  plan.environment = environment;
  plan.host_pid = program.host_pid;
  pid_t child = 0;
  int pidfd = -1;
  const long pid = stack.Spawn(&plan, &child, -1, &pidfd);
  UniqueFd process(pidfd);
  if (pid < 0) return OsErrorStatus("clone3", static_cast<int>(-pid));
  if (plan.failed != 0) return OsErrorStatus("execve", plan.error, program.path);
  return process;
}

}  // namespace

absl::StatusOr<PamHelper> PamHelper::Start(const PamHelperProgram& program,
                                           const VforkStack& stack) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    return OsErrorStatus("socketpair", errno);
  }
  SeqpacketSocket ours((UniqueFd(ends[0])));
  const UniqueFd its(ends[1]);
  absl::StatusOr<UniqueFd> process = Spawn(program, stack, its.get());
  if (!process.ok()) return process.status();
  return PamHelper(std::move(ours), *std::move(process));
}

void PamHelper::Kill() const {
  ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
}

absl::StatusOr<PamAnswer> AwaitAnswer(const PamHelper& helper, absl::Duration timeout) {
  const int64_t end_ns = MonotonicNs() + absl::ToInt64Nanoseconds(timeout);
  while (true) {
    const absl::StatusOr<Datagram> datagram = helper.socket().Receive();
    if (datagram.ok()) {
      PamAnswer answer;
      if (!answer.ParseFromString(datagram->bytes)) return absl::DataLossError("bad answer");
      return answer;
    }
    const absl::optional<OsError> error = GetOsError(datagram.status());
    if (!error.has_value() || error->code != EAGAIN) return datagram.status();
    const int64_t left_ms = (end_ns - MonotonicNs()) / 1000000;
    if (left_ms <= 0) return absl::DeadlineExceededError("PAM did not answer in time");
    pollfd readable = {helper.socket().fd(), POLLIN, 0};
    ::poll(&readable, 1, static_cast<int>(left_ms) + 1);
  }
}

}  // namespace proctor::jobhost
