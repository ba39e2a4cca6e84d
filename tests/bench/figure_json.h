#ifndef PROCTOR_TESTS_BENCH_FIGURE_JSON_H_
#define PROCTOR_TESTS_BENCH_FIGURE_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tests/bench/figure.h"

namespace proctor::bench {

// {"figures": [{"group": …, "name": …, "value": …, "unit": …, "p50_ms": …, "ratio": …}, …]}.
// A figure without a value has "skipped" instead.
absl::StatusOr<std::string> FormatJson(absl::Span<const Figure> figures);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_FIGURE_JSON_H_
