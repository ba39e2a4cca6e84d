#ifndef PROCTOR_AGENT_CALLER_WIN32_LOGON_MECHANISM_H_
#define PROCTOR_AGENT_CALLER_WIN32_LOGON_MECHANISM_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "agent/caller/delayed_answers.h"
#include "agent/caller/handshake_workers.h"
#include "agent/caller/logon_throttle.h"
#include "agent/caller/mechanism.h"
#include "agent/token/token_pipeline.h"
#include "agent/token/win32/logon.h"

namespace proctor {

// "logon": user, domain and password, judged by LogonUserW. Whatever is wrong, the answer is the
// same, and comes after about the same time; the audit log knows the system's code and what would
// help.
class LogonMechanism final : public Mechanism {
 public:
  // All of it must outlive the mechanism and its handshakes.
  struct Parts {
    const WindowsLogon* logon = nullptr;
    LogonThrottle* throttle = nullptr;
    TokenPipeline* pipeline = nullptr;
    HandshakeWorkers* workers = nullptr;
    DelayedAnswers* refusals = nullptr;
  };

  // `refusal_time`: from the request to a refusal, or longer where a domain controller takes
  // longer.
  explicit LogonMechanism(Parts parts, absl::Duration refusal_time = absl::Seconds(3))
      : parts_(parts), refusal_time_(refusal_time) {}

  absl::string_view name() const override { return "logon"; }
  std::unique_ptr<Handshake> Begin(HandshakeTerms terms) override;

 private:
  const Parts parts_;
  const absl::Duration refusal_time_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_WIN32_LOGON_MECHANISM_H_
