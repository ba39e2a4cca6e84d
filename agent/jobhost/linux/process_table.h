#ifndef PROCTOR_AGENT_JOBHOST_LINUX_PROCESS_TABLE_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_PROCESS_TABLE_H_

#include <dirent.h>
#include <sys/types.h>

#include <memory>
#include <unordered_map>
#include <utility>

#include "absl/status/statusor.h"
#include "agent/jobhost/linux/process_stat.h"
#include "common/mutex.h"
#include "common/token_bucket.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {

// The processes of the machine, read from /proc. Thread-safe. Works without free descriptors too:
// what ends the jobs that hold them all must not need one more.
class ProcessTable {
 public:
  static absl::StatusOr<std::unique_ptr<ProcessTable>> Open();

  // All that have not ended. An error when /proc could not be read as a whole: a process that was
  // not seen is not one that is gone.
  absl::StatusOr<std::unordered_map<pid_t, ProcessStat>> Read();
  // ReadProcessStat.
  absl::StatusOr<ProcessStat> Stat(pid_t pid);

  // A process that has shown no environment for longer than an exec(2) takes has none: whoever
  // found that out tells it, so that nobody waits for it again. It is remembered while the process
  // lives.
  void AddBare(pid_t pid, uint64_t start_time_ticks);
  bool IsBare(pid_t pid, uint64_t start_time_ticks);
  // Whether somebody may wait for half a millisecond until such a process shows what it is: whoever
  // makes one after the other must not have the job host wait for ever.
  bool MayWait();

 private:
  struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
  };
  using Directory = std::unique_ptr<DIR, CloseDirectory>;

  ProcessTable(Directory directory, UniqueFd spare)
      : directory_(std::move(directory)), spare_(std::move(spare)) {}

  void TakeSpare() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  Directory directory_ ABSL_GUARDED_BY(mutex_);
  UniqueFd spare_ ABSL_GUARDED_BY(mutex_);               // Given up while a file is read.
  TokenBucket waits_ ABSL_GUARDED_BY(mutex_){400, 400};  // A fifth of the time at most.
  std::unordered_map<pid_t, uint64_t> bare_ ABSL_GUARDED_BY(mutex_);  // By pid: the start time.
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_PROCESS_TABLE_H_
