#ifndef PROCTOR_AGENT_JOBHOST_JOB_REPORT_H_
#define PROCTOR_AGENT_JOBHOST_JOB_REPORT_H_

#include <sys/resource.h>

#include <cstdint>

#include "agent/jobhost/job.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// All that is known about the job. Wants the job's lock.
JobReport BuildReport(const Job& job, Containment containment);

// How the main process ended, in waitid's terms, from what wait4 gave. `started_cpu_ns`: what the
// process had used before it became the program.
MainExit DescribeExit(int wait_status, const rusage& usage, uint64_t started_cpu_ns);

// What of `total` was used after the start.
CpuTime SinceStart(CpuTime total, uint64_t started_cpu_ns);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_JOB_REPORT_H_
