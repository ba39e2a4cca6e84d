#ifndef PROCTOR_AGENT_JOBHOST_PROCESS_TREE_H_
#define PROCTOR_AGENT_JOBHOST_PROCESS_TREE_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

struct CpuTime {
  uint64_t user_ns = 0;
  uint64_t system_ns = 0;
};

// The job object: holds every process that a job's main process started, whatever it did to get
// away. Made before the process and used by one thread at a time; signals only from the thread that
// reaps, so a process id it looks up cannot be reused under its hands.
class ProcessTree {
 public:
  virtual ~ProcessTree() = default;

  // The main process runs (session mode finds the tree by it).
  virtual void Started(pid_t main) = 0;
  // The truth at this moment. Notifications are hints, this is what counts.
  virtual bool Empty() = 0;
  // Processes in the tree now.
  virtual int64_t Count() = 0;
  // Sends `signal` to every process outside the process group `except_group` (0: to all). kNotFound
  // when there is none.
  virtual absl::Status SignalAll(int signal, pid_t except_group) = 0;
  // SIGKILL to every process, including those that are being forked meanwhile. Callers repeat until
  // Empty().
  virtual absl::Status KillAll() = 0;
  // Consumed by this job's processes; absent where the platform cannot tell.
  virtual absl::optional<CpuTime> Cpu() = 0;
  // A descriptor that becomes exceptional (EPOLLPRI) when Empty() may have changed; -1: none, the
  // caller asks Empty() again after each orphan it reaps and now and then.
  virtual int notify_fd() const = 0;
  // The cgroup to clone the main process into; -1: none.
  virtual int cgroup_fd() const = 0;
};

// Makes the trees. Thread-safe.
class TreeFactory {
 public:
  virtual ~TreeFactory() = default;
  virtual absl::StatusOr<std::unique_ptr<ProcessTree>> NewTree(const std::string& job_id) = 0;
  virtual Containment containment() const = 0;
  virtual std::string note() const = 0;
  // The directory that holds every job's cgroup; empty without.
  virtual std::string cgroup_root() const = 0;
  // Whether RemoveAll can do its work only as one who may write everywhere.
  virtual bool removal_needs_privilege() const = 0;
  // At the end, when no tree is left: gives back what the machine lent.
  virtual void RemoveAll() = 0;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_PROCESS_TREE_H_
