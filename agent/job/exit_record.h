#ifndef PROCTOR_AGENT_JOB_EXIT_RECORD_H_
#define PROCTOR_AGENT_JOB_EXIT_RECORD_H_

#include "proctor/jobhost/jobhost.pb.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// The exit record that a complete report of the job host amounts to: of the main process from
// DRAINING on, final with FINAL or LAUNCH_FAILED. `job` gives the times before the exit.
v1::ExitRecord BuildExitRecord(const v1::Job& job, const jobhost::JobReport& report);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_EXIT_RECORD_H_
