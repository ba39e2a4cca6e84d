#include "tests/bench/load_result.h"

#include <algorithm>

namespace proctor::bench {
namespace {

absl::Duration Percentile(const std::vector<absl::Duration>& sorted, size_t percent) {
  return sorted[std::min(sorted.size() - 1, sorted.size() * percent / 100)];
}

}  // namespace

LoadResult Summarise(std::vector<absl::Duration> latencies, absl::Duration elapsed) {
  std::sort(latencies.begin(), latencies.end());
  LoadResult result;
  result.per_second = static_cast<double>(latencies.size()) / absl::ToDoubleSeconds(elapsed);
  result.p50 = Percentile(latencies, 50);
  result.p99 = Percentile(latencies, 99);
  return result;
}

LoadResult MedianOf(absl::Span<const LoadResult> rounds) {
  std::vector<double> per_second;
  std::vector<double> p50;
  std::vector<double> p99;
  for (const LoadResult& round : rounds) {
    per_second.push_back(round.per_second);
    p50.push_back(absl::ToDoubleSeconds(round.p50));
    p99.push_back(absl::ToDoubleSeconds(round.p99));
  }
  LoadResult result;
  result.per_second = Median(std::move(per_second));
  result.p50 = absl::Seconds(Median(std::move(p50)));
  result.p99 = absl::Seconds(Median(std::move(p99)));
  return result;
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace proctor::bench
