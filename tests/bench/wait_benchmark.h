#ifndef PROCTOR_TESTS_BENCH_WAIT_BENCHMARK_H_
#define PROCTOR_TESTS_BENCH_WAIT_BENCHMARK_H_

#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/bench_settings.h"
#include "tests/bench/figure.h"

namespace proctor::bench {

// Thousands of open Waits: what one costs in memory and how fast all are answered, against open
// calls of a server that does nothing.
absl::StatusOr<std::vector<Figure>> MeasureWait(const BenchSettings& settings);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_WAIT_BENCHMARK_H_
