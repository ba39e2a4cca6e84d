#include "common/win32/token_identity.h"

#include <sddl.h>

#include <cstddef>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/win32/last_error.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

absl::StatusOr<std::string> UserSid(HANDLE token) {
  alignas(TOKEN_USER) std::byte buffer[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
  DWORD length = 0;
  if (!::GetTokenInformation(token, TokenUser, buffer, sizeof(buffer), &length)) {
    return LastErrorStatus("GetTokenInformation", "TokenUser");
  }
  wchar_t* text = nullptr;
  if (!::ConvertSidToStringSidW(reinterpret_cast<TOKEN_USER*>(buffer)->User.Sid, &text)) {
    return LastErrorStatus("ConvertSidToStringSidW");
  }
  const std::unique_ptr<wchar_t, decltype(&::LocalFree)> owner(text, &::LocalFree);
  return FromUtf16(text);
}

absl::StatusOr<TokenIdentity> ReadIdentity(HANDLE token) {
  absl::StatusOr<std::string> sid = UserSid(token);
  if (!sid.ok()) return sid.status();
  TOKEN_STATISTICS statistics = {};
  DWORD length = 0;
  if (!::GetTokenInformation(token, TokenStatistics, &statistics, sizeof(statistics), &length)) {
    return LastErrorStatus("GetTokenInformation", "TokenStatistics");
  }
  const LUID& session = statistics.AuthenticationId;
  return TokenIdentity{*std::move(sid), absl::StrCat("0x", absl::Hex(session.HighPart), ":0x",
                                                     absl::Hex(session.LowPart))};
}

absl::StatusOr<TokenIdentity> ReadIdentityOf(HANDLE process) {
  UniqueHandle token;
  if (!::OpenProcessToken(process, TOKEN_QUERY, token.receive())) {
    return LastErrorStatus("OpenProcessToken");
  }
  return ReadIdentity(token.get());
}

}  // namespace

absl::StatusOr<TokenIdentity> ReadTokenIdentity(const UniqueHandle& token) {
  return ReadIdentity(token.get());
}

absl::StatusOr<TokenIdentity> ReadProcessIdentity(const UniqueHandle& process) {
  return ReadIdentityOf(process.get());
}

absl::StatusOr<TokenIdentity> ReadOwnIdentity() { return ReadIdentityOf(::GetCurrentProcess()); }

}  // namespace proctor
