#include "common/linux/gss_context.h"

#include "absl/strings/str_cat.h"
#include "common/linux/gss_error.h"

namespace proctor {
namespace {

constexpr int kDefaultClockSkewSeconds = 300;  // krb5.conf(5)

bool SameOid(gss_OID a, gss_OID b) {
  return a != nullptr && b != nullptr &&
         absl::string_view(static_cast<const char*>(a->elements), a->length) ==
             absl::string_view(static_cast<const char*>(b->elements), b->length);
}

// [libdefaults] clockskew, by how much the library lets clocks differ; its default where the
// configuration does not say, or cannot be read.
absl::Duration AllowedClockSkew(const GssLibrary& gss) {
  int seconds = kDefaultClockSkewSeconds;
  KerberosContext context(&gss);
  profile_t profile = nullptr;
  if (gss.krb5_init_context(context.receive()) == 0 &&
      gss.krb5_get_profile(context.get(), &profile) == 0) {
    if (gss.profile_get_integer(profile, "libdefaults", "clockskew", nullptr,
                                kDefaultClockSkewSeconds, &seconds) != 0) {
      seconds = kDefaultClockSkewSeconds;
    }
    gss.profile_release(profile);
  }
  return absl::Seconds(seconds);
}

}  // namespace

GssContext::GssContext(const GssLibrary* gss, const Requirements& requirements,
                       absl::string_view binding)
    : NegotiateContext(requirements),
      gss_(gss),
      accepts_(requirements.is_acceptor),
      binding_data_(EndPointBindingData(binding)),
      context_(gss) {
  // No addresses: network address translation is not an attack.
  bindings_.initiator_addrtype = GSS_C_AF_UNSPEC;
  bindings_.acceptor_addrtype = GSS_C_AF_UNSPEC;
  bindings_.application_data = InputBuffer(binding_data_);
}

absl::StatusOr<std::string> GssContext::DisplayName(gss_name_t name) {
  OM_uint32 minor = 0;
  GssBuffer text(gss_);
  const OM_uint32 major = gss_->gss_display_name(&minor, name, text.receive(), nullptr);
  if (GSS_ERROR(major)) return GssErrorStatus(*gss_, "gss_display_name", major, minor);
  return std::string(View(text));
}

absl::Status GssContext::ReadFacts(OM_uint32 flags, NegotiateFacts* facts) {
  OM_uint32 minor = 0;
  OM_uint32 lifetime = 0;
  GssName source(gss_);
  GssName target(gss_);
  gss_OID mechanism = GSS_C_NO_OID;
  const OM_uint32 major =
      gss_->gss_inquire_context(&minor, context_.get(), source.receive(), target.receive(),
                                &lifetime, &mechanism, nullptr, nullptr, nullptr);
  if (GSS_ERROR(major)) return GssErrorStatus(*gss_, "gss_inquire_context", major, minor);
  if (!SameOid(mechanism, KerberosMechanism())) {
    return absl::UnauthenticatedError("the two ends settled on another mechanism than Kerberos");
  }
  absl::StatusOr<std::string> client = DisplayName(source.get());
  if (!client.ok()) return client.status();
  absl::StatusOr<std::string> service = DisplayName(target.get());
  if (!service.ok()) return service.status();
  facts->protocol = NegotiatedProtocol::kKerberos;
  facts->client_principal = *std::move(client);
  facts->service_principal = *std::move(service);
  facts->mutual = (flags & GSS_C_MUTUAL_FLAG) != 0;
  facts->integrity = (flags & GSS_C_INTEG_FLAG) != 0;
  facts->replay_detection = (flags & GSS_C_REPLAY_FLAG) != 0;
  facts->sequence_detection = (flags & GSS_C_SEQUENCE_FLAG) != 0;
  facts->channel_bound = (flags & GSS_C_CHANNEL_BOUND_FLAG) != 0;
  facts->delegated = (flags & GSS_C_DELEG_FLAG) != 0;
  facts->expires = TicketEnd(lifetime);
  // The library lets a ticket in for as long as clocks may differ after its end.
  if (facts->expires > absl::Now()) return absl::OkStatus();
  return GssErrorStatus(*gss_, "gss_inquire_context", GSS_S_CREDENTIALS_EXPIRED, 0);
}

// To the lifetime of what it accepts the library adds the difference that it allows clocks to have.
absl::Time GssContext::TicketEnd(OM_uint32 lifetime) const {
  if (lifetime == GSS_C_INDEFINITE) return absl::InfiniteFuture();
  const absl::Time end = absl::Now() + absl::Seconds(lifetime);
  return accepts_ ? end - AllowedClockSkew(*gss_) : end;
}

absl::StatusOr<std::string> GssContext::DoSign(absl::string_view message) {
  OM_uint32 minor = 0;
  gss_buffer_desc input = InputBuffer(message);
  GssBuffer signature(gss_);
  const OM_uint32 major =
      gss_->gss_get_mic(&minor, context_.get(), GSS_C_QOP_DEFAULT, &input, signature.receive());
  if (GSS_ERROR(major)) return GssErrorStatus(*gss_, "gss_get_mic", major, minor);
  return std::string(View(signature));
}

absl::Status GssContext::DoVerify(absl::string_view message, absl::string_view signature) {
  OM_uint32 minor = 0;
  gss_buffer_desc input = InputBuffer(message);
  gss_buffer_desc mic = InputBuffer(signature);
  const OM_uint32 major =
      gss_->gss_verify_mic(&minor, context_.get(), &input, &mic, /*qop_state=*/nullptr);
  // A supplementary bit says that it is a duplicate, old, or out of sequence.
  if (major != GSS_S_COMPLETE) return GssErrorStatus(*gss_, "gss_verify_mic", major, minor);
  return absl::OkStatus();
}

}  // namespace proctor
