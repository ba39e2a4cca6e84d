#include "common/win32/token_identity.h"

#include <utility>

#include "common/win32/last_error.h"
#include "common/win32/token_information.h"

namespace proctor {
namespace {

absl::StatusOr<TokenIdentity> ReadIdentity(HANDLE token) {
  absl::StatusOr<std::string> sid = TokenUserSid(token);
  if (!sid.ok()) return sid.status();
  const absl::StatusOr<TOKEN_STATISTICS> statistics = TokenStatisticsOf(token);
  if (!statistics.ok()) return statistics.status();
  const absl::StatusOr<uint32_t> integrity = TokenIntegrity(token);
  if (!integrity.ok()) return integrity.status();
  return TokenIdentity{*std::move(sid), LuidText(statistics->AuthenticationId), *integrity};
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

bool RunsAsAdministrator() {
  alignas(SID) unsigned char sid[SECURITY_MAX_SID_SIZE];
  DWORD bytes = sizeof(sid);
  UniqueHandle process;
  UniqueHandle token;
  BOOL member = FALSE;
  // Of the process, not of whom its thread impersonates at this moment.
  return ::CreateWellKnownSid(WinBuiltinAdministratorsSid, nullptr, sid, &bytes) &&
         ::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE,
                            process.receive()) &&
         ::DuplicateToken(process.get(), SecurityIdentification, token.receive()) &&
         ::CheckTokenMembership(token.get(), sid, &member) && member;
}

}  // namespace proctor
