#ifndef PROCTOR_AGENT_CALLER_WIN32_WINDOWS_LOGON_JUDGE_H_
#define PROCTOR_AGENT_CALLER_WIN32_WINDOWS_LOGON_JUDGE_H_

#include <string>

#include "agent/caller/handshake_workers.h"
#include "agent/caller/logon_judge.h"
#include "agent/token/win32/logon.h"

namespace proctor {

// Has passwords judged by LogonUserW.
class WindowsLogonJudge final : public LogonJudge {
 public:
  explicit WindowsLogonJudge(WindowsLogon logon) : logon_(std::move(logon)) {}

  void Judge(v1::LogonCredentials* credentials, const std::string& remote_host, Done done) override;

 private:
  const WindowsLogon logon_;
  // The system may ask a domain controller. Of its own: handshakes that wait for a key distribution
  // centre do not hold up these.
  HandshakeWorkers workers_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_WIN32_WINDOWS_LOGON_JUDGE_H_
