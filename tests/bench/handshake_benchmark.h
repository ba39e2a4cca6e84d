#ifndef PROCTOR_TESTS_BENCH_HANDSHAKE_BENCHMARK_H_
#define PROCTOR_TESTS_BENCH_HANDSHAKE_BENCHMARK_H_

#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/bench_settings.h"
#include "tests/bench/figure.h"

namespace proctor::bench {

// Sessions over TLS, with a KDC of the benchmark's own: what opening one costs by Kerberos and by
// password beside a bare TLS handshake, whole commands beside ssh with GSSAPI, what a session holds
// of the agent's memory, and what finding it costs each call. Needs root, for PAM's sake.
absl::StatusOr<std::vector<Figure>> MeasureHandshake(const BenchSettings& settings);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_HANDSHAKE_BENCHMARK_H_
