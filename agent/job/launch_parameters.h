#ifndef PROCTOR_AGENT_JOB_LAUNCH_PARAMETERS_H_
#define PROCTOR_AGENT_JOB_LAUNCH_PARAMETERS_H_

#include <cstdint>

#include "absl/time/time.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// The agent's defaults for what a spec leaves out.
struct LaunchDefaults {
  uint64_t stream_bytes = uint64_t{8} << 20;
  absl::Duration retention = absl::Minutes(15);
  absl::Duration grace_period = absl::Seconds(10);
};

// A valid spec with every default filled in.
struct LaunchParameters {
  absl::Duration timeout;  // Zero: none.
  int kill_signal = 0;
  absl::Duration grace_period;
  bool keep_tree = false;
  v1::OnCallerGone::Action on_caller_gone = v1::OnCallerGone::KEEP;
  absl::Duration caller_gone_after;
  absl::Duration retention;
  uint64_t stdout_limit = 0;  // 0 for a stream that is not spooled.
  uint64_t stderr_limit = 0;
};

enum class LaunchKind { kLaunch, kRun };

LaunchParameters ResolveLaunch(const v1::LaunchSpec& spec, LaunchKind kind,
                               const LaunchDefaults& defaults);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_LAUNCH_PARAMETERS_H_
