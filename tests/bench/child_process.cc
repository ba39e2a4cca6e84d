#include "tests/bench/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/clock.h"
#include "common/os_error.h"

namespace proctor::bench {
namespace {

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> FullEnvironment(const std::vector<std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  all.insert(all.end(), added.begin(), added.end());
  return all;
}

}  // namespace

absl::StatusOr<ChildProcess> ChildProcess::Start(const std::vector<std::string>& argv,
                                                 const std::string& log,
                                                 const std::vector<std::string>& environment) {
  const std::vector<char*> arguments = Pointers(argv);
  const std::vector<std::string> full = FullEnvironment(environment);
  const std::vector<char*> variables = Pointers(full);
  const std::string output = log.empty() ? "/dev/null" : log;
  const pid_t pid = ::vfork();
  if (pid < 0) return OsErrorStatus("vfork", errno);
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int in = ::open("/dev/null", O_RDONLY);
    const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (in < 0 || out < 0 || ::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(out, 2) < 0) {
      ::_exit(126);
    }
    ::execve(argv[0].c_str(), arguments.data(), variables.data());
    ::_exit(127);
  }
  return ChildProcess(pid);
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    Stop(absl::ZeroDuration());
    pid_ = std::exchange(other.pid_, 0);
  }
  return *this;
}

ChildProcess::~ChildProcess() { Stop(absl::ZeroDuration()); }

absl::StatusOr<int> ChildProcess::Wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) return OsErrorStatus("waitpid", errno);
  }
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool ChildProcess::Running() {
  if (pid_ == 0) return false;
  if (::waitpid(pid_, nullptr, WNOHANG) == 0) return true;
  pid_ = 0;
  return false;
}

void ChildProcess::Stop(absl::Duration grace) {
  if (!Running()) return;
  ::kill(pid_, SIGTERM);
  const absl::Duration deadline = Clock::Real()->Monotonic() + grace;
  while (Clock::Real()->Monotonic() < deadline) {
    if (!Running()) return;
    absl::SleepFor(absl::Milliseconds(5));
  }
  ::kill(pid_, SIGKILL);
  static_cast<void>(Wait());
}

absl::StatusOr<absl::Duration> TimeCommand(const std::vector<std::string>& argv,
                                           const std::vector<std::string>& environment) {
  const absl::Duration start = Clock::Real()->Monotonic();
  absl::StatusOr<ChildProcess> child = ChildProcess::Start(argv, "", environment);
  if (!child.ok()) return child.status();
  absl::StatusOr<int> code = child->Wait();
  if (!code.ok()) return code.status();
  const absl::Duration taken = Clock::Real()->Monotonic() - start;
  if (*code != 0) {
    return absl::InternalError(absl::StrCat(absl::StrJoin(argv, " "), ": exit code ", *code));
  }
  return taken;
}

}  // namespace proctor::bench
