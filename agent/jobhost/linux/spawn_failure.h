#ifndef PROCTOR_AGENT_JOBHOST_LINUX_SPAWN_FAILURE_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_SPAWN_FAILURE_H_

#include "absl/status/status.h"
#include "agent/jobhost/linux/spawn_plan.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// What the child wrote into the plan, in words.
LaunchFailure DescribeSpawnFailure(const SpawnPlan& plan, const Launch& launch);

// A failure before the child: the call and code of `status`.
LaunchFailure FailureFromStatus(Step step, const absl::Status& status);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_SPAWN_FAILURE_H_
