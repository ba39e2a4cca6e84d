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

}  // namespace proctor
