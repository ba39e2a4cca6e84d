#ifndef PROCTOR_TESTS_AGENT_TOKEN_LAUNCHING_PIPELINE_H_
#define PROCTOR_TESTS_AGENT_TOKEN_LAUNCHING_PIPELINE_H_

#include <vector>

#include "agent/token/token_pipeline.h"
#include "common/mutex.h"
#include "tests/agent/token/token_test_peer.h"

namespace proctor {

// Lets every caller launch as one user, with credentials of no platform: for a job host that starts
// no process.
class LaunchingPipeline final : public TokenPipeline {
 public:
  explicit LaunchingPipeline(uint32_t uid) : uid_(uid) {}

  // Whoever the connection says, by the name that it says.
  absl::StatusOr<CallerToken> Identify(const AnonymousCaller& caller) override {
    return TokenTestPeer::Caller(caller.credentials.posix().uid(), caller.credentials.name());
  }
  // Lets no launch pass this stage until Open().
  void Close() {
    MutexLock lock(&mutex_);
    closed_ = true;
  }
  void Open() {
    MutexLock lock(&mutex_);
    closed_ = false;
    opened_.NotifyAll();
  }

  absl::StatusOr<ImpersonationToken> Impersonate(const CallerToken&, const v1::LaunchSpec&,
                                                 StageTrace*) override {
    MutexLock lock(&mutex_);
    while (closed_) opened_.Wait(&mutex_);
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
  Mutex mutex_;
  CondVar opened_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_TOKEN_LAUNCHING_PIPELINE_H_
