#include "tests/agent/job/simulated_job_host.h"

#include <algorithm>
#include <utility>

namespace proctor {
namespace {

constexpr int kPid = 4711;
constexpr int kTerminated = 15;

jobhost::JobReport Report(const std::string& job_id, bool final) {
  jobhost::JobReport report;
  report.set_job_id(job_id);
  report.set_phase(final ? jobhost::FINAL : jobhost::RUNNING);
  report.set_pid(kPid);
  report.set_started_unix_ns(1);
  report.set_containment(jobhost::CGROUP_V2);
  if (!final) return report;
  report.mutable_main_exit()->set_code(jobhost::BY_SIGNAL);
  report.mutable_main_exit()->set_wait_status(kTerminated);
  report.set_finished_unix_ns(2);
  return report;
}

}  // namespace

SimulatedJobHost::SimulatedJobHost(JobHostListener* listener, unsigned seed,
                                   absl::Duration longest_step)
    : listener_(listener), longest_step_(longest_step), random_(seed) {
  JobHostInfo info;
  info.life = "simulated";
  info.boot_id = "boot";
  info.containment = v1::CGROUP_V2;
  info_ = std::make_shared<const JobHostInfo>(std::move(info));
  thread_ = std::thread([this] { Loop(); });
}

SimulatedJobHost::~SimulatedJobHost() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    planned_.NotifyAll();
  }
  thread_.join();
}

absl::StatusOr<JobHost::SendLaunch> SimulatedJobHost::PrepareLaunch(const LaunchOrder& order) {
  return [this, job_id = order.job_id] {
    MutexLock lock(&mutex_);
    starts_[job_id] = absl::ZeroDuration();
    Plan(job_id, /*final=*/false);
    return absl::OkStatus();
  };
}

void SimulatedJobHost::Kill(const std::string& job_id, int, absl::Duration) {
  MutexLock lock(&mutex_);
  if (starts_.contains(job_id)) Plan(job_id, /*final=*/true);
}

absl::Status SimulatedJobHost::Signal(uint64_t, const std::string&, int,
                                      v1::SignalRequest::Target) {
  return absl::UnavailableError("there are no processes to signal");
}

void SimulatedJobHost::Acknowledge(const std::string&) {}
void SimulatedJobHost::FollowOutput(const std::string&, bool, uint64_t) { ++follows_; }

void SimulatedJobHost::ReportOutput(const std::string& job_id, uint64_t bytes_kept) {
  MutexLock lock(&mutex_);
  steps_.emplace(Clock::Real()->Monotonic(), Step{job_id, /*final=*/false, bytes_kept});
  planned_.NotifyAll();
}

// A job's end never comes before its start.
void SimulatedJobHost::Plan(const std::string& job_id, bool final) {
  const double part = std::uniform_real_distribution<double>(0.5, 1)(random_);
  const absl::Duration now = Clock::Real()->Monotonic();
  absl::Duration& start = starts_[job_id];
  const absl::Duration due = std::max(now, start) + part * longest_step_;
  if (!final) start = due;
  steps_.emplace(due, Step{job_id, final, 0});
  planned_.NotifyAll();
}

void SimulatedJobHost::Loop() {
  while (true) {
    Step next;
    {
      MutexLock lock(&mutex_);
      while (!stopping_ && (steps_.empty() || steps_.begin()->first > Clock::Real()->Monotonic())) {
        const absl::Duration rest =
            steps_.empty() ? absl::Seconds(1) : steps_.begin()->first - Clock::Real()->Monotonic();
        planned_.WaitFor(&mutex_, rest);
      }
      if (stopping_) return;
      next = std::move(steps_.begin()->second);
      steps_.erase(steps_.begin());
      if (next.final && starts_.erase(next.job_id) == 0) continue;
    }
    if (next.output > 0) {
      jobhost::OutputProgress progress;
      progress.set_job_id(next.job_id);
      progress.set_bytes_kept(next.output);
      listener_->OnOutputProgress(progress);
      continue;
    }
    listener_->OnJobReport(Report(next.job_id, next.final));
  }
}

}  // namespace proctor
