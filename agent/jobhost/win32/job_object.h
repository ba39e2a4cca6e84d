#ifndef PROCTOR_AGENT_JOBHOST_WIN32_JOB_OBJECT_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_JOB_OBJECT_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "agent/jobhost/win32/completion_port.h"
#include "common/win32/unique_handle.h"

namespace proctor::jobhost {

// Consumed by all processes that a job has had.
struct CpuTime {
  uint64_t user_ns = 0;
  uint64_t system_ns = 0;
};

// Holds every process that a job's main process starts. This process has the only handle, and the
// end of the handle is the end of the processes: the destructor kills. Thread-safe.
class JobObject {
 public:
  // Tells `port` with `key`, as a hint, when processes come and go.
  static absl::StatusOr<std::unique_ptr<JobObject>> Create(const CompletionPort& port,
                                                           uint64_t key);

  absl::Status Assign(const UniqueHandle& process) const;
  absl::StatusOr<bool> Contains(const UniqueHandle& process) const;
  // The truth at this moment.
  absl::StatusOr<uint32_t> ActiveProcesses() const;
  // Those of now, as far as the system tells.
  std::vector<uint32_t> ProcessIds() const;
  // Asks for the end of all; callers repeat until there are none.
  absl::Status Terminate(uint32_t exit_code) const;
  // Absent where the system does not keep it.
  absl::optional<CpuTime> Cpu() const;

  // For PROC_THREAD_ATTRIBUTE_JOB_LIST.
  const UniqueHandle& handle() const { return job_; }

 private:
  explicit JobObject(UniqueHandle job) : job_(std::move(job)) {}
  absl::Status SetLimits() const;

  const UniqueHandle job_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_JOB_OBJECT_H_
