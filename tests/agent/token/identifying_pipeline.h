#ifndef PROCTOR_TESTS_AGENT_TOKEN_IDENTIFYING_PIPELINE_H_
#define PROCTOR_TESTS_AGENT_TOKEN_IDENTIFYING_PIPELINE_H_

#include <functional>
#include <utility>
#include <vector>

#include "agent/token/token_pipeline.h"

namespace proctor {

// Callers are whom the function makes of them; they have no jobs.
class IdentifyingPipeline final : public TokenPipeline {
 public:
  using Identity = std::function<absl::StatusOr<CallerToken>(const AnonymousCaller&)>;

  explicit IdentifyingPipeline(Identity identity) : identity_(std::move(identity)) {}

  absl::StatusOr<CallerToken> Identify(const AnonymousCaller& caller) override {
    return identity_(caller);
  }
  absl::StatusOr<ImpersonationToken> Impersonate(const CallerToken&, const v1::LaunchSpec&,
                                                 StageTrace*) override {
    return NoJobs();
  }
  absl::StatusOr<PrimaryToken> MakePrimary(const ImpersonationToken&, const v1::Restrictions&,
                                           StageTrace*) override {
    return NoJobs();
  }
  absl::StatusOr<LaunchToken> PrepareEnvironment(const PrimaryToken&, const v1::LaunchSpec&,
                                                 absl::string_view, StageTrace*) override {
    return NoJobs();
  }
  absl::Status CanLaunchAs(const CallerToken&) const override { return NoJobs(); }
  std::vector<v1::Capability> Capabilities() const override { return {}; }

 private:
  static absl::Status NoJobs() { return absl::FailedPreconditionError("no jobs in this test"); }

  const Identity identity_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_TOKEN_IDENTIFYING_PIPELINE_H_
