#ifndef PROCTOR_AGENT_CALLER_POSIX_ACCOUNT_LOGON_JUDGE_H_
#define PROCTOR_AGENT_CALLER_POSIX_ACCOUNT_LOGON_JUDGE_H_

#include <functional>
#include <string>
#include <utility>

#include "agent/caller/logon_judge.h"
#include "agent/caller/posix/password_judge.h"
#include "agent/token/posix/account_identity.h"
#include "common/user_workers.h"

namespace proctor {

// Has passwords judged by PAM, and looks up the account that PAM names.
class AccountLogonJudge final : public LogonJudge {
 public:
  using IdentityOf = std::function<absl::StatusOr<v1::Principal>(const std::string& account)>;

  // `passwords` and `lookups` must outlive the judge. `service`: PAM's, for the sessions of the
  // caller's jobs. `lookups`: the threads that wait for the name service, which `identity` asks.
  AccountLogonJudge(PasswordJudge* passwords, std::string service, UserWorkers* lookups,
                    IdentityOf identity = &IdentityOfAccount)
      : passwords_(passwords),
        service_(std::move(service)),
        lookups_(lookups),
        identity_(std::move(identity)) {}

  void Judge(v1::LogonCredentials* credentials, const std::string& remote_host, Done done) override;

 private:
  PasswordJudge* const passwords_;
  const std::string service_;
  UserWorkers* const lookups_;
  const IdentityOf identity_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_POSIX_ACCOUNT_LOGON_JUDGE_H_
