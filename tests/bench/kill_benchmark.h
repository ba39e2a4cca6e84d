#ifndef PROCTOR_TESTS_BENCH_KILL_BENCHMARK_H_
#define PROCTOR_TESTS_BENCH_KILL_BENCHMARK_H_

#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/bench_settings.h"
#include "tests/bench/figure.h"

namespace proctor::bench {

// From Kill to the last process of a big tree gone, against cgroup.kill on an equal tree.
absl::StatusOr<std::vector<Figure>> MeasureKill(const BenchSettings& settings);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_KILL_BENCHMARK_H_
