#ifndef PROCTOR_AGENT_JOBHOST_LINUX_SESSION_TREE_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_SESSION_TREE_H_

#include <sys/types.h>

#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "agent/jobhost/linux/process_table.h"
#include "agent/jobhost/process_tree.h"

namespace proctor::jobhost {

// A job without a cgroup: the processes of the main process's session, those that carry the job's
// id in their environment (PROCTOR_JOB_ID), and the descendants of both. Found by reading /proc,
// which a process that means to can escape.
class SessionTree final : public ProcessTree {
 public:
  // `processes` must outlive the tree.
  SessionTree(std::string job_id, ProcessTable* processes)
      : job_id_(std::move(job_id)), processes_(processes) {}

  void Started(pid_t main) override { session_ = main; }
  bool Empty() override;
  int64_t Count() override;
  absl::Status SignalAll(int signal, pid_t except_group) override;
  absl::Status KillAll() override;
  absl::optional<CpuTime> Cpu() override { return absl::nullopt; }
  int notify_fd() const override { return -1; }
  int cgroup_fd() const override { return -1; }

 private:
  struct Member {
    pid_t pid;
    uint64_t start_time_ticks;
  };

  absl::StatusOr<std::vector<Member>> Members();
  // Takes those that have shown what they are from `orphans`, and puts the job's `inside`. An
  // exec(2) takes the old environment away some time before the new one is there, and nothing else
  // ties an orphan to its job: it would be missed, and go on when the job is over. False: others
  // have been waited for too much.
  bool AwaitEnvironment(std::vector<pid_t>* orphans, std::unordered_set<pid_t>* inside);
  absl::Status KillGroups();

  const std::string job_id_;
  ProcessTable* const processes_;
  pid_t session_ = 0;  // 0: has no process any more, and the number may get another meaning.
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_SESSION_TREE_H_
