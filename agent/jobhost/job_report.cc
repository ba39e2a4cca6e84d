#include "agent/jobhost/job_report.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>

namespace proctor::jobhost {
namespace {

uint64_t Nanoseconds(const timeval& time) {
  return static_cast<uint64_t>(time.tv_sec) * 1000000000 +
         static_cast<uint64_t>(time.tv_usec) * 1000;
}

}  // namespace

CpuTime SinceStart(CpuTime total, uint64_t started_cpu_ns) {
  // The child makes system calls and little else.
  const uint64_t of_system = std::min(total.system_ns, started_cpu_ns);
  total.system_ns -= of_system;
  total.user_ns -= std::min(total.user_ns, started_cpu_ns - of_system);
  return total;
}

MainExit DescribeExit(int wait_status, const rusage& usage, uint64_t started_cpu_ns) {
  MainExit end;
  if (WIFEXITED(wait_status)) {
    end.set_code(BY_EXIT);
    end.set_wait_status(WEXITSTATUS(wait_status));
  } else {
    end.set_code(WCOREDUMP(wait_status) ? BY_SIGNAL_WITH_CORE : BY_SIGNAL);
    end.set_wait_status(WTERMSIG(wait_status));
  }
  const CpuTime cpu =
      SinceStart({Nanoseconds(usage.ru_utime), Nanoseconds(usage.ru_stime)}, started_cpu_ns);
  end.set_user_cpu_ns(cpu.user_ns);
  end.set_system_cpu_ns(cpu.system_ns);
  rusage own;
  if (::getrusage(RUSAGE_SELF, &own) == 0 && usage.ru_maxrss > own.ru_maxrss) {
    end.set_max_rss_bytes(static_cast<uint64_t>(usage.ru_maxrss) * 1024);
  }
  return end;
}

JobReport BuildReport(const Job& job, Containment containment) {
  JobReport report;
  report.set_job_id(job.id);
  report.set_phase(job.life.phase());
  if (job.pid != 0) {
    report.set_pid(job.pid);
    report.set_start_time_ticks(job.start_time_ticks);
    report.set_started_unix_ns(job.started_unix_ns);
    report.set_containment(containment);
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
