#ifndef PROCTOR_AGENT_TOKEN_POLICY_SOURCE_H_
#define PROCTOR_AGENT_TOKEN_POLICY_SOURCE_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "agent/token/policy.h"
#include "agent/token/run_as_policy.h"
#include "common/mutex.h"

namespace proctor {

// The policy that is in force. A reload puts another in its place: decisions begun go by the old
// one, the next by the new one, and nothing that exists (connections, sessions, jobs) is touched
// but what is still being answered of a job that the caller may no longer see. Thread-safe.
class PolicySource final : public RunAsPolicy {
 public:
  explicit PolicySource(std::shared_ptr<const Policy> policy) : policy_(std::move(policy)) {}

  // Never null; stays valid while it is held.
  std::shared_ptr<const Policy> Current() const {
    MutexLock lock(&mutex_);
    return policy_;
  }
  void Replace(std::shared_ptr<const Policy> policy) {
    MutexLock lock(&mutex_);
    policy_.swap(policy);
  }

  absl::Status MayLaunch(const Principal& caller) const override {
    return Current()->MayLaunch(caller);
  }
  absl::Status MayRunAs(const Principal& caller, const Principal& user) const override {
    return Current()->MayRunAs(caller, user);
  }
  absl::Status CouldRunAs(const Principal& caller, const Principal& user) const override {
    return Current()->CouldRunAs(caller, user);
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const Policy> policy_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POLICY_SOURCE_H_
