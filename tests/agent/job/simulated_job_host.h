#ifndef PROCTOR_TESTS_AGENT_JOB_SIMULATED_JOB_HOST_H_
#define PROCTOR_TESTS_AGENT_JOB_SIMULATED_JOB_HOST_H_

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "agent/job/job_host.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace proctor {

// A job host without processes: each job starts after a random moment, runs until it is killed, and
// then ends after another.
class SimulatedJobHost final : public JobHost {
 public:
  // A moment is half of `longest_step` at least. Reports to `listener`, which must outlive it, on a
  // thread of its own.
  SimulatedJobHost(JobHostListener* listener, unsigned seed, absl::Duration longest_step);
  ~SimulatedJobHost() override;

  absl::StatusOr<SendLaunch> PrepareLaunch(const LaunchOrder& order) override;
  void Kill(const std::string& job_id, int signal, absl::Duration grace) override;
  absl::Status Signal(uint64_t request, const std::string& job_id, int signal,
                      v1::SignalRequest::Target target) override;
  void Acknowledge(const std::string& job_id) override;
  void FollowOutput(const std::string& job_id, bool standard_error, uint64_t offset) override;
  std::shared_ptr<const JobHostInfo> info() const override { return info_; }

  // How often somebody wanted to hear of more output.
  int follows() const { return follows_; }
  // Reports output, on the host's thread.
  void ReportOutput(const std::string& job_id, uint64_t bytes_kept);

 private:
  void Loop();
  void Plan(const std::string& job_id, bool final) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  struct Step {
    std::string job_id;
    bool final;
    uint64_t output = 0;  // Only this is reported.
  };

  JobHostListener* const listener_;
  const absl::Duration longest_step_;
  std::shared_ptr<const JobHostInfo> info_;
  Mutex mutex_;
  CondVar planned_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::minstd_rand random_ ABSL_GUARDED_BY(mutex_);
  std::multimap<absl::Duration, Step> steps_ ABSL_GUARDED_BY(mutex_);     // By the monotonic clock.
  std::map<std::string, absl::Duration> starts_ ABSL_GUARDED_BY(mutex_);  // Of jobs not final.
  std::atomic<int> follows_ = 0;
  std::thread thread_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_JOB_SIMULATED_JOB_HOST_H_
