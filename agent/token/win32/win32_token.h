#ifndef PROCTOR_AGENT_TOKEN_WIN32_WIN32_TOKEN_H_
#define PROCTOR_AGENT_TOKEN_WIN32_WIN32_TOKEN_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/token/security_context.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// What GetTokenInformation says of a token.
struct TokenFacts {
  std::string user_sid;
  std::vector<std::string> group_sids;  // Enabled ones.
  std::vector<std::string> deny_only_sids;
  std::string logon_session;  // TokenStatistics.AuthenticationId, "0x0:0x3e7".
  std::string logon_sid;      // TokenLogonSid; empty without.
  uint32_t session = 0;       // The terminal session, TokenSessionId.
  bool primary = false;
  SECURITY_IMPERSONATION_LEVEL level = SecurityAnonymous;  // SecurityImpersonation for a primary.
  uint32_t integrity = 0;
  bool elevated = false;
  std::vector<std::string> privileges;
};

// A token and what was read back from it. Immutable; the handle is for this process alone.
class Win32Token final : public SecurityContext {
 public:
  Win32Token(UniqueHandle handle, TokenFacts facts)
      : handle_(std::move(handle)), facts_(std::move(facts)) {}

  // Reads everything back; `handle` needs TOKEN_QUERY. The system's error when it is no token:
  // calls that lie about their success are found out here.
  static absl::StatusOr<std::shared_ptr<const Win32Token>> Read(UniqueHandle handle);

  HANDLE handle() const { return handle_.get(); }
  const std::string& user_sid() const { return facts_.user_sid; }
  const std::vector<std::string>& group_sids() const { return facts_.group_sids; }
  const std::vector<std::string>& deny_only_sids() const { return facts_.deny_only_sids; }
  const std::string& logon_session() const { return facts_.logon_session; }
  const std::string& logon_sid() const { return facts_.logon_sid; }
  uint32_t session() const { return facts_.session; }
  bool primary() const { return facts_.primary; }
  SECURITY_IMPERSONATION_LEVEL level() const { return facts_.level; }
  uint32_t integrity() const { return facts_.integrity; }
  bool elevated() const { return facts_.elevated; }
  const std::vector<std::string>& privileges() const { return facts_.privileges; }

 private:
  const UniqueHandle handle_;
  const TokenFacts facts_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_WIN32_WIN32_TOKEN_H_
