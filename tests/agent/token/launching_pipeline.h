#ifndef PROCTOR_TESTS_AGENT_TOKEN_LAUNCHING_PIPELINE_H_
#define PROCTOR_TESTS_AGENT_TOKEN_LAUNCHING_PIPELINE_H_

#include <vector>

#include "agent/token/token_pipeline.h"
#include "tests/agent/token/token_test_peer.h"

namespace proctor {

// Lets every caller launch as one user, with credentials of no platform: for a job host that starts
// no process.
class LaunchingPipeline final : public TokenPipeline {
 public:
  explicit LaunchingPipeline(uint32_t uid) : uid_(uid) {}

  absl::StatusOr<CallerToken> Identify(const AnonymousCaller&) override {
    return TokenTestPeer::Caller(uid_);
  }
  absl::StatusOr<ImpersonationToken> Impersonate(const CallerToken&, const v1::LaunchSpec&,
                                                 StageTrace*) override {
    return TokenTestPeer::Impersonation(uid_);
  }
  absl::StatusOr<PrimaryToken> MakePrimary(const ImpersonationToken&, const v1::Restrictions&,
                                           StageTrace*) override {
    return TokenTestPeer::Primary(uid_);
  }
  absl::StatusOr<LaunchToken> PrepareEnvironment(const PrimaryToken&, const v1::LaunchSpec&,
                                                 absl::string_view, StageTrace*) override {
    return TokenTestPeer::Launch(uid_);
  }
  absl::Status CanLaunchAs(const CallerToken&) const override { return absl::OkStatus(); }
  std::vector<v1::Capability> Capabilities() const override { return {}; }

 private:
  const uint32_t uid_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_TOKEN_LAUNCHING_PIPELINE_H_
