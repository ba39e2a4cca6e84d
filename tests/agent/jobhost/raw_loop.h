#ifndef PROCTOR_TESTS_AGENT_JOBHOST_RAW_LOOP_H_
#define PROCTOR_TESTS_AGENT_JOBHOST_RAW_LOOP_H_

#include <string>

#include "absl/status/statusor.h"

namespace proctor::jobhost {

// The limit: `threads` threads that do nothing but clone3 (VM, VFORK, INTO_CGROUP), exec `program`
// and wait for it, each in a cgroup of its own below `cgroup_root` (empty: without). Returns
// programs a second.
absl::StatusOr<double> RawLoop(const std::string& program, int threads, int count,
                               const std::string& cgroup_root);

}  // namespace proctor::jobhost

#endif  // PROCTOR_TESTS_AGENT_JOBHOST_RAW_LOOP_H_
