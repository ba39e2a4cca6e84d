#ifndef PROCTOR_AGENT_JOB_ABSENT_JOB_HOST_H_
#define PROCTOR_AGENT_JOB_ABSENT_JOB_HOST_H_

#include <memory>
#include <string>

#include "agent/job/job_host.h"

namespace proctor {

// The job host of an agent that has none yet, or no more.
class AbsentJobHost final : public JobHost {
 public:
  static absl::Status IsAway() {
    return absl::UnavailableError("the job host is away; retry with the same request id");
  }

  absl::StatusOr<SendLaunch> PrepareLaunch(const LaunchOrder&) override { return IsAway(); }
  void Kill(const std::string&, int, absl::Duration) override {}
  absl::Status Signal(uint64_t, const std::string&, int, v1::SignalRequest::Target) override {
    return IsAway();
  }
  void Acknowledge(const std::string&) override {}
  void FollowOutput(const std::string&, bool, uint64_t) override {}
  std::shared_ptr<const JobHostInfo> info() const override { return nullptr; }
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_ABSENT_JOB_HOST_H_
