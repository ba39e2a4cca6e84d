#ifndef PROCTOR_TESTS_BENCH_JOB_LOAD_H_
#define PROCTOR_TESTS_BENCH_JOB_LOAD_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proctor/v1/job.pb.h"
#include "tests/bench/load_result.h"

namespace proctor::bench {

enum class JobCalls { kLaunchWait, kRun };

// Keeps `in_flight` jobs going for about `duration`, from one thread and over one connection, so
// that the client takes as little of the machine as it can. An operation is a Launch and the Wait
// for its main process, or a Run until its last message.
absl::StatusOr<LoadResult> RunJobLoad(const std::string& target, const v1::LaunchSpec& spec,
                                      JobCalls calls, int in_flight, absl::Duration duration);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_JOB_LOAD_H_
