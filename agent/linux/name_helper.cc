#include "agent/linux/name_helper.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "agent/job/linux/spawn_arguments.h"
#include "common/clock.h"
#include "common/os_error.h"
#include "common/unique_fd.h"

extern char** environ;

namespace proctor {
namespace {

constexpr int kSendMs = 1000;

}  // namespace

absl::StatusOr<NameHelper> NameHelper::Start(const std::string& program) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    return OsErrorStatus("socketpair", errno);
  }
  SeqpacketSocket ours((UniqueFd(ends[0])));
  const UniqueFd its(ends[1]);
  SpawnArguments spawn;
  ::posix_spawn_file_actions_adddup2(spawn.actions(), its.get(), STDIN_FILENO);
  std::string name = "proctord";
  std::string option = kNameHelperOption;
  char* const argv[] = {name.data(), option.data(), nullptr};
  pid_t pid;
  const int error =
      ::posix_spawn(&pid, program.c_str(), spawn.actions(), spawn.attributes(), argv, environ);
  if (error != 0) return OsErrorStatus("posix_spawn", error, program);
  return NameHelper(std::move(ours), pid);
}

NameHelper::~NameHelper() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  // Nobody else reaps it, so the id was its own.
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

absl::StatusOr<names::Answer> NameHelper::Ask(const names::Question& question,
                                              absl::Duration patience) const {
  const absl::Duration deadline = Clock::Real()->Monotonic() + patience;
  if (!socket_.SendBlocking(question, {}, kSendMs).ok()) {
    return absl::UnavailableError("a name helper has ended");
  }
  while (true) {
    const absl::StatusOr<Datagram> datagram = socket_.Receive();
    if (datagram.ok()) {
      names::Answer answer;
      if (answer.ParseFromString(datagram->bytes)) return answer;
      return absl::UnavailableError("a name helper gave no answer");
    }
    const absl::optional<OsError> error = GetOsError(datagram.status());
    if (!error.has_value() || error->code != EAGAIN) {
      return absl::UnavailableError("a name helper has ended");
    }
    const absl::Duration left = deadline - Clock::Real()->Monotonic();
    if (left <= absl::ZeroDuration()) return absl::DeadlineExceededError("no answer in time");
    pollfd readable = {socket_.fd(), POLLIN, 0};
    ::poll(&readable, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
  }
}

}  // namespace proctor
