#ifndef PROCTOR_AGENT_CALLER_POSIX_ACCOUNT_LOGON_JUDGE_H_
#define PROCTOR_AGENT_CALLER_POSIX_ACCOUNT_LOGON_JUDGE_H_

#include <string>
#include <utility>

#include "agent/caller/logon_judge.h"
#include "agent/caller/posix/password_judge.h"
#include "common/user_workers.h"

namespace proctor {

// Has passwords judged by PAM, and looks up the account that PAM names.
class AccountLogonJudge final : public LogonJudge {
 public:
  // `passwords` and `lookups` must outlive the judge. `service`: PAM's, for the sessions of the
  // caller's jobs. `lookups`: the threads that wait for the name service.
  AccountLogonJudge(PasswordJudge* passwords, std::string service, UserWorkers* lookups)
      : passwords_(passwords), service_(std::move(service)), lookups_(lookups) {}

  void Judge(v1::LogonCredentials* credentials, const std::string& remote_host, Done done) override;

 private:
  PasswordJudge* const passwords_;
  const std::string service_;
  UserWorkers* const lookups_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_POSIX_ACCOUNT_LOGON_JUDGE_H_
