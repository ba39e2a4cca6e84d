#ifndef PROCTOR_AGENT_JOB_EXIT_RECORD_H_
#define PROCTOR_AGENT_JOB_EXIT_RECORD_H_

#include "absl/time/time.h"
#include "proctor/jobhost/jobhost.pb.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// The exit record that a complete report of the job host amounts to: of the main process from
// DRAINING on, final with FINAL or LAUNCH_FAILED. `job` gives the times before the exit.
// The times are in order, although the clock may have been stepped between them.
v1::ExitRecord BuildExitRecord(const v1::Job& job, const jobhost::JobReport& report);

// The latest of the record's times and `now`.
absl::Time LastTime(const v1::ExitRecord& record, absl::Time now);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_EXIT_RECORD_H_
