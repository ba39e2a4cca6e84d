#ifndef PROCTOR_TESTS_BENCH_COMMAND_BENCHMARK_H_
#define PROCTOR_TESTS_BENCH_COMMAND_BENCHMARK_H_

#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/bench_settings.h"
#include "tests/bench/figure.h"

namespace proctor::bench {

// Whole commands: proctor run against ssh over a standing connection and against the program
// itself.
absl::StatusOr<std::vector<Figure>> MeasureCommand(const BenchSettings& settings);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_COMMAND_BENCHMARK_H_
