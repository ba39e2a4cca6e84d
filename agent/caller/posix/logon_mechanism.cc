#include "agent/caller/posix/logon_mechanism.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/caller/peer_address.h"
#include "agent/caller/refusal_reason.h"
#include "agent/token/posix/account_identity.h"
#include "agent/token/posix/pam_logon.h"
#include "common/clock.h"
#include "common/erase_secret.h"
#include "common/secret_bytes.h"

namespace proctor {
namespace {

constexpr size_t kMaxUser = 256;
constexpr size_t kMaxPassword = 4096;

class LogonHandshake final : public Handshake, public std::enable_shared_from_this<LogonHandshake> {
 public:
  LogonHandshake(const LogonMechanism::Parts& parts, const LogonMechanism::Options& options,
                 const HandshakeTerms& terms)
      : parts_(parts),
        options_(options),
        address_(PeerAddress(terms.peer)),
        begun_(Clock::Real()->Monotonic()) {}

  void Continue(v1::AuthenticateRequest request, Done done) override {
    v1::LogonCredentials& logon = *request.mutable_logon();
    user_ = logon.user();
    SecretBytes password(std::move(*logon.mutable_password()));
    EraseSecret(logon.mutable_password());
    done_ = std::move(done);
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
    if (user_.empty() || user_.size() > kMaxUser || password.view().size() > kMaxPassword ||
        !logon.domain().empty() || user_.find('\0') != std::string::npos) {
      return Refuse("impossible credentials");
    }
    parts_.judge->Judge(
        {user_, std::move(password), address_},
        [self = shared_from_this()](absl::StatusOr<std::string> user) { self->Judged(user); });
  }

 private:
  // On the judge's thread.
  void Judged(const absl::StatusOr<std::string>& user) {
    if (absl::IsUnauthenticated(user.status())) return Refuse(std::string(user.status().message()));
    if (!user.ok()) {
      parts_.throttle->TakeBack(address_, user_);
      return NotJudged(user.status());
    }
    // The name service may block.
    const absl::Status queued =
        parts_.workers->Run([self = shared_from_this(), name = *user] { self->LookUp(name); });
    if (!queued.ok()) NotJudged(queued);
  }

  void LookUp(const std::string& name) {
    absl::StatusOr<HandshakeStep> step = Identify(name);
    // PAM knows accounts that the name service does not: nobody of this machine.
    if (!step.ok()) return Refuse(std::string(step.status().message()));
    parts_.throttle->TakeBack(address_, user_);
    Answer(std::move(step));
  }

  absl::StatusOr<HandshakeStep> Identify(const std::string& name) const {
    absl::StatusOr<v1::Principal> principal = IdentityOfAccount(name);
    if (!principal.ok()) return principal.status();
    AnonymousCaller caller;
    caller.credentials = *std::move(principal);
    caller.context = std::make_shared<const PamLogon>(options_.service, name);
    caller.authentication.set_mechanism("password (PAM)");
    caller.authentication.set_level(v1::PRIMARY);
    v1::NetworkCredentials* network = caller.authentication.mutable_network_credentials();
    network->set_kind(v1::NetworkCredentials::NO_CREDENTIALS);
    network->set_reason("PAM judges a password and keeps nothing that other machines would accept");
    caller.call = "pam_authenticate, pam_acct_mgmt, getpwnam_r, getgrouplist";
    caller.duration = Clock::Real()->Monotonic() - begun_;
    absl::StatusOr<CallerToken> token = parts_.pipeline->Identify(caller);
    if (!token.ok()) return token.status();
    HandshakeStep step;
    step.caller = std::make_shared<const CallerToken>(*std::move(token));
    step.response.mutable_session();
    return step;
  }

  // The same for everybody.
  void Refuse(const std::string& reason) {
    absl::Status refused = WithRefusalReason(
        absl::UnauthenticatedError("the logon failed: user or password is not right, or the "
                                   "account may not be used"),
        {user_, reason});
    parts_.refusals->At(begun_ + options_.refusal_time,
                        [self = shared_from_this(), refused] { self->Answer(refused); });
  }

  void NotJudged(const absl::Status& status) {
    const absl::StatusCode code = absl::IsResourceExhausted(status)
                                      ? absl::StatusCode::kResourceExhausted
                                      : absl::StatusCode::kUnavailable;
    Answer(WithRefusalReason(absl::Status(code, "logons cannot be judged at this moment"),
                             {user_, std::string(status.message())}));
  }

  // `done` may hold this handshake.
  void Answer(absl::StatusOr<HandshakeStep> step) {
    std::exchange(done_, nullptr)(std::move(step));
  }

  const LogonMechanism::Parts parts_;
  const LogonMechanism::Options& options_;
  const std::string address_;
  const absl::Duration begun_;
  std::string user_;
  Done done_;
};

// Of the two owners of a handshake that asks somebody, the caller's.
class SharedHandshake final : public Handshake {
 public:
  explicit SharedHandshake(std::shared_ptr<LogonHandshake> handshake)
      : handshake_(std::move(handshake)) {}
  void Continue(v1::AuthenticateRequest request, Done done) override {
    handshake_->Continue(std::move(request), std::move(done));
  }

 private:
  const std::shared_ptr<LogonHandshake> handshake_;
};

}  // namespace

std::unique_ptr<Handshake> LogonMechanism::Begin(HandshakeTerms terms) {
  return std::make_unique<SharedHandshake>(
      std::make_shared<LogonHandshake>(parts_, options_, terms));
}

}  // namespace proctor
