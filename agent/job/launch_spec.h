#ifndef PROCTOR_AGENT_JOB_LAUNCH_SPEC_H_
#define PROCTOR_AGENT_JOB_LAUNCH_SPEC_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// The agent's bounds on what a spec may ask for.
struct SpecLimits {
  uint64_t max_stream_bytes = uint64_t{16} << 30;
  absl::Duration max_retention = absl::Hours(24 * 7);
};

// Checks everything about a spec that can be known without asking the operating system about the
// job's user. The first fault found is an INVALID_ARGUMENT that names its field (GetErrorField).
// `spec` is as the client sent it: defaults need not have been applied.
absl::Status ValidateLaunchSpec(const v1::LaunchSpec& spec, const SpecLimits& limits);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_LAUNCH_SPEC_H_
