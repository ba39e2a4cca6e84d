#ifndef PROCTOR_TESTS_BENCH_RSS_WATCH_H_
#define PROCTOR_TESTS_BENCH_RSS_WATCH_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/status/statusor.h"

namespace proctor::bench {

// The resident bytes of a process once they have not changed for a quarter of a second; after ten
// seconds of change, whatever they are then.
absl::StatusOr<int64_t> SettledRss(pid_t pid);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_RSS_WATCH_H_
