#include "agent/jobhost/linux/cgroup_tree.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "agent/jobhost/linux/cgroup_tree_factory.h"
#include "agent/jobhost/linux/pid_signal.h"
#include "common/os_error.h"

namespace proctor::jobhost {

CgroupTree::CgroupTree(CgroupTreeFactory* factory, std::unique_ptr<CgroupSlot> slot)
    : factory_(factory), slot_(std::move(slot)) {}

CgroupTree::~CgroupTree() {
  if (total_cpu_.has_value()) {
    slot_->former_cpu = *total_cpu_;
  } else {
    const absl::StatusOr<CpuTime> total = slot_->TotalCpu();
    if (total.ok()) slot_->former_cpu = *total;
  }
  const bool empty = empty_ || !slot_->Populated();
  factory_->Return(std::move(slot_), empty);
}

bool CgroupTree::Empty() {
  empty_ = !slot_->Populated();
  return empty_;
}

int64_t CgroupTree::Count() {
  const absl::StatusOr<std::vector<pid_t>> pids = slot_->Processes();
  return pids.ok() ? static_cast<int64_t>(pids->size()) : 0;
}

absl::Status CgroupTree::SignalAll(int signal, pid_t except_group) {
  const absl::StatusOr<std::vector<pid_t>> pids = slot_->Processes();
  if (!pids.ok()) return pids.status();
  const auto still_inside = [this](pid_t pid) {
    const absl::StatusOr<std::vector<pid_t>> now = slot_->Processes();
    return now.ok() && std::find(now->begin(), now->end(), pid) != now->end();
  };
  bool reached = false;
  for (const pid_t pid : *pids) {
    if (except_group != 0 && ::getpgid(pid) == except_group) continue;
    reached = SignalChecked(pid, signal, still_inside).ok() || reached;
  }
  return reached ? absl::OkStatus() : OsErrorStatus("pidfd_send_signal", ESRCH);
}

absl::optional<CpuTime> CgroupTree::Cpu() {
  const absl::StatusOr<CpuTime> total = slot_->TotalCpu();
  if (!total.ok()) return absl::nullopt;
  total_cpu_ = *total;
  const CpuTime former = slot_->former_cpu;
  // The kernel splits the total by sampling; either part may be corrected downwards.
  return CpuTime{total->user_ns - std::min(former.user_ns, total->user_ns),
                 total->system_ns - std::min(former.system_ns, total->system_ns)};
}

}  // namespace proctor::jobhost
