#include "agent/jobhost/win32/job_report.h"

#include <windows.h>
// After windows.h.
#include <psapi.h>

namespace proctor::jobhost {
namespace {

uint64_t Nanoseconds(const FILETIME& ticks) {
  return (static_cast<uint64_t>(ticks.dwHighDateTime) << 32 | ticks.dwLowDateTime) * 100;
}

}  // namespace

MainExit DescribeExit(const UniqueHandle& process) {
  MainExit end;
  end.set_code(BY_EXIT);
  DWORD code = 0;
  ::GetExitCodeProcess(process.get(), &code);
  end.set_wait_status(static_cast<int32_t>(code));
  FILETIME created, exited, kernel, user;
  if (::GetProcessTimes(process.get(), &created, &exited, &kernel, &user)) {
    end.set_user_cpu_ns(Nanoseconds(user));
    end.set_system_cpu_ns(Nanoseconds(kernel));
  }
  PROCESS_MEMORY_COUNTERS memory = {};
  memory.cb = sizeof(memory);
  // A process that has ended has no peak where the system forgets it, as under Wine.
  if (::GetProcessMemoryInfo(process.get(), &memory, sizeof(memory)) &&
      memory.PeakWorkingSetSize != 0) {
    end.set_max_rss_bytes(memory.PeakWorkingSetSize);
  }
  return end;
}

JobReport BuildReport(const Job& job) {
  JobReport report;
  report.set_job_id(job.id);
  report.set_phase(job.life.phase());
  if (job.pid != 0) {
    report.set_pid(job.pid);
    report.set_start_time_ticks(job.start_time_ticks);
    report.set_started_unix_ns(job.started_unix_ns);
    report.set_containment(JOB_OBJECT);
  }
  for (const StepTime& time : job.steps) {
    report.add_steps(time.step);
    report.add_step_durations_ns(time.duration_ns);
  }
  if (job.failure.has_value()) *report.mutable_failure() = *job.failure;
  if (job.main_exit.has_value()) *report.mutable_main_exit() = *job.main_exit;
  if (job.life.ended()) {
    report.set_finished_unix_ns(job.finished_unix_ns);
    if (job.cpu.has_value()) {
      report.set_cgroup_user_cpu_ns(job.cpu->user_ns);
      report.set_cgroup_system_cpu_ns(job.cpu->system_ns);
    }
    *report.mutable_standard_output() = job.out_result;
    *report.mutable_standard_error() = job.err_result;
  }
  report.set_kill_unconfirmed(job.kill.unconfirmed());
  report.set_processes_left(job.kill.processes_left());
  return report;
}

}  // namespace proctor::jobhost
