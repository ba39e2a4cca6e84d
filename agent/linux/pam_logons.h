#ifndef PROCTOR_AGENT_LINUX_PAM_LOGONS_H_
#define PROCTOR_AGENT_LINUX_PAM_LOGONS_H_

#include "agent/caller/delayed_answers.h"
#include "agent/caller/handshake_workers.h"
#include "agent/caller/logon_throttle.h"
#include "agent/caller/posix/logon_mechanism.h"
#include "agent/linux/pam_judge.h"
#include "agent/token/token_pipeline.h"
#include "proctor/config/config.pb.h"

namespace proctor {

// The mechanism "logon" with all that it needs, as the configuration wants it.
class PamLogons {
 public:
  // `host` and `pipeline` must outlive it.
  PamLogons(const config::LogonConfig& config, JobHostLink* host, TokenPipeline* pipeline);

  Mechanism* mechanism() { return &mechanism_; }

 private:
  PamJudge judge_;
  LogonThrottle throttle_;
  // Of its own: handshakes that wait for a key distribution centre do not hold up these.
  HandshakeWorkers workers_;
  DelayedAnswers refusals_;
  LogonMechanism mechanism_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_LINUX_PAM_LOGONS_H_
