#ifndef PROCTOR_AGENT_TOKEN_WIN32_LOGON_H_
#define PROCTOR_AGENT_TOKEN_WIN32_LOGON_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "agent/token/anonymous_caller.h"
#include "agent/token/win32/token_calls.h"
#include "agent/token/win32/win32_token.h"
#include "common/clock.h"
#include "proctor/v1/authentication.pb.h"

namespace proctor {

// Takes the credentials out of a message; what the message held of the password is overwritten.
// INVALID_ARGUMENT (with the field) for what cannot be an account's name.
absl::StatusOr<PasswordLogon> TakePasswordLogon(v1::LogonCredentials* credentials);

// What jobs of such a logon can prove to other machines: all types but NETWORK_LOGON leave the
// password with the local security authority, which answers other machines' challenges with it.
v1::NetworkCredentials NetworkCredentialsOf(DWORD logon_type);

// Logs callers on with user and password: "To create a client process by logging on to the client",
// step 1 ("Processes in the Client Security Context", Microsoft Learn). Thread-safe.
class WindowsLogon {
 public:
  // All must outlive this. `own` is the agent's token.
  WindowsLogon(TokenCalls* calls, const Clock* clock, std::shared_ptr<const Win32Token> own)
      : calls_(calls), clock_(clock), own_(std::move(own)) {}

  // LogonUserW, and the token read back. May wait for a domain controller. An error says everything
  // (stage, call, code, advice) and is for the log: a caller must not learn what was wrong.
  absl::StatusOr<AnonymousCaller> LogOn(const PasswordLogon& logon) const;

 private:
  TokenCalls* const calls_;
  const Clock* const clock_;
  const std::shared_ptr<const Win32Token> own_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_WIN32_LOGON_H_
