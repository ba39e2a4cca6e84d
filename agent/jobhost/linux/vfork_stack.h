#ifndef PROCTOR_AGENT_JOBHOST_LINUX_VFORK_STACK_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_VFORK_STACK_H_

#include <sys/types.h>

#include "absl/status/statusor.h"
#include "agent/jobhost/linux/spawn_plan.h"

namespace proctor::jobhost {

// A stack for vfork children, with a guard page below, and the clone that runs on it. One thread
// uses it at a time.
class VforkStack {
 public:
  static absl::StatusOr<VforkStack> Create();
  VforkStack(VforkStack&& other) noexcept;
  VforkStack& operator=(VforkStack&&) = delete;
  ~VforkStack();

  // clone3 with VM and VFORK: returns when the child has called exec or has ended. The kernel
  // stores the child's id in `child` before the child runs. `cgroup_fd` -1: the host's own cgroup.
  // `pidfd`, when given, becomes a descriptor of the child, the caller's to close. Returns the id,
  // or -errno.
  long Spawn(SpawnPlan* plan, pid_t* child, int cgroup_fd, int* pidfd = nullptr) const;

 private:
  explicit VforkStack(void* base) : base_(base) {}
  void* base_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_VFORK_STACK_H_
