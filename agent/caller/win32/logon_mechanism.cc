#include "agent/caller/win32/logon_mechanism.h"

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

// LM20_PWLEN is 256 UTF-16 units, of at most three bytes each.
constexpr size_t kMaxPassword = 768;

// For the log: everything that an error of WindowsLogon says.
std::string ReasonOf(const absl::Status& status) {
  std::string reason(status.message());
  const absl::optional<v1::FailureDetail> detail = GetFailureDetail(status);
  if (detail.has_value()) absl::StrAppend(&reason, " (", detail->advice(), ")");
  return reason;
}

class LogonHandshake final : public std::enable_shared_from_this<LogonHandshake> {
 public:
  LogonHandshake(const LogonMechanism::Parts& parts, absl::Duration refusal_time,
                 const HandshakeTerms& terms)
      : parts_(parts),
        address_(PeerAddress(terms.peer)),
        begun_(Clock::Real()->Monotonic()),
        refuse_at_(begun_ + refusal_time) {}

  void Start(v1::AuthenticateRequest request, Handshake::Done done) {
    done_ = std::move(done);
    absl::StatusOr<PasswordLogon> logon = TakePasswordLogon(request.mutable_logon());
    EraseSecret(request.mutable_logon()->mutable_password());
    // Names are the same whatever their case.
    user_ =
        absl::AsciiStrToLower(absl::StrCat(request.logon().domain(), "\\", request.logon().user()));
    switch (parts_.throttle->Begin(address_, user_)) {
      case LogonThrottle::Verdict::kAddressExhausted:
        return Answer(WithRefusalReason(
            absl::ResourceExhaustedError("too many failed logons from this address; wait a minute"),
            {user_, "too many failures of the address"}));
      case LogonThrottle::Verdict::kAccountExhausted:
        return Refuse("too many failures of the account");
      case LogonThrottle::Verdict::kAdmitted:
        break;
    }
    if (!logon.ok()) return Refuse(std::string(logon.status().message()));
    if (logon->password.view().size() > kMaxPassword) return Refuse("impossible credentials");
    logon_ = *std::move(logon);
    const absl::Status queued = parts_.workers->Run([self = shared_from_this()] { self->LogOn(); });
    if (!queued.ok()) NotJudged(queued);
  }

 private:
  // On a worker's thread: the system may ask a domain controller.
  void LogOn() {
    const absl::StatusOr<AnonymousCaller> caller = parts_.logon->LogOn(logon_);
    logon_.password = SecretBytes();
    if (absl::IsUnavailable(caller.status())) return NotJudged(caller.status());
    if (!caller.ok()) return Refuse(ReasonOf(caller.status()));
    absl::StatusOr<CallerToken> token = parts_.pipeline->Identify(*caller);
    if (!token.ok()) return Refuse(ReasonOf(token.status()));
    parts_.throttle->TakeBack(address_, user_);
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
        {user_, reason});
    parts_.refusals->At(refuse_at_,
                        [self = shared_from_this(), refused] { self->Answer(refused); });
  }

  void NotJudged(const absl::Status& status) {
    parts_.throttle->TakeBack(address_, user_);
    const absl::StatusCode code = absl::IsResourceExhausted(status)
                                      ? absl::StatusCode::kResourceExhausted
                                      : absl::StatusCode::kUnavailable;
    Answer(WithRefusalReason(absl::Status(code, "logons cannot be judged at this moment"),
                             {user_, ReasonOf(status)}));
  }

  // `done` may hold this handshake.
  void Answer(absl::StatusOr<HandshakeStep> step) {
    std::exchange(done_, nullptr)(std::move(step));
  }

  const LogonMechanism::Parts parts_;
  const std::string address_;
  const absl::Duration begun_;
  const absl::Duration refuse_at_;
  std::string user_;
  PasswordLogon logon_;
  Handshake::Done done_;
};

// Of the two owners of a handshake that waits for a worker, the caller's.
class SharedHandshake final : public Handshake {
 public:
  explicit SharedHandshake(std::shared_ptr<LogonHandshake> handshake)
      : handshake_(std::move(handshake)) {}
  void Continue(v1::AuthenticateRequest request, Done done) override {
    handshake_->Start(std::move(request), std::move(done));
  }

 private:
  const std::shared_ptr<LogonHandshake> handshake_;
};

}  // namespace

std::unique_ptr<Handshake> LogonMechanism::Begin(HandshakeTerms terms) {
  return std::make_unique<SharedHandshake>(
      std::make_shared<LogonHandshake>(parts_, refusal_time_, terms));
}

}  // namespace proctor
