#ifndef PROCTOR_AGENT_JOBHOST_WIN32_JOB_REPORT_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_JOB_REPORT_H_

#include "agent/jobhost/win32/job.h"
#include "common/win32/unique_handle.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// Exit code and consumption of a process that has ended.
MainExit DescribeExit(const UniqueHandle& process);

// All that is known of the job. The caller holds what guards it.
JobReport BuildReport(const Job& job);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_JOB_REPORT_H_
