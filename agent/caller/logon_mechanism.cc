#include "agent/caller/logon_mechanism.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "agent/caller/peer_address.h"
#include "agent/caller/refusal_reason.h"
#include "common/clock.h"
#include "common/erase_secret.h"
#include "common/failure_detail.h"

namespace proctor {
namespace {

// For the log: everything that the error says.
std::string ReasonOf(const absl::Status& status) {
  std::string reason(status.message());
  const absl::optional<v1::FailureDetail> detail = GetFailureDetail(status);
  if (detail.has_value() && !detail->advice().empty()) {
    absl::StrAppend(&reason, " (", detail->advice(), ")");
  }
  return reason;
}

// The domain "." is the machine itself, as none is.
std::string NameOf(const v1::LogonCredentials& credentials) {
  if (credentials.domain().empty() || credentials.domain() == ".") return credentials.user();
  return absl::StrCat(credentials.domain(), "\\", credentials.user());
}

// What the handshakes of one mechanism share.
struct Parts {
  LogonJudge* judge;
  TokenPipeline* pipeline;
  LogonThrottle* throttle;
  DelayedAnswers* refusals;
  absl::Duration refusal_time;
};

class LogonAttempt final : public std::enable_shared_from_this<LogonAttempt> {
 public:
  LogonAttempt(const Parts& parts, const HandshakeTerms& terms)
      : parts_(parts),
        address_(PeerAddress(terms.peer)),
        network_(PeerNetwork(terms.peer)),
        refuse_at_(Clock::Real()->Monotonic() + parts.refusal_time) {}

  void Start(v1::AuthenticateRequest request, Handshake::Done done) {
    v1::LogonCredentials* const credentials = request.mutable_logon();
    done_ = std::move(done);
    name_ = NameOf(*credentials);
    // Where names are the same whatever their case, so are the failures.
    account_ = absl::AsciiStrToLower(name_);
    switch (parts_.throttle->Begin(network_, account_)) {
      case LogonThrottle::Verdict::kAddressExhausted:
        Answer(WithRefusalReason(
            absl::ResourceExhaustedError("too many failed logons from this address; wait a minute"),
            {name_, "too many failures of the address"}));
        break;
      case LogonThrottle::Verdict::kAccountExhausted:
        Refuse("too many failures of the account");
        break;
      case LogonThrottle::Verdict::kAdmitted:
        parts_.judge->Judge(credentials, address_,
                            [self = shared_from_this()](absl::StatusOr<AnonymousCaller> caller) {
                              self->Judged(std::move(caller));
                            });
        break;
    }
    EraseSecret(credentials->mutable_password());
  }

 private:
  void Judged(absl::StatusOr<AnonymousCaller> caller) {
    if (absl::IsUnauthenticated(caller.status())) return Refuse(ReasonOf(caller.status()));
    if (!caller.ok()) return NotJudged(caller.status());
    absl::StatusOr<CallerToken> token = parts_.pipeline->Identify(*caller);
    if (!token.ok()) return Refuse(ReasonOf(token.status()));
    parts_.throttle->TakeBack(network_, account_);
    HandshakeStep step;
    step.caller = std::make_shared<const CallerToken>(*std::move(token));
    step.response.mutable_session();
    Answer(std::move(step));
  }

  // The same for everybody.
  void Refuse(const std::string& reason) {
    absl::Status refused = WithRefusalReason(
        absl::UnauthenticatedError("the logon failed: user or password is not right, or the "
                                   "account may not be used"),
        {name_, reason});
    parts_.refusals->At(refuse_at_,
                        [self = shared_from_this(), refused] { self->Answer(refused); });
  }

  void NotJudged(const absl::Status& status) {
    parts_.throttle->TakeBack(network_, account_);
    const absl::StatusCode code = absl::IsResourceExhausted(status)
                                      ? absl::StatusCode::kResourceExhausted
                                      : absl::StatusCode::kUnavailable;
    Answer(WithRefusalReason(absl::Status(code, "logons cannot be judged at this moment"),
                             {name_, ReasonOf(status)}));
  }

  // `done` may hold this attempt.
  void Answer(absl::StatusOr<HandshakeStep> step) {
    std::exchange(done_, nullptr)(std::move(step));
  }

  const Parts parts_;
  const std::string address_;
  const std::string network_;
  const absl::Duration refuse_at_;
  std::string name_;
  std::string account_;
  Handshake::Done done_;
};

// Of the two owners of an attempt, the caller's; the other is whoever judges it.
class LogonHandshake final : public Handshake {
 public:
  LogonHandshake(const Parts& parts, const HandshakeTerms& terms)
      : attempt_(std::make_shared<LogonAttempt>(parts, terms)) {}
  void Continue(v1::AuthenticateRequest request, Done done) override {
    attempt_->Start(std::move(request), std::move(done));
  }

 private:
  const std::shared_ptr<LogonAttempt> attempt_;
};

}  // namespace

LogonMechanism::LogonMechanism(LogonJudge* judge, TokenPipeline* pipeline, Options options)
    : judge_(judge),
      pipeline_(pipeline),
      refusal_time_(options.refusal_time),
      throttle_({.max_failures_per_minute = std::max(1u, options.max_failures_per_minute)},
                Clock::Real()) {}

std::unique_ptr<Handshake> LogonMechanism::Begin(HandshakeTerms terms) {
  return std::make_unique<LogonHandshake>(
      Parts{judge_, pipeline_, &throttle_, &refusals_, refusal_time_}, terms);
}

}  // namespace proctor
