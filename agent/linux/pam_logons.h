#ifndef PROCTOR_AGENT_LINUX_PAM_LOGONS_H_
#define PROCTOR_AGENT_LINUX_PAM_LOGONS_H_

#include "agent/caller/logon_mechanism.h"
#include "agent/caller/posix/account_logon_judge.h"
#include "agent/linux/pam_judge.h"
#include "agent/token/token_pipeline.h"
#include "common/user_workers.h"
#include "proctor/config/config.pb.h"

namespace proctor {

// The mechanism "logon" with all that it needs, as the configuration wants it.
class PamLogons {
 public:
  // `host`, `pipeline` and `lookups` must outlive it.
  PamLogons(const config::LogonConfig& config, JobHostLink* host, TokenPipeline* pipeline,
            UserWorkers* lookups, AccountLogonJudge::IdentityOf identity);

  Mechanism* mechanism() { return &mechanism_; }

 private:
  PamJudge passwords_;
  LogonMechanism mechanism_;  // Its handshakes may be on threads of the judge.
  AccountLogonJudge judge_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_LINUX_PAM_LOGONS_H_
