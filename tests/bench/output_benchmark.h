#ifndef PROCTOR_TESTS_BENCH_OUTPUT_BENCHMARK_H_
#define PROCTOR_TESTS_BENCH_OUTPUT_BENCHMARK_H_

#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/bench_settings.h"
#include "tests/bench/figure.h"

namespace proctor::bench {

// Bytes a second of a job's output to its client, against a bare gRPC stream and a pipe to cat.
absl::StatusOr<std::vector<Figure>> MeasureOutput(const BenchSettings& settings);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_OUTPUT_BENCHMARK_H_
