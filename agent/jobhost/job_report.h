#ifndef PROCTOR_AGENT_JOBHOST_JOB_REPORT_H_
#define PROCTOR_AGENT_JOBHOST_JOB_REPORT_H_

#include <sys/resource.h>

#include "agent/jobhost/job.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// All that is known about the job. Wants the job's lock.
JobReport BuildReport(const Job& job, Containment containment);

// How the main process ended, in waitid's terms, from what wait4 gave.
MainExit DescribeExit(int wait_status, const rusage& usage);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_JOB_REPORT_H_
