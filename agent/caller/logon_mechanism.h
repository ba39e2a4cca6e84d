#ifndef PROCTOR_AGENT_CALLER_LOGON_MECHANISM_H_
#define PROCTOR_AGENT_CALLER_LOGON_MECHANISM_H_

#include <memory>

#include "absl/time/time.h"
#include "agent/caller/delayed_answers.h"
#include "agent/caller/logon_judge.h"
#include "agent/caller/logon_throttle.h"
#include "agent/caller/mechanism.h"
#include "agent/token/token_pipeline.h"

namespace proctor {

// "logon": user and password, judged by the system (PAM, LogonUserW). Whatever is wrong, the answer
// is the same, and comes after about the same time; the audit log knows more.
class LogonMechanism final : public Mechanism {
 public:
  struct Options {
    uint32_t max_failures_per_minute = 10;  // Of an address, and of an account; 0 is taken for 1.
    // From the request to a refusal, or longer where the judge takes longer. More than pam_unix(8)
    // takes for a wrong password: two seconds, give or take a quarter.
    absl::Duration refusal_time = absl::Seconds(3);
  };

  // Both must outlive the last call of Begin. The mechanism must outlive its handshakes, and so
  // whatever threads the judge answers on.
  LogonMechanism(LogonJudge* judge, TokenPipeline* pipeline, Options options);

  absl::string_view name() const override { return "logon"; }
  std::unique_ptr<Handshake> Begin(HandshakeTerms terms) override;

 private:
  LogonJudge* const judge_;
  TokenPipeline* const pipeline_;
  const absl::Duration refusal_time_;
  LogonThrottle throttle_;
  DelayedAnswers refusals_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_LOGON_MECHANISM_H_
