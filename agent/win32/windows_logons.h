#ifndef PROCTOR_AGENT_WIN32_WINDOWS_LOGONS_H_
#define PROCTOR_AGENT_WIN32_WINDOWS_LOGONS_H_

#include <memory>

#include "agent/caller/logon_mechanism.h"
#include "agent/caller/win32/windows_logon_judge.h"
#include "agent/token/token_pipeline.h"
#include "proctor/config/config.pb.h"

namespace proctor {

// The mechanism "logon" with all that it needs, as the configuration wants it.
class WindowsLogons {
 public:
  // `pipeline` must outlive it. `own` is the agent's token.
  WindowsLogons(const config::LogonConfig& config, std::shared_ptr<const Win32Token> own,
                TokenPipeline* pipeline);

  Mechanism* mechanism() { return &mechanism_; }

 private:
  LogonMechanism mechanism_;  // Its handshakes may be on threads of the judge.
  WindowsLogonJudge judge_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_WINDOWS_LOGONS_H_
