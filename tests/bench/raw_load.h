#ifndef PROCTOR_TESTS_BENCH_RAW_LOAD_H_
#define PROCTOR_TESTS_BENCH_RAW_LOAD_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/load_result.h"

namespace proctor::bench {

enum class CgroupMode { kNone, kOneEach, kPooled };

// "no cgroup", "a cgroup each", "pooled cgroups"
const char* CgroupModeName(CgroupMode mode);

// The limit of all spawning: `threads` loops of clone3, execve, waitid, each on its own thread, for
// about `duration`.
absl::StatusOr<LoadResult> RunRawLoad(const std::string& program, CgroupMode mode, int threads,
                                      absl::Duration duration);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_RAW_LOAD_H_
