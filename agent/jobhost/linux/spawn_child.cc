// Runs between clone and exec, in the host's memory, on a stack of its own and beside the host's
// other threads. Only raw system calls: no errno, no allocation, no locks, no C library. Built
// without sanitizers and stack protector (see CMakeLists.txt).

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <initializer_list>

#include "agent/jobhost/linux/raw_syscall.h"
#include "agent/jobhost/linux/spawn_plan.h"

namespace proctor::jobhost {
namespace {

constexpr int kLastCapability = 63;

int64_t Nanoseconds(const timespec& time) { return time.tv_sec * 1000000000LL + time.tv_nsec; }

int64_t Now(const SpawnPlan* plan, clockid_t clock = CLOCK_MONOTONIC) {
  timespec now = {0, 0};
  if (plan->clock != nullptr) {
    plan->clock(clock, &now);
  } else {
    RawSyscall(SYS_clock_gettime, clock, Arg(&now));
  }
  return Nanoseconds(now);
}

[[noreturn]] void Fail(SpawnPlan* plan, long error, SpawnDetail detail = SpawnDetail::kNone) {
  plan->error = static_cast<int>(-error);
  plan->detail = detail;
  plan->failed = 1;
  while (true) RawSyscall(SYS_exit_group, 127);
}

void Begin(SpawnPlan* plan, Step step) { plan->step = step; }

void End(SpawnPlan* plan) { plan->finished_ns[plan->step] = Now(plan); }

void Check(SpawnPlan* plan, long result) {
  if (result < 0) Fail(plan, result);
}

void ResetSignals(SpawnPlan* plan) {
  Begin(plan, SIGNALS);
  // CLONE_CLEAR_SIGHAND reset the handlers, and the host ignores no signal; but one that was
  // started by posix_spawn(3) got the C library's two internal signals ignored, which execve would
  // pass on.
  const struct { uint64_t handler, flags, restorer, mask; } by_default = {};
  for (const int internal : {32, 33}) {
    Check(plan, RawSyscall(SYS_rt_sigaction, internal, Arg(&by_default), 0, sizeof(uint64_t)));
  }
  const uint64_t empty = 0;
  Check(plan, RawSyscall(SYS_rt_sigprocmask, SIG_SETMASK, Arg(&empty), 0, sizeof(empty)));
  End(plan);
}

void StandardStreams(SpawnPlan* plan) {
  Begin(plan, STANDARD_STREAMS);
  // The descriptor table is still the host's. Copy only its low end, which holds our three.
  Check(plan, RawSyscall(SYS_close_range, plan->unshare_from, ~0U, 1U << 1 /* UNSHARE */));
  Check(plan, RawSyscall(SYS_dup3, plan->stdin_fd, 0, 0));
  if (plan->out.fd >= 0) Check(plan, RawSyscall(SYS_dup3, plan->out.fd, 1, 0));
  if (plan->err.fd >= 0) Check(plan, RawSyscall(SYS_dup3, plan->err.fd, 2, 0));
  if (plan->err.merged && plan->out.fd >= 0) Check(plan, RawSyscall(SYS_dup3, 1, 2, 0));
  End(plan);
}

void ResetOomScore(SpawnPlan* plan) {
  if (plan->priority.oom_score == 0) return;
  // As long as the process may still do it: written with CAP_SYS_RESOURCE, the value is also the
  // lowest that the user can set.
  const long fd =
      RawSyscall(SYS_openat, AT_FDCWD, Arg("/proc/self/oom_score_adj"), O_WRONLY | O_CLOEXEC);
  const long written = fd < 0 ? fd : RawSyscall(SYS_write, fd, Arg("0"), 1);
  if (fd >= 0) RawSyscall(SYS_close, fd);
  // A host without privileges cannot lower what it was started with. The other way round the job
  // would outlive everybody else's processes.
  if (written != 1 && plan->priority.oom_score < 0) {
    Fail(plan, written, SpawnDetail::kOomScoreKept);
  }
}

// Without privileges a low priority stays as it is; a high one can always be given up.
void ResetSchedulers(SpawnPlan* plan) {
  constexpr int kWhoProcess = 1;  // IOPRIO_WHO_PROCESS
  const int none = 0;
  if (plan->priority.policy) RawSyscall(SYS_sched_setscheduler, 0, SCHED_OTHER, Arg(&none));
  if (plan->priority.nice) RawSyscall(SYS_setpriority, PRIO_PROCESS, 0, 0);
  if (plan->priority.io_class) RawSyscall(SYS_ioprio_set, kWhoProcess, 0, 0);
}

void ResourceLimits(SpawnPlan* plan) {
  Begin(plan, RESOURCE_LIMITS);
  ResetOomScore(plan);
  ResetSchedulers(plan);
  Check(plan, RawSyscall(SYS_prlimit64, 0, RLIMIT_NOFILE, Arg(&plan->open_files)));
  for (size_t i = 0; i < plan->limit_count; ++i) {
    const SpawnPlan::Limit& limit = plan->limits[i];
    Check(plan, RawSyscall(SYS_prlimit64, 0, limit.resource, Arg(&limit.value)));
  }
  End(plan);
}

void BecomeUser(SpawnPlan* plan) {
  if (plan->change_identity) {
    Begin(plan, SET_GROUPS);
    Check(plan, RawSyscall(SYS_setgroups, static_cast<long>(plan->group_count), Arg(plan->groups)));
    End(plan);
    Begin(plan, SET_GID);
    Check(plan, RawSyscall(SYS_setresgid, plan->gid, plan->gid, plan->gid));
    End(plan);
  }
  Begin(plan, CLOSE_DESCRIPTORS);
  Check(plan, RawSyscall(SYS_close_range, 3, ~0U, 0));
  End(plan);
  if (plan->drop_all_capabilities) {
    Begin(plan, BOUNDING_SET);
    for (int capability = 0; capability <= kLastCapability; ++capability) {
      const long held = RawSyscall(SYS_prctl, PR_CAPBSET_READ, capability);
      if (held == -EINVAL) break;  // Past the kernel's last one.
      if (held == 1) Check(plan, RawSyscall(SYS_prctl, PR_CAPBSET_DROP, capability));
    }
    End(plan);
  }
  if (plan->change_identity) {
    Begin(plan, SET_UID);
    Check(plan, RawSyscall(SYS_setresuid, plan->uid, plan->uid, plan->uid));
    End(plan);
  }
}

void ClearCapabilities(SpawnPlan* plan) {
  Begin(plan, AMBIENT_SET);
  Check(plan, RawSyscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL));
  // The kernel empties the sets only on the way from uid 0 to another; the host may not be uid 0.
  if (plan->uid != 0) {
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    Check(plan, RawSyscall(SYS_capset, Arg(&header), Arg(&none[0])));
  }
  End(plan);
}

void DieWithHost(SpawnPlan* plan) {
  Begin(plan, PARENT_DEATH_SIGNAL);
  // After the last change of ids, which clears it. The host may have died before that: look.
  Check(plan, RawSyscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL));
  if (RawSyscall(SYS_getppid) != plan->host_pid) Fail(plan, 0, SpawnDetail::kHostDied);
  End(plan);
}

void VerifyIds(SpawnPlan* plan) {
  // Set to what no process has, in case the kernel should not write them.
  uid_t real_uid = ~0U;
  uid_t effective_uid = ~0U;
  uid_t saved_uid = ~0U;
  Check(plan, RawSyscall(SYS_getresuid, Arg(&real_uid), Arg(&effective_uid), Arg(&saved_uid)));
  if (real_uid != plan->uid || effective_uid != plan->uid || saved_uid != plan->uid) {
    Fail(plan, 0, SpawnDetail::kUserMismatch);
  }
  gid_t real_gid = ~0U;
  gid_t effective_gid = ~0U;
  gid_t saved_gid = ~0U;
  Check(plan, RawSyscall(SYS_getresgid, Arg(&real_gid), Arg(&effective_gid), Arg(&saved_gid)));
  if (real_gid != plan->gid || effective_gid != plan->gid || saved_gid != plan->gid) {
    Fail(plan, 0, SpawnDetail::kGroupMismatch);
  }
}

void VerifyGroups(SpawnPlan* plan) {
  const long count = RawSyscall(SYS_getgroups, static_cast<long>(plan->observed_capacity),
                                Arg(plan->observed_groups));
  // The kernel keeps the list sorted; compare as sets.
  size_t matched = 0;
  for (long i = 0; i < count; ++i) {
    if (i > 0 && plan->observed_groups[i] == plan->observed_groups[i - 1]) continue;
    if (matched == plan->group_count || plan->observed_groups[i] != plan->groups[matched]) {
      Fail(plan, 0, SpawnDetail::kSupplementaryGroupsMismatch);
    }
    ++matched;
  }
  if (count < 0 || matched != plan->group_count) {
    Fail(plan, 0, SpawnDetail::kSupplementaryGroupsMismatch);
  }
}

void VerifyNoWayBack(SpawnPlan* plan) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct held[2] = {{~0U, ~0U, ~0U}, {~0U, ~0U, ~0U}};
  Check(plan, RawSyscall(SYS_capget, Arg(&header), Arg(&held[0])));
  for (const __user_cap_data_struct& half : held) {
    if ((half.effective | half.permitted | half.inheritable) != 0) {
      Fail(plan, 0, SpawnDetail::kCapabilitiesLeft);
    }
  }
  if (RawSyscall(SYS_setresuid, 0, 0, 0) != -EPERM) Fail(plan, 0, SpawnDetail::kUserRegained);
  if (plan->gid != 0 && RawSyscall(SYS_setresgid, 0, 0, 0) != -EPERM) {
    Fail(plan, 0, SpawnDetail::kGroupRegained);
  }
}

void WorkingDirectory(SpawnPlan* plan) {
  Begin(plan, WORKING_DIRECTORY);
  long result = RawSyscall(SYS_chdir, Arg(plan->working_directory));
  const bool missing = result == -ENOENT || result == -EACCES || result == -ENOTDIR;
  if (missing && plan->working_directory_may_be_missing) {
    result = RawSyscall(SYS_chdir, Arg("/"));
  }
  Check(plan, result);
  End(plan);
}

void OpenStream(SpawnPlan* plan, const SpawnPlan::Stream& stream, Step step, int target) {
  if (stream.path == nullptr) return;
  Begin(plan, step);
  // O_NONBLOCK: the open of a FIFO without a reader must not hang the launch.
  const int flags = stream.open_flags | O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const long fd = RawSyscall(SYS_openat, AT_FDCWD, Arg(stream.path), flags, 0666);
  Check(plan, fd);
  struct stat info = {};
  Check(plan, RawSyscall(SYS_fstat, fd, Arg(&info)));
  if (!S_ISREG(info.st_mode) && !stream.allow_special) {
    Fail(plan, 0, SpawnDetail::kNotARegularFile);
  }
  const long status = RawSyscall(SYS_fcntl, fd, F_GETFL);
  Check(plan, status);
  Check(plan, RawSyscall(SYS_fcntl, fd, F_SETFL, status & ~O_NONBLOCK));
  Check(plan, RawSyscall(SYS_dup3, fd, target, 0));
  Check(plan, RawSyscall(SYS_close, fd));
  End(plan);
}

// execve says ENOENT also of a program whose interpreter is missing. Reads, as the user, how the
// first candidate that is there begins. False: none is.
bool ReadHead(SpawnPlan* plan) {
  for (int i = 0; plan->executables[i] != nullptr; ++i) {
    const long fd = RawSyscall(SYS_openat, AT_FDCWD, Arg(plan->executables[i]),
                               O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) continue;
    plan->head_bytes = RawSyscall(SYS_read, fd, Arg(&plan->head[0]), sizeof(plan->head));
    RawSyscall(SYS_close, fd);
    plan->index = i;
    return true;
  }
  return false;
}

bool IsDirectory(const char* path) {
  struct stat info = {};
  return RawSyscall(SYS_newfstatat, AT_FDCWD, Arg(path), Arg(&info), 0) == 0 &&
         S_ISDIR(info.st_mode);
}

void Start(SpawnPlan* plan) {
  plan->started_ns = Now(plan);
  plan->started_unix_ns = Now(plan, CLOCK_REALTIME);
  // Last: what is used between the clocks must not count as the program's, which began after them.
  timespec cpu = {0, 0};
  RawSyscall(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, Arg(&cpu));
  plan->started_cpu_ns = Nanoseconds(cpu);
}

[[noreturn]] void Execute(SpawnPlan* plan) {
  Begin(plan, EXECUTE);
  Start(plan);
  // As execvp: go on past what is not there or not ours, and remember the more telling error. A
  // file that the kernel cannot run is never handed to a shell.
  long error = -ENOENT;
  for (int i = 0; plan->executables[i] != nullptr; ++i) {
    const long result =
        RawSyscall(SYS_execve, Arg(plan->executables[i]), Arg(plan->argv), Arg(plan->environment));
    const bool next = result == -EACCES || result == -ENOENT || result == -ENOTDIR;
    if (error != -EACCES || !next) {
      error = result;
      plan->index = i;
    }
    if (!next) break;
  }
  const bool in_path = plan->executables_from_path;
  if (in_path && error == -ENOTDIR) error = -ENOENT;  // Of what PATH names, not of the program.
  if (error == -ENOENT && !ReadHead(plan) && in_path) Fail(plan, error, SpawnDetail::kNotInPath);
  if (error == -EACCES && IsDirectory(plan->executables[plan->index])) {
    Fail(plan, error, SpawnDetail::kDirectory);
  }
  Fail(plan, error);
}

}  // namespace

void RunSpawnChild(SpawnPlan* plan) {
  plan->entered_ns = Now(plan);
  ResetSignals(plan);
  Begin(plan, SESSION);
  Check(plan, RawSyscall(SYS_setsid));
  End(plan);
  StandardStreams(plan);
  Begin(plan, UMASK);
  RawSyscall(SYS_umask, plan->umask);
  End(plan);
  if (plan->change_identity) {
    Begin(plan, SESSION_KEYRING);
    // Before the change of user, so that it counts against the host's quota of keys, not the
    // user's. A kernel without keys has nothing to leak.
    const long joined = RawSyscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0);
    if (joined != -ENOSYS) Check(plan, joined);
    End(plan);
  }
  ResourceLimits(plan);
  BecomeUser(plan);
  ClearCapabilities(plan);
  DieWithHost(plan);
  Begin(plan, VERIFY_IDENTITY);
  VerifyIds(plan);
  VerifyGroups(plan);
  if (plan->uid != 0) VerifyNoWayBack(plan);
  End(plan);
  WorkingDirectory(plan);
  OpenStream(plan, plan->out, OPEN_STDOUT, 1);
  OpenStream(plan, plan->err, OPEN_STDERR, 2);
  if (plan->err.merged && plan->out.path != nullptr) Check(plan, RawSyscall(SYS_dup3, 1, 2, 0));
  if (plan->no_new_privileges) {
    Begin(plan, NO_NEW_PRIVILEGES);
    Check(plan, RawSyscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1));
    End(plan);
  }
  Execute(plan);
}

}  // namespace proctor::jobhost
