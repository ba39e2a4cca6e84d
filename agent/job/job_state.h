#ifndef PROCTOR_AGENT_JOB_JOB_STATE_H_
#define PROCTOR_AGENT_JOB_JOB_STATE_H_

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// What can happen to a job.
enum class JobEvent {
  kStarted,       // The program runs.
  kLaunchFailed,  // The program never ran; the record is final.
  kMainExited,    // The main process ended; the tree or the output may go on.
  kFinal,         // The tree is empty and the output complete.
  kHostLost,      // The job host ended, and the tree with it.
};

// The state after `event`, or nullopt when the event is not allowed in `state`. Reports of the job
// host are complete, so one may skip a step (CREATED to DRAINING when the start and the exit came
// in one report); none goes back. FINISHED and LOST are permanent: nothing leaves them.
absl::optional<v1::JobState> NextState(v1::JobState state, JobEvent event);

// FINISHED or LOST.
bool IsTerminal(v1::JobState state);

absl::string_view JobEventName(JobEvent event);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_STATE_H_
