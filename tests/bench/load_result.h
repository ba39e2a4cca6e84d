#ifndef PROCTOR_TESTS_BENCH_LOAD_RESULT_H_
#define PROCTOR_TESTS_BENCH_LOAD_RESULT_H_

#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"

namespace proctor::bench {

// What a loop of equal operations did. Latency is that of one operation, start to end.
struct LoadResult {
  double per_second = 0;
  absl::Duration p50;
  absl::Duration p99;
};

// `latencies` of operations that together took `elapsed`. Not empty.
LoadResult Summarise(std::vector<absl::Duration> latencies, absl::Duration elapsed);

// Each figure the median of the rounds' figures: the machine is noisy. Not empty.
LoadResult MedianOf(absl::Span<const LoadResult> rounds);

double Median(std::vector<double> values);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_LOAD_RESULT_H_
