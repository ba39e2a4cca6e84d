#ifndef PROCTOR_AGENT_CALLER_POSIX_LOGON_MECHANISM_H_
#define PROCTOR_AGENT_CALLER_POSIX_LOGON_MECHANISM_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "agent/caller/delayed_answers.h"
#include "agent/caller/handshake_workers.h"
#include "agent/caller/logon_judge.h"
#include "agent/caller/logon_throttle.h"
#include "agent/caller/mechanism.h"
#include "agent/token/token_pipeline.h"

namespace proctor {

// "logon": user and password, judged by PAM. Whatever is wrong, the answer is the same, and comes
// after about the same time; the audit log knows more.
class LogonMechanism final : public Mechanism {
 public:
  // All of it must outlive the mechanism and its handshakes.
  struct Parts {
    LogonJudge* judge = nullptr;
    LogonThrottle* throttle = nullptr;
    TokenPipeline* pipeline = nullptr;
    HandshakeWorkers* workers = nullptr;
    DelayedAnswers* refusals = nullptr;
  };
  struct Options {
    std::string service;  // Of PAM: "proctor".
    // From the request to a refusal, or longer where PAM takes longer. More than pam_unix(8) takes
    // for a wrong password: two seconds, give or take a quarter.
    absl::Duration refusal_time = absl::Seconds(3);
  };

  LogonMechanism(Parts parts, Options options) : parts_(parts), options_(std::move(options)) {}

  absl::string_view name() const override { return "logon"; }
  std::unique_ptr<Handshake> Begin(HandshakeTerms terms) override;

 private:
  const Parts parts_;
  const Options options_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_POSIX_LOGON_MECHANISM_H_
