#ifndef PROCTOR_TESTS_BENCH_FIGURE_H_
#define PROCTOR_TESTS_BENCH_FIGURE_H_

#include <string>

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace proctor::bench {

// One line of the report.
struct Figure {
  std::string group;  // "spawn /bin/true, 64 in flight": figures that stand under one heading.
  std::string name;   // "Launch+Wait"
  double value = 0;
  std::string unit;  // "jobs/s", "MB/s", "ms", "bytes"
  absl::optional<absl::Duration> p50;
  absl::optional<absl::Duration> p99;
  // What the machine gave in the same run without Proctor; its unit is `unit`.
  std::string limit_name;
  absl::optional<double> limit;
  // What it should be: "ratio >= 0.75".
  std::string target;
  absl::optional<bool> target_met;
  // Why there is no value; the other figures are empty then.
  std::string skipped;

  absl::optional<double> ratio() const {
    if (!limit.has_value() || *limit == 0) return absl::nullopt;
    return value / *limit;
  }
};

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_FIGURE_H_
