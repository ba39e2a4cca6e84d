#include "agent/token/win32/token_verification.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/token/win32/token_restriction.h"

namespace proctor {
namespace {

bool IsSystemsSession(absl::string_view logon_session) {
  // LocalSystem, LocalService, NetworkService, anonymous.
  return logon_session == "0x0:0x3e7" || logon_session == "0x0:0x3e5" ||
         logon_session == "0x0:0x3e4" || logon_session == "0x0:0x3e6";
}

}  // namespace

absl::Status TokenDiffers(absl::string_view what, absl::string_view asked, absl::string_view got) {
  return absl::PermissionDeniedError(
      absl::StrCat("the token's ", what, " reads back as ", got, ", not ", asked));
}

absl::Status VerifyLogon(const Win32Token& token, absl::string_view user_sid, const Win32Token& own,
                         bool impersonation_will_do) {
  if (token.user_sid() != user_sid) return TokenDiffers("user", user_sid, token.user_sid());
  if (token.logon_session() == own.logon_session() || IsSystemsSession(token.logon_session())) {
    return TokenDiffers("logon session", "a new one", token.logon_session());
  }
  if (token.primary()) return absl::OkStatus();
  if (!impersonation_will_do) return TokenDiffers("type", "primary", "impersonation");
  if (token.level() < SecurityImpersonation) {
    return TokenDiffers("level", "impersonation", "identification");
  }
  return absl::OkStatus();
}

absl::Status VerifyPrimary(const Win32Token& made, const Win32Token& asked,
                           const v1::Restrictions& restrictions) {
  if (!made.primary()) return TokenDiffers("type", "primary", "impersonation");
  if (made.user_sid() != asked.user_sid()) {
    return TokenDiffers("user", asked.user_sid(), made.user_sid());
  }
  if (made.logon_session() != asked.logon_session()) {
    return TokenDiffers("logon session", asked.logon_session(), made.logon_session());
  }
  if (made.session() != asked.session()) {
    return TokenDiffers("session", absl::StrCat(asked.session()), absl::StrCat(made.session()));
  }
  if (made.elevated() && !asked.elevated()) return TokenDiffers("elevation", "none", "elevated");
  if (restrictions.integrity() != v1::UNCHANGED_INTEGRITY) {
    const uint32_t wanted = IntegrityRid(restrictions.integrity());
    if (made.integrity() != wanted) {
      return TokenDiffers("integrity", absl::StrCat("0x", absl::Hex(wanted)),
                          absl::StrCat("0x", absl::Hex(made.integrity())));
    }
  } else if (made.integrity() > asked.integrity()) {
    return TokenDiffers("integrity", absl::StrCat("0x", absl::Hex(asked.integrity())),
                        absl::StrCat("0x", absl::Hex(made.integrity())));
  }
  // A SID that the token does not have at all is ignored (CreateRestrictedToken).
  for (const std::string& sid : restrictions.deny_only_groups()) {
    const std::vector<std::string>& enabled = made.group_sids();
    if (std::find(enabled.begin(), enabled.end(), sid) != enabled.end()) {
      return TokenDiffers(sid, "deny only", "enabled");
    }
  }
  if (restrictions.drop_privileges()) {
    for (const std::string& privilege : made.privileges()) {
      if (privilege != "SeChangeNotifyPrivilege")
        return TokenDiffers("privileges", "dropped", privilege);
    }
  }
  return absl::OkStatus();
}

absl::Status VerifyMoved(const Win32Token& moved, const Win32Token& user, uint32_t session) {
  if (moved.session() != session) {
    return TokenDiffers("session", absl::StrCat(session), absl::StrCat(moved.session()));
  }
  if (moved.user_sid() != user.user_sid()) {
    return TokenDiffers("user", user.user_sid(), moved.user_sid());
  }
  if (moved.logon_session() != user.logon_session()) {
    return TokenDiffers("logon session", user.logon_session(), moved.logon_session());
  }
  return absl::OkStatus();
}

}  // namespace proctor
