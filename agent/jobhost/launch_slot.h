#ifndef PROCTOR_AGENT_JOBHOST_LAUNCH_SLOT_H_
#define PROCTOR_AGENT_JOBHOST_LAUNCH_SLOT_H_

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "agent/jobhost/job.h"
#include "agent/jobhost/linux/credential_store.h"
#include "agent/jobhost/linux/held_pam_session.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {

// The launch that one launcher thread has in flight. A child can exit and be reaped before its
// launcher comes back from the clone; the reaper finds the child here and leaves its status.
// `child` is written by the kernel; all else is guarded by the JobController's mutex.
struct LaunchSlot {
  pid_t child = 0;
  std::shared_ptr<Job> job;  // Null: no launch in flight.
  int64_t started_ns = 0;
  bool deadline_passed = false;
  bool killed = false;  // By us, for the deadline or because the job is to end.
  bool reaped = false;
  int wait_status = 0;
  rusage usage = {};
};

// What a launcher brings back.
struct LaunchOutcome {
  absl::optional<LaunchFailure> failure;
  pid_t pid = 0;
  UniqueFd pidfd;
  uint64_t start_time_ticks = 0;
  int64_t started_ns = 0;
  int64_t started_unix_ns = 0;
  uint64_t started_cpu_ns = 0;
  std::vector<StepTime> steps;
  std::unique_ptr<ProcessTree> tree;
  std::unique_ptr<CredentialCache> credentials;  // Null: none were given.
  std::unique_ptr<HeldPamSession> pam_session;   // Null: none was asked for.
  std::shared_ptr<SpoolStream> out;
  std::shared_ptr<SpoolStream> err;
  // The child ended before exec without saying why: the signal that ended it is in the slot.
  absl::optional<Step> died_in;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LAUNCH_SLOT_H_
