#ifndef PROCTOR_AGENT_CALLER_LOGON_JUDGE_H_
#define PROCTOR_AGENT_CALLER_LOGON_JUDGE_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/secret_bytes.h"

namespace proctor {

// A user and a password, and where they came from.
struct LogonAttempt {
  std::string user;
  SecretBytes password;
  std::string remote_host;  // "192.0.2.1"
};

// Whoever knows whether a password is right. Thread-safe.
class LogonJudge {
 public:
  // The account's name as the judge has it. UNAUTHENTICATED: it was judged, and why it is not good,
  // which is for the log only. Any other error: it could not be judged.
  using Done = std::function<void(absl::StatusOr<std::string> user)>;

  virtual ~LogonJudge() = default;

  // Does not block. `done` is called once, on this thread or on another where it must not block.
  virtual void Judge(LogonAttempt attempt, Done done) = 0;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_LOGON_JUDGE_H_
