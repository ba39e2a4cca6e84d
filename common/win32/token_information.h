#ifndef PROCTOR_COMMON_WIN32_TOKEN_INFORMATION_H_
#define PROCTOR_COMMON_WIN32_TOKEN_INFORMATION_H_

#include <windows.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace proctor {

// What GetTokenInformation says of a token, as values. `token` needs TOKEN_QUERY.

// "S-1-5-21-...". INVALID_ARGUMENT for what is not a SID.
absl::StatusOr<std::string> SidToString(PSID sid);
// TokenUser.
absl::StatusOr<std::string> TokenUserSid(HANDLE token);
// TokenGroups that are enabled and not deny-only, without the mandatory label; sorted.
absl::StatusOr<std::vector<std::string>> TokenEnabledGroupSids(HANDLE token);
// TokenGroups that are deny-only, sorted.
absl::StatusOr<std::vector<std::string>> TokenDenyOnlySids(HANDLE token);
// The SID of the token's logon session, "S-1-5-5-0-12345": the group with SE_GROUP_LOGON_ID. Empty
// for a token that has none, as LocalSystem's.
absl::StatusOr<std::string> TokenLogonSid(HANDLE token);
// TokenStatistics: type, impersonation level and logon session.
absl::StatusOr<TOKEN_STATISTICS> TokenStatisticsOf(HANDLE token);
// TokenIntegrityLevel's relative id: 0x2000 for medium.
absl::StatusOr<uint32_t> TokenIntegrity(HANDLE token);
// TokenSessionId.
absl::StatusOr<uint32_t> TokenSession(HANDLE token);
// TokenElevation.
absl::StatusOr<bool> TokenIsElevated(HANDLE token);
// The names of TokenPrivileges, "SeChangeNotifyPrivilege", sorted; with `enabled_only` those
// enabled.
absl::StatusOr<std::vector<std::string>> TokenPrivilegeNames(HANDLE token, bool enabled_only);

// "0x0:0x3e7"
std::string LuidText(const LUID& luid);
// "DOMAIN\\user"; empty when no account has this SID.
std::string AccountName(const std::string& sid);

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_TOKEN_INFORMATION_H_
