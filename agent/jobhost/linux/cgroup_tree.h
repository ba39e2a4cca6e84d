#ifndef PROCTOR_AGENT_JOBHOST_LINUX_CGROUP_TREE_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_CGROUP_TREE_H_

#include <memory>

#include "agent/jobhost/linux/cgroup_slot.h"
#include "agent/jobhost/process_tree.h"

namespace proctor::jobhost {

class CgroupTreeFactory;

// A job in a cgroup: nothing leaves it (but a process of uid 0 that means to).
class CgroupTree final : public ProcessTree {
 public:
  CgroupTree(CgroupTreeFactory* factory, std::unique_ptr<CgroupSlot> slot);
  // Gives the slot back.
  ~CgroupTree() override;

  void Started(pid_t) override {}
  bool Empty() override;
  int64_t Count() override;
  absl::Status SignalAll(int signal, pid_t except_group) override;
  absl::Status KillAll() override { return slot_->Kill(); }
  absl::optional<CpuTime> Cpu() override;
  int notify_fd() const override { return slot_->events_fd(); }
  int cgroup_fd() const override { return slot_->directory_fd(); }

 private:
  CgroupTreeFactory* const factory_;
  std::unique_ptr<CgroupSlot> slot_;
  // The last answers. Nothing enters a cgroup that was found empty after its main process ended.
  bool empty_ = false;
  absl::optional<CpuTime> total_cpu_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_CGROUP_TREE_H_
