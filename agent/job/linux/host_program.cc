#include "agent/job/linux/host_program.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "agent/job/linux/spawn_arguments.h"
#include "common/os_error.h"
#include "common/unique_fd.h"

extern char** environ;

namespace proctor {
namespace {

constexpr int kReadyFd = 3;

absl::Status AwaitReady(int fd, const std::string& path, absl::Duration timeout) {
  pollfd wait = {fd, POLLIN, 0};
  int ready;
  do {
    ready = ::poll(&wait, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout)));
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) return OsErrorStatus("poll", errno);
  if (ready == 0) return absl::DeadlineExceededError(absl::StrCat(path, " did not get ready"));
  char byte;
  if (::read(fd, &byte, 1) == 1) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(path, " ended before it was ready"));
}

}  // namespace

absl::Status HostProgram::Start(absl::Duration timeout) const {
  int ends[2];
  // Numbers above kReadyFd, so that dup2 onto it really makes a descriptor without close-on-exec.
  if (::pipe2(ends, O_CLOEXEC) != 0) return OsErrorStatus("pipe2", errno);
  UniqueFd read_end(ends[0]);
  UniqueFd low_write_end(ends[1]);
  UniqueFd write_end(::fcntl(low_write_end.get(), F_DUPFD_CLOEXEC, kReadyFd + 1));
  if (!write_end.valid()) return OsErrorStatus("fcntl F_DUPFD_CLOEXEC", errno);
  low_write_end.reset();
  std::vector<std::string> words = arguments;
  words.insert(words.begin(), path);
  words.push_back(absl::StrCat("--ready-fd=", kReadyFd));
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  SpawnArguments spawn;
  ::posix_spawn_file_actions_addopen(spawn.actions(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(spawn.actions(), write_end.get(), kReadyFd);
  pid_t pid;
  const int error =
      ::posix_spawn(&pid, path.c_str(), spawn.actions(), spawn.attributes(), argv.data(), environ);
  if (error != 0) return OsErrorStatus("posix_spawn", error, path);
  write_end.reset();
  return AwaitReady(read_end.get(), path, timeout);
}

}  // namespace proctor
