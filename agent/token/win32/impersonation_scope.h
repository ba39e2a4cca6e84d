#ifndef PROCTOR_AGENT_TOKEN_WIN32_IMPERSONATION_SCOPE_H_
#define PROCTOR_AGENT_TOKEN_WIN32_IMPERSONATION_SCOPE_H_

#include <cstdlib>

#include "absl/status/status.h"
#include "agent/token/win32/token_calls.h"

namespace proctor {

// What helps where a thread may not act as a caller.
inline constexpr char kImpersonateAdvice[] =
    "open the pipe with SECURITY_IMPERSONATION, and give the agent 'Impersonate a client after "
    "authentication' (SeImpersonatePrivilege)";
// This thread acts as a token's user until the end of the scope. Neither copied nor moved, so it
// ends on the thread it began on. A thread that could not become itself again must not serve
// anybody: the process ends. No waits and no callbacks inside.
class ImpersonationScope {
 public:
  ImpersonationScope(TokenCalls* calls, HANDLE token)
      : calls_(calls), status_(calls->Impersonate(token)) {}
  ~ImpersonationScope() {
    if (status_.ok() && !calls_->Revert().ok()) std::abort();
  }
  ImpersonationScope(const ImpersonationScope&) = delete;
  ImpersonationScope& operator=(const ImpersonationScope&) = delete;

  // Whether the thread is the user; if not, nothing may be done in the user's name.
  const absl::Status& status() const { return status_; }

 private:
  TokenCalls* const calls_;
  const absl::Status status_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_WIN32_IMPERSONATION_SCOPE_H_
