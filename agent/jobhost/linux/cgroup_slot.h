#ifndef PROCTOR_AGENT_JOBHOST_LINUX_CGROUP_SLOT_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_CGROUP_SLOT_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/jobhost/process_tree.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {

// One cgroup, lent to one job after another. It is movable property: whoever holds the unique_ptr
// is its only tenant, and nothing that a former tenant kept can reach it (a stale `cgroup.kill`
// descriptor would kill the next job, so none is kept open).
class CgroupSlot {
 public:
  static absl::StatusOr<std::unique_ptr<CgroupSlot>> Create(int parent_fd, const std::string& name);

  bool Populated() const;
  absl::StatusOr<std::vector<pid_t>> Processes() const;
  absl::Status Kill();
  // Since the cgroup was made, former tenants included.
  absl::StatusOr<CpuTime> TotalCpu() const;

  // It was killed and can have no further tenant: the kernel ends every process that is cloned into
  // a cgroup with another count of kills than the cgroup of the cloning process
  // (cgroup_css_set_fork reads the count of the latter; seen on 6.18).
  bool spent() const { return spent_; }

  int directory_fd() const { return directory_.get(); }
  int events_fd() const { return events_.get(); }
  const std::string& name() const { return name_; }

  // What former tenants consumed.
  CpuTime former_cpu;
  // Counts its tenants.
  uint64_t generation = 0;

 private:
  static absl::StatusOr<std::unique_ptr<CgroupSlot>> Open(int parent_fd, const std::string& name);
  CgroupSlot(std::string name, UniqueFd directory, UniqueFd events, UniqueFd cpu)
      : name_(std::move(name)),
        directory_(std::move(directory)),
        events_(std::move(events)),
        cpu_(std::move(cpu)) {}

  const std::string name_;
  const UniqueFd directory_;
  const UniqueFd events_;
  const UniqueFd cpu_;
  bool spent_ = false;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_CGROUP_SLOT_H_
