#ifndef PROCTOR_TESTS_BENCH_SPAWN_BENCHMARK_H_
#define PROCTOR_TESTS_BENCH_SPAWN_BENCHMARK_H_

#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/bench_settings.h"
#include "tests/bench/figure.h"

namespace proctor::bench {

// Launch+Wait and Run of /bin/true and of the smallest static program, 1 and 64 in flight, against
// raw clone3 loops.
absl::StatusOr<std::vector<Figure>> MeasureSpawn(const BenchSettings& settings);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_SPAWN_BENCHMARK_H_
