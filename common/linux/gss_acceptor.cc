#include <utility>

#include "absl/types/optional.h"
#include "common/linux/acceptor_credential.h"
#include "common/linux/gss_accepted_client.h"
#include "common/linux/gss_context.h"
#include "common/linux/gss_error.h"
#include "common/linux/key_mismatch.h"
#include "common/linux/presented_pac.h"
#include "common/linux/presented_ticket.h"

namespace proctor {
namespace {

class GssAcceptorContext final : public GssContext {
 public:
  GssAcceptorContext(const GssLibrary* gss, const NegotiateAcceptorOptions& options,
                     AcceptorCredential credential, absl::string_view binding)
      : GssContext(gss, {/*is_acceptor=*/true, /*allow_ntlm=*/false, options.service_principal},
                   binding),
        options_(options),
        credential_(std::move(credential)),
        client_(gss),
        delegated_(gss) {}

  std::unique_ptr<NegotiatedClient> TakeClient() override {
    if (!complete()) return nullptr;
    return std::make_unique<GssAcceptedClient>(&gss(), std::move(client_), std::move(delegated_),
                                               HasPresentedLogonInfo(gss(), context().get()));
  }

 private:
  absl::StatusOr<NegotiateStep> DoStep(absl::string_view token, NegotiateFacts* facts) override;
  // What the ticket in `token` names, if there is one, must be what is expected; the credential is
  // then the one for its realm.
  absl::Status TakeTicket(absl::string_view token);

  const NegotiateAcceptorOptions options_;
  AcceptorCredential credential_;
  absl::optional<PresentedTicket> ticket_;
  GssName client_;
  GssCredential delegated_;
};

absl::Status GssAcceptorContext::TakeTicket(absl::string_view token) {
  KerberosContext kerberos(&gss());
  const krb5_error_code initialised = gss().krb5_init_context(kerberos.receive());
  if (initialised != 0) {
    return KerberosErrorStatus(gss(), "krb5_init_context", nullptr, initialised);
  }
  absl::optional<PresentedTicket> ticket = ReadPresentedTicket(gss(), kerberos.get(), token);
  if (!ticket.has_value()) return absl::OkStatus();
  if (absl::Status meant = CheckService(ticket->server); !meant.ok()) return meant;
  ticket_ = std::move(ticket);
  if (credential_.principal == ticket_->server) return absl::OkStatus();
  absl::StatusOr<AcceptorCredential> credential =
      AcquireAcceptorCredential(gss(), options_, ticket_->server);
  if (!credential.ok()) return credential.status();
  credential_ = *std::move(credential);
  return absl::OkStatus();
}

absl::StatusOr<NegotiateStep> GssAcceptorContext::DoStep(absl::string_view token,
                                                         NegotiateFacts* facts) {
  if (absl::Status taken = TakeTicket(token); !taken.ok()) return taken;
  OM_uint32 minor = 0;
  OM_uint32 returned = 0;
  gss_buffer_desc input = InputBuffer(token);
  GssBuffer output(&gss());
  GssName client(&gss());
  GssCredential delegated(&gss());
  const OM_uint32 major = gss().gss_accept_sec_context(
      &minor, context().receive(), credential_.credential.get(), &input, bindings(),
      client.receive(), /*mech_type=*/nullptr, output.receive(), &returned, /*time_rec=*/nullptr,
      delegated.receive());
  if (GSS_ERROR(major)) {
    const absl::Status failed = GssErrorStatus(gss(), "gss_accept_sec_context", major, minor);
    if (!ticket_.has_value()) return failed;
    return ExplainKeyMismatch(gss(), options_.keytab, credential_.principal, *ticket_, failed);
  }
  NegotiateStep step;
  step.token = std::string(View(output));
  step.complete = (major & GSS_S_CONTINUE_NEEDED) == 0;
  if (!step.complete) return step;
  client_ = std::move(client);
  delegated_ = std::move(delegated);
  if (absl::Status read = ReadFacts(returned, facts); !read.ok()) return read;
  return step;
}

class GssAcceptor final : public NegotiateAcceptor {
 public:
  GssAcceptor(const GssLibrary* gss, NegotiateAcceptorOptions options)
      : gss_(gss), options_(std::move(options)) {}

  absl::StatusOr<std::unique_ptr<NegotiateContext>> Accept(absl::string_view binding) override {
    absl::StatusOr<AcceptorCredential> credential = AcquireAcceptorCredential(*gss_, options_);
    if (!credential.ok()) return credential.status();
    return std::unique_ptr<NegotiateContext>(
        new GssAcceptorContext(gss_, options_, *std::move(credential), binding));
  }

  std::string service_principal() const override {
    return FindAcceptorPrincipal(*gss_, options_).value_or(options_.service_principal);
  }

  absl::Status CheckUsable() const override {
    return FindAcceptorPrincipal(*gss_, options_).status();
  }

 private:
  const GssLibrary* const gss_;
  const NegotiateAcceptorOptions options_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<NegotiateAcceptor>> MakeNegotiateAcceptor(
    const NegotiateAcceptorOptions& options) {
  const absl::StatusOr<const GssLibrary*> gss = GssLibrary::Load();
  if (!gss.ok()) return gss.status();
  return std::unique_ptr<NegotiateAcceptor>(new GssAcceptor(*gss, options));
}

}  // namespace proctor
