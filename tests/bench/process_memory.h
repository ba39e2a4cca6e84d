#ifndef PROCTOR_TESTS_BENCH_PROCESS_MEMORY_H_
#define PROCTOR_TESTS_BENCH_PROCESS_MEMORY_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/status/statusor.h"

namespace proctor::bench {

// From /proc/PID/smaps_rollup, in bytes.
struct ProcessMemory {
  int64_t rss = 0;
  int64_t pss = 0;  // Shared pages divided by the number of processes that share them.
};

absl::StatusOr<ProcessMemory> ReadProcessMemory(pid_t pid);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_PROCESS_MEMORY_H_
