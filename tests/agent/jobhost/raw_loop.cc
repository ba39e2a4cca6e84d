#include "tests/agent/jobhost/raw_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "agent/jobhost/linux/raw_syscall.h"
#include "common/os_error.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {
namespace {

// Nothing but clone, exec, wait. The child borrows this stack frame: its parent stands still, and
// nothing returns.
bool SpawnAndWait(const char* program, int cgroup_fd) {
  clone_args args = {};
  args.flags = CLONE_VM | CLONE_VFORK;
  if (cgroup_fd >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<__u64>(cgroup_fd);
  }
  args.exit_signal = SIGCHLD;
  const char* const argv[] = {program, nullptr};
  const char* const environment[] = {"PATH=/usr/bin:/bin", nullptr};
  const long pid = RawSyscall(SYS_clone3, Arg(&args), sizeof(args));
  if (pid == 0) {
    RawSyscall(SYS_execve, Arg(program), Arg(argv), Arg(environment));
    while (true) RawSyscall(SYS_exit_group, 127);
  }
  int status = 0;
  return pid > 0 && ::waitpid(static_cast<pid_t>(pid), &status, 0) == pid && status == 0;
}

}  // namespace

absl::StatusOr<double> RawLoop(const std::string& program, int threads, int count,
                               const std::string& cgroup_root) {
  std::vector<std::string> paths;
  std::vector<UniqueFd> cgroups(static_cast<size_t>(threads));
  for (int i = 0; i < threads && !cgroup_root.empty(); ++i) {
    paths.push_back(absl::StrCat(cgroup_root, "-raw-", i));
    if (::mkdir(paths.back().c_str(), 0755) != 0)
      return OsErrorStatus("mkdir", errno, paths.back());
    cgroups[static_cast<size_t>(i)].reset(
        ::open(paths.back().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  std::atomic<int> failures = 0;
  std::vector<std::thread> workers;
  const absl::Time begin = absl::Now();
  for (const UniqueFd& cgroup : cgroups) {
    workers.emplace_back([&, cgroup_fd = cgroup.get()] {
      for (int i = 0; i < count / threads; ++i) {
        if (!SpawnAndWait(program.c_str(), cgroup_fd)) ++failures;
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  const absl::Duration took = absl::Now() - begin;
  for (const std::string& path : paths) ::rmdir(path.c_str());
  if (failures > 0) return absl::InternalError(absl::StrCat(failures.load(), " spawns failed"));
  return count / absl::ToDoubleSeconds(took);
}

}  // namespace proctor::jobhost
