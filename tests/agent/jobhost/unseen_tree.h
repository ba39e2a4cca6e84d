#ifndef PROCTOR_TESTS_AGENT_JOBHOST_UNSEEN_TREE_H_
#define PROCTOR_TESTS_AGENT_JOBHOST_UNSEEN_TREE_H_

#include "agent/jobhost/process_tree.h"

namespace proctor::jobhost {

// A tree that does not end, and of which nothing can be seen.
class UnseenTree final : public ProcessTree {
 public:
  void Started(pid_t) override {}
  bool Empty() override { return false; }
  int64_t Count() override { return 0; }
  absl::Status SignalAll(int, pid_t) override { return absl::OkStatus(); }
  absl::Status KillAll() override { return absl::OkStatus(); }
  absl::optional<CpuTime> Cpu() override { return absl::nullopt; }
  int notify_fd() const override { return -1; }
  int cgroup_fd() const override { return -1; }
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_TESTS_AGENT_JOBHOST_UNSEEN_TREE_H_
