#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/failure_detail.h"
#include "common/linux/gss_accepted_client.h"
#include "common/linux/gss_context.h"
#include "common/linux/gss_error.h"
#include "common/linux/keytab_principals.h"

namespace proctor {
namespace {

class GssAcceptorContext final : public GssContext {
 public:
  GssAcceptorContext(const GssLibrary* gss, std::string service_principal, GssCredential credential,
                     absl::string_view binding)
      : GssContext(gss, {/*is_acceptor=*/true, /*allow_ntlm=*/false, std::move(service_principal)},
                   binding),
        credential_(std::move(credential)),
        client_(gss),
        delegated_(gss) {}

  std::unique_ptr<NegotiatedClient> TakeClient() override {
    if (!complete()) return nullptr;
    return std::make_unique<GssAcceptedClient>(&gss(), std::move(client_), std::move(delegated_));
  }

 private:
  absl::StatusOr<NegotiateStep> DoStep(absl::string_view token, NegotiateFacts* facts) override {
    OM_uint32 minor = 0;
    OM_uint32 returned = 0;
    gss_buffer_desc input = InputBuffer(token);
    GssBuffer output(&gss());
    GssName client(&gss());
    GssCredential delegated(&gss());
    const OM_uint32 major = gss().gss_accept_sec_context(
        &minor, context().receive(), credential_.get(), &input, bindings(), client.receive(),
        /*mech_type=*/nullptr, output.receive(), &returned, /*time_rec=*/nullptr,
        delegated.receive());
    if (GSS_ERROR(major)) return GssErrorStatus(gss(), "gss_accept_sec_context", major, minor);
    NegotiateStep step;
    step.token = std::string(View(output));
    step.complete = (major & GSS_S_CONTINUE_NEEDED) == 0;
    if (!step.complete) return step;
    client_ = std::move(client);
    delegated_ = std::move(delegated);
    if (absl::Status read = ReadFacts(returned, facts); !read.ok()) return read;
    return step;
  }

  const GssCredential credential_;
  GssName client_;
  GssCredential delegated_;
};

class GssAcceptor final : public NegotiateAcceptor {
 public:
  GssAcceptor(const GssLibrary* gss, NegotiateAcceptorOptions options)
      : gss_(gss), options_(std::move(options)) {}

  absl::StatusOr<std::unique_ptr<NegotiateContext>> Accept(absl::string_view binding) override {
    absl::StatusOr<GssCredential> credential = Acquire();
    if (!credential.ok()) return credential.status();
    return std::unique_ptr<NegotiateContext>(
        new GssAcceptorContext(gss_, options_.service_principal, *std::move(credential), binding));
  }

  std::string service_principal() const override {
    const absl::StatusOr<std::string> key = FindKey();
    return key.ok() ? *key : options_.service_principal;
  }

  absl::Status CheckUsable() const override { return FindKey().status(); }

 private:
  // Anew for each client: that is a matter of microseconds, and a keytab that was replaced counts
  // at once. Without a mechanism, so that it takes raw Kerberos as well as SPNEGO.
  absl::StatusOr<GssCredential> Acquire() const {
    gss_key_value_element_desc keytab = {"keytab", options_.keytab.c_str()};
    const gss_key_value_set_desc store = {1, &keytab};
    OM_uint32 minor = 0;
    GssCredential credential(gss_);
    const OM_uint32 major = gss_->gss_acquire_cred_from(
        &minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, GSS_C_NO_OID_SET, GSS_C_ACCEPT,
        options_.keytab.empty() ? GSS_C_NO_CRED_STORE : &store, credential.receive(), nullptr,
        nullptr);
    if (GSS_ERROR(major)) {
      return GssErrorStatus(*gss_, "gss_acquire_cred_from", major, minor, options_.keytab);
    }
    return credential;
  }

  // The expected principal, with its realm, as it stands in the keytab.
  absl::StatusOr<std::string> FindKey() const {
    const absl::StatusOr<KeytabPrincipals> keys = ReadKeytabPrincipals(*gss_, options_.keytab);
    if (!keys.ok()) return keys.status();
    const std::string& expected = options_.service_principal;
    for (const std::string& name : keys->names) {
      if (name == expected || absl::StartsWith(name, absl::StrCat(expected, "@"))) return name;
    }
    v1::FailureDetail detail;
    detail.set_subject(keys->keytab);
    detail.set_advice(absl::StrCat("Have the realm make a key of ", expected,
                                   " and put it into the keytab (ktadd, ktpass)."));
    return WithFailureDetail(
        absl::FailedPreconditionError(absl::StrCat(
            keys->keytab, " has no key of ", expected,
            keys->names.empty() ? ""
                                : absl::StrCat("; it has ", absl::StrJoin(keys->names, ", ")))),
        detail);
  }

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
