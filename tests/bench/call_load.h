#ifndef PROCTOR_TESTS_BENCH_CALL_LOAD_H_
#define PROCTOR_TESTS_BENCH_CALL_LOAD_H_

#include <functional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/load_result.h"

namespace proctor::bench {

// `threads` loops of `call`, each on its own thread, for about `duration`. The first error ends it.
absl::StatusOr<LoadResult> RunCallLoad(const std::function<absl::Status()>& call, int threads,
                                       absl::Duration duration);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_CALL_LOAD_H_
