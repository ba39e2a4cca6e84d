#include "client/logon_handshake.h"

#include <memory>

#include "client/negotiate_handshake.h"

namespace proctor {
namespace {

class LogonHandshake final : public ClientHandshake {
 public:
  explicit LogonHandshake(LogonOptions options) : options_(std::move(options)) {}

  absl::StatusOr<v1::AuthenticateRequest> Begin(const ClientHandshakeTerms& terms) override {
    if (!terms.certificate_trusted) {
      return absl::FailedPreconditionError(
          "a password is sent only to an agent whose certificate is known: give its CA or its pin");
    }
    if (terms.on_awaiting) {
      terms.on_awaiting(
          {"the password", absl::UnavailableError("no password was given in time"), true});
    }
    const absl::StatusOr<SecretBytes> password = options_.password();
    if (!password.ok()) return password.status();
    v1::AuthenticateRequest request;
    request.set_mechanism("logon");
    v1::LogonCredentials* logon = request.mutable_logon();
    logon->set_user(options_.user);
    logon->set_domain(options_.domain);
    logon->set_type(options_.type);
    logon->set_password(password->view().data(), password->view().size());
    return request;
  }

  absl::StatusOr<v1::AuthenticateRequest> Continue(const v1::AuthenticateResponse&) override {
    return absl::InternalError("the agent answered a logon with something else than a session");
  }

  // The certificate was known before.
  absl::Status Conclude(const v1::SessionEstablished&) override { return absl::OkStatus(); }

 private:
  const LogonOptions options_;
};

}  // namespace

absl::StatusOr<HandshakePlan> LogonHandshakeSource::Next() {
  HandshakePlan plan;
  plan.endpoint = endpoint_;
  plan.trust = trust_;
  plan.trust.host = HostOfEndpoint(endpoint_);
  plan.handshake = std::make_unique<LogonHandshake>(options_);
  return plan;
}

}  // namespace proctor
