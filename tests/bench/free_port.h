#ifndef PROCTOR_TESTS_BENCH_FREE_PORT_H_
#define PROCTOR_TESTS_BENCH_FREE_PORT_H_

#include "absl/status/statusor.h"

namespace proctor::bench {

// A TCP port of the loopback interface that was free a moment ago.
absl::StatusOr<int> FreePort();

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_FREE_PORT_H_
