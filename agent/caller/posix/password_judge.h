#ifndef PROCTOR_AGENT_CALLER_POSIX_PASSWORD_JUDGE_H_
#define PROCTOR_AGENT_CALLER_POSIX_PASSWORD_JUDGE_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/secret_bytes.h"

namespace proctor {

// A user and a password, and where they came from.
struct PasswordAttempt {
  std::string user;
  SecretBytes password;
  std::string remote_host;  // "192.0.2.1"
};

// Asks PAM. Thread-safe.
class PasswordJudge {
 public:
  // The account's name as PAM has it. UNAUTHENTICATED: it was judged, and why it is not good, which
  // is for the log only. Any other error: it could not be judged.
  using Done = std::function<void(absl::StatusOr<std::string> user)>;

  virtual ~PasswordJudge() = default;

  // Does not block. `done` is called once, on this thread or on another where it must not block.
  virtual void Judge(PasswordAttempt attempt, Done done) = 0;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_POSIX_PASSWORD_JUDGE_H_
