#ifndef PROCTOR_AGENT_CALLER_POSIX_ACCOUNT_LOGON_JUDGE_H_
#define PROCTOR_AGENT_CALLER_POSIX_ACCOUNT_LOGON_JUDGE_H_

#include <string>
#include <utility>

#include "agent/caller/handshake_workers.h"
#include "agent/caller/logon_judge.h"
#include "agent/caller/posix/password_judge.h"

namespace proctor {

// Has passwords judged by PAM, and looks up the account that PAM names.
class AccountLogonJudge final : public LogonJudge {
 public:
  // `passwords` must outlive the judge. `service`: PAM's, for the sessions of the caller's jobs.
  AccountLogonJudge(PasswordJudge* passwords, std::string service)
      : passwords_(passwords), service_(std::move(service)) {}

  void Judge(v1::LogonCredentials* credentials, const std::string& remote_host, Done done) override;

 private:
  PasswordJudge* const passwords_;
  const std::string service_;
  // The name service may block. Of its own: handshakes that wait for a key distribution centre do
  // not hold up these.
  HandshakeWorkers workers_{2};
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_POSIX_ACCOUNT_LOGON_JUDGE_H_
