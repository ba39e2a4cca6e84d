#ifndef PROCTOR_AGENT_CALLER_LOGON_JUDGE_H_
#define PROCTOR_AGENT_CALLER_LOGON_JUDGE_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "agent/token/anonymous_caller.h"
#include "proctor/v1/authentication.pb.h"

namespace proctor {

// Whoever knows whether a password is right. Thread-safe.
class LogonJudge {
 public:
  // Whom the credentials are of; then on a thread that may block. UNAUTHENTICATED: they were
  // judged, and why they are not good, which is for the log only. Any other error: they could not
  // be judged.
  using Done = std::function<void(absl::StatusOr<AnonymousCaller> caller)>;

  virtual ~LogonJudge() = default;

  // Does not block. Takes the password out of `credentials`, which is overwritten there. `done` is
  // called once, on this thread or on another. `remote_host`: "192.0.2.1".
  virtual void Judge(v1::LogonCredentials* credentials, const std::string& remote_host,
                     Done done) = 0;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_LOGON_JUDGE_H_
