#ifndef PROCTOR_AGENT_JOBHOST_LINUX_CGROUP_TREE_FACTORY_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_CGROUP_TREE_FACTORY_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/jobhost/linux/cgroup_slot.h"
#include "agent/jobhost/process_tree.h"
#include "common/mutex.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {

// Trees in cgroups below one directory, which are pooled: making and removing one for each job
// would cost a fifth of the launches. Only without resource controllers, whose state a tenant would
// inherit.
class CgroupTreeFactory final : public TreeFactory {
 public:
  // `parent`: an existing cgroup v2 directory; `instance`: names the directory made in it. Kills
  // and removes what an earlier host of the same name left; kFailedPrecondition when that host is
  // alive.
  static absl::StatusOr<std::unique_ptr<CgroupTreeFactory>> Create(const std::string& parent,
                                                                   const std::string& instance);

  absl::StatusOr<std::unique_ptr<ProcessTree>> NewTree(const std::string& job_id) override;
  Containment containment() const override { return CGROUP_V2; }
  std::string note() const override { return ""; }
  std::string cgroup_root() const override { return root_; }
  bool removal_needs_privilege() const override;
  void RemoveAll() override;

  // From a tree that ends. Not `empty`: a process is still on its way out.
  void Return(std::unique_ptr<CgroupSlot> slot, bool empty);

 private:
  CgroupTreeFactory(std::string root, UniqueFd directory)
      : root_(std::move(root)), directory_(std::move(directory)) {}
  std::unique_ptr<CgroupSlot> TakeFree();
  // An empty slot: for the next tenant, or removed when it can have none.
  void Keep(std::unique_ptr<CgroupSlot> slot) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string root_;
  const UniqueFd directory_;
  Mutex mutex_;
  std::vector<std::unique_ptr<CgroupSlot>> free_ ABSL_GUARDED_BY(mutex_);
  // Given back while a process was still on its way out.
  std::vector<std::unique_ptr<CgroupSlot>> occupied_ ABSL_GUARDED_BY(mutex_);
  uint64_t made_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_CGROUP_TREE_FACTORY_H_
