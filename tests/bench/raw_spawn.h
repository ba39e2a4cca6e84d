#ifndef PROCTOR_TESTS_BENCH_RAW_SPAWN_H_
#define PROCTOR_TESTS_BENCH_RAW_SPAWN_H_

#include <sys/types.h>

#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace proctor::bench {

struct RawProcess {
  pid_t pid = 0;
  UniqueFd pidfd;
};

// The cheapest way there is to start a program: clone3 with VM, VFORK and PIDFD, straight into
// execve. With a `cgroup` descriptor, into that cgroup; -1: none. An unknown program exits with
// 127.
absl::StatusOr<RawProcess> RawSpawn(char* const* argv, int cgroup);

// Waits for the main process and reaps it.
absl::Status RawWait(const RawProcess& process);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_RAW_SPAWN_H_
