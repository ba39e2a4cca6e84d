#include "common/win32/session_user.h"

// clang-format off
#include <windows.h>
#include <wtsapi32.h>
// clang-format on

#include <utility>

#include "common/win32/last_error.h"
#include "common/win32/thread_privileges.h"
#include "common/win32/token_information.h"
#include "common/win32/unique_handle.h"

namespace proctor {
namespace {

constexpr const wchar_t* kTrustedBase[] = {L"SeTcbPrivilege"};

}  // namespace

absl::StatusOr<SessionUser> ReadSessionUser(uint32_t session) {
  UniqueHandle token;
  {
    const ThreadPrivileges privileges(kTrustedBase);
    if (!::WTSQueryUserToken(session, token.receive())) {
      return ::GetLastError() == ERROR_NO_TOKEN
                 ? OsErrorStatus(absl::StatusCode::kNotFound, "WTSQueryUserToken", ERROR_NO_TOKEN)
                 : LastErrorStatus("WTSQueryUserToken");
    }
  }
  absl::StatusOr<std::string> user = TokenUserSid(token.get());
  if (!user.ok()) return user.status();
  absl::StatusOr<std::string> logon = TokenLogonSid(token.get());
  if (!logon.ok()) return logon.status();
  return SessionUser{*std::move(user), *std::move(logon)};
}

}  // namespace proctor
