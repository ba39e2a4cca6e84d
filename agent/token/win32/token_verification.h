#ifndef PROCTOR_AGENT_TOKEN_WIN32_TOKEN_VERIFICATION_H_
#define PROCTOR_AGENT_TOKEN_WIN32_TOKEN_VERIFICATION_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "agent/token/win32/win32_token.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// Whether a token, read back, is what the system was asked for. A call that reports success has
// proved nothing: each of these says PERMISSION_DENIED with what differs.

constexpr char kTokenLiesAdvice[] =
    "the system said it did what it did not do; nothing was started, and nothing should be trusted "
    "to it";

absl::Status TokenDiffers(absl::string_view what, absl::string_view asked, absl::string_view got);

// That `token` is what a logon of the account `user_sid` must give: of that user, of a logon
// session that is not the agent's (`own`) nor one of the system's, and primary unless
// `impersonation_will_do`.
absl::Status VerifyLogon(const Win32Token& token, absl::string_view user_sid, const Win32Token& own,
                         bool impersonation_will_do);

// That `made` is the primary token of the user of `asked`, in its sessions, with nothing more and
// every restriction.
absl::Status VerifyPrimary(const Win32Token& made, const Win32Token& asked,
                           const v1::Restrictions& restrictions);

// That `moved` is `user` in the terminal session `session`.
absl::Status VerifyMoved(const Win32Token& moved, const Win32Token& user, uint32_t session);

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_WIN32_TOKEN_VERIFICATION_H_
