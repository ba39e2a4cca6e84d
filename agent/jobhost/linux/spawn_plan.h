#ifndef PROCTOR_AGENT_JOBHOST_LINUX_SPAWN_PLAN_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_SPAWN_PLAN_H_

#include <sys/resource.h>
#include <sys/types.h>
#include <time.h>

#include <cstddef>
#include <cstdint>

#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// Why a step failed when an errno does not say it.
enum class SpawnDetail : int {
  kNone = 0,
  kNotARegularFile,
  kUserMismatch,
  kGroupMismatch,
  kSupplementaryGroupsMismatch,
  kCapabilitiesLeft,
  kUserRegained,
  kGroupRegained,
  kHostDied,
  kOomScoreKept,
  kNotInPath,
  kDirectory,
};

// What of the host's own standing with the OOM killer and the schedulers a child must give up. The
// CPUs that the host is bound to are no such thing: they bound its jobs too.
struct PriorityReset {
  int oom_score = 0;  // The host's oom_score_adj. 0: nothing to do.
  bool policy = false;
  bool nice = false;
  bool io_class = false;
};

// Everything the child needs, resolved before the clone: it shares the host's memory, may not
// allocate and may not take a lock. Pointers are the launcher's and outlive the launch.
struct SpawnPlan {
  struct Stream {
    int fd = -1;                 // To become the stream; -1 with a path or merged.
    const char* path = nullptr;  // Opened by the child, as the user.
    int open_flags = 0;
    bool allow_special = false;
    bool merged = false;  // stderr only: whatever stdout is.
  };

  struct Limit {
    int resource;  // RLIMIT_NPROC
    rlimit value;
  };

  uid_t uid = 0;
  gid_t gid = 0;
  const gid_t* groups = nullptr;  // Sorted, without duplicates.
  size_t group_count = 0;
  bool change_identity = false;
  bool drop_all_capabilities = false;
  bool no_new_privileges = false;

  int stdin_fd = -1;
  Stream out;
  Stream err;
  // Descriptors from this number on are not even copied for the child.
  unsigned unshare_from = 3;

  mode_t umask = 022;
  PriorityReset priority;
  rlimit open_files = {};
  // Of a PAM session; set after open_files.
  const Limit* limits = nullptr;
  size_t limit_count = 0;
  const char* working_directory = nullptr;
  bool working_directory_may_be_missing = false;
  const char* const* executables = nullptr;  // Null-terminated.
  bool executables_from_path = false;        // One program in each directory of PATH.
  char* const* argv = nullptr;
  char* const* environment = nullptr;
  pid_t host_pid = 0;
  // The vDSO's clock_gettime: no system call, and not wrapped by a sanitizer. May be null.
  int (*clock)(clockid_t, timespec*) = nullptr;

  // Room for the child to read its groups back.
  gid_t* observed_groups = nullptr;
  size_t observed_capacity = 0;

  // Written by the child, read when it has gone or has called exec.
  volatile int step = 0;   // The step it is in.
  volatile int error = 0;  // errno
  volatile int failed = 0;
  volatile int index = 0;  // Of the executable the error is about.
  volatile SpawnDetail detail = SpawnDetail::kNone;
  volatile int64_t entered_ns = 0;
  // The start of the program: the last moment before execve, by both clocks, and what CPU time the
  // process had used for becoming the user.
  volatile int64_t started_ns = 0;
  volatile int64_t started_unix_ns = 0;
  volatile int64_t started_cpu_ns = 0;
  // Of a program that is there and yet ENOENT: what could be read of its first bytes, which name
  // its interpreter.
  char head[4096];
  volatile long head_bytes = 0;
  int64_t finished_ns[Step_ARRAYSIZE] = {};  // Monotonic, by step; 0: not reached.
};

// What the child runs. Never returns, which it does not say to the compiler: AddressSanitizer would
// then unpoison the stack it believes to be on, before the call.
void RunSpawnChild(SpawnPlan* plan);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_SPAWN_PLAN_H_
