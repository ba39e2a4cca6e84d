#ifndef PROCTOR_TESTS_BENCH_FIGURE_TABLE_H_
#define PROCTOR_TESTS_BENCH_FIGURE_TABLE_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "tests/bench/figure.h"

namespace proctor::bench {

// The figures as aligned text, a heading for every group.
std::string FormatTable(absl::Span<const Figure> figures);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_FIGURE_TABLE_H_
