#include "agent/token/win32/win32_token.h"

#include "common/win32/token_information.h"

namespace proctor {
namespace {

// Moves the value of `result` to `*out`; the status is what is left.
template <typename T>
absl::Status Take(absl::StatusOr<T> result, T* out) {
  if (!result.ok()) return result.status();
  *out = *std::move(result);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Win32Token>> Win32Token::Read(UniqueHandle handle) {
  const HANDLE token = handle.get();
  TokenFacts facts;
  absl::Status status = Take(TokenUserSid(token), &facts.user_sid);
  TOKEN_STATISTICS statistics = {};
  status.Update(Take(TokenStatisticsOf(token), &statistics));
  status.Update(Take(TokenEnabledGroupSids(token), &facts.group_sids));
  status.Update(Take(TokenDenyOnlySids(token), &facts.deny_only_sids));
  status.Update(Take(TokenLogonSid(token), &facts.logon_sid));
  status.Update(Take(TokenSession(token), &facts.session));
  status.Update(Take(TokenIntegrity(token), &facts.integrity));
  status.Update(Take(TokenIsElevated(token), &facts.elevated));
  status.Update(Take(TokenPrivilegeNames(token, false), &facts.privileges));
  if (!status.ok()) return status;
  facts.logon_session = LuidText(statistics.AuthenticationId);
  facts.primary = statistics.TokenType == TokenPrimary;
  facts.level = facts.primary ? SecurityImpersonation : statistics.ImpersonationLevel;
  return std::make_shared<const Win32Token>(std::move(handle), std::move(facts));
}

}  // namespace proctor
