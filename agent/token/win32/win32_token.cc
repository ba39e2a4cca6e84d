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
  std::shared_ptr<Win32Token> token(new Win32Token(std::move(handle)));
  if (absl::Status read = token->ReadAll(); !read.ok()) return read;
  return std::shared_ptr<const Win32Token>(std::move(token));
}

absl::Status Win32Token::ReadAll() {
  const HANDLE token = handle_.get();
  absl::Status status = Take(TokenUserSid(token), &user_sid_);
  TOKEN_STATISTICS statistics = {};
  status.Update(Take(TokenStatisticsOf(token), &statistics));
  status.Update(Take(TokenEnabledGroupSids(token), &group_sids_));
  status.Update(Take(TokenDenyOnlySids(token), &deny_only_sids_));
  status.Update(Take(TokenLogonSid(token), &logon_sid_));
  status.Update(Take(TokenSession(token), &session_));
  status.Update(Take(TokenIntegrity(token), &integrity_));
  status.Update(Take(TokenIsElevated(token), &elevated_));
  status.Update(Take(TokenPrivilegeNames(token, false), &privileges_));
  logon_session_ = LuidText(statistics.AuthenticationId);
  primary_ = statistics.TokenType == TokenPrimary;
  level_ = primary_ ? SecurityImpersonation : statistics.ImpersonationLevel;
  return status;
}

}  // namespace proctor
