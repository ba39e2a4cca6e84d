#ifndef PROCTOR_AGENT_TOKEN_ACCOUNT_CHECK_H_
#define PROCTOR_AGENT_TOKEN_ACCOUNT_CHECK_H_

#include <string>

#include "absl/status/status.h"

namespace proctor {

// Whoever says whether an account may be used now, beside that it exists: that it has not expired,
// and is not kept out. Thread-safe.
class AccountCheck {
 public:
  virtual ~AccountCheck() = default;

  // Blocks, for a few seconds at most. PERMISSION_DENIED: the account may not be used, and why; any
  // other error: nobody could be asked. Both have a v1::FailureDetail with call and advice.
  // `remote_host`: where its user comes from, "192.0.2.1"; empty: nowhere else.
  virtual absl::Status Check(const std::string& account, const std::string& remote_host) = 0;

  // What is asked: "PAM account management, service proctor".
  virtual std::string name() const = 0;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_ACCOUNT_CHECK_H_
