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

// A token and what was read back from it. Immutable; the handle is for this process alone.
class Win32Token final : public SecurityContext {
 public:
  // Reads everything back; `handle` needs TOKEN_QUERY. The system's error when it is no token:
  // calls that lie about their success are found out here.
  static absl::StatusOr<std::shared_ptr<const Win32Token>> Read(UniqueHandle handle);

  HANDLE handle() const { return handle_.get(); }
  const std::string& user_sid() const { return user_sid_; }
  const std::vector<std::string>& group_sids() const { return group_sids_; }
  const std::vector<std::string>& deny_only_sids() const { return deny_only_sids_; }
  // TokenStatistics.AuthenticationId, "0x0:0x3e7".
  const std::string& logon_session() const { return logon_session_; }
  // TokenLogonSid; empty without.
  const std::string& logon_sid() const { return logon_sid_; }
  // The terminal session, TokenSessionId.
  uint32_t session() const { return session_; }
  bool primary() const { return primary_; }
  // Of an impersonation token.
  SECURITY_IMPERSONATION_LEVEL level() const { return level_; }
  uint32_t integrity() const { return integrity_; }
  bool elevated() const { return elevated_; }
  const std::vector<std::string>& privileges() const { return privileges_; }

 private:
  explicit Win32Token(UniqueHandle handle) : handle_(std::move(handle)) {}
  absl::Status ReadAll();

  UniqueHandle handle_;
  std::string user_sid_;
  std::vector<std::string> group_sids_;
  std::vector<std::string> deny_only_sids_;
  std::string logon_session_;
  std::string logon_sid_;
  uint32_t session_ = 0;
  bool primary_ = false;
  SECURITY_IMPERSONATION_LEVEL level_ = SecurityAnonymous;
  uint32_t integrity_ = 0;
  bool elevated_ = false;
  std::vector<std::string> privileges_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_WIN32_WIN32_TOKEN_H_
