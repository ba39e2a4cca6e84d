#ifndef PROCTOR_TESTS_AGENT_JOB_FAKE_JOB_HOST_H_
#define PROCTOR_TESTS_AGENT_JOB_FAKE_JOB_HOST_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agent/job/job_host.h"
#include "common/mutex.h"

namespace proctor {

// A job host that writes down what it is asked for.
class FakeJobHost final : public JobHost {
 public:
  struct KillCall {
    std::string job_id;
    int signal;
    absl::Duration grace;
  };

  FakeJobHost() { SetInfo(Life("life-1")); }

  std::function<void()> on_prepare;  // Set it before the first launch.

  static JobHostInfo Life(const std::string& life) {
    JobHostInfo info;
    info.life = life;
    info.boot_id = "boot-1";
    info.containment = v1::CGROUP_V2;
    return info;
  }

  absl::StatusOr<SendLaunch> PrepareLaunch(const LaunchOrder& order) override {
    if (on_prepare) on_prepare();
    return [this, job_id = order.job_id] {
      MutexLock lock(&mutex_);
      if (info_ == nullptr) return absl::UnavailableError("away");
      launched_.push_back(job_id);
      return absl::OkStatus();
    };
  }
  void Kill(const std::string& job_id, int signal, absl::Duration grace) override {
    MutexLock lock(&mutex_);
    kills_.push_back({job_id, signal, grace});
    changed_.NotifyAll();
  }
  absl::Status Signal(uint64_t request, const std::string&, int,
                      v1::SignalRequest::Target) override {
    MutexLock lock(&mutex_);
    signals_.push_back(request);
    return absl::OkStatus();
  }
  void Acknowledge(const std::string& job_id) override {
    MutexLock lock(&mutex_);
    acknowledged_.push_back(job_id);
  }
  void FollowOutput(const std::string& job_id, bool, uint64_t) override {
    MutexLock lock(&mutex_);
    followed_.push_back(job_id);
  }
  std::shared_ptr<const JobHostInfo> info() const override {
    MutexLock lock(&mutex_);
    if (goes_after_a_look_) return std::exchange(info_, nullptr);
    return info_;
  }
  // Its next info() is its last.
  void GoAfterALook() {
    MutexLock lock(&mutex_);
    goes_after_a_look_ = true;
  }

  void SetInfo(absl::optional<JobHostInfo> info) {
    MutexLock lock(&mutex_);
    info_ = info.has_value() ? std::make_shared<const JobHostInfo>(*std::move(info)) : nullptr;
  }
  std::vector<std::string> launched() const {
    MutexLock lock(&mutex_);
    return launched_;
  }
  std::vector<std::string> acknowledged() const {
    MutexLock lock(&mutex_);
    return acknowledged_;
  }
  std::vector<uint64_t> signals() const {
    MutexLock lock(&mutex_);
    return signals_;
  }
  std::vector<KillCall> kills() const {
    MutexLock lock(&mutex_);
    return kills_;
  }
  // False when so many kills have not come within ten seconds.
  bool AwaitKill(size_t count = 1) {
    MutexLock lock(&mutex_);
    while (kills_.size() < count) {
      if (!changed_.WaitFor(&mutex_, absl::Seconds(10))) return false;
    }
    return true;
  }

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  mutable std::shared_ptr<const JobHostInfo> info_ ABSL_GUARDED_BY(mutex_);
  bool goes_after_a_look_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::string> launched_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> acknowledged_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> followed_ ABSL_GUARDED_BY(mutex_);
  std::vector<uint64_t> signals_ ABSL_GUARDED_BY(mutex_);
  std::vector<KillCall> kills_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_JOB_FAKE_JOB_HOST_H_
