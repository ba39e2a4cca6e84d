#include "agent/jobhost/linux/process_table.h"

#include <errno.h>
#include <fcntl.h>

#include "absl/strings/numbers.h"
#include "common/clock.h"
#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

bool HasGone(const absl::Status& status) {
  const absl::optional<OsError> error = GetOsError(status);
  return error.has_value() && (error->code == ENOENT || error->code == ESRCH);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ProcessTable>> ProcessTable::Open() {
  Directory directory(::opendir("/proc"));
  if (directory == nullptr) return OsErrorStatus("opendir", errno, "/proc");
  UniqueFd spare(::fcntl(::dirfd(directory.get()), F_DUPFD_CLOEXEC, 3));
  if (!spare.valid()) return OsErrorStatus("fcntl F_DUPFD_CLOEXEC", errno);
  return std::unique_ptr<ProcessTable>(new ProcessTable(std::move(directory), std::move(spare)));
}

absl::StatusOr<std::unordered_map<pid_t, ProcessStat>> ProcessTable::Read() {
  MutexLock lock(&mutex_);
  ::rewinddir(directory_.get());
  spare_.reset();
  absl::Status status;
  std::unordered_map<pid_t, ProcessStat> processes;
  while (status.ok()) {
    errno = 0;
    const dirent* const entry = ::readdir(directory_.get());
    if (entry == nullptr) {
      if (errno != 0) status = OsErrorStatus("readdir", errno, "/proc");
      break;
    }
    pid_t pid;
    if (!absl::SimpleAtoi(entry->d_name, &pid)) continue;
    const absl::StatusOr<ProcessStat> stat = ReadProcessStat(pid);
    if (stat.ok() && !stat->ended()) processes.emplace(pid, *stat);
    if (!stat.ok() && !HasGone(stat.status())) status = stat.status();
  }
  TakeSpare();
  if (!status.ok()) return status;
  std::erase_if(bare_, [&processes](const auto& bare) {
    const auto found = processes.find(bare.first);
    return found == processes.end() || found->second.start_time_ticks != bare.second;
  });
  return processes;
}

void ProcessTable::AddBare(pid_t pid, uint64_t start_time_ticks) {
  MutexLock lock(&mutex_);
  bare_[pid] = start_time_ticks;
}

bool ProcessTable::IsBare(pid_t pid, uint64_t start_time_ticks) {
  MutexLock lock(&mutex_);
  const auto found = bare_.find(pid);
  return found != bare_.end() && found->second == start_time_ticks;
}

absl::StatusOr<ProcessStat> ProcessTable::Stat(pid_t pid) {
  MutexLock lock(&mutex_);
  spare_.reset();
  absl::StatusOr<ProcessStat> stat = ReadProcessStat(pid);
  TakeSpare();
  return stat;
}

bool ProcessTable::MayWait() {
  MutexLock lock(&mutex_);
  return waits_.Take(Clock::Real()->Monotonic());
}

// Should another thread have taken the number meanwhile, the next reading tries again.
void ProcessTable::TakeSpare() {
  spare_.reset(::fcntl(::dirfd(directory_.get()), F_DUPFD_CLOEXEC, 3));
}

}  // namespace proctor::jobhost
