#ifndef PROCTOR_AGENT_WIN32_WINDOWS_LOGONS_H_
#define PROCTOR_AGENT_WIN32_WINDOWS_LOGONS_H_

#include <memory>

#include "agent/caller/delayed_answers.h"
#include "agent/caller/handshake_workers.h"
#include "agent/caller/logon_throttle.h"
#include "agent/caller/win32/logon_mechanism.h"
#include "agent/token/token_pipeline.h"
#include "agent/token/win32/logon.h"
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
  const WindowsLogon logon_;
  LogonThrottle throttle_;
  DelayedAnswers refusals_;
  // Of its own: handshakes that wait for a key distribution centre do not hold up these.
  HandshakeWorkers workers_;
  LogonMechanism mechanism_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_WINDOWS_LOGONS_H_
