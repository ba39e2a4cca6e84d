#include "agent/jobhost/linux/host_priority.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/jobhost/linux/small_file.h"
#include "common/log.h"
#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

constexpr char kOomScorePath[] = "/proc/self/oom_score_adj";
// Not -1000: in a host that leaks without end the kernel must find something to kill.
constexpr int kProtectedScore = -900;
// What a process of nice value 0 gets that never asked for anything else.
constexpr int kDefaultIoPriority = IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, IOPRIO_BE_NORM);

absl::StatusOr<int> OomScore() {
  const absl::StatusOr<std::string> text = ReadSmallFile(kOomScorePath);
  if (!text.ok()) return text.status();
  int score = 0;
  if (!absl::SimpleAtoi(*text, &score)) {
    return absl::InternalError(absl::StrCat(kOomScorePath, " is no number"));
  }
  return score;
}

void SetOomScore(int score) {
  WriteSmallFile(AT_FDCWD, kOomScorePath, absl::StrCat(score)).IgnoreError();
}

// The score that the host has in the end.
absl::StatusOr<int> SettleOomScore() {
  const absl::StatusOr<int> score = OomScore();
  if (!score.ok()) return score;
  // Of a process that is not dumpable the file is root's, also to the process itself: a child could
  // not write it.
  const bool children_can = ::geteuid() == 0;
  // Lowering it below what a privileged process has set needs CAP_SYS_RESOURCE: what cannot be had
  // is done without, and the score read back is what counts.
  if (*score > 0) SetOomScore(0);
  if (children_can && *score > kProtectedScore) SetOomScore(kProtectedScore);
  if (!children_can && *score < 0) SetOomScore(0);
  return OomScore();
}

}  // namespace

absl::StatusOr<PriorityReset> ProtectFromOomKiller() {
  const absl::StatusOr<int> score = SettleOomScore();
  if (!score.ok()) return score.status();
  PriorityReset reset;
  // One that no child can lower is inherited.
  reset.oom_score = ::geteuid() == 0 ? *score : 0;
  const int policy = ::sched_getscheduler(0);
  if (policy < 0) return OsErrorStatus("sched_getscheduler", errno);
  reset.policy = (policy & ~SCHED_RESET_ON_FORK) != SCHED_OTHER;
  reset.nice = ::getpriority(PRIO_PROCESS, 0) != 0;
  const long io = ::syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
  if (io < 0) return OsErrorStatus("ioprio_get", errno);
  reset.io_class = io != IOPRIO_PRIO_VALUE(IOPRIO_CLASS_NONE, 0) && io != kDefaultIoPriority;
  return reset;
}

bool NeedsPrivilege(const PriorityReset& reset) {
  return ::getpriority(PRIO_PROCESS, 0) > 0 ||
         (reset.policy && (::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_IDLE);
}

}  // namespace proctor::jobhost
