#ifndef PROCTOR_TESTS_BENCH_MEMORY_BENCHMARK_H_
#define PROCTOR_TESTS_BENCH_MEMORY_BENCHMARK_H_

#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/bench_settings.h"
#include "tests/bench/figure.h"

namespace proctor::bench {

// Resident memory of the agent, idle and for every finished job it remembers.
absl::StatusOr<std::vector<Figure>> MeasureMemory(const BenchSettings& settings);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_MEMORY_BENCHMARK_H_
