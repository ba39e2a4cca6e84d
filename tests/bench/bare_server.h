#ifndef PROCTOR_TESTS_BENCH_BARE_SERVER_H_
#define PROCTOR_TESTS_BENCH_BARE_SERVER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/bench/child_process.h"

namespace proctor::bench {

// What gRPC alone costs: a callback server of the same service that does nothing but answer, in a
// process of its own. Wait stays open until Kill; Run streams argv[0] bytes in chunks of argv[1].

// The server itself; serves until the process is killed.
absl::Status ServeBare(const std::string& target);

// Starts it as a child process at `target` and returns once it answers.
absl::StatusOr<ChildProcess> StartBareServer(const std::string& target);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_BARE_SERVER_H_
