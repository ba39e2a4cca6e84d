#include "tests/agent/jobhost/host_process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

[[noreturn]] void Exec(const HostProcess::Options& options, const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  if (options.prepare) options.prepare();
  if (options.run_as != 0 && (::setgid(options.run_as) != 0 || ::setgroups(0, nullptr) != 0 ||
                              ::setuid(options.run_as) != 0)) {
    ::_exit(126);
  }
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

}  // namespace

absl::StatusOr<HostProcess> HostProcess::Start(const Options& options) {
  static std::atomic<int> started = 0;
  HostProcess host;
  std::string name =
      absl::StrCat(std::filesystem::temp_directory_path().string(), "/jobhost-XXXXXX");
  if (::mkdtemp(name.data()) == nullptr) return OsErrorStatus("mkdtemp", errno, name);
  host.directory_ = name;
  host.socket_path_ = name + "/socket";
  host.spool_dir_ = options.spool_dir.empty() ? name + "/spool" : options.spool_dir;
  std::filesystem::create_directory(host.spool_dir_);
  if (options.run_as != 0) {
    for (const std::string& directory : {name, host.spool_dir_}) {
      if (::chown(directory.c_str(), options.run_as, options.run_as) != 0) {
        return OsErrorStatus("chown", errno, directory);
      }
    }
  }
  host.instance_ = options.instance.empty() ? absl::StrCat("test-", ::getpid(), "-", ++started)
                                            : options.instance;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return OsErrorStatus("pipe2", errno);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  std::vector<std::string> words = {absl::StrCat(PROCTOR_BIN_DIR, "/proctor-jobhost"),
                                    "--socket",
                                    host.socket_path_,
                                    "--spool-dir",
                                    host.spool_dir_,
                                    "--containment",
                                    options.containment,
                                    "--instance",
                                    host.instance_,
                                    "--ready-fd",
                                    absl::StrCat(writer.get()),
                                    "--log-level",
                                    "warning"};
  words.insert(words.end(), options.flags.begin(), options.flags.end());
  host.pid_ = ::fork();
  if (host.pid_ < 0) return OsErrorStatus("fork", errno);
  if (host.pid_ == 0) {
    ::fcntl(writer.get(), F_SETFD, 0);
    Exec(options, words);
  }
  writer.reset();
  char byte;
  if (::read(reader.get(), &byte, 1) != 1) {
    return absl::UnavailableError("the job host ended before it listened");
  }
  return host;
}

HostProcess::HostProcess(HostProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      directory_(std::exchange(other.directory_, "")),
      socket_path_(std::move(other.socket_path_)),
      spool_dir_(std::move(other.spool_dir_)),
      instance_(std::move(other.instance_)) {}

HostProcess::~HostProcess() {
  if (pid_ > 0) {
    Signal(SIGTERM);
    if (!WaitForExit(absl::Seconds(20)).has_value()) {
      Signal(SIGKILL);
      WaitForExit(absl::Seconds(20));
    }
  }
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

void HostProcess::Signal(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

absl::optional<int> HostProcess::WaitForExit(absl::Duration timeout) {
  if (pid_ <= 0) return absl::nullopt;
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd ended = {pidfd.get(), POLLIN, 0};
  if (::poll(&ended, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout))) != 1) {
    return absl::nullopt;
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return status;
}

}  // namespace proctor::jobhost
